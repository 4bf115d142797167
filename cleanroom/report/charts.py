"""Charts: a template of ``resources/report/charts`` filled with figures, as a Vega-Lite spec.

Fields are called c0, c1, ...; strings of the parties are only ever values of these fields, never
names, titles or expressions. Widths of texts are reckoned here, so that the picture has the same
shape on every machine, whatever fonts it has.

    c0 place of the row, c1 its label, c2 value, c3 and c4 interval, c5 tone or series,
    c6 pixel of the label's first line, c7 the figure in words, c8 whether the row is hatched
"""

from collections.abc import Iterator, Sequence
from typing import Any

from cleanroom.analyses.result import Chart, Mark
from cleanroom.report import columns, sankey, upset, waterfall
from cleanroom.report.chart_parts import (
    FONT,
    GRID,
    INK,
    LINE,
    MUTED,
    PAGE,
    PHONE,
    SCALE,
    SERIES,
    SERIES_SHAPES,
    SHAPES,
    TARGET,
    TONES,
    Frame,
    axis_of,
    domain_of,
    fill_in,
    legend_of,
    numbers_of,
    scale_of,
    template,
    text_width,
    wrap,
)
from cleanroom.report.picture import HATCH
from cleanroom.report.wording import Wording

__all__ = [
    "FONT",
    "GRID",
    "HATCH",
    "INK",
    "MUTED",
    "PAGE",
    "PHONE",
    "SERIES",
    "SHAPES",
    "TARGET",
    "TONES",
    "Frame",
    "spec",
    "text_width",
    "wrap",
]

_FIGURE_GAP, _LABEL_GAP, _ROW_LEAST = 10, 10, 30
_HEAD_LINE = 14
# A cell next to nothing, and words on it, which keep their colour on any ground.
_PALE, _ON_PALE = "#eef3f6", "#102a43"


def spec(chart: Chart, wording: Wording, frame: Frame = PAGE) -> dict[str, Any]:
    """The Vega-Lite spec of a chart in one language."""
    own = _OWN.get(chart.template)
    if own is not None:
        return own(chart, wording, frame)
    # dots say which sets a row is about
    said = ["" if mark.inside else wording.label(mark.label) for mark in chart.marks]
    labels = [wrap(label, frame.label) for label in said]
    lines = [(at, wording.axis(at, chart.unit)) for at in chart.lines]
    row = max([_ROW_LEAST, *(len(label) * LINE + 8 for label in labels)])
    figures = [_figures(mark, wording) for mark in chart.marks]
    left = max([text_width(line) for label in labels for line in label], default=0.0)
    left = max(left, upset.width(chart) - _LABEL_GAP)
    right = max([text_width(figure) for figure in figures], default=0.0)
    width = max(frame.plot, round(frame.width - left - right - _LABEL_GAP - _FIGURE_GAP - 8))
    legend, head = legend_of(chart, wording, round(left) + _LABEL_GAP, width)
    names = [wrap(wording.label(name), width + upset.room(chart)) for name in chart.sets]
    sets = upset.matrix(chart, names, LINE) if chart.sets else upset.Matrix()
    rows = _rows(chart, labels, figures, row)
    filling = {
        "width": width,
        "height": row * len(chart.marks),
        "padding": {
            "left": round(left) + _LABEL_GAP,
            "right": round(right) + _FIGURE_GAP + 8,
            "top": head or sets.head or (30 if lines and chart.template != "index" else 8),
            "bottom": 26,
        },
        "config": {"font": "sans-serif", "aria": False, "view": {"stroke": None}},
        "count": len(chart.marks),
        "domain": domain_of(chart),
        "axis": axis_of(chart),
        "tones": scale_of(TONES),
        "shapes": scale_of(SERIES_SHAPES if chart.series else SHAPES),
        "hatch": HATCH,
        "ink": INK,
        "target": TARGET,
        "right": width + _FIGURE_GAP,
        "rows": waterfall.steps(rows) if chart.template == "waterfall" else rows,
        "labels": _label_rows(labels, row),
        "lines": [{"c0": at * SCALE.get(chart.unit, 1), "c1": said} for at, said in lines],
        "legend": legend,
        "dots": sets.dots,
        "links": sets.links,
        "names": sets.names,
        "grid": GRID,
    }
    filled: dict[str, Any] = fill_in(template(chart.template), filling)
    return filled


