"""Folders and archives that are no reports: refused before anything is believed."""

import io
import os
import stat
import warnings
import zipfile
from pathlib import Path

import pytest

from cleanroom.report import container
from cleanroom.report.container import ContainerError, is_safe, pack, read, to_bytes

FILES = {"report.json": b"{}", "tables/a.csv": b"1,2\r\n"}


def problem(path: Path) -> str:
    with pytest.raises(ContainerError) as error:
        read(path)
    return error.value.problem


def archive(path: Path, entries: dict[str, bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", **options) as made:
        for name, data in entries.items():
            made.writestr(zipfile.ZipInfo(name), data)
    return path


def test_round_trip(tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / "r" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "r" / name).write_bytes(data)
    packed = pack(tmp_path / "r", tmp_path / "r.crreport")
    assert read(packed) == read(tmp_path / "r") == FILES
    assert zipfile.ZipFile(packed).testzip() is None
    assert [entry.compress_type for entry in zipfile.ZipFile(packed).infolist()] == [0, 0]


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/x",
        "a/../../b",
        "C:\\x",
        "a//b",
        ".hidden",
        "a/b/c/d/e",
        "é",
        "",
        "a\0b",
        "a/",
    ],
)
def test_names_that_lead_out(name: str, tmp_path: Path) -> None:
    assert not is_safe(name)
    if name and "\0" not in name:
        assert problem(archive(tmp_path / "a", {name: b"x"})) in ("unsafe", "container")


def test_only_the_one_archive_is_taken(tmp_path: Path) -> None:
    plain = to_bytes(FILES)
    path = tmp_path / "a.crreport"
    for changed in (b"x" + plain, plain + b"x", plain[:-1], b""):
        path.write_bytes(changed)
        assert problem(path) == "container"
    squeezed = archive(path, FILES, compression=zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(squeezed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("report.json", b"{}" * 500)
    assert problem(path) == "unsafe"
    archive(path, dict(reversed(FILES.items())))
    assert problem(path) == "container"


def test_a_comment_or_another_time_makes_another_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.crreport"
    path.write_bytes(to_bytes(FILES))
    with zipfile.ZipFile(path, "a") as made:
        made.comment = b"hello"
    assert problem(path) == "container"


def test_the_same_name_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.crreport"
    with zipfile.ZipFile(path, "w") as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.writestr("report.json", b"1")
        made.writestr("report.json", b"2")
    assert problem(path) == "unsafe"


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.crreport"
    body = to_bytes(FILES)
    path.write_bytes(body.replace(b"1,2\r\n", b"9,2\r\n"))
    with pytest.raises(ContainerError) as error:
        read(path)
    assert (error.value.problem, error.value.file) == ("changed", "tables/a.csv")


def test_links_and_other_entries(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    folder.mkdir()
    (tmp_path / "secret").write_text("s", "utf-8")
    (folder / "report.json").symlink_to(tmp_path / "secret")
    assert problem(folder) == "unsafe"
    (folder / "report.json").unlink()
    os.mkfifo(folder / "pipe")
    assert stat.S_ISFIFO((folder / "pipe").lstat().st_mode)
    assert problem(folder) == "unsafe"


def test_a_deep_folder(tmp_path: Path) -> None:
    (tmp_path / "a/b/c/d/e/f").mkdir(parents=True)
    assert problem(tmp_path) == "unsafe"


@pytest.mark.parametrize(
    ("limit", "value"), [("FILES_MOST", 1), ("FILE_MOST", 4), ("TOTAL_MOST", 6)]
)
def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    folder = tmp_path / "r"
    (folder / "tables").mkdir(parents=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    packed = tmp_path / "a.crreport"
    packed.write_bytes(to_bytes(FILES))
    monkeypatch.setattr(container, limit, value)
    assert problem(folder) == "too_large"
    assert problem(packed) in ("too_large", "unsafe")


def test_a_lying_directory(tmp_path: Path) -> None:
    """An archive whose central directory claims more bytes than there are."""
    body = bytearray(to_bytes({"report.json": b"{}"}))
    place = body.rindex(b"PK\x01\x02") + 20
    body[place : place + 8] = (1 << 20).to_bytes(4, "little") * 2
    path = tmp_path / "a.crreport"
    path.write_bytes(bytes(body))
    assert problem(path) in ("container", "changed")


def test_nothing_half_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r/report.json").write_bytes(b"{}")

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        pack(tmp_path / "r", tmp_path / "a.crreport")
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
    assert io.BytesIO(to_bytes(FILES)).read(2) == b"PK"
