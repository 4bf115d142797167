"""Charts whose marks stand side by side, in an order that means something: columns, and lines with
a band.

    c0 place of the mark, c2 value, c3 and c4 interval, c5 tone or series, c7 the figure in words,
    c8 whether it is hatched, c9 stretch of a line without gaps; c6 pixel of a label's middle
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from cleanroom.analyses.result import Chart, Value
from cleanroom.report.chart_parts import (
    INK,
    LINE,
    PAGE,
    SCALE,
    SERIES,
    SERIES_SHAPES,
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

_HEIGHT = 180
_GAP, _EDGE, _HATCHED = 12, 8, 36
_SMALL = 12  # size of the words above a column


def spec(chart: Chart, wording: Wording, frame: Frame = PAGE) -> dict[str, Any]:
    """The Vega-Lite spec of a chart of columns or lines in one language."""
    axis = axis_of(chart)
    lines = list(_lines(chart, wording))
    left = round(text_width(_widest_tick(chart, axis["format"], wording), _SMALL)) + _GAP
    right = max([_EDGE, *(round(text_width(line["c1"], _SMALL)) + _EDGE for line in lines)])
    width = frame.width - left - right
    band = width / max(len(chart.marks), 1)
    labels = [wrap(wording.label(mark.label), band - 4) for mark in chart.marks]
    legend, head = legend_of(chart, wording, left, width)
    figures = _figures(chart, wording, band)
    filling = {
        "width": width,
        "height": _HEIGHT,
        "padding": {
            "left": left,
            "right": right,
            "top": head or (LINE + _EDGE),
            "bottom": max(map(len, labels), default=1) * LINE + _GAP,
        },
        "config": {"font": "sans-serif", "aria": False, "view": {"stroke": None}},
        "count": len(chart.marks),
        "bar": round(min(band * 0.7, 48)),
        "domain": domain_of(chart),
        # lines would cross the words above columns
        "axis": {**axis, "orient": "left", "grid": not any(figures)},
        "tones": scale_of(TONES),
        "shapes": scale_of(SERIES_SHAPES),
        "hatch": HATCH,
        "hatched": _HEIGHT - _HATCHED,
        "ink": INK,
        "target": TARGET,
        "below": _HEIGHT + _EDGE,
        "rows": _rows(chart, figures),
        "labels": [
            {"c1": "\n".join(lines), "c6": (place + 0.5) * band}
            for place, lines in enumerate(labels)
        ],
        "lines": lines,
        "beside": width + 4,
        "legend": legend,
    }
    filled: dict[str, Any] = fill_in(template(chart.template), filling)
    return filled


def _rows(chart: Chart, figures: Sequence[str]) -> list[dict[str, Any]]:
    """One row per value. Stretches end where a value is missing, so that no line bridges it."""
    rows = []
    stretch = 0
    for number in range(len(chart.series) or 1):
        for place, mark in enumerate(chart.marks):
            value = mark.values[number]
            stretch += not value.shown
            rows.append(
                {
                    "c0": place + 0.5,
                    **numbers_of(value, chart.unit),
                    "c5": SERIES[number] if chart.template == "lines" else mark.tone,
                    "c7": figures[place],
                    "c8": value.status in ("withheld", "below"),
                    "c9": stretch,
                }
            )
        stretch += 1
    return rows


def _figures(chart: Chart, wording: Wording, band: float) -> list[str]:
    """The words above columns, if all of them find room there."""
    said = [wording.value(mark.values[0]) if mark.values[0].shown else "" for mark in chart.marks]
    fits = all(text_width(words, _SMALL) <= band for words in said)
    return said if fits and chart.template == "columns" else [""] * len(said)


def _lines(chart: Chart, wording: Wording) -> Iterator[dict[str, Any]]:
    """Values to compare with, with as many digits as it takes to tell them from nothing."""
    for at in chart.lines:
        said = wording.axis(at, chart.unit)
        if chart.unit == "share" and 0 < at < 0.1:
            step = 10.0 ** (math.floor(math.log10(at)) - 1)
            said = wording.value(Value("share", "shown", at, step=step))
        yield {"c0": at * SCALE.get(chart.unit, 1), "c1": said}


def _widest_tick(chart: Chart, places: str, wording: Wording) -> str:
    """About the longest number on the axis of values."""
    top = domain_of(chart)[1]
    if chart.unit == "share":
        return format(top, places)
    return wording.axis(top / SCALE.get(chart.unit, 1), chart.unit)
