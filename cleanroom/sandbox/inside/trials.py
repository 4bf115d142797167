"""The heavy part of role ``selftest``: what the engine relies on, tried where the engine works.

It is prepared exactly as the engine is, so that what works here works there.
"""

import os
import sys

import duckdb
import numpy as np

from cleanroom import wire
from cleanroom.sandbox import messages, wall
from cleanroom.sandbox.inside import database, noise, noise_trial, room
from cleanroom.sandbox.inside.proof import as_signed
from cleanroom.trust.package import PackedColumn

OUT_OF_MEMORY = (duckdb.OutOfMemoryException,)
_HALF = 1_000  # draws in one call; two calls a sigma
_ROWS = 6_000
_MEMORY_MB, _THREADS = 64, 2
_FORBIDDEN, _LOCKED = duckdb.PermissionException, duckdb.InvalidInputException
_COLUMNS = (PackedColumn("token", None, "<u8"), PackedColumn("amount", None, "<i8"))


def warm() -> None:
    """Everything once as the engine does it, and what only this role asks of the database."""
    room.warm()
    try_database()


def serve(reader: int, writer: int, self_test: wall.SelfTest) -> None:
    """Try and tell. Nothing is read."""
    del reader
    drawn = tuple(try_noise(sigma) for sigma in messages.TRIAL_SIGMAS)
    wire.send(writer, messages.Proved(as_signed(self_test), try_database(), drawn))


def try_noise(sigma: int) -> messages.NoiseTrial:
    """Draw twice and look at what came."""
    zeros = [0] * _HALF
    return noise_trial.judge(noise.add(zeros, sigma), noise.add(zeros, sigma), sigma, _HALF)


def try_database() -> messages.DatabaseTrial:
    """A join with a known answer, and what the locked database must refuse.

    The wall would refuse these files, too: asked for here is that the database does not even try.
    """
    connection = database.connect(_MEMORY_MB, _THREADS)
    try:
        return messages.DatabaseTrial(
            joined=_joins(connection),
            reads_no_file=_refuses(
                connection, _FORBIDDEN, "SELECT * FROM read_text(?)", sys.executable
            ),
            writes_no_file=_refuses(connection, _FORBIDDEN, f"COPY multiples_2 TO '{os.devnull}'"),
            stays_locked=_refuses(connection, _LOCKED, "SET enable_external_access = true")
            and _refuses(connection, _LOCKED, "SET temp_directory = '.'")
            and _refuses(connection, _FORBIDDEN, "LOAD httpfs"),
        )
    finally:
        connection.close()


def _joins(connection: database.Connection) -> bool:
    """Multiples of 2 meet multiples of 3 at the multiples of 6."""
    for step in (2, 3):
        name = f"multiples_{step}"
        tokens = np.arange(0, _ROWS, step, dtype="<u8")
        database.create_table(connection, name, _COLUMNS)
        database.insert(connection, name, _COLUMNS, (tokens, tokens.astype("<i8")))
    found = database.rows(
        connection,
        "SELECT COUNT(*), SUM(a.amount)::BIGINT, SUM(b.amount)::BIGINT"
        " FROM multiples_2 a JOIN multiples_3 b USING (token)",
    )
    count = _ROWS // 6
    total = 6 * (count * (count - 1) // 2)
    return found == [(count, total, total)]


def _refuses(
    connection: database.Connection, by: type[duckdb.Error], sql: str, *values: object
) -> bool:
    """Whether the database's own lock says no; an error of the file system is no such answer."""
    try:
        connection.execute(sql, list(values)).fetchall()
    except duckdb.Error as error:
        return isinstance(error, by)
    return False
