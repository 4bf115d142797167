"""Parts of a package to checked integer arrays: decrypt, parse, compare with the agreement.

Nothing of a part is used before its last byte was authenticated. Everything that a column may hold
follows from the agreement: a code outside the domain, a null, a person that isn't there, or two
persons for one token refuse the whole package.
"""

from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.errors import TrustError
from cleanroom.tables import Type, missing_value
from cleanroom.trust.package import Manifest, PackedColumn, part_context, read_part

MAX_PART_ROWS = 1 << 24


def decrypt(file: BinaryIO, manifest: Manifest, number: int, key: bytes) -> bytes:
    """The plaintext of one part, complete. Raises ``trust.package_damaged``."""
    part = manifest.parts[number]
    context = part_context(manifest.package_id, part.table, part.index)
    decryptor = Cobblestone256Decryptor(key, context)
    try:
        plain = decryptor.update(read_part(file, manifest, number))
        return bytes(plain) + decryptor.finalize()
    except (InvalidTag, ValueError):
        raise TrustError("trust.package_damaged") from None


def arrays(plain: bytes, columns: tuple[PackedColumn, ...]) -> list[np.ndarray]:
    """One part's columns as agreed integer arrays. Raises ``trust.package_content``."""
    try:
        with pq.ParquetFile(pa.BufferReader(plain)) as file:
            _check_schema(file.schema_arrow, columns)
            _check_rows(file.metadata.num_rows)  # before the columns: a few bytes can hold billions
            table = file.read(use_threads=False)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, MemoryError):
        raise TrustError("trust.package_content") from None
    _check_schema(table.schema, columns)
    _check_rows(table.num_rows)
    return [_array(table.column(column.name), column) for column in columns]


def _check_schema(found: pa.Schema, columns: tuple[PackedColumn, ...]) -> None:
    expected = {c.name: pa.from_numpy_dtype(np.dtype(c.storage)) for c in columns}
    if len(found) != len(expected) or {field.name: field.type for field in found} != expected:
        raise TrustError("trust.package_content")


def _check_rows(rows: int) -> None:
    if not 0 < rows <= MAX_PART_ROWS:
        raise TrustError("trust.package_content")


def _array(values: pa.ChunkedArray, column: PackedColumn) -> np.ndarray:
    if values.null_count:
        raise TrustError("trust.package_content")
    chunks = [chunk.to_numpy(zero_copy_only=True) for chunk in values.chunks]
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


def check_tokens(
    persons: np.ndarray, hi: np.ndarray, lo: np.ndarray, people: int, one_each: bool
) -> None:
    """One person per token; with ``one_each`` also one token per person (DP mode).

    Raises ``trust.package_tokens``.
    """
    repeated = _repeated(hi)
    if repeated.size:
        rows = np.flatnonzero(np.isin(hi, repeated))
        pairs = np.unique(np.stack([hi[rows], lo[rows]], axis=1), axis=0)
        if len(pairs) != len(rows):
            raise TrustError("trust.package_tokens")
    if one_each and persons.size and np.bincount(persons, minlength=people).max() > 1:
        raise TrustError("trust.package_tokens")


def _repeated(values: np.ndarray) -> np.ndarray:
    ordered = np.sort(values)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
