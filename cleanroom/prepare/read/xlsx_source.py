"""One sheet of an XLSX workbook as a source. Sheets are held whole, so their size is bounded."""

import datetime
import itertools
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
        picked: CalamineSheet | None = None
        try:
            _check_size(path)
            with CalamineWorkbook.from_path(path) as book:
                picked = _pick(book, sheet, path.name)
        except (CalamineError, zipfile.BadZipFile, OSError, ValueError):
            picked = None
        if picked is None:
            raise InputError("input.damaged", file=path.name)
        self._sheet = picked
        # Rows come from the sheet's first one on, columns from the first one with cells.
        self._rows: Iterator[tuple[int, list[Any]]] = enumerate(picked.iter_rows(), 1)
        self._at, first = next((n, row) for n, row in self._rows if not _is_empty(row))
        cells = [text_of(cell) for cell in first]
        header = dialect.is_header(cells, asked)
        if not header:
            self._rows = itertools.chain([(self._at, first)], self._rows)
        columns = dialect.names_of(cells if header else [""] * len(cells))
        self._shape = Shape("xlsx", columns, header=header, sheet=picked.name)

    @property
    def shape(self) -> Shape:
        return self._shape

    @property
    def done(self) -> int:
        return self.size * self._at // max(self._sheet.total_height, self._at)

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        positions = self.positions(wanted)
        while batch := list(itertools.islice(self._rows, _BATCH_ROWS)):
            self._at = batch[-1][0]
            yield partial(_rows_of, batch, dict(zip(wanted, positions, strict=True)))


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


def _pick(book: CalamineWorkbook, name: str | None, file: str) -> CalamineSheet:
    """The sheet of that name, or the first one with cells."""
    names = [s.name for s in book.sheets_metadata if s.typ is SheetTypeEnum.WorkSheet]
    if name is not None and name not in names:
        raise InputError("input.no_sheet", sheet=name, file=file, sheets=", ".join(names))
    for candidate in [name] if name is not None else names:
        sheet = book.get_sheet_by_name(candidate)
        if any(not _is_empty(row) for row in sheet.iter_rows()):
            return sheet
    raise InputError("input.empty", file=file)


def _is_empty(row: list[Any]) -> bool:
    return all(cell == "" for cell in row)


def _rows_of(batch: list[tuple[int, list[Any]]], positions: dict[str, int]) -> Rows:
    kept = [(number, row) for number, row in batch if not _is_empty(row)]
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
