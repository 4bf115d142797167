"""What all kinds of charts are drawn with: colours, frames, scales, and how wide texts are.

Strings of the parties are only ever values of the fields c0, c1, ..., never names, titles or
expressions. Widths of texts are reckoned here, so that a picture has the same shape on every
machine, whatever fonts it has.
"""

import json
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cleanroom import resources
from cleanroom.analyses.result import Chart, Value
from cleanroom.report.wording import Wording

INK, MUTED, GRID, TARGET = "#1f2933", "#5b6770", "#dfe4e8", "#8a5a00"
TONES = {
    "plain": "#7f9bb3",
    "strong": "#0072b2",
    "muted": "#b5bfc8",
    "high": "#0072b2",
    "low": "#d55e00",
    "first": "#0072b2",
    "second": "#8a949e",
}
SHAPES = {"plain": "circle", "high": "triangle-up", "low": "triangle-down"}
SERIES = ("first", "second")
SERIES_SHAPES = {"first": "circle", "second": "square"}

FONT, LINE, _LEGEND_GAP = 13, 16, 32
_TICKS = 5
SCALE = {"money": 0.01, "points": 100.0}
_FORMATS = {
    "share": ".0%",
    "points": ",.3~f",
    "people": ",d",
    "index": "d",
    "money": ",.0f",
    "number": ",.2~f",
}


@dataclass(frozen=True)
class Frame:
    """Pixels: the whole picture, at least for its plot, at most for the labels beside it."""

    width: int
    plot: int
    label: float


PAGE = Frame(560, 200, 190.0)
PHONE = Frame(350, 120, 105.0)


@cache
def template(name: str) -> Any:
    """A template of ``resources/report/charts``, with places to fill."""
    return json.loads(resources.find("report", "charts", f"{name}.json").read_text("utf-8"))


def fill_in(node: Any, filling: Mapping[str, Any]) -> Any:
    """The template with ``"$name"`` replaced; what is put in is not looked at again."""
    if isinstance(node, str):
        return filling[node[1:]] if node.startswith("$") else node
    if isinstance(node, list):
        return [fill_in(item, filling) for item in node]
    if isinstance(node, dict):
        return {
            key: value if key == "$schema" else fill_in(value, filling)
            for key, value in node.items()
        }
    return node


def numbers_of(value: Value, unit: str) -> dict[str, float | None]:
    """Value and interval in the unit of the axis; none of them where nothing is shown."""
    if not value.shown:
        return {"c2": None, "c3": None, "c4": None}
    scale = SCALE.get(unit, 1)
    least = -math.inf if value.signed or unit in ("index", "points") else 0.0
    scaled = [
        None if n is None else max(n, least) * scale for n in (value.value, value.low, value.high)
    ]
    return dict(zip(("c2", "c3", "c4"), scaled, strict=True))


def _ends(chart: Chart) -> list[float]:
    scale = SCALE.get(chart.unit, 1)
    values = [value for mark in chart.marks for value in mark.values if value.shown]
    numbers = [n for value in values for n in (value.value, value.low, value.high) if n is not None]
    return [n * scale for n in (*numbers, *chart.lines)]


def domain_of(chart: Chart) -> list[float]:
    """From 0 to a little beyond the largest end; an index lies around 100, a change around 0."""
    ends = _ends(chart)
    if chart.unit == "index":
        reach = max([20.0, *(abs(end - 100) for end in ends)]) * 1.05
        return [max(0.0, 100 - reach), 100 + reach]
    if chart.unit == "points" or any(v.signed for mark in chart.marks for v in mark.values):
        reach = max(map(abs, ends), default=0.0) * 1.05 or 1.0
        return [-reach, reach]
    top = max([0.0, *ends]) or 1.0
    return [0, min(top * 1.05, 1.0) if chart.unit == "share" else top * 1.05]


def axis_of(chart: Chart) -> dict[str, Any]:
    """The axis of the values."""
    places = _FORMATS[chart.unit]
    if chart.unit == "share":
        # small shares need ticks between whole percents
        places = f".{sum(domain_of(chart)[1] < limit for limit in (0.05, 0.005))}%"
    return {
        "title": None,
        "tickCount": _TICKS,
        "format": places,
        "grid": True,
        "gridColor": GRID,
        "domain": False,
        "ticks": False,
        "labelColor": MUTED,
        "labelFontSize": 12,
        "labelPadding": 6,
        "labelFlush": False,
    }


def scale_of(values: Mapping[str, str]) -> dict[str, list[str]]:
    """A scale from names to colours or shapes."""
    return {"domain": list(values), "range": list(values.values())}


def legend_of(
    chart: Chart, wording: Wording, left: int, width: int
) -> tuple[list[dict[str, Any]], int]:
    """Where several values lie in one row: symbol and name of each, and the height they need.

    They stand side by side where they fit, else below each other, wrapped.
    """
    if not chart.series:
        return [], 0
    said = [wording.label(name) for name in chart.series]
    room = left + width - 2 * _LEGEND_GAP
    beside = sum(text_width(name) + _LEGEND_GAP for name in said) <= width
    wrapped = [[name] if beside else wrap(name, room) for name in said]
    height = LINE * (1 if beside else sum(map(len, wrapped)))
    legend: list[dict[str, Any]] = []
    x, y = (5.0, -height) if beside else (8.0 - left, -height)
    for series, lines in zip(SERIES, wrapped, strict=False):
        legend.append({"c1": "\n".join(lines), "c2": round(x), "c3": y, "c5": series})
        if beside:
            x += text_width(lines[0]) + _LEGEND_GAP
        else:
            y += LINE * len(lines)
    return legend, height + 14


def text_width(line: str, size: float = FONT) -> float:
    """About how wide a line is, in pixels: wide characters take a full square."""
    return sum(_EM.get(unicodedata.east_asian_width(c), 0.6) for c in line) * size


_EM = {"W": 1.0, "F": 1.0, "A": 0.8}


def wrap(label: str, most: float) -> list[str]:
    """A label in lines of at most so many pixels at the usual size; nothing is cut off."""
    lines, line = [], ""
    for word in _words(label, most):
        if line.strip() and text_width(line + word.rstrip()) > most:
            lines.append(line.strip())
            line = ""
        line += word
    return [*lines, line.strip()]


def _words(label: str, most: float) -> list[str]:
    """Where a line may break: after spaces, around wide characters, within very long words."""
    words = [""]
    for character in label:
        wide = unicodedata.east_asian_width(character) in ("W", "F")
        too_long = text_width(words[-1]) > most - 2 * FONT
        if words[-1] and (wide or words[-1][-1].isspace() or too_long):
            words.append("")
        words[-1] += character
    return words
