"""A sheet being planned from top to bottom: rows as high as their texts, whole parts per page."""

from collections.abc import Sequence

from cleanroom.report.office import fit, looks, plans
from cleanroom.report.office.plans import Cell, Row

POINTS_PER_PIXEL = 0.75
_PIXELS_PER_CHARACTER, _CELL_PADDING = 7, 5
_ROW_LEAST = 15.0
_ROW_MOST = 409.0  # no program makes higher rows
_ROOM = 4.0  # points above and below the text of a row
# What fits on a page in landscape between the margins, in points.
_PAGE_WIDTH, _PAGE_HEIGHT = 770.0, 505.0

# Content of a cell, its look and its number format.
Part = tuple[str | float | None, str, str]


class Sheet:
    """``row`` is the next one, from 0. ``widths`` are those of the columns, in characters.

    ``frozen``: rows that stay when scrolling. ``whole``: printed on a single page.
    """

    def __init__(self, name: str, widths: Sequence[float]) -> None:
        self.frozen = 0
        self.whole = False
        self._name = name
        self._widths = tuple(widths)
        self._rows: list[Row] = []
        self._charts: list[plans.SheetChart] = []
        self._breaks: list[int] = []
        self._page = _PAGE_HEIGHT * max(1.0, self._room(0, len(widths) - 1) / _PAGE_WIDTH)
        self._used = 0.0  # of the page that is being filled

    @property
    def row(self) -> int:
        """Number of the next row."""
        return len(self._rows)

    def plan(self) -> plans.Sheet:
        """The sheet as it is now."""
        return plans.Sheet(
            self._name,
            self._widths,
            tuple(self._rows),
            tuple(self._charts),
            tuple(self._breaks),
            self.frozen,
            self.whole,
        )

    def keep(self, points: float) -> None:
        """What comes next, so many points high, begins a new page if it would not fit on this."""
        if self._used + min(points, self._page) > self._page:
            self._breaks.append(self.row)
            self._used = 0.0

    def gap(self) -> None:
        """An empty row."""
        self._add((), _ROW_LEAST)

    def skip(self, points: float) -> int:
        """Empty rows of so many points in all; the first of them."""
        first = self.row
        for _ in range(int(points // _ROW_LEAST) + 1):
            self.gap()
        return first

    def line(self, said: str, look: str = "plain", *, last: int = -1) -> None:
        """One text over the columns from the first to ``last``, as high as it needs."""
        self.lines([(0, last, said, look)])

    def lines(self, parts: Sequence[tuple[int, int, str, str]]) -> None:
        """One row of texts, each over its columns (first, last, text, look); -1 is the last."""
        count = len(self._widths)
        self.cells(
            [
                Cell(first, last if last >= 0 else count + last, said, look)
                for first, last, said, look in parts
            ]
        )

    def cells(self, cells: Sequence[Cell]) -> None:
        """One row of a table."""
        self._add(tuple(cells), max([_ROW_LEAST, *map(self._height, cells)]))

    def add_chart(self, chart: plans.SheetChart) -> None:
        """A chart over rows that were skipped for it."""
        self._charts.append(chart)

    def _add(self, cells: tuple[Cell, ...], needed: float) -> None:
        height = min(needed, _ROW_MOST)
        self._rows.append(Row(height, cells))
        self._used = height if self._used + height > self._page else self._used + height

    def _height(self, cell: Cell) -> float:
        if not isinstance(cell.content, str):
            return 0.0
        room = self._room(cell.first, cell.last) - 2 * _CELL_PADDING * POINTS_PER_PIXEL
        return (
            fit.height([cell.content], room, looks.size(cell.look), bold=looks.bold(cell.look))
            + _ROOM
        )

    def _room(self, first: int, last: int) -> float:
        """Points from the left of one column to the right of another."""
        widths = self._widths[first : last + 1]
        pixels = sum(width * _PIXELS_PER_CHARACTER + _CELL_PADDING for width in widths)
        return pixels * POINTS_PER_PIXEL


def side_by_side(parts: Sequence[Part], *, total: bool = False) -> list[Cell]:
    """Cells of one column each, from the first."""
    return [Cell(place, place, *part, total) for place, part in enumerate(parts)]
