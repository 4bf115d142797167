"""Rows on their way from ingest to engine: nothing is believed about them."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
import pytest
from inside_material import catalogue_of
from room_material import EMAIL, shop_datasets

from cleanroom import wire
from cleanroom.errors import SandboxError
from cleanroom.sandbox import columns
from cleanroom.sandbox.columns import Batch, End, TableHeader
from cleanroom.sandbox.inside import database, loading
from cleanroom.trust import layout
from cleanroom.trust.package import PackedColumn

A = PackedColumn("a", None, "u1")
B = PackedColumn("b", None, "<i8")
HEADER = TableHeader("t", (A, B))
Write = Callable[[int], None]


def piped(write: Write) -> Iterator[tuple[TableHeader, list[columns.Array] | None]]:
    """What the reader makes of something written."""
    reader, writer = os.pipe()

    def send() -> None:
        try:
            write(writer)
        except BrokenPipeError:  # the reader has seen enough
            return
        finally:
            os.close(writer)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield from columns.receive(reader)
    finally:
        os.close(reader)
        thread.join()


def raw(*pieces: object) -> Write:
    """Messages as frames, bytes as they are."""

    def write(fd: int) -> None:
        for piece in pieces:
            if isinstance(piece, bytes):
                wire.write_all(fd, piece)
            else:
                wire.send(fd, piece)

    return write


def code_of(write: Write) -> str:
    with pytest.raises(SandboxError) as caught:
        list(piped(write))
    return caught.value.code


def test_rows_arrive_as_they_were_sent() -> None:
    first = [np.array([1, 2, 255], "u1"), np.array([-(2**63), 0, 2**63 - 1], "<i8")]
    second = [np.array([7], "u1"), np.array([8], "<i8")]

    def write(fd: int) -> None:
        columns.send_table(fd, HEADER)
        columns.send_batch(fd, first)
        columns.send_batch(fd, second)
        columns.send_end(fd)

    (header, nothing), *batches = piped(write)
    assert (header, nothing) == (HEADER, None)
    for (_, got), sent in zip(batches, (first, second), strict=True):
        assert got is not None
        assert all(
            np.array_equal(g, s) and g.dtype == s.dtype for g, s in zip(got, sent, strict=True)
        )


ROW = bytes(9)
BAD: dict[str, tuple[Write, str]] = {
    "nothing": (raw(), "sandbox.failed"),
    "no end": (raw(HEADER, Batch(1), ROW), "sandbox.failed"),
    "half a batch": (raw(HEADER, Batch(2), ROW), "sandbox.failed"),
    "half a frame": (raw(b"\0\0\0\x50{"), "sandbox.failed"),
    "rows without a table": (raw(Batch(1), ROW, End()), "sandbox.lied"),
    "no row": (raw(HEADER, Batch(0), End()), "sandbox.lied"),
    "fewer than no row": (raw(HEADER, Batch(-1), End()), "sandbox.lied"),
    "too many rows": (raw(HEADER, Batch(columns.MAX_BATCH_ROWS + 1)), "sandbox.lied"),
    "absurdly many rows": (raw(HEADER, Batch(2**62)), "sandbox.lied"),
    "no column": (raw(TableHeader("t", ()), End()), "sandbox.lied"),
    "too many columns": (raw(TableHeader("t", (A,) * 513), End()), "sandbox.lied"),
    "a frame over the limit": (raw(b"\0\x20\0\0"), "sandbox.lied"),
    "not json": (raw(b"\0\0\0\x03abc"), "sandbox.lied"),
    "not a message": (raw(b'\0\0\0\x0c{"type":"x"}'), "sandbox.lied"),
    "a fraction of rows": (raw(HEADER, b'\0\0\0\x1b{"type":"batch","rows":1.5}'), "sandbox.lied"),
    "another field": (raw(b'\0\0\0\x19{"type":"end","rows":100}'), "sandbox.lied"),
}


@pytest.mark.parametrize("which", BAD)
def test_what_is_not_rows(which: str) -> None:
    write, code = BAD[which]
    assert code_of(write) == code


@pytest.mark.parametrize("storage", ["O", "<f8", "<u16", "|S9999999", ">u4", "V8", "<M8[s]", ""])
def test_types_that_are_no_agreed_integers(storage: str) -> None:
    """Before numpy is asked to make them: some would be objects or gigabytes."""
    odd = TableHeader("t", (PackedColumn("a", None, storage),))
    assert code_of(raw(odd, Batch(1), ROW)) == "sandbox.lied"


# --- tables that the agreement does not have ---------------------------------------------------


CATALOGUE = catalogue_of(shop_datasets())
AGREED = [TableHeader(n, c) for n, c in layout.in_pipe(CATALOGUE.datasets[0], (EMAIL,))]


def loaded(headers: Sequence[TableHeader]) -> str:
    """The code with which the engine refuses such tables; "" when it takes them."""
    connection = database.connect(64, 1)
    brand = [TableHeader(n, c) for n, c in layout.in_pipe(CATALOGUE.datasets[1], (EMAIL,))]
    pipes = []
    for tables in (headers, brand):
        reader, writer = os.pipe()
        raw(*tables, End())(writer)
        os.close(writer)
        pipes.append(reader)
    try:
        loading.receive_all(connection, CATALOGUE, pipes)
    except SandboxError as error:
        return error.code
    finally:
        for reader in pipes:
            os.close(reader)
        connection.close()
    return ""


def test_the_agreed_tables_are_taken() -> None:
    assert loaded(AGREED) == ""


@pytest.mark.parametrize(
    "headers",
    [
        AGREED[:-1],
        AGREED[1:],
        [],
        AGREED[::-1],
        [*AGREED, AGREED[-1]],
        [*AGREED, TableHeader("secrets", (A,))],
        [AGREED[0], AGREED[0], *AGREED[1:]],
        [msgspec.structs.replace(AGREED[0], columns=AGREED[0].columns[:1]), *AGREED[1:]],
        [msgspec.structs.replace(AGREED[0], columns=(*AGREED[0].columns, A)), *AGREED[1:]],
        [msgspec.structs.replace(AGREED[0], name='people"; DROP TABLE t; --'), *AGREED[1:]],
    ],
    ids=[
        "last left out",
        "first left out",
        "none",
        "turned round",
        "one twice",
        "one more",
        "first twice",
        "column less",
        "column more",
        "statement as name",
    ],
)
def test_other_tables_end_the_session(headers: list[TableHeader]) -> None:
    assert loaded(headers) == "sandbox.lied"


def test_a_pipe_per_party() -> None:
    with pytest.raises(SandboxError):
        loading.receive_all(database.connect(64, 1), CATALOGUE, [])


# --- the database itself -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SET enable_external_access = true",
        "SET temp_directory = '.'",
        "SET lock_configuration = false",
        "RESET temp_directory",
        "SET memory_limit = '100GB'",
        "COPY (SELECT 1) TO 'out.csv'",
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM read_text('/etc/hostname')",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "EXPORT DATABASE 'out'",
    ],
)
def test_the_database_reaches_nothing(statement: str) -> None:
    connection = database.connect(64, 1)
    with pytest.raises(database.duckdb.Error):
        connection.execute(statement).fetchall()


def test_the_database_does_not_spill() -> None:
    """What it cannot hold in memory is an error, not a file in plaintext."""
    connection = database.connect(32, 1)
    with pytest.raises(database.duckdb.OutOfMemoryException):
        connection.execute(
            "CREATE TABLE t AS SELECT range a, hash(range) b FROM range(20_000_000)"
        ).fetchall()
    assert connection.execute("SELECT count(*) FROM duckdb_temporary_files()").fetchone() == (0,)
