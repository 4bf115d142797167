"""Differences as figures: signed, with an interval on both sides of 0."""

from cleanroom.analyses import figures
from cleanroom.analyses.result import Unit, Value
from cleanroom.statistics.interval import Interval

_FINEST: dict[str, float] = {"people": 1, "money": 1}


def change(unit: Unit, value: float, interval: Interval, scale: float = 1.0) -> Value:
    """A difference with its interval, both times ``scale`` (people, people per money).

    A ``share`` is then a relative change: +0.1 is a tenth more. Digits go down to a fifth of half
    the interval, which is finer than elsewhere: readers must see on which side of 0 its ends lie.
    """
    low, high = sorted((interval.low * scale, interval.high * scale))
    step = max(figures.step_within((high - low) / 10), _FINEST.get(unit, 0))
    return Value(unit, "shown", value * scale, low, high, step, signed=True)


def end(value: Value, side: str) -> Value:
    """One end of an interval as a figure of its own."""
    if not value.shown:
        return Value(value.unit, value.status)
    at = value.low if side == "low" else value.high
    return Value(value.unit, "shown", at, step=value.step, signed=value.signed)
