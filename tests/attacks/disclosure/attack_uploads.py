"""One owner uploads one package after the other under one agreement: each is a new version that
goes through the version gate, and each session remembers all earlier ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
from gate_material import remembered
from inside_material import Desk, party_rows
from room_material import Rows

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price
from cleanroom.sandbox.inside import admission, database, matching, roster
from cleanroom.sandbox.inside.database import Connection
from cleanroom.sandbox.inside.roster import Roster
from cleanroom.sandbox.inside.state import Stored
from cleanroom.trust import layout
from cleanroom.trust.instants import timestamp

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Uploads:
    """An agreement and all its sessions so far."""

    catalogue: Catalogue
    policy: Policy
    known: dict[str, Stored] = field(default_factory=dict)
    openings: list[Roster] = field(default_factory=list)
    spent: Price = FREE
    now: datetime = START

    def wait(self, days: int) -> None:
        """Let days pass."""
        self.now += timedelta(days=days)

    def session(self, rows: Mapping[str, Rows], ids: Mapping[str, Sequence[int]]) -> Desk:
        """Open a session with these packages; ``ids`` are the pids that owners gave their people.

        The session before is over. Raises ``disclosure.version``.
        """
        catalogue, connection, policy = self.catalogue, _emptied(), self.policy
        parties, packages = [], {}
        for index, party in enumerate(catalogue.parties):
            own = party_rows(catalogue, party, rows[party])
            parties.append(replace(own, ids=np.asarray(ids[party], "<u8")))
            packages[party] = f"{hash_of(rows[party], ids[party]):064x}"
            _events(connection, catalogue, index, rows[party])
        admitted = admission.admit(catalogue, policy, packages, parties, self.openings, self.now)
        links = matching.link(connection, catalogue, admitted.parties)
        matching.create_persons(connection, catalogue, admitted.parties, links)
        here = roster.build(packages, timestamp(self.now), admitted.merged, admitted.parties, links)
        desk = Desk(
            connection,
            catalogue,
            policy,
            known=remembered(self.known),
            lifetime=self.spent,
            roster=here,
            rosters={earlier.digest: earlier for earlier in self.openings},
        )
        self.openings.append(here)
        return desk

    def close(self, desk: Desk) -> None:
        """The session's answers are remembered."""
        self.known, self.spent = desk.known, desk.books.lifetime


def hash_of(rows: Rows, ids: Sequence[int]) -> int:
    """Another number for another package."""
    parts = [np.asarray(ids, "<u8").tobytes()]
    parts += [np.asarray(column).tobytes() for column in rows.columns.values()]
    parts += [np.asarray(half).tobytes() for kind in rows.tokens.values() for half in kind]
    return hash(tuple(parts)) % (1 << 64)


@cache
def _connection() -> Connection:
    """One database for all sessions: starting it takes as long as all the rest."""
    return database.connect(256, 1)


def _emptied() -> Connection:
    connection = _connection()
    for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        connection.execute(f'DROP TABLE "{table}"').fetchall()
    return connection


def _events(connection: Connection, catalogue: Catalogue, index: int, rows: Rows) -> None:
    dataset = catalogue.datasets[index]
    for name, columns in layout.in_pipe(dataset, catalogue.identifiers):
        if name == "people" or name.startswith(layout.IDS):
            continue
        database.create_table(connection, f"{name}_{index}", columns)
        arrays = [np.asarray(rows.events[name][c.name], c.storage) for c in columns]
        if len(arrays[0]):
            database.insert(connection, f"{name}_{index}", columns, arrays)
