"""A chart of a result as the programs of an office draw it: bars or lines with whiskers.

The words of a figure stand beside its label, where no whisker crosses them, and say why a bar is
missing. A value to compare with is a bar of its own: only this looks the same in every program.
"""

import math
from collections.abc import Sequence

from cleanroom.analyses.result import Chart, Mark, Value
from cleanroom.report import charts
from cleanroom.report.office import figures, fit
from cleanroom.report.office.plans import Plot, Series
from cleanroom.report.wording import Wording

_TICKS = 5
_LABEL_WIDTH, _LABEL_SIZE = 180.0, 10.0  # points: wider labels are broken into lines
_INDEX_REACH = 20.0  # an index chart shows at least this much on both sides of 100


def plot(chart: Chart, wording: Wording) -> Plot:
    """The chart in one language."""
    lines = _lines(chart, wording)
    labels = [_label(mark, chart, wording) for mark in chart.marks]
    absent = [_all_absent(mark.values) for mark in chart.marks]
    names = [wording.label(name) for name in chart.series] or [wording.sentence(chart.title)]
    series = tuple(_series(chart, place, name, len(lines)) for place, name in enumerate(names))
    series = (_with_lines(series[0], [at for at, _ in lines]), *series[1:])
    base = 100.0 if chart.unit == "index" else 0.0
    least, most, tick = _scale(chart, series)
    return Plot(
        "line" if chart.template.startswith("line") else "bar",
        wording.sentence(chart.title),
        wording.sentence(chart.alt),
        (*labels, *(said for _, said in lines)),
        (*absent, *(False for _ in lines)),
        series,
        len(lines),
        base,
        least,
        most,
        tick,
        figures.axis_format(chart.unit, wording, tick),
    )


def _lines(chart: Chart, wording: Wording) -> list[tuple[float, str]]:
    """Values to compare with, and their words; 100 is where the bars of an index begin."""
    if chart.unit == "index":
        return []
    scale = {"money": 0.01, "points": 100.0}.get(chart.unit, 1)
    said = (wording.axis(at, chart.unit) for at in chart.lines)
    return [
        (at * scale, wording.say("office.reference", value=one))
        for at, one in zip(chart.lines, said, strict=True)
    ]


def _label(mark: Mark, chart: Chart, wording: Wording) -> str:
    """Label, then the figure in words; of several figures only why some are missing."""
    label = "\n".join(fit.lines(wording.label(mark.label), _LABEL_WIDTH, _LABEL_SIZE))
    if not chart.series:
        return f"{label}\n{wording.value(mark.values[0])}"
    missing = list(dict.fromkeys(wording.value(one) for one in mark.values if not one.shown))
    return f"{label}\n{' / '.join(missing)}" if missing else label


def _all_absent(values: Sequence[Value]) -> bool:
    return all(value.status in ("withheld", "below") for value in values)


def _series(chart: Chart, place: int, name: str, lines: int) -> Series:
    """The ``place``-th value of every mark, and nothing at the lines."""
    found = [mark.values[place] for mark in chart.marks]
    numbers = [figures.figure(value) for value in found]
    whiskers = [_whiskers(value, at) for value, at in zip(found, numbers, strict=True)]
    if chart.series:
        own = charts.TONES[charts.SERIES[place % len(charts.SERIES)]]
        colours = [own] * len(found)
    else:
        colours = [charts.TONES[mark.tone] for mark in chart.marks]
    none = (0.0,) * lines
    return Series(
        name,
        (*numbers, *(None for _ in none)),
        (*(down for down, _ in whiskers), *none),
        (*(up for _, up in whiskers), *none),
        (*colours, *(charts.TARGET for _ in none)),
    )


def _with_lines(series: Series, lines: Sequence[float]) -> Series:
    values = series.values[: len(series.values) - len(lines)]
    return Series(series.name, (*values, *lines), series.down, series.up, series.colours)


def _whiskers(value: Value, at: float | None) -> tuple[float, float]:
    """How far the interval reaches down and up; an open end has no whisker."""
    if at is None:
        return 0.0, 0.0
    low, high = figures.ends(value)
    down = 0.0 if low is None else max(at - low, 0.0)
    up = 0.0 if high is None else max(high - at, 0.0)
    return round(down, 9), round(up, 9)


def _scale(chart: Chart, series: Sequence[Series]) -> tuple[float, float, float]:
    """Least, most and distance of ticks: whiskers included, which programs leave out."""
    tops, bottoms = [], []
    for one in series:
        for at, down, up in zip(one.values, one.down, one.up, strict=True):
            if at is not None:
                tops.append(at + up)
                bottoms.append(at - down)
    if chart.unit == "index":
        reach = max([_INDEX_REACH, *(abs(end - 100) for end in (*tops, *bottoms))])
        return _index_scale(reach)
    top = max([0.0, *tops]) or 1.0
    tick = _round_step(top / _TICKS)
    most = math.ceil(top / tick - 1e-9) * tick
    least = math.floor(min([0.0, *bottoms]) / tick + 1e-9) * tick
    return round(least, 9), round(most, 9), tick


def _index_scale(reach: float) -> tuple[float, float, float]:
    """Around 100 as far as ``reach``, but not below 0, with a tick at 100."""
    tick = _round_step(reach / 2)
    around = math.ceil(reach / tick - 1e-9) * tick
    if around <= 100:
        return 100 - around, 100 + around, tick
    tick = 100 * _round_step(max(reach / 500, 1))
    return 0.0, math.ceil((100 + reach) / tick - 1e-9) * tick, tick


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    step = next(part * power for part in (1, 2, 5, 10) if part * power >= least * (1 - 1e-9))
    return round(step, 9)
