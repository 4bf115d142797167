"""Charts: a template of ``resources/report/charts`` filled with figures, as a Vega-Lite spec.

Fields are called c0, c1, ...; strings of the parties are only ever values of these fields, never
names, titles or expressions. Widths of texts are reckoned here, so that the picture has the same
shape on every machine, whatever fonts it has.

    c0 place of the row, c1 its label, c2 value, c3 and c4 interval, c5 tone or series,
    c6 pixel of the label's first line, c7 the figure in words, c8 whether the row is hatched
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from cleanroom import resources
from cleanroom.analyses.result import Chart, Mark, Value
from cleanroom.report.picture import HATCH
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

_FIGURE_GAP, _LABEL_GAP = 10, 10
FONT, _LINE, _ROW_LEAST, _LEGEND_GAP = 13, 16, 30, 32
_TICKS = 5
_SCALE = {"money": 0.01}
_FORMATS = {"share": ".0%", "people": ",d", "index": "d", "money": ",.0f", "number": ",.2f"}


@dataclass(frozen=True)
class Frame:
    """Pixels: the whole picture, at least for its plot, at most for the labels beside it."""

    width: int
    plot: int
    label: float


PAGE = Frame(560, 200, 190.0)
PHONE = Frame(350, 120, 105.0)


def spec(chart: Chart, wording: Wording, frame: Frame = PAGE) -> dict[str, Any]:
    """The Vega-Lite spec of a chart in one language."""
    labels = [wrap(wording.label(mark.label), frame.label) for mark in chart.marks]
    lines = [(at, wording.axis(at, chart.unit)) for at in chart.lines]
    row = max([_ROW_LEAST, *(len(label) * _LINE + 8 for label in labels)])
    figures = [_figures(mark, wording) for mark in chart.marks]
    left = max([text_width(line) for label in labels for line in label], default=0.0)
    right = max([text_width(figure) for figure in figures], default=0.0)
    width = max(frame.plot, round(frame.width - left - right - _LABEL_GAP - _FIGURE_GAP - 8))
    legend, head = _legend(chart, wording, round(left) + _LABEL_GAP, width)
    filling = {
        "width": width,
        "height": row * len(chart.marks),
        "padding": {
            "left": round(left) + _LABEL_GAP,
            "right": round(right) + _FIGURE_GAP + 8,
            "top": head or (30 if lines and chart.unit != "index" else 8),
            "bottom": 26,
        },
        "config": {"font": "sans-serif", "aria": False, "view": {"stroke": None}},
        "count": len(chart.marks),
        "domain": _domain(chart),
        "axis": _axis(chart.unit),
        "tones": _scale(TONES),
        "shapes": _scale(SERIES_SHAPES if chart.series else SHAPES),
        "hatch": HATCH,
        "ink": INK,
        "target": TARGET,
        "right": width + _FIGURE_GAP,
        "rows": _rows(chart, labels, figures, row),
        "labels": _label_rows(labels, row),
        "lines": [{"c0": at * _SCALE.get(chart.unit, 1), "c1": said} for at, said in lines],
        "legend": legend,
    }
    filled: dict[str, Any] = _fill(_template(chart.template), filling)
    return filled


@cache
def _template(name: str) -> Any:
    return json.loads(resources.find("report", "charts", f"{name}.json").read_text("utf-8"))


def _fill(node: Any, filling: Mapping[str, Any]) -> Any:
    """The template with ``"$name"`` replaced; what is put in is not looked at again."""
    if isinstance(node, str):
        return filling[node[1:]] if node.startswith("$") else node
    if isinstance(node, list):
        return [_fill(item, filling) for item in node]
    if isinstance(node, dict):
        return {
            key: value if key == "$schema" else _fill(value, filling) for key, value in node.items()
        }
    return node


def _rows(
    chart: Chart, labels: Sequence[Sequence[str]], figures: Sequence[str], row: int
) -> list[dict[str, Any]]:
    """One row per value; two values of a mark lie above each other, the first has the words."""
    rows = []
    for place, (mark, label) in enumerate(zip(chart.marks, labels, strict=True)):
        for number, value in enumerate(mark.values):
            offset = 0.5 + (number - (len(mark.values) - 1) / 2) * 0.3
            rows.append(
                {
                    "c0": place + offset if chart.series else place + 0.5,
                    "c1": "\n".join(label),
                    **_numbers(value, chart.unit),
                    "c5": SERIES[number] if chart.series else mark.tone,
                    "c6": _first_line(place, label, row),
                    "c7": "" if chart.series else figures[place],
                    "c8": value.status in ("withheld", "below"),
                }
            )
    return rows


def _label_rows(labels: Sequence[Sequence[str]], row: int) -> list[dict[str, Any]]:
    return [
        {"c1": "\n".join(label), "c6": _first_line(place, label, row)}
        for place, label in enumerate(labels)
    ]


def _first_line(place: int, label: Sequence[str], row: int) -> float:
    return place * row + row / 2 - (len(label) - 1) * _LINE / 2


def _numbers(value: Value, unit: str) -> dict[str, float | None]:
    """Value and interval in the unit of the axis; none of them where nothing is shown."""
    if not value.shown:
        return {"c2": None, "c3": None, "c4": None}
    scale = _SCALE.get(unit, 1)
    scaled = [
        None if n is None else (max(n, 0.0) if unit != "index" else n) * scale
        for n in (value.value, value.low, value.high)
    ]
    return dict(zip(("c2", "c3", "c4"), scaled, strict=True))


def _figures(mark: Mark, wording: Wording) -> str:
    """The words at the right: only where a row has a single value."""
    return wording.value(mark.values[0]) if len(mark.values) == 1 else ""


def _ends(chart: Chart) -> list[float]:
    scale = _SCALE.get(chart.unit, 1)
    values = [value for mark in chart.marks for value in mark.values if value.shown]
    numbers = [n for value in values for n in (value.value, value.low, value.high) if n is not None]
    return [n * scale for n in (*numbers, *chart.lines)]


def _domain(chart: Chart) -> list[float]:
    """From 0 to a little beyond the largest end; an index lies around 100."""
    ends = _ends(chart)
    if chart.unit == "index":
        reach = max([20.0, *(abs(end - 100) for end in ends)]) * 1.05
        return [max(0.0, 100 - reach), 100 + reach]
    top = max([0.0, *ends]) or 1.0
    return [0, min(top * 1.05, 1.0) if chart.unit == "share" else top * 1.05]


def _axis(unit: str) -> dict[str, Any]:
    return {
        "title": None,
        "tickCount": _TICKS,
        "format": _FORMATS[unit],
        "grid": True,
        "gridColor": GRID,
        "domain": False,
        "ticks": False,
        "labelColor": MUTED,
        "labelFontSize": 12,
        "labelPadding": 6,
        "labelFlush": False,
    }


def _scale(values: Mapping[str, str]) -> dict[str, list[str]]:
    return {"domain": list(values), "range": list(values.values())}


def _legend(
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
    height = _LINE * (1 if beside else sum(map(len, wrapped)))
    legend: list[dict[str, Any]] = []
    x, y = (5.0, -height) if beside else (8.0 - left, -height)
    for series, lines in zip(SERIES, wrapped, strict=False):
        legend.append({"c1": "\n".join(lines), "c2": round(x), "c3": y, "c5": series})
        if beside:
            x += text_width(lines[0]) + _LEGEND_GAP
        else:
            y += _LINE * len(lines)
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
