"""Rows from the ingest pipes into the engine: people and tokens as arrays, events as tables."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.errors import SandboxError
from cleanroom.sandbox import columns
from cleanroom.sandbox.columns import Array
from cleanroom.sandbox.inside import database
from cleanroom.sandbox.inside.database import Connection
from cleanroom.sandbox.inside.matching import PartyRows
from cleanroom.trust import layout
from cleanroom.trust.package import PackedColumn


def receive_all(
    connection: Connection, catalogue: Catalogue, fds: Sequence[int]
) -> list[PartyRows]:
    """Every party's rows, read side by side. Raises ``sandbox.lied``, ``sandbox.failed``."""
    if len(fds) != len(catalogue.parties):
        raise SandboxError("sandbox.failed")
    with ThreadPoolExecutor(len(fds)) as pool:
        jobs = [
            pool.submit(_receive, connection.cursor(), catalogue, i, fd) for i, fd in enumerate(fds)
        ]
        return [job.result() for job in jobs]


def _receive(connection: Connection, catalogue: Catalogue, index: int, fd: int) -> PartyRows:
    expected = list(layout.in_pipe(catalogue.datasets[index], catalogue.identifiers))
    order = iter(expected)
    collected: dict[str, list[list[Array]]] = {}
    for header, batch in columns.receive(fd):
        if batch is None:
            if (header.name, header.columns) != next(order, None):
                raise SandboxError("sandbox.lied")
            collected[header.name] = []
            if not _kept(header.name):
                database.create_table(connection, f"{header.name}_{index}", header.columns)
        elif _kept(header.name):
            collected[header.name].append(batch)
        else:
            database.insert(connection, f"{header.name}_{index}", header.columns, batch)
    if len(collected) != len(expected):
        raise SandboxError("sandbox.lied")
    people = _joined(expected[0][1], collected["people"])
    tokens = {
        name.removeprefix(layout.IDS): _joined(stored, collected[name])
        for name, stored in expected
        if name.startswith(layout.IDS)
    }
    count = len(people.pop("person"))
    if any(_beyond(columns["person"], count) for columns in tokens.values()):
        raise SandboxError("sandbox.lied")
    return PartyRows(count, people.pop(layout.ID.name), people, tokens)


def _beyond(persons: Array, count: int) -> bool:
    """Whether tokens are somebody's who is not there."""
    return bool(len(persons)) and int(np.max(persons)) >= count


def _kept(table: str) -> bool:
    """People and tokens stay arrays for matching; the others go straight to the database."""
    return table == "people" or table.startswith(layout.IDS)


def _joined(stored: tuple[PackedColumn, ...], batches: list[list[Array]]) -> dict[str, Array]:
    if not batches:
        return {column.name: np.zeros(0, column.storage) for column in stored}
    joined = {}
    for position, column in enumerate(stored):
        pieces = [batch[position] for batch in batches]
        joined[column.name] = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
    return joined