def _heat(chart: Chart, wording: Wording, frame: Frame) -> dict[str, Any]:
    """A cell for each value of each mark: marks are rows, series columns. Here c0 to c3 and c4 to
    c6 are the sides of a cell, c1 and c9 its middle, c5 the colour of its words.
    """
    labels = [wrap(wording.label(mark.label), frame.label) for mark in chart.marks]
    left = max([text_width(line) for label in labels for line in label], default=0.0)
    width = max(frame.plot, round(frame.width - left - _LABEL_GAP - 8))
    across = len(chart.series)
    heads = [wrap(wording.label(name), max(width / across - 4, 3 * FONT)) for name in chart.series]
    top = 8 + max(map(len, heads), default=1) * _HEAD_LINE
    row = max([_ROW_LEAST, *(len(label) * LINE + 8 for label in labels)])
    domain, colours = _heat_scale(chart)
    filling = {
        "width": width,
        "height": row * len(chart.marks),
        "padding": {"left": round(left) + _LABEL_GAP, "right": 8, "top": top, "bottom": 8},
        "config": {"font": "sans-serif", "aria": False, "view": {"stroke": None}},
        "count": len(chart.marks),
        "across": across,
        "domain": domain,
        "colours": colours,
        "hatch": HATCH,
        "ink": INK,
        "size": 12 if width / across >= 3 * FONT else 10,
        "rows": list(_heat_cells(chart, wording, domain)),
        "labels": _label_rows(labels, row),
        "heads": [
            {
                "c0": place + 0.5,
                "c1": "\n".join(lines),
                "c6": -6 - (len(lines) - 0.5) * _HEAD_LINE,
            }
            for place, lines in enumerate(heads)
        ],
    }
    filled: dict[str, Any] = fill_in(template("heat"), filling)
    return filled


def _heat_cells(
    chart: Chart, wording: Wording, domain: Sequence[float]
) -> Iterator[dict[str, Any]]:
    middle = (domain[0] + domain[-1]) / 2 if chart.unit == "index" else domain[0]
    for y, mark in enumerate(chart.marks):
        for x, value in enumerate(mark.values):
            number = numbers_of(value, chart.unit)["c2"]
            dark = number is not None and abs(number - middle) > 0.8 * (domain[-1] - middle)
            yield {
                "c0": x + 0.02,
                "c1": x + 0.5,
                "c2": number,
                "c3": x + 0.98,
                "c4": y + 0.03,
                "c9": y + 0.5,
                "c6": y + 0.97,
                "c5": "#ffffff" if dark else _ON_PALE,
                "c7": wording.value(value) if value.shown else "",
                "c8": value.status in ("withheld", "below"),
            }


def _heat_scale(chart: Chart) -> tuple[list[float], list[str]]:
    """From 0 to the largest value; an index on both sides of 100."""
    scale = SCALE.get(chart.unit, 1)
    found = [v.value * scale for mark in chart.marks for v in mark.values if v.value and v.shown]
    if chart.unit == "index":
        reach = max([20.0, *(min(abs(value - 100), 100.0) for value in found)])
        return [100 - reach, 100, 100 + reach], [TONES["low"], _PALE, TONES["high"]]
    return [0, max(found, default=1.0)], [_PALE, TONES["strong"]]


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
                    **numbers_of(value, chart.unit),
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
    return place * row + row / 2 - (len(label) - 1) * LINE / 2


def _figures(mark: Mark, wording: Wording) -> str:
    """The words at the right: only where a row has a single value."""
    return wording.value(mark.values[0]) if len(mark.values) == 1 else ""


_OWN = {"flow": sankey.spec, "heat": _heat, "columns": columns.spec, "lines": columns.spec}
