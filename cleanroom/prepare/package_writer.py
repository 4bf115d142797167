"""Tables of integers to the encrypted parts of a package file (``cleanroom.trust.package``).

Each part is one Parquet file with one row group, zstd level 1 and no statistics, encrypted under
the package key with a context that names package, table and position. Two threads encode and
encrypt parts that follow each other; at most ``_AHEAD`` parts are in work, and they are written in
the order in which they were filled.
"""

import errno
import hashlib
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.cobblestone import Cobblestone256Encryptor

from cleanroom.errors import InputError
from cleanroom.trust.package import MAGIC, PackedColumn, PackedTable, Part, band, part_context

PART_ROWS: Final = 2_000_000
PART_BYTES: Final = 64 << 20
"""A part has at most this many rows, and bytes of integers before compression."""

_THREADS: Final = 2
_AHEAD: Final = 2
_FULL: Final = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT})
_DICTIONARY: Final = frozenset({"u1", "<u2"})

Arrays = Sequence[np.ndarray]


@dataclass
class _Table:
    """What is known of one table while it is written; ``waiting`` fills the next part."""

    columns: tuple[PackedColumn, ...]
    rows: int = 0
    parts: int = 0
    waiting: list[list[np.ndarray]] = field(default_factory=list)
    waiting_rows: int = 0

    def part_rows(self) -> int:
        width = sum(np.dtype(column.storage).itemsize for column in self.columns)
        return max(1, min(PART_ROWS, PART_BYTES // width))

    def take(self, rows: int) -> list[list[np.ndarray]]:
        """Remove the first ``rows`` waiting rows: per column its pieces, views where possible."""
        taken: list[list[np.ndarray]] = [[] for _ in self.columns]
        left = rows
        while left:
            chunk = self.waiting[0]
            size = min(left, len(chunk[0]))
            for pieces, array in zip(taken, chunk, strict=True):
                pieces.append(array[:size])
            if size == len(chunk[0]):
                self.waiting.pop(0)
            else:
                self.waiting[0] = [array[size:] for array in chunk]
            left -= size
        self.waiting_rows -= rows
        return taken


def parquet(columns: tuple[PackedColumn, ...], pieces: Sequence[Arrays]) -> pa.Buffer:
    """The plaintext of one part: ``pieces`` are, per column, the arrays one after another."""
    table = pa.table(
        {
            column.name: pa.chunked_array([pa.array(piece) for piece in column_pieces])
            for column, column_pieces in zip(columns, pieces, strict=True)
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=1,
        write_statistics=False,
        use_dictionary=[c.name for c in columns if c.storage in _DICTIONARY],
        store_schema=False,
        row_group_size=max(1, table.num_rows),
    )
    return sink.getvalue()


class PackageWriter:
    """Writes the parts of one package into ``file``, which is open, empty and stays open.

    ``key`` is the package key (32 bytes). Use it as a context manager: leaving it early ends the
    threads. Every method that writes raises ``input.disk_full``.
    """

    def __init__(self, file: BinaryIO, package_id: str, key: bytes) -> None:
        self._file = file
        self._package_id = package_id
        self._key = key
        self._tables: dict[str, _Table] = {}
        self._parts: list[Part] = []
        self._work: deque[tuple[str, int, Future[bytes]]] = deque()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="part")
        self._write(MAGIC)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def write(self, table: str, columns: tuple[PackedColumn, ...], arrays: Arrays) -> None:
        """Append rows to a table: one array per column, of equal length and of its storage type.

        The arrays are kept until their part is full and must not change afterwards. Call it with
        empty arrays for a table without rows, which has no parts but is listed.
        """
        state = self._tables.setdefault(table, _Table(columns))
        _check(state.columns, columns, arrays)
        rows = len(arrays[0])
        if rows:
            state.waiting.append([np.ascontiguousarray(array) for array in arrays])
        state.rows += rows
        state.waiting_rows += rows
        limit = state.part_rows()
        while state.waiting_rows >= limit:
            self._submit(table, state, limit)

    def finish(self) -> tuple[tuple[Part, ...], tuple[PackedTable, ...]]:
        """Write what waits and end the threads: the manifest's parts and its tables."""
        for name, state in self._tables.items():
            if state.waiting_rows:
                self._submit(name, state, state.waiting_rows)
        while self._work:
            self._write_next()
        self._pool.shutdown(wait=True)
        tables = (
            PackedTable(name, state.columns, band(state.rows))
            for name, state in self._tables.items()
        )
        return tuple(self._parts), tuple(tables)

    def _submit(self, name: str, state: _Table, rows: int) -> None:
        while len(self._work) >= _AHEAD:
            self._write_next()
        pieces = state.take(rows)
        future = self._pool.submit(self._seal, name, state.parts, state.columns, pieces)
        self._work.append((name, state.parts, future))
        state.parts += 1

    def _seal(
        self, table: str, index: int, columns: tuple[PackedColumn, ...], pieces: Sequence[Arrays]
    ) -> bytes:
        plain = parquet(columns, pieces)
        context = part_context(self._package_id, table, index)
        encryptor = Cobblestone256Encryptor(self._key, context)
        head = encryptor.update(memoryview(plain).cast("B"))
        return b"".join((head, encryptor.finalize()))

    def _write_next(self) -> None:
        name, index, future = self._work.popleft()
        data = future.result()
        self._parts.append(Part(name, index, len(data), hashlib.sha256(data).hexdigest()))
        self._write(data)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:  # an unbuffered file may take less than it is given
                view = view[self._file.write(view) :]
        except OSError as error:
            if error.errno in _FULL:
                raise InputError("input.disk_full") from None
            raise


def _check(
    known: tuple[PackedColumn, ...], columns: tuple[PackedColumn, ...], arrays: Arrays
) -> None:
    if known != columns or len(arrays) != len(columns):
        raise ValueError("the columns of a table do not change")
    for column, array in zip(columns, arrays, strict=True):
        if array.dtype != np.dtype(column.storage) or array.shape != (len(arrays[0]),):
            raise ValueError(f"{column.name} is not stored as {column.storage}")
