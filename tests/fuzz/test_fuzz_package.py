"""Packages that their owner sealed and signed, with anything in their parts: what the ingest worker
takes is agreed integers of one length, and the rest is refused as a whole.
"""

from io import BytesIO
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from byte_changes import damaged
from clock import fuzzed
from cryptography.cobblestone import Cobblestone256Encryptor
from fuzz_material import GOOD, PACKAGE_KEY, PLATFORM, answer, signing
from hypothesis import strategies as st

from cleanroom.sandbox.inside import parts
from cleanroom.trust import agreement_rules, codec, layout, package

AGREED = agreement_rules.read_checked(GOOD["agreement"]).agreement
DATASET = AGREED.catalogue().dataset("platform")
STORED = dict(layout.in_package(DATASET, AGREED.identifiers))
_, MANIFEST = package.read_envelope(BytesIO(GOOD["package"]))
PEOPLE = 3
MEMORY = 4 << 30  # Arrow reserves a gigabyte of addresses at once


def ciphertexts() -> list[bytes]:
    """The encrypted parts of the good package."""
    file = BytesIO(GOOD["package"])
    return [package.read_part(file, MANIFEST, number) for number in range(len(MANIFEST.parts))]


PLAIN = [
    bytes(parts.decrypt(data, MANIFEST, number, PACKAGE_KEY))
    for number, data in enumerate(ciphertexts())
]


def encrypted(plain: bytes, number: int) -> bytes:
    part = MANIFEST.parts[number]
    context = package.part_context(MANIFEST.package_id, part.table, part.index)
    encryptor = Cobblestone256Encryptor(PACKAGE_KEY, context)
    return bytes(encryptor.update(plain) + encryptor.finalize())


def packed(contents: list[bytes]) -> bytes:
    """A package of these ciphertexts, rightly listed and signed by its owner."""
    listed = tuple(
        msgspec.structs.replace(part, length=len(data), sha256=codec.sha256_hex(data))
        for part, data in zip(MANIFEST.parts, contents, strict=True)
    )
    manifest = msgspec.structs.replace(MANIFEST, parts=listed)
    sealed = package.sign_manifest(manifest, signing("platform"))
    return package.MAGIC + b"".join(contents) + package.trailer(sealed)


def use_package(data: bytes) -> list[list[np.ndarray]]:
    """Every part as the ingest worker reads it."""
    file = BytesIO(data)
    sealed, manifest = package.read_envelope(file)
    package.verify(sealed, PLATFORM)
    found = []
    for number, part in enumerate(manifest.parts):
        content = package.read_part(file, manifest, number)
        columns = STORED[part.table]
        plain = parts.decrypt(content, manifest, number, PACKAGE_KEY)
        arrays = parts.arrays(plain, columns)
        specs = DATASET.tables.get(part.table, {})
        for column, array in zip(columns, arrays, strict=True):
            assert array.dtype == np.dtype(column.storage)
            assert array.shape == arrays[0].shape
            if column.name in specs:
                parts.check_values(array, specs[column.name])
        if part.table.startswith(layout.IDS):
            parts.check_persons(arrays[0], PEOPLE)
            parts.check_tokens([arrays], PEOPLE, AGREED.policy.mode == "dp")
        found.append(arrays)
    return found


def test_the_good_package_is_good() -> None:
    assert len(use_package(packed(ciphertexts()))) == len(PLAIN) == 2
    assert use_package(packed([encrypted(plain, n) for n, plain in enumerate(PLAIN)]))


@fuzzed(st.data(), MEMORY)
def test_ciphertexts_with_bytes_changed(data: st.DataObject) -> None:
    """The owner signs what it likes; what does not decrypt whole is not looked into."""
    contents = ciphertexts()
    number = data.draw(st.integers(0, len(contents) - 1))
    changed = data.draw(damaged(contents[number], contents))
    honest, contents[number] = contents[number], changed
    if changed and answer(use_package, packed(contents)):
        assert changed == honest


@fuzzed(st.data(), MEMORY)
def test_parts_with_bytes_changed(data: st.DataObject) -> None:
    """Encrypted after the change, so only the parser of Parquet can notice."""
    plains = list(PLAIN)
    number = data.draw(st.integers(0, len(plains) - 1))
    plains[number] = data.draw(damaged(plains[number], PLAIN))
    answer(use_package, packed([encrypted(plain, n) for n, plain in enumerate(plains)]))


TYPES = [
    *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.int8(), pa.int32(), pa.int64()),
    *(pa.float32(), pa.float64(), pa.bool_(), pa.string(), pa.binary(), pa.date32(), pa.null()),
    *(pa.list_(pa.uint8()), pa.timestamp("ns"), pa.decimal128(9, 2), pa.float16()),
    *(pa.dictionary(pa.int32(), pa.string()), pa.large_string(), pa.time64("us")),
    pa.struct([("a", pa.uint8())]),
]


def values_of(kind: pa.DataType) -> st.SearchStrategy[Any]:
    """What a column of a type may hold, missing values among them."""
    if pa.types.is_integer(kind):
        low = -(2 ** (kind.bit_width - 1)) if pa.types.is_signed_integer(kind) else 0
        return st.integers(0, 5) | st.integers(low, low + 2**kind.bit_width - 1)
    return st.none()


@st.composite
def tables(draw: Any, honest: pa.Table) -> pa.Table:
    """The agreed columns, some of another type, name, order or number, with any values."""
    rows = draw(st.sampled_from([PEOPLE, PEOPLE, 0, 1, 50]))
    columns: list[tuple[str, pa.Array]] = []
    for field in honest.schema:
        kind = field.type if draw(st.integers(0, 5)) else draw(st.sampled_from(TYPES))
        values = values_of(kind)
        if draw(st.integers(0, 9)) == 9:
            values |= st.none()
        drawn = draw(st.lists(values, min_size=rows, max_size=rows))
        columns.append((field.name, pa.array(drawn, kind)))
    if draw(st.integers(0, 5)) == 5:
        columns.append(draw(st.sampled_from([*columns, ("x", pa.array([0] * rows))])))
    if draw(st.integers(0, 5)) == 5:
        columns = draw(st.permutations(columns))[: draw(st.integers(1, len(columns)))]
    return pa.Table.from_arrays([array for _, array in columns], [name for name, _ in columns])


@fuzzed(st.data(), MEMORY)
def test_parts_of_other_tables(data: st.DataObject) -> None:
    plains = list(PLAIN)
    number = data.draw(st.integers(0, len(plains) - 1))
    table = data.draw(tables(pq.read_table(pa.BufferReader(PLAIN[number]))))
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression=data.draw(st.sampled_from(["zstd", "snappy", "gzip", "none"])),
        use_dictionary=data.draw(st.booleans()),
        data_page_version=data.draw(st.sampled_from(["1.0", "2.0"])),
        row_group_size=data.draw(st.sampled_from([1, 2, 1000])),
    )
    plains[number] = sink.getvalue().to_pybytes()
    answer(use_package, packed([encrypted(plain, n) for n, plain in enumerate(plains)]))
