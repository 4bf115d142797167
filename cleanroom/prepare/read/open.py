"""Opens a file as what its content is, after a look at whether its name says the same."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cleanroom.errors import InputError
from cleanroom.prepare.mapping import FileSpec
from cleanroom.prepare.read import encoding
from cleanroom.prepare.read.csv_source import CsvSource
from cleanroom.prepare.read.dialect import Asked
from cleanroom.prepare.read.parquet_source import ParquetSource
from cleanroom.prepare.read.source import Source
from cleanroom.prepare.read.xlsx_source import XlsxSource

_HEAD: Final = 1 << 16
_BY_NAME: Final = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv",
    ".parquet": "parquet", ".pq": "parquet",
    ".xlsx": "xlsx", ".xlsm": "xlsx",
}  # fmt: skip
_MARKS: Final = (
    (b"PAR1", "parquet"),
    (b"PARE", "Parquet (PARE)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
    (b"%PDF-", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"SQLite format 3\0", "SQLite"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"DCRPKG\0", "DCRPKG"),
)


def open_source(spec: FileSpec, wanted: Sequence[str] = ()) -> Source:
    """The file as a source, ready for one pass. ``wanted`` helps to recognise a header.

    Raises ``input.no_file``, ``input.empty``, ``input.not_this_format`` and what the formats raise.
    """
    path = Path(spec.path)
    found = _format(path)
    expected = spec.format or _BY_NAME.get(path.suffix.lower(), found)
    if found != expected:
        raise InputError(
            "input.not_this_format", file=path.name, expected=expected.upper(), found=found
        )
    asked = Asked(spec.separator, spec.quote, spec.header, tuple(wanted))
    if found == "parquet":
        return ParquetSource(path)
    if found == "xlsx":
        return XlsxSource(path, asked, spec.sheet)
    return CsvSource(path, asked, spec.encoding)


def _format(path: Path) -> str:
    """csv, parquet or xlsx, else the name of what it is instead."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        head = None
    if head is None:
        raise InputError("input.no_file", file=path.name)
    if not head:
        raise InputError("input.empty", file=path.name)
    if head.startswith(b"PK\x03\x04"):
        return _of_zip(path)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    return "csv" if encoding.looks_like_text(head) else "binary"


def _of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return "ZIP"
    return "xlsx" if any(name.startswith("xl/") for name in names) else "ZIP"
