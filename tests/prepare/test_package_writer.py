"""Packages as written: every part is decrypted and compared integer by integer."""

import errno
import hashlib
import io
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.cobblestone import Cobblestone256Decryptor
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import DTypeLike

from cleanroom.errors import InputError
from cleanroom.prepare import package_writer
from cleanroom.prepare.package_writer import PackageWriter
from cleanroom.sandbox.inside import parts as reader
from cleanroom.tables import Type
from cleanroom.trust.layout import PERSON, TOKEN
from cleanroom.trust.package import MAGIC, PackedColumn, Part, part_context

KEY = bytes(range(32))
PACKAGE = "0123456789abcdef"
CANARY = 0x43414E4152593031  # b"CANARY01" when read as bytes
EVENTS = (
    PERSON,
    PackedColumn("kind", Type.CATEGORY, "u1"),
    PackedColumn("sku", Type.CATEGORY, "<u2"),
    PackedColumn("day", Type.DATE, "<i4"),
    PackedColumn("ts", Type.DATETIME, "<i8"),
)


def events(rows: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    bounds = (np.iinfo(np.dtype(column.storage)) for column in EVENTS)
    return [rng.integers(b.min, b.max, rows, dtype=b.dtype, endpoint=True) for b in bounds]


def opened(data: bytes, parts: tuple[Part, ...], number: int) -> bytes:
    """The plaintext of one part, decrypted here and not by the product."""
    at = len(MAGIC) + sum(part.length for part in parts[:number])
    part = parts[number]
    sealed = data[at : at + part.length]
    assert hashlib.sha256(sealed).hexdigest() == part.sha256
    decryptor = Cobblestone256Decryptor(KEY, part_context(PACKAGE, part.table, part.index))
    return bytes(decryptor.update(sealed)) + decryptor.finalize()


def read_back(
    data: bytes, parts: tuple[Part, ...], table: str, columns: tuple[PackedColumn, ...]
) -> list[np.ndarray]:
    """A whole table through the ingest worker's checks, its parts in the order of their index."""
    mine = [number for number, part in enumerate(parts) if part.table == table]
    assert [parts[number].index for number in mine] == list(range(len(mine)))
    pieces = [reader.arrays(opened(data, parts, number), columns) for number in mine]
    return [np.concatenate(column) for column in zip(*pieces, strict=True)]


@given(
    sizes=st.lists(st.integers(0, 40), min_size=1, max_size=8),
    limit=st.integers(1, 25),
)
@settings(max_examples=60, deadline=None)
def test_every_integer_comes_back_whatever_the_cuts(sizes: list[int], limit: int) -> None:
    file = io.BytesIO()
    chunks = [events(size, seed) for seed, size in enumerate(sizes)]
    tokens = [np.array([1], "<u4"), np.array([2**64 - 1], "<u8"), np.array([0], "<u8")]
    with pytest.MonkeyPatch.context() as patch, PackageWriter(file, PACKAGE, KEY) as writer:
        patch.setattr(package_writer, "PART_ROWS", limit)
        for chunk in chunks:  # two tables taking turns
            writer.write("exposures", EVENTS, chunk)
            writer.write("ids:email", (PERSON, *TOKEN), tokens)
        parts, tables = writer.finish()
    data = file.getvalue()
    assert data.startswith(MAGIC)
    assert len(data) == len(MAGIC) + sum(part.length for part in parts)
    rows = sum(sizes)
    assert sum(part.table == "exposures" for part in parts) == -(-rows // limit)
    if rows:
        expected = [np.concatenate(column) for column in zip(*chunks, strict=True)]
        for found, wanted in zip(
            read_back(data, parts, "exposures", EVENTS), expected, strict=True
        ):
            assert found.dtype == wanted.dtype
            assert found.tolist() == wanted.tolist()
    ids = read_back(data, parts, "ids:email", (PERSON, *TOKEN))
    assert ids[1].tolist() == [2**64 - 1] * len(sizes)
    assert [table.name for table in tables] == ["exposures", "ids:email"]
    assert tables[0].columns == EVENTS


def test_parts_are_cut_by_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    width = 4 + 1 + 2 + 4 + 8
    monkeypatch.setattr(package_writer, "PART_BYTES", 10 * width + width - 1)
    file = io.BytesIO()
    with PackageWriter(file, PACKAGE, KEY) as writer:
        writer.write("exposures", EVENTS, events(25))
        parts, _ = writer.finish()
    rows = [
        pq.read_metadata(pa.BufferReader(opened(file.getvalue(), parts, n))).num_rows
        for n in range(len(parts))
    ]
    assert rows == [10, 10, 5]


def test_rows_are_listed_as_a_band_and_an_empty_table_has_no_part() -> None:
    file = io.BytesIO()
    with PackageWriter(file, PACKAGE, KEY) as writer:
        writer.write("costs", EVENTS, events(0))
        writer.write("exposures", EVENTS, events(1234))
        parts, tables = writer.finish()
    assert [(table.name, table.rows) for table in tables] == [
        ("costs", "0"),
        ("exposures", "1000-1999"),
    ]
    assert {part.table for part in parts} == {"exposures"}


def test_parquet_tells_nothing_beside_the_values() -> None:
    file = io.BytesIO()
    with PackageWriter(file, PACKAGE, KEY) as writer:
        writer.write("exposures", EVENTS, events(5000))
        parts, _ = writer.finish()
    meta = pq.read_metadata(pa.BufferReader(opened(file.getvalue(), parts, 0)))
    assert meta.num_row_groups == 1
    assert meta.metadata is None
    chunks = [meta.row_group(0).column(n) for n in range(len(EVENTS))]
    assert {chunk.compression for chunk in chunks} == {"ZSTD"}
    assert not any(chunk.is_stats_set for chunk in chunks)
    with_dictionary = [chunk.path_in_schema for chunk in chunks if chunk.has_dictionary_page]
    assert with_dictionary == ["kind", "sku"]


def test_no_value_stands_in_the_file() -> None:
    columns = (PackedColumn("ts", Type.DATETIME, "<i8"),)
    file = io.BytesIO()
    with PackageWriter(file, PACKAGE, KEY) as writer:
        writer.write("exposures", columns, [np.array([CANARY], "<i8")])
        parts, _ = writer.finish()
    canary = CANARY.to_bytes(8, "little")
    plain = opened(file.getvalue(), parts, 0)
    assert canary in plain  # one raw value: zstd leaves it as it is
    assert canary not in file.getvalue()
    assert b"PAR1" in plain
    assert b"PAR1" not in file.getvalue()
    assert b"ts" in plain


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
def test_a_full_disk_says_so(number: int) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            if self.tell() > 100:
                raise OSError(number, "full")
            return super().write(data)  # type: ignore[arg-type]

    with PackageWriter(Full(), PACKAGE, KEY) as writer:
        for seed in range(2):
            writer.write("exposures", EVENTS, events(50, seed))
            writer.write("costs", EVENTS, events(50, seed))
        with pytest.raises(InputError) as caught:
            writer.finish()
    assert caught.value.code == "input.disk_full"
    assert "…" not in caught.value.message("en") + caught.value.message("zh_CN")


def test_other_errors_of_the_file_stay_what_they_are() -> None:
    class Broken(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.EIO, "broken")

    with pytest.raises(OSError, match="broken"):
        PackageWriter(Broken(), PACKAGE, KEY)


def test_a_file_that_takes_little_at_a_time_is_written_whole() -> None:
    class Slow(io.BytesIO):
        def write(self, data: object) -> int:
            return super().write(memoryview(data)[:7])  # type: ignore[arg-type]

    file = Slow()
    with PackageWriter(file, PACKAGE, KEY) as writer:
        writer.write("exposures", EVENTS, events(100))
        parts, _ = writer.finish()
    assert read_back(file.getvalue(), parts, "exposures", EVENTS)[4].tolist() == (
        events(100)[4].tolist()
    )


@pytest.mark.parametrize(
    ("dtypes", "lengths"),
    [(("<u4", "<i8"), (2, 2)), (("<u4", "u1"), (2, 3)), (("<u4",), (2,))],
)
def test_arrays_must_be_as_declared(dtypes: tuple[str, ...], lengths: tuple[int, ...]) -> None:
    def zeros(length: int, dtype: DTypeLike) -> np.ndarray:
        return np.zeros(length, dtype)

    with PackageWriter(io.BytesIO(), PACKAGE, KEY) as writer, pytest.raises(ValueError):
        writer.write("exposures", EVENTS[:2], list(map(zeros, lengths, dtypes)))


def test_the_context_binds_a_part_to_its_place() -> None:
    file = io.BytesIO()
    with PackageWriter(file, PACKAGE, KEY) as writer:
        writer.write("exposures", EVENTS, events(10))
        writer.write("costs", EVENTS, events(10))
        parts, _ = writer.finish()
    manifest = SimpleNamespace(package_id=PACKAGE, parts=parts)
    for number in range(2):
        assert reader.decrypt(file, manifest, number, KEY)  # type: ignore[arg-type]
    moved = SimpleNamespace(package_id="fedcba9876543210", parts=parts)
    with pytest.raises(Exception, match=r"trust\.package_damaged"):
        reader.decrypt(file, moved, 0, KEY)  # type: ignore[arg-type]
