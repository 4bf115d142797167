"""From sums of released cells to figures with interval, digits and status.

Intervals hold 95 % of the time. A figure never has finer digits than its noise (``step``), and one
that lacks withheld cells says on which side the truth lies.
"""

import math
from typing import Literal

from cleanroom.analyses.cells import Sum
from cleanroom.analyses.result import Unit, Value
from cleanroom.statistics.counts import count_interval
from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.noise import Noise
from cleanroom.statistics.ratios import ratio_interval
from cleanroom.statistics.shares import Split, split_interval

LEVEL = 0.95
LOOSE_LEVEL = 0.90
FINEST_SHARE = 1e-4

# A larger share of somebody's own list that was found in another party's data is shown as "90 % or
# more" (disclosure 1.1, presence). It keeps tables from saying "nearly all of yours are there". It
# protects nobody: the counts beside it are released, and anybody can divide them.
PRESENCE_MOST, ABSENCE_LEAST = 0.90, 0.10


def step_within(half_width: float) -> float:
    """The largest power of ten that is not wider than half an interval."""
    return float(10.0 ** math.floor(math.log10(half_width))) if half_width > 0 else FINEST_SHARE


def count_step(noise: Noise) -> float:
    """Digits of a count: a power of ten within its ±, whole, no finer than the gate's rounding."""
    half = two_sided_z(LEVEL) * noise.sd
    return max(step_within(half) if half > 0 else 1.0, 1.0, float(noise.rounding))


def withheld(unit: Unit) -> Value:
    """A figure that was not released, or not all that it is made of."""
    return Value(unit, "withheld")


def too_few(unit: Unit) -> Value:
    """A figure that would drown in noise."""
    return Value(unit, "too_few")


def not_applicable(unit: Unit) -> Value:
    """An empty place in a table."""
    return Value(unit, "none")


def floor(mode: Literal["dp", "threshold"], k: int) -> int:
    """Fewest people behind a figure: k in differential-privacy mode, where small cells come out
    too; in threshold mode the gate itself held them back.
    """
    return k if mode == "dp" else 0


def people(total: Sum, mode: Literal["dp", "threshold"], k: int) -> Value:
    """A number of people. Interval: noise only. Below ``k`` in differential-privacy mode it is
    shown as "fewer than about k": a look at the released number, which costs nothing.
    """
    if total.value is None:
        return withheld("people")
    interval = count_interval(total.value, total.noise, LEVEL).nonnegative()
    return Value(
        "people",
        "below" if total.value < floor(mode, k) else "shown",
        total.value,
        interval.low,
        None if total.withheld else interval.high,
        count_step(total.noise),
        "at_least" if total.withheld else "",
        k,
    )


def split(part: Sum, rest: Sum) -> Split | None:
    """Both sides of a share, or None when one of them is not there at all."""
    if part.value is None or rest.value is None:
        return None
    return Split(part.value, rest.value, part.noise, rest.noise)


def share_interval(part: Sum, rest: Sum, level: float, *, sampling: bool) -> Interval | None:
    """Interval of a share; open to 0 or 1 on the side where withheld people would move it."""
    pair = split(part, rest)
    interval = split_interval(pair, level, sampling=sampling) if pair else None
    if interval is None or (part.withheld and rest.withheld):
        return None
    low = 0.0 if rest.withheld else interval.low
    high = 1.0 if part.withheld else interval.high
    return Interval(low, high, level)


def share(part: Sum, rest: Sum, *, sampling: bool, floor: int = 0) -> Value:
    """part / (part + rest) in [0, 1].

    Withheld cells in the part make it "at least", in the rest "at most"; in both, withheld.
    A part of fewer than ``floor`` people (see ``floor``) is too few to speak of.
    """
    pair = split(part, rest)
    if pair is None or (part.withheld and rest.withheld):
        return withheld("share")
    interval = split_interval(pair, LEVEL, sampling=sampling)
    if interval is None or pair.part < floor:
        return too_few("share")
    return Value(
        "share",
        "shown",
        pair.share,
        None if rest.withheld else interval.low,
        None if part.withheld else interval.high,
        step_within(interval.width / 2),
        "at_least" if part.withheld else "at_most" if rest.withheld else "",
    )


def presence(value: Value) -> Value:
    """A share of a party's own list that is in another party's data, coded at the top."""
    if not value.shown or value.value is None or value.value <= PRESENCE_MOST:
        return value
    if value.bound == "at_most":  # the true share may lie anywhere below
        return Value("share", "shown", 1.0, step=0.01, bound="at_most")
    return Value("share", "shown", PRESENCE_MOST, PRESENCE_MOST, step=0.01, bound="at_least")


def absence(value: Value) -> Value:
    """The other side of such a share: those of the list who are not there, coded at the bottom."""
    if not value.shown or value.value is None or value.value >= ABSENCE_LEAST:
        return value
    if value.bound == "at_least":
        return Value("share", "shown", 0.0, step=0.01, bound="at_least")
    return Value("share", "shown", ABSENCE_LEAST, high=ABSENCE_LEAST, step=0.01, bound="at_most")


def average(total: Sum, count: Sum) -> Value:
    """Money per person, in hundredths, with its interval: noise only (Fieller)."""
    if total.value is None or count.value is None or total.withheld or count.withheld:
        return withheld("money")
    interval = ratio_interval(
        total.value, count.value, total.noise.variance, count.noise.variance, LEVEL
    )
    if interval is None:
        return too_few("money")
    step = max(step_within(interval.width / 2), 1.0)
    return Value("money", "shown", total.value / count.value, interval.low, interval.high, step)


def index_value(value: float, interval: Interval) -> Value:
    """A target group index with its interval."""
    step = step_within(interval.width / 2)
    return Value("index", "shown", value, interval.low, interval.high, step)
