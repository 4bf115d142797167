"""Released cells added up with weights; two such sums know which cells they share.

Impressions are people times their frequency, and what could be spared of them is a part of them:
numerator and denominator hold the same noise. Intervals hold noise only.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Measured
from cleanroom.analyses.result import Bound, Unit, Value
from cleanroom.statistics.interval import two_sided_z
from cleanroom.statistics.ratios import ratio_interval

_REST = -1  # the place of all withheld cells together


@dataclass(frozen=True)
class Part:
    """One released number in a sum."""

    weight: float
    value: float
    variance: float


@dataclass(frozen=True)
class Weighted:
    """A sum over released numbers by measure and place. ``lacking``: something that is not negative
    was not released, so the true sum is larger.
    """

    parts: Mapping[tuple[str, int], Part]
    lacking: bool = False

    @property
    def value(self) -> float:
        """The sum, signed as it came."""
        return math.fsum(part.weight * part.value for part in self.parts.values())

    @property
    def variance(self) -> float:
        """Of its noise."""
        return math.fsum(part.weight**2 * part.variance for part in self.parts.values())

    def covariance(self, other: "Weighted") -> float:
        """Of the noise of two sums: the numbers that are in both."""
        shared = self.parts.keys() & other.parts.keys()
        return math.fsum(
            self.parts[key].weight * other.parts[key].weight * self.parts[key].variance
            for key in sorted(shared)
        )

    def times(self, factor: float) -> "Weighted":
        """The sum in another unit; a negative factor takes it away in ``plus``."""
        parts = {
            key: Part(part.weight * factor, part.value, part.variance)
            for key, part in self.parts.items()
        }
        return Weighted(parts, self.lacking)

    def plus(self, other: "Weighted") -> "Weighted":
        """Both sums; a number that is in both counts with both weights."""
        parts = dict(self.parts)
        for key, part in other.parts.items():
            weight = part.weight + (parts[key].weight if key in parts else 0.0)
            parts[key] = Part(weight, part.value, part.variance)
        return Weighted(parts, self.lacking or other.lacking)


NOTHING = Weighted({})


def over(measured: Measured, measure: str, weights: Mapping[int, float]) -> Weighted:
    """Cells by their positions, each with a weight of at least 0.

    The rest stands for the withheld cells where all of them are among these (see
    ``Measured.gathered``), with the smallest of their weights; it lacks nothing if they are alike.
    """
    variance = measured.noise.variance
    hidden = {i for i, value in enumerate(measured.values) if value is None}
    parts = {
        (measure, i): Part(weight, value, variance)
        for i, weight in weights.items()
        if (value := measured.values[i]) is not None
    }
    lacking = any(weight > 0 for i, weight in weights.items() if i in hidden)
    if hidden and measured.rest is not None and hidden <= weights.keys():
        graded = [weights[i] for i in hidden]
        parts[measure, _REST] = Part(min(graded), measured.rest, variance)
        lacking = max(graded) > min(graded)
    return Weighted(parts, lacking)


def all_of(measured: Measured, measure: str, positions: Iterable[int]) -> Weighted:
    """Some cells added up."""
    return over(measured, measure, dict.fromkeys(positions, 1.0))


def added(sums: Iterable[Weighted]) -> Weighted:
    """All of them together."""
    total = NOTHING
    for one in sums:
        total = total.plus(one)
    return total


def amount(total: Weighted, unit: Unit) -> Value:
    """The sum as a figure of at least 0."""
    if not total.parts:
        return figures.withheld(unit) if total.lacking else Value(unit, "shown", 0.0, 0.0, 0.0)
    half = two_sided_z(figures.LEVEL) * math.sqrt(total.variance)
    low, high = max(total.value - half, 0.0), max(total.value + half, 0.0)
    step = max(figures.step_within(half), 1.0)
    value = max(total.value, 0.0)
    if total.lacking:
        return Value(unit, "shown", value, low, None, step, "at_least")
    return Value(unit, "shown", value, low, high, step)


def ratio(part: Weighted, whole: Weighted, unit: Unit) -> Value:
    """One sum per another, at least 0; a share is also at most 1."""
    if not part.parts or not whole.parts or (part.lacking and whole.lacking):
        hidden = part.lacking or whole.lacking
        return figures.withheld(unit) if hidden else figures.too_few(unit)
    interval = ratio_interval(
        part.value,
        whole.value,
        part.variance,
        whole.variance,
        figures.LEVEL,
        covariance=part.covariance(whole),
    )
    if interval is None:
        return figures.too_few(unit)
    most = 1.0 if unit == "share" else math.inf
    low, value, high = (
        min(max(n, 0.0), most) for n in (interval.low, part.value / whole.value, interval.high)
    )
    step = figures.step_within(interval.width / 2)
    step = max(step, 1.0 if unit == "money" else figures.FINEST_SHARE)
    if part.lacking:
        return Value(unit, "shown", value, low, None, step, "at_least")
    if whole.lacking:
        return Value(unit, "shown", value, None, high, step, "at_most")
    return Value(unit, "shown", value, low, high, step)


def complement(value: Value) -> Value:
    """The other side of a share."""
    if not value.shown or value.value is None:
        return value
    low, high = (None if end is None else 1 - end for end in (value.high, value.low))
    turned: dict[Bound, Bound] = {"at_least": "at_most", "at_most": "at_least"}
    bound = turned.get(value.bound, "")
    return Value("share", "shown", 1 - value.value, low, high, value.step, bound)
