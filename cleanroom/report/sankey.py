"""A Sankey chart: people by stage before on the left, after on the right, ribbons between them.

Vega-Lite has no such mark, so ribbons are areas: marks of the chart are stages before, their values
the people who went to each of the series, the stages after. Everything is told in pixels.

    ribbons: c0 across, c2 upper and c4 lower edge, c5 tone, c9 number of the ribbon
    nodes: c0 to c3 across, c2 to c4 down; labels: c0 across, c2 down, c1 words, c5 side
"""

from typing import Any

from cleanroom.analyses.result import Chart, Value
from cleanroom.report.chart_parts import (
    FONT,
    INK,
    LINE,
    TONES,
    Frame,
    fill_in,
    scale_of,
    template,
    text_width,
    wrap,
)
from cleanroom.report.wording import Wording

_NODE, _GAP, _POINTS, _HEIGHT = 10, 8, 24, 320  # pixels; points along a ribbon
_LABEL_GAP = 6

Rows = list[dict[str, Any]]


def spec(chart: Chart, wording: Wording, frame: Frame) -> dict[str, Any]:
    """The Vega-Lite spec of a chart of flows in one language."""
    flows = [[_people(value) for value in mark.values] for mark in chart.marks]
    before = [sum(row) for row in flows]
    after = [sum(column) for column in zip(*flows, strict=True)]
    room = min(frame.label, frame.width / 4)
    names = [
        [wrap(wording.label(label), room) for label in side]
        for side in ([mark.label for mark in chart.marks], list(chart.series))
    ]
    least = LINE * max(len(lines) for side in names for lines in side) + 2
    unit = (_HEIGHT - _GAP * len(before)) / (sum(before) or 1)
    left, right = _nodes(before, unit, least), _nodes(after, unit, least)
    height = round(max(side[-1][1] for side in (left, right))) + 1
    wide = [max(text_width(line) for lines in side for line in lines) for side in names]
    width = max(frame.plot, round(frame.width - sum(wide) - 2 * _LABEL_GAP - 8))
    filling = {
        "width": width,
        "height": height,
        "across": [0, width],
        "down": [0, height],
        "padding": {
            "left": round(wide[0]) + _LABEL_GAP + 4,
            "right": round(wide[1]) + _LABEL_GAP + 4,
            "top": 8,
            "bottom": 8,
        },
        "config": {"font": "sans-serif", "aria": False, "view": {"stroke": None}},
        "tones": scale_of(TONES),
        "ink": INK,
        "size": FONT,
        "ribbons": _ribbons(flows, left, right, unit, width),
        "nodes": _rectangles(left, 0) + _rectangles(right, width - _NODE),
        "starts": _labels(names[0], left, -_LABEL_GAP),
        "ends": _labels(names[1], right, width + _LABEL_GAP),
    }
    filled: dict[str, Any] = fill_in(template(chart.template), filling)
    return filled


def _people(value: Value) -> float:
    return max(value.value or 0.0, 0.0) if value.shown else 0.0


def _nodes(people: list[float], unit: float, least: float) -> list[tuple[float, float]]:
    """Upper and lower end of each node; names below each other never touch."""
    ends, top = [], 0.0
    for number in people:
        size = number * unit
        ends.append((top, top + size))
        top += max(size, least) + _GAP
    return ends


def _ribbons(
    flows: list[list[float]],
    left: list[tuple[float, float]],
    right: list[tuple[float, float]],
    unit: float,
    width: int,
) -> Rows:
    leaving, coming = [top for top, _ in left], [top for top, _ in right]
    found: Rows = []
    for here, row in enumerate(flows):
        for there, people in enumerate(row):
            size = people * unit
            if not size:
                continue
            tone = "high" if there > here else "low" if there < here else "muted"
            for point in range(_POINTS + 1):
                share = point / _POINTS
                bend = share * share * (3 - 2 * share)
                top = leaving[here] + (coming[there] - leaving[here]) * bend
                found.append(
                    {
                        "c0": round(_NODE + share * (width - 2 * _NODE), 2),
                        "c2": round(top, 2),
                        "c4": round(top + size, 2),
                        "c5": tone,
                        "c9": here * len(row) + there,
                    }
                )
            leaving[here] += size
            coming[there] += size
    return found


def _rectangles(nodes: list[tuple[float, float]], x: int) -> Rows:
    return [
        {"c0": x, "c3": x + _NODE, "c2": round(top, 2), "c4": round(max(bottom, top + 1), 2)}
        for top, bottom in nodes
    ]


def _labels(names: list[list[str]], nodes: list[tuple[float, float]], x: int) -> Rows:
    return [
        {
            "c0": x,
            "c2": round(max((top + bottom - len(lines) * LINE) / 2, top), 2),
            "c1": "\n".join(lines),
        }
        for lines, (top, bottom) in zip(names, nodes, strict=True)
    ]
