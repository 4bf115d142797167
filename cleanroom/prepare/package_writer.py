"""Writes the parts of a package: integers to Parquet to ciphertext to the file, never plaintext.

The layout is that of ``cleanroom.trust.package``; manifest and trailer are added by whoever holds
the signing key. Keys of people and persons' numbers are encoded as they come, because keyed hashes
neither repeat nor compress; columns of few values are.
"""

import contextlib
import errno
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pa_parquet
from cryptography.cobblestone import Cobblestone256Encryptor

from cleanroom.errors import InputError
from cleanroom.trust.package import MAGIC, PackedColumn, Part, part_context

Array = npt.NDArray[Any]

PART_ROWS: Final = 1 << 19
PART_BYTES: Final = 64 << 20
"""Bounds of a part before it is encoded; small enough that several are under way at once."""
_CHUNK_BYTES: Final = 16 << 10
_TAG_BYTES: Final = 16
_MARGIN: Final = 1024
_RANDOM: Final = ("pid_hi", "pid_lo", "hi", "lo")
_COMPRESSED: Final = ("<i4", "<i8")
"""Dates, times, amounts; keyed hashes have no pattern to find."""
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def rows_of_part(columns: Sequence[PackedColumn]) -> int:
    """How many rows of a table one part has."""
    width = sum(np.dtype(column.storage).itemsize for column in columns)
    return min(PART_ROWS, PART_BYTES // width)


def _column(array: Array) -> Any:
    """The array's own memory as an Arrow array. ``pa.array`` would import pandas, which takes
    longer than sealing a small table."""
    kind = pa.from_numpy_dtype(array.dtype)
    return pa.Array.from_buffers(kind, len(array), [None, pa.py_buffer(array)])


def encode(columns: Sequence[PackedColumn], arrays: Sequence[Array]) -> memoryview:
    """Columns as one Parquet file in memory, in one row group, without statistics."""
    names = [column.name for column in columns]
    stored = [
        np.ascontiguousarray(array, dtype=column.storage)
        for column, array in zip(columns, arrays, strict=True)
    ]
    table = pa.Table.from_arrays([_column(array) for array in stored], names=names)
    # Numbers of persons ascend, or nearly so, and take a few bits each as differences. Codes take
    # a few bits each as dictionaries, which zstd would not make smaller.
    pointing = [c.name for c in columns if c.type is None and c.name not in _RANDOM]
    sink = pa.BufferOutputStream()
    with pa_parquet.ParquetWriter(
        sink,
        table.schema,
        compression={c.name: "zstd" if c.storage in _COMPRESSED else "none" for c in columns},
        compression_level={c.name: 1 for c in columns if c.storage in _COMPRESSED},
        use_dictionary=[column.name for column in columns if column.type is not None],
        column_encoding=dict.fromkeys(pointing, "DELTA_BINARY_PACKED") or None,
        write_statistics=False,
        store_schema=False,
    ) as writer:
        writer.write_table(table, row_group_size=max(table.num_rows, 1))
    return memoryview(sink.getvalue()).cast("B")


def encrypt(
    plain: memoryview, key: bytes, package_id: str, table: str, index: int
) -> tuple[memoryview, bytes]:
    """A part's ciphertext in two pieces, bound to its place in its package."""
    encryptor = Cobblestone256Encryptor(key, part_context(package_id, table, index))
    # numpy asks for large pages, which costs a third of filling fresh small ones.
    sealed = np.empty(len(plain) + len(plain) // _CHUNK_BYTES * _TAG_BYTES + _MARGIN, np.uint8)
    size = encryptor.update_into(plain, sealed.data)
    return sealed.data[:size], encryptor.finalize()


class PackageWriter:
    """A package file in the making, under a name where nothing may be yet.

    Leaving the ``with`` block by an error removes the file. Disk full raises ``input.disk_full``,
    a place that cannot be written to ``input.cannot_write``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.parts: list[Part] = []
        self._fd = -1
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with contextlib.suppress(OSError):
            self._fd = os.open(path, flags, 0o600)
        if self._fd < 0:
            raise InputError("input.cannot_write", file=path.name)

    def __enter__(self) -> "PackageWriter":
        try:
            self._write(MAGIC)
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._remove()
        else:
            os.close(self._fd)

    def _remove(self) -> None:
        os.close(self._fd)
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def append(self, table: str, index: int, ciphertext: Sequence[bytes | memoryview]) -> None:
        """Add a part, in pieces; those of one table come in order."""
        digest = hashlib.sha256()
        for piece in ciphertext:
            self._write(piece)
            digest.update(piece)
        length = sum(len(piece) for piece in ciphertext)
        self.parts.append(Part(table, index, length, digest.hexdigest()))

    def _write(self, data: bytes | memoryview) -> None:
        view, problem = memoryview(data), None
        while view:
            try:
                view = view[os.write(self._fd, view) :]
            except OSError as error:
                problem = error.errno
                break
        if problem is not None:
            full = problem in _FULL
            code = "input.disk_full" if full else "input.cannot_write"
            raise InputError(code, file=self._path.name)
