"""Tables on slides: as large as they can be in a box, or not at all."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cleanroom.analyses.result import Row, Table, Value
from cleanroom.report import charts
from cleanroom.report.office import fit
from cleanroom.report.office.plans import CELL_PADDING, Box, Paragraph, SlideTable, TableCell
from cleanroom.report.wording import Wording

# With intervals before without, large before small.
_TRIES = (
    *((True, size) for size in (14, 13, 12, 11, 10)),
    *((False, size) for size in (12, 11, 10)),
)
_COLUMN_LEAST, _WORD_MOST, _COLUMN_MOST = 30.0, 170.0, 480.0
_SMALLER = 0.85  # size of an interval below its figure


@dataclass(frozen=True)
class _Content:
    """Words of one cell: the first line, and a smaller one below it. ``number``: never broken."""

    first: str
    second: str = ""
    hatched: bool = False
    bold: bool = False
    number: bool = False


def result_table(table: Table, box: Box, wording: Wording) -> SlideTable | None:
    """The table of a result, None if it has no room."""
    for with_ranges, size in _TRIES:
        heads = [wording.sentence(table.head)]
        heads += [wording.sentence(column.heading) for column in table.columns]
        heads += [wording.say("page.verdict")] if table.compared else []
        rows = [_row(row, wording, table, with_ranges=with_ranges) for row in table.rows]
        right = [False, *(True for _ in table.columns), *([False] if table.compared else [])]
        title = wording.sentence(table.title)
        planned = _planned([_heads(heads), *rows], right, box, size, title)
        if planned:
            return planned
    return None


def text_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], box: Box, sizes: Sequence[float], alt: str
) -> SlideTable | None:
    """A table of words at the first size that fits, None if none does."""
    content = [_heads(heads), *([_Content(cell) for cell in row] for row in rows)]
    right = [False] * len(heads)
    tries = (_planned(content, right, box, size, alt) for size in sizes)
    return next((planned for planned in tries if planned), None)


def _heads(heads: Sequence[str]) -> list[_Content]:
    return [_Content(head, bold=True) for head in heads]


def _row(row: Row, wording: Wording, table: Table, *, with_ranges: bool) -> list[_Content]:
    cells = [_Content(wording.label(row.label), bold=row.total)]
    cells += [_figure(value, wording, row.total, with_ranges) for value in row.values]
    if table.compared:
        cells.append(_Content(wording.say(f"verdict.{row.verdict}") if row.verdict else ""))
    return cells


def _figure(value: Value, wording: Wording, total: bool, with_range: bool) -> _Content:
    said = wording.range(value) if with_range else ""
    hatched = value.status in ("withheld", "below")
    return _Content(wording.value(value), said, hatched, total, value.shown)


def _planned(
    rows: Sequence[Sequence[_Content]], right: Sequence[bool], box: Box, size: float, alt: str
) -> SlideTable | None:
    """At this size; None if it is too wide or too high."""
    widths = _widths(rows, size, box.width)
    if widths is None:
        return None
    heights = [
        max(_height(cell, width, size) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    if sum(heights) > box.height:
        return None
    place = Box(box.x, box.y, sum(widths), sum(heights))
    cells = tuple(
        tuple(_cell(cell, size, at_right, head=number == 0) for cell, at_right in pairs)
        for number, pairs in enumerate(zip(row, right, strict=True) for row in rows)
    )
    return SlideTable(place, alt, tuple(widths), tuple(heights), cells)


def _widths(rows: Sequence[Sequence[_Content]], size: float, room: float) -> list[float] | None:
    """Each column as wide as what cannot be broken; what is left goes to those that want more."""
    padding = 2 * CELL_PADDING + 1
    least, wished = [], []
    for column in zip(*rows, strict=True):
        small = max(fit.width(cell.second, size * _SMALLER) for cell in column)
        kept = max(_unbroken(cell, size) for cell in column)
        whole = max(
            [fit.width(cell.first, size, bold=cell.bold) for cell in column[1:]], default=0.0
        )
        least.append(math.ceil(max(kept, small, _COLUMN_LEAST)) + padding)
        wished.append(math.ceil(min(max(whole, kept, small), _COLUMN_MOST)) + padding)
    if sum(least) > room:
        return None
    spare = room - sum(least)
    wanting = [max(0.0, wish - width) for wish, width in zip(wished, least, strict=True)]
    share = min(1.0, spare / sum(wanting)) if sum(wanting) else 0.0
    return [width + share * want for width, want in zip(least, wanting, strict=True)]


def _unbroken(cell: _Content, size: float) -> float:
    """Width of a number, or of the longest word up to a limit: longer ones are broken."""
    if cell.number:
        return fit.width(cell.first, size, bold=cell.bold)
    pieces = (fit.width(word.strip(), size, bold=cell.bold) for word in fit.words(cell.first))
    return min(max(pieces, default=0.0), _WORD_MOST)


def _height(cell: _Content, width: float, size: float) -> float:
    room = width - 2 * CELL_PADDING
    first = fit.height([cell.first], room, size, bold=cell.bold)
    second = fit.height([cell.second], room, size * _SMALLER) if cell.second else 0.0
    return first + second + CELL_PADDING + 2


def _cell(cell: _Content, size: float, right: bool, *, head: bool) -> TableCell:
    colour = charts.MUTED if head or cell.hatched else charts.INK
    paragraphs = [Paragraph(cell.first, size, colour, cell.bold)]
    if cell.second:
        paragraphs.append(Paragraph(cell.second, round(size * _SMALLER, 1), charts.MUTED))
    return TableCell(tuple(paragraphs), right, cell.hatched)
