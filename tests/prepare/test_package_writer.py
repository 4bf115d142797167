"""Packages as written: every part is decrypted and compared integer by integer."""

import errno
import hashlib
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import InputError
from cleanroom.prepare import package_writer
from cleanroom.prepare.package_writer import PackageWriter, encode, encrypt, rows_of_part
from cleanroom.prepare.packing import token_pids
from cleanroom.tables import Type
from cleanroom.trust.layout import PERSON, PID, TOKEN
from cleanroom.trust.package import MAGIC, PackedColumn, part_context

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
ALL_COLUMNS = (*PID, *TOKEN, *EVENTS)


def some(columns: tuple[PackedColumn, ...], rows: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    bounds = (np.iinfo(np.dtype(column.storage)) for column in columns)
    return [rng.integers(b.min, b.max, rows, dtype=b.dtype, endpoint=True) for b in bounds]


def decrypted(sealed: bytes, table: str = "exposures", index: int = 0) -> bytes:
    decryptor = Cobblestone256Decryptor(KEY, part_context(PACKAGE, table, index))
    return bytes(decryptor.update(sealed)) + decryptor.finalize()


def sealed(columns: tuple[PackedColumn, ...], arrays: list[np.ndarray]) -> bytes:
    return b"".join(encrypt(encode(columns, arrays), KEY, PACKAGE, "exposures", 0))


@given(rows=st.integers(1, 300), seed=st.integers(0, 1000))
def test_every_integer_comes_back(rows: int, seed: int) -> None:
    arrays = some(ALL_COLUMNS, rows, seed)
    table = pq.read_table(pa.BufferReader(decrypted(sealed(ALL_COLUMNS, arrays))))
    assert table.column_names == [column.name for column in ALL_COLUMNS]
    for column, found, wanted in zip(ALL_COLUMNS, table.columns, arrays, strict=True):
        assert found.type == pa.from_numpy_dtype(np.dtype(column.storage))
        assert found.null_count == 0
        assert found.to_numpy().tolist() == wanted.tolist()


def test_parquet_tells_nothing_beside_the_values() -> None:
    meta = pq.read_metadata(
        pa.BufferReader(decrypted(sealed(ALL_COLUMNS, some(ALL_COLUMNS, 5000))))
    )
    assert meta.num_row_groups == 1
    assert meta.metadata is None
    chunks = [meta.row_group(0).column(n) for n in range(len(ALL_COLUMNS))]
    assert not any(chunk.is_stats_set for chunk in chunks)
    # A dictionary of keyed hashes would be those hashes again.
    kinds = {chunk.path_in_schema: chunk.has_dictionary_page for chunk in chunks}
    assert not any(kinds[name] for name in ("pid_hi", "pid_lo", "hi", "lo", "person"))


def test_no_value_stands_in_the_file() -> None:
    columns = (PackedColumn("ts", Type.DATETIME, "<i8"), *TOKEN)
    arrays = [np.array([CANARY], column.storage) for column in columns]
    data = sealed(columns, arrays)
    canary = CANARY.to_bytes(8, "little")
    assert canary in decrypted(data)
    for secret in (canary, canary[::-1], b"PAR1", b"ts"):
        assert secret in decrypted(data) or secret == canary[::-1]
        assert secret not in data or secret == b"ts"


def test_the_context_binds_a_part_to_its_place() -> None:
    data = sealed(EVENTS, some(EVENTS, 10))
    assert decrypted(data)
    for table, index in (("exposures", 1), ("costs", 0)):
        with pytest.raises(InvalidTag):
            decrypted(data, table, index)


def test_parts_are_bounded_by_rows_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    width = 4 + 1 + 2 + 4 + 8
    assert rows_of_part(EVENTS) * width <= package_writer.PART_BYTES
    assert rows_of_part((PERSON,)) == package_writer.PART_ROWS
    monkeypatch.setattr(package_writer, "PART_BYTES", 10 * width + width - 1)
    assert rows_of_part(EVENTS) == 10


def test_parts_stand_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "p"
    pieces = [(b"abc", b"d"), (b"efg", b"")]
    with PackageWriter(path) as writer:
        for index, piece in enumerate(pieces):
            writer.append("costs", index, piece)
    assert path.read_bytes() == MAGIC + b"abcdefg"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [(p.table, p.index, p.length) for p in writer.parts] == [
        ("costs", 0, 4),
        ("costs", 1, 3),
    ]
    assert writer.parts[0].sha256 == hashlib.sha256(b"abcd").hexdigest()


def test_an_error_leaves_no_file(tmp_path: Path) -> None:
    def interrupted() -> None:
        with PackageWriter(tmp_path / "p") as writer:
            writer.append("costs", 0, [b"x"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_bytes(b"mine")
    with pytest.raises(InputError, match=r"input\.cannot_write"):
        PackageWriter(path)
    assert path.read_bytes() == b"mine"
    with pytest.raises(InputError, match=r"input\.cannot_write"):
        PackageWriter(tmp_path / "no folder" / "p")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EFBIG, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EIO, "cannot_write"),
    ],
)
def test_a_full_disk_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    path = tmp_path / "p"
    real = os.write

    def little(fd: int, data: memoryview) -> int:
        if os.fstat(fd).st_size > 100:
            raise OSError(number, "no")
        return real(fd, data[:50])  # files may take less than they are given

    def write() -> None:
        with monkeypatch.context() as patch, PackageWriter(path) as writer:
            patch.setattr(os, "write", little)
            writer.append("costs", 0, [b"x" * 1000])

    with pytest.raises(InputError, match=rf"input\.{code}") as caught:
        write()
    assert "…" not in caught.value.message("en") + caught.value.message("zh_CN")
    assert not path.exists()


def test_pids_of_tokens_are_a_keyed_permutation() -> None:
    """AES-256, FIPS 197 appendix C.3."""
    key = bytes(range(32))
    hi, lo = (np.array([n], "<u8") for n in (0x0011223344556677, 0x8899AABBCCDDEEFF))
    found = token_pids(hi, lo, key)
    assert [int(half[0]) for half in found] == [0x8EA2B7CA516745BF, 0xEAFC49904B496089]
