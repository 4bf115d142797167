"""The package file's frame: parts first, signed manifest last, and bands instead of row counts."""

import os
import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trust_material import party

from cleanroom.errors import CleanroomError, TrustError
from cleanroom.trust import codec, package

ME = party("platform")


def manifest(parts: list[tuple[str, bytes]]) -> package.Manifest:
    counts: dict[str, int] = {}
    listed = []
    for table, data in parts:
        index = counts.get(table, 0)
        listed.append(package.Part(table, index, len(data), codec.sha256_hex(data)))
        counts[table] = index + 1
    tables = tuple(package.PackedTable(name, (), "1-9") for name in counts)
    return package.Manifest(
        2,
        "ab" * 16,
        "cd" * 16,
        "ef" * 32,
        "platform",
        "members",
        "2025-01-01",
        "2026-01-01",
        "2026-03-01T09:00:00Z",
        package.SUITE,
        tables,
        tuple(listed),
        (),
    )


def file_of(parts: list[tuple[str, bytes]]) -> bytes:
    sealed = package.sign_manifest(manifest(parts), ME.signing)
    return package.MAGIC + b"".join(data for _, data in parts) + package.trailer(sealed)


PARTS = [("people", os.urandom(300)), ("people", os.urandom(7)), ("ids:phone", os.urandom(80))]
GOOD = file_of(PARTS)


def read_all(data: bytes) -> list[bytes]:
    """What a reader does before it decrypts anything."""
    file = BytesIO(data)
    sealed, found = package.read_envelope(file)
    package.verify(sealed, ME.card().signing)
    return [package.read_part(file, found, number) for number in range(len(found.parts))]


def test_parts_are_read_back_in_order() -> None:
    file = BytesIO(GOOD)
    sealed, found = package.read_envelope(file)
    assert package.verify(sealed, ME.card().signing) == codec.sha256_hex(codec.encode(found))
    assert read_all(GOOD) == [data for _, data in PARTS]
    with pytest.raises(TrustError, match=r"trust\.signature"):
        package.verify(sealed, party("brand").card().signing)


def test_a_file_cut_anywhere_is_refused() -> None:
    for length in range(len(GOOD)):
        with pytest.raises(TrustError) as raised:
            package.read_envelope(BytesIO(GOOD[:length]))
        expected = "trust.not_a_package" if length < 8 else "trust.package_truncated"
        assert raised.value.code == expected


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_byte_is_found_before_anything_is_decrypted(position: int, mask: int) -> None:
    changed = bytearray(GOOD)
    changed[position] ^= mask
    with pytest.raises(CleanroomError):
        read_all(bytes(changed))


def test_a_part_is_bound_to_its_place() -> None:
    contexts = {
        package.part_context(one, table, index)
        for one in ("ab", "cd")
        for table in ("people", "ids:phone")
        for index in (0, 1, 10)
    }
    assert len(contexts) == 12


def test_the_trailer_says_how_long_it_is() -> None:
    (length,) = struct.unpack(">Q", GOOD[-16:-8])
    content = sum(len(data) for _, data in PARTS)
    assert len(GOOD) == 8 + content + length + 16
    assert GOOD.endswith(b"DCREND\x00\x02")
    assert GOOD.startswith(b"DCRPKG\x00\x02")


@pytest.mark.parametrize(
    ("count", "band"),
    [
        (0, "0"),
        (1, "1-9"),
        (9, "1-9"),
        (10, "10-19"),
        (19, "10-19"),
        (20, "20-49"),
        (50, "50-99"),
        (99, "50-99"),
        (100, "100-199"),
        (1_673, "1000-1999"),
        (10_000_000, "10000000-19999999"),
    ],
)
def test_bands(count: int, band: str) -> None:
    assert package.band(count) == band


@given(st.integers(1, 10**12))
def test_a_band_never_tells_a_count(count: int) -> None:
    low, high = map(int, package.band(count).split("-"))
    assert low <= count <= high
    assert high - low >= max(8, low - 1)
    assert package.band(low) == package.band(high) == package.band(count)
