"""Raw typed columns: how rows go from an ingest worker to the engine.

The engine never opens a file format. It reads, for each table, a header with names and integer
types, then batches: a row count and one little-endian buffer per column, of exactly rows * width
bytes. Everything is checked for length and type on the reader's side.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from cleanroom import wire
from cleanroom.errors import SandboxError
from cleanroom.trust.package import PackedColumn

Array = np.ndarray[tuple[int], np.dtype[np.generic]]

STORAGES = ("u1", "<u2", "<u4", "<u8", "<i4", "<i8")
MAX_BATCH_ROWS = 1 << 22
MAX_COLUMNS = 512
_HEADER_LIMIT = 1 << 20


class TableHeader(Struct, frozen=True, forbid_unknown_fields=True, tag="table"):
    """A table begins."""

    name: str
    columns: tuple[PackedColumn, ...]


class Batch(Struct, frozen=True, forbid_unknown_fields=True, tag="batch"):
    """So many rows follow, column by column."""

    rows: int


class End(Struct, frozen=True, forbid_unknown_fields=True, tag="end"):
    """All tables are complete; without it nothing may be used."""


Item = TableHeader | Batch | End


def send_table(fd: int, header: TableHeader) -> None:
    """Begin a table."""
    wire.send(fd, header)


def send_batch(fd: int, arrays: Sequence[Array]) -> None:
    """Send one batch of the table begun last."""
    wire.send(fd, Batch(len(arrays[0])))
    for array in arrays:
        wire.write_all(fd, np.ascontiguousarray(array).data.cast("B"))


def send_end(fd: int) -> None:
    """Finish."""
    wire.send(fd, End())


def receive(fd: int) -> Iterator[tuple[TableHeader, list[Array] | None]]:
    """Each header with None, then each of its batches as arrays, until the end.

    Raises ``sandbox.lied`` for anything malformed, ``sandbox.failed`` when the pipe ends early.
    """
    header: TableHeader | None = None
    while True:
        item = wire.receive_any(fd, Item, _HEADER_LIMIT)
        if isinstance(item, End):
            return
        if isinstance(item, TableHeader):
            if not 0 < len(item.columns) <= MAX_COLUMNS:
                raise SandboxError("sandbox.lied")
            if any(column.storage not in STORAGES for column in item.columns):
                raise SandboxError("sandbox.lied")
            header = item
            yield header, None
        elif header is None or not 0 < item.rows <= MAX_BATCH_ROWS:
            raise SandboxError("sandbox.lied")
        else:
            yield header, [_read(fd, column, item.rows) for column in header.columns]


def _read(fd: int, column: PackedColumn, rows: int) -> Array:
    array = np.empty(rows, dtype=column.storage)
    wire.read_into(fd, array.data.cast("B"))
    return array
