"""Archives whose list of entries is far longer than their content: refused before it is read."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from cleanroom.report import container
from cleanroom.report.container import ContainerError
from cleanroom.report.office import package

FILES = {"report.json": b"{}", "tables/a.csv": b"1,2\r\n"}


def listing(entries: int) -> bytes:
    """An archive of nothing but so many entries in its list."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", *[0] * 9, 1, *[0] * 6) + b"a"
    size = len(entry) * entries
    count = entries & 0xFFFF
    return entry * entries + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, 0, 0)


def test_the_list_of_our_own_archives() -> None:
    data = container.to_bytes(FILES)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert container.listing_bytes(data) == len(data) - 22 - archive.start_dir


@pytest.mark.parametrize("data", [b"", b"PK\5\6", bytes(22), container.to_bytes(FILES) + b"x"])
def test_what_does_not_end_in_a_list(data: bytes) -> None:
    assert container.listing_bytes(data) == -1


def test_a_comment_or_a_second_size_hide_the_list() -> None:
    """The reader would go by another record than this one."""
    data = container.to_bytes(FILES)
    assert container.listing_bytes(data[:-2] + b"\1\0x") == -1
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
    assert container.listing_bytes(data[:-22] + locator + data[-22:]) == -1


def test_a_million_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would have become an object of half a kilobyte."""
    path = tmp_path / "a.crreport"
    data = listing(1_000_000)
    path.write_bytes(data)

    def read(*_: object) -> None:
        raise AssertionError("the list was read")

    monkeypatch.setattr(zipfile, "ZipFile", read)
    with pytest.raises(ContainerError) as caught:
        container.read(path)
    assert caught.value.problem == "too_large"
    assert not package._harmless("xlsx", data)
