"""A report as one file: a ZIP archive, stored, sorted, with fixed times.

There is exactly one such archive for a set of files, so a reader packs what it found again and
compares: nothing can hide between, before or behind the files.
"""

import io
import re
import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from cleanroom import text

SUFFIX = ".crreport"
FILES_MOST = 2_000
FILE_MOST = 128 << 20
TOTAL_MOST = 512 << 20
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*(?:/[0-9A-Za-z][0-9A-Za-z._-]*){0,3}")
_TIME = (1980, 1, 1, 0, 0, 0)
# ZIP's "end of central directory" (APPNOTE 4.3.16) and the locator of the larger form before it.
_END, _END_MARK = struct.Struct("<4s4H2LH"), b"PK\5\6"
_LOCATOR, _LOCATOR_BYTES = b"PK\6\7", 20
_LISTED_MOST = 300  # bytes of one file's entry in the list, its name included


class ContainerError(Exception):
    """Something in a folder or archive that no report has: ``problem`` and the ``file``."""

    def __init__(self, problem: str, file: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.file = file


def is_safe(name: str) -> bool:
    """Whether a name is one that reports have: plain ASCII, no way out of the folder."""
    return len(name) <= 200 and _NAME.fullmatch(name) is not None and ".." not in name


def pack(folder: Path, target: Path) -> Path:
    """Write a report folder as one ``.crreport`` file. Raises ``ContainerError``, OSError."""
    data = to_bytes(read_folder(folder))
    partial = target.with_name(target.name + ".part")
    try:
        partial.write_bytes(data)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def to_bytes(contents: Mapping[str, bytes]) -> bytes:
    """The archive of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, contents[name])
    return out.getvalue()


def read(path: Path) -> dict[str, bytes]:
    """Files of a report folder or ``.crreport`` file by name. Raises ``ContainerError``."""
    if path.is_dir():
        return read_folder(path)
    if path.is_file():
        return read_archive(path)
    raise ContainerError("not_a_report")


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file below a folder. Links and other special entries are refused."""
    contents: dict[str, bytes] = {}
    room = TOTAL_MOST
    for path in _below(folder, 0):
        name = path.relative_to(folder).as_posix()
        size = path.lstat().st_size
        room -= size
        if len(contents) >= FILES_MOST or size > FILE_MOST or room < 0:
            raise ContainerError("too_large")
        contents[name] = path.read_bytes()
    return contents


def _below(folder: Path, depth: int) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        kind = path.lstat().st_mode
        if stat.S_ISDIR(kind) and depth < 4:
            yield from _below(path, depth + 1)
        elif stat.S_ISREG(kind):
            yield path
        else:
            raise ContainerError("unsafe", text.visible(path.name))


def read_archive(path: Path) -> dict[str, bytes]:
    """Every file of an archive that this module wrote."""
    if path.stat().st_size > TOTAL_MOST + (1 << 20):
        raise ContainerError("too_large")
    data = path.read_bytes()
    listed = listing_bytes(data)
    if listed < 0:
        raise ContainerError("container", text.visible(path.name))
    if listed > FILES_MOST * _LISTED_MOST:
        raise ContainerError("too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            contents = _entries(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError):
        raise ContainerError("container", text.visible(path.name)) from None
    if to_bytes(contents) != data:
        raise ContainerError("container", text.visible(path.name))
    return contents


def listing_bytes(data: bytes) -> int:
    """Size of an archive's list of entries, by its last record; -1 if it does not end as ours do.

    All of the list is read before anything of it can be counted, and it may be millions of entries.
    """
    if len(data) < _END.size:
        return -1
    mark, *_, size, _, comment = _END.unpack_from(data, len(data) - _END.size)
    larger = data[-_END.size - _LOCATOR_BYTES :].startswith(_LOCATOR)  # says another size
    return -1 if mark != _END_MARK or comment or larger else int(size)


def _entries(archive: zipfile.ZipFile) -> dict[str, bytes]:
    listed = archive.infolist()
    if len(listed) > FILES_MOST or sum(entry.file_size for entry in listed) > TOTAL_MOST:
        raise ContainerError("too_large")
    contents: dict[str, bytes] = {}
    for entry in listed:
        if not is_safe(entry.filename) or entry.filename in contents:
            raise ContainerError("unsafe", text.visible(entry.filename))
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > FILE_MOST:
            raise ContainerError("unsafe", text.visible(entry.filename))
        try:
            contents[entry.filename] = archive.read(entry)
        except zipfile.BadZipFile:
            raise ContainerError("changed", entry.filename) from None
    return contents
