"""The left side of an UpSet chart: a dot for each set that a row is the intersection of, linked,
and above the dots the names of the sets, each with a line down to its column.

Everything is told in pixels from the plot's left end and top; names stand like stairs, the leftmost
highest, so that no line crosses one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cleanroom.analyses.result import Chart

_COLUMN, _GAP, _TOP = 24, 16, 12  # between columns; dots to bars; dots to names
_NAME_GAP = 6

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Matrix:
    """What is drawn, and how much room it takes above."""

    head: int = 0
    dots: Rows = field(default_factory=list)
    links: Rows = field(default_factory=list)
    names: Rows = field(default_factory=list)


def width(chart: Chart) -> int:
    """Pixels that the dots take on the left."""
    return len(chart.sets) * _COLUMN + _GAP if chart.sets else 0


def room(chart: Chart) -> int:
    """Pixels between the rightmost column of dots and the plot: names reach at least so far."""
    return _GAP - _NAME_GAP if chart.sets else 0


def matrix(chart: Chart, names: Sequence[Sequence[str]], line: int) -> Matrix:
    """The dots of a chart that has sets. ``names``: of each set, in lines; ``line``: their height.

    c0 place of the row, c2 and c3 pixels across (of a name: across and down), c4 end of its line,
    c5 whether a dot is filled.
    """
    count = len(chart.sets)
    columns = [-_GAP - (count - 1 - place) * _COLUMN for place in range(count)]
    dots: Rows = []
    links: Rows = []
    for place, mark in enumerate(chart.marks):
        if not mark.inside:
            continue
        at = place + 0.5
        for number, x in enumerate(columns):
            dots.append({"c0": at, "c2": x, "c5": "in" if number in mark.inside else "out"})
        ends = [columns[number] for number in mark.inside]
        links.append({"c0": at, "c2": min(ends), "c3": max(ends)})
    named: Rows = []
    y = -_TOP
    for x, lines in reversed(list(zip(columns, names, strict=True))):
        y -= line * len(lines)
        middle = y + line / 2
        named.append(
            {"c1": "\n".join(lines), "c2": x, "c3": middle, "c4": -_TOP / 2, "c6": x + _NAME_GAP}
        )
    return Matrix(8 - y, dots, links, named)
