"""One sheet of an XLSX workbook as a source. Sheets are held whole, so their size is bounded."""

import datetime
import re
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from cleanroom.errors import InputError
from cleanroom.prepare.read import dialect
from cleanroom.prepare.read.source import Block, Rows, Shape, Source

MAX_CELLS: Final = 8_000_000
MAX_BYTES: Final = 512 << 20
"""Of all the workbook's parts, unpacked."""
_BATCH_ROWS: Final = 1 << 14
_HEAD: Final = 1 << 13
_EXTENT: Final = re.compile(rb'<dimension ref="[A-Z]+[0-9]+:([A-Z]+)([0-9]+)"')
_SHEETS: Final = "xl/worksheets/"


class XlsxSource(Source):
    """A sheet by its name, else the first one with cells.

    Raises ``input.damaged``, ``input.too_large``, ``input.no_sheet``, ``input.empty``.
    """

    def __init__(self, path: Path, asked: dialect.Asked, sheet: str | None = None) -> None:
        super().__init__(path)
        try:
            _check_size(path)
            with CalamineWorkbook.from_path(path) as book:
                self._sheet, first = _pick(book, sheet, path.name)
        except (CalamineError, zipfile.BadZipFile, OSError, ValueError):
            first = None
        if first is None:
            raise InputError("input.damaged", file=path.name)
        self._first = first
        self._rows = self._sheet.iter_rows()
        cells = [text_of(cell) for cell in next(self._rows)]
        header = dialect.is_header(cells, asked)
        if not header:
            self._rows = self._sheet.iter_rows()
        columns = dialect.names_of(cells if header else [""] * len(cells))
        self._shape = Shape("xlsx", columns, header=header, sheet=self._sheet.name)
        self._taken = int(header)

    @property
    def shape(self) -> Shape:
        return self._shape

    @property
    def done(self) -> int:
        return self.size * self._taken // self._sheet.height

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        positions = self.positions(wanted)
        while True:
            batch = [row for _, row in zip(range(_BATCH_ROWS), self._rows, strict=False)]
            if not batch:
                return
            first, self._taken = self._first + self._taken, self._taken + len(batch)
            yield partial(_rows_of, batch, dict(zip(wanted, positions, strict=True)), first)


def _check_size(path: Path) -> None:
    """Refuse what would not fit into memory, before it is unpacked."""
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
        sheets = [part for part in archive.namelist() if part.startswith(_SHEETS)]
        cells = max((_cells(archive, sheet) for sheet in sheets), default=0)
    if unpacked > MAX_BYTES or cells > MAX_CELLS:
        raise InputError(
            "input.too_large", file=path.name, cells=MAX_CELLS, megabytes=MAX_BYTES >> 20
        )


def _cells(archive: zipfile.ZipFile, sheet: str) -> int:
    """How many cells the sheet's extent holds, as it states in front."""
    with archive.open(sheet) as part:
        extent = _EXTENT.search(part.read(_HEAD))
    if extent is None:
        return 0
    width = 0
    for letter in extent[1]:
        width = width * 26 + letter - ord("A") + 1
    return width * int(extent[2])


def _pick(book: CalamineWorkbook, name: str | None, file: str) -> tuple[CalamineSheet, int]:
    """The sheet, and the number (from 1) of its first row with cells."""
    names = [s.name for s in book.sheets_metadata if s.typ is SheetTypeEnum.WorkSheet]
    if name is not None and name not in names:
        raise InputError("input.no_sheet", sheet=name, file=file, sheets=", ".join(names))
    for candidate in [name] if name is not None else names:
        sheet = book.get_sheet_by_name(candidate)
        if sheet.start is not None and sheet.height:
            return sheet, sheet.start[0] + 1
    raise InputError("input.empty", file=file)


def _rows_of(batch: list[list[Any]], positions: dict[str, int], first: int) -> Rows:
    kept = [(number, row) for number, row in enumerate(batch, first) if any(c != "" for c in row)]
    columns = {
        name: pl.Series([text_of(row[position]) for _, row in kept], dtype=pl.String)
        for name, position in positions.items()
    }
    numbers = [number for number, _ in kept]
    return Rows(pl.DataFrame(columns), lambda rows: [numbers[row] for row in rows])


def text_of(cell: Any) -> str:
    """A cell as the text that a CSV export would have, with dates in ISO form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(Decimal(repr(cell)), "f")
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ", "seconds")
    return str(cell)
