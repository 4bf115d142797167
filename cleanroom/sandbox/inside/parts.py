"""Parts of a package to checked integer arrays: decrypt, parse, compare with the agreement.

Nothing of a part is used before its last byte was authenticated. Everything that a column may hold
follows from the agreement: a code outside the domain, a null, a person that isn't there, or two
persons for one token refuse the whole package.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.errors import TrustError
from cleanroom.tables import Type, missing_value
from cleanroom.trust.package import Manifest, PackedColumn, part_context

MAX_PART_ROWS = 1 << 24
MAX_PART_BYTES = 512 << 20  # of a part's arrays, three of which are in memory at once


def decrypt(data: bytes, manifest: Manifest, number: int, key: bytes) -> pa.Buffer:
    """The plaintext of one part's ciphertext, complete. Raises ``trust.package_damaged``."""
    part = manifest.parts[number]
    context = part_context(manifest.package_id, part.table, part.index)
    decryptor = Cobblestone256Decryptor(key, context)
    # numpy asks for large pages: into fresh small ones decrypting takes three times as long
    plain = np.empty(len(data), "u1")
    try:
        size = decryptor.update_into(data, memoryview(plain))  # type: ignore[arg-type]
        rest = decryptor.finalize()
    except (InvalidTag, ValueError):
        raise TrustError("trust.package_damaged") from None
    end = size + len(rest)
    plain[size:end] = np.frombuffer(rest, "u1")
    return pa.py_buffer(plain[:end])


def arrays(plain: pa.Buffer, columns: tuple[PackedColumn, ...]) -> list[np.ndarray]:
    """One part's columns as agreed integer arrays. Raises ``trust.package_content``."""
    try:
        with pq.ParquetFile(pa.BufferReader(plain)) as file:
            _check_schema(file.schema_arrow, columns)
            _check_size(file.metadata, columns)  # first: a few bytes can hold billions of rows
            table = file.read(use_threads=False)
        table.validate(full=True)
        _check_schema(table.schema, columns)
        _check_rows(table.num_rows, columns)
        return [_array(table.column(column.name), column) for column in columns]
    except Exception:  # noqa: BLE001 - a parser of hostile bytes may raise anything
        raise TrustError("trust.package_content") from None


def _check_schema(found: pa.Schema, columns: tuple[PackedColumn, ...]) -> None:
    expected = {c.name: pa.from_numpy_dtype(np.dtype(c.storage)) for c in columns}
    if len(found) != len(expected) or {field.name: field.type for field in found} != expected:
        raise TrustError("trust.package_content")


def _check_size(stated: pq.FileMetaData, columns: tuple[PackedColumn, ...]) -> None:
    """The reader goes by the rows of each group, so those of the file may not say otherwise."""
    groups = [stated.row_group(number).num_rows for number in range(stated.num_row_groups)]
    if any(rows < 0 for rows in groups) or sum(groups) != stated.num_rows:
        raise TrustError("trust.package_content")
    _check_rows(stated.num_rows, columns)


def _check_rows(rows: int, columns: tuple[PackedColumn, ...]) -> None:
    width = sum(np.dtype(column.storage).itemsize for column in columns)
    if not 0 < rows <= MAX_PART_ROWS or rows * width > MAX_PART_BYTES:
        raise TrustError("trust.package_content")


def _array(values: pa.ChunkedArray, column: PackedColumn) -> np.ndarray:
    if values.null_count:
        raise TrustError("trust.package_content")
    # The buffers themselves: ``to_numpy`` would import pandas.
    width = np.dtype(column.storage).itemsize
    chunks = [
        np.frombuffer(chunk.buffers()[1], column.storage, len(chunk), chunk.offset * width)
        for chunk in values.chunks
    ]
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)


def check_values(array: np.ndarray, spec: ColumnSpec) -> None:
    """Codes lie in the declared domain; missing only where declared.

    Raises ``trust.package_content``.
    """
    if spec.type not in (Type.CATEGORY, Type.BOOL):
        if not spec.missing and (array == missing_value(spec.type)).any():
            raise TrustError("trust.package_content")
        return
    codes = spec.codes()
    if array.size and (array.min() < codes[0] or array.max() > codes[-1]):
        raise TrustError("trust.package_content")


def check_persons(array: np.ndarray, people: int) -> None:
    """Every person index is below the number of people. Raises ``trust.package_content``."""
    if array.size and int(array.max()) >= people:
        raise TrustError("trust.package_content")


def check_ids(batches: Sequence[np.ndarray]) -> None:
    """Nobody's id is 0, which stands for nobody, and no two people have the same.

    ``batches``: the first halves of all pids. Raises ``trust.package_content``.
    """
    if not batches:
        return
    if _repeated(batches).size or any((ids == 0).any() for ids in batches):
        raise TrustError("trust.package_content")


def check_tokens(batches: Sequence[Sequence[np.ndarray]], people: int, one_each: bool) -> None:
    """One person per token; with ``one_each`` also one token per person (DP mode).

    ``batches``: all tokens of one kind as (persons, hi, lo). Raises ``trust.package_tokens``.
    """
    if not batches:
        return
    repeated = _repeated([hi for _, hi, _ in batches])
    if repeated.size:
        found = [np.isin(hi, repeated) for _, hi, _ in batches]
        pairs = np.concatenate(
            [
                np.stack([hi[rows], lo[rows]], axis=1)
                for (_, hi, lo), rows in zip(batches, found, strict=True)
            ]
        )
        if len(np.unique(pairs, axis=0)) != len(pairs):
            raise TrustError("trust.package_tokens")
    if one_each:
        seen = np.zeros(people, bool)
        for persons, _, _ in batches:
            seen[persons] = True
        if np.count_nonzero(seen) != sum(len(persons) for persons, _, _ in batches):
            raise TrustError("trust.package_tokens")


def _repeated(pieces: Sequence[np.ndarray]) -> np.ndarray:
    ordered = np.concatenate(pieces)
    ordered.sort()
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
