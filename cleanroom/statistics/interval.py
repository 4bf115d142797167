"""An interval with its level, and the critical values that make it."""

import math
from dataclasses import dataclass
from statistics import NormalDist

NORMAL = NormalDist()


@dataclass(frozen=True)
class Interval:
    """[low, high], covering the true value in ``level`` of all cases (0 < level < 1)."""

    low: float
    high: float
    level: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError("an interval needs finite ends, low not above high")
        _check_level(self.level)

    @property
    def width(self) -> float:
        """high - low."""
        return self.high - self.low

    def contains(self, value: float) -> bool:
        """Whether ``value`` lies inside; the ends belong to the interval."""
        return self.low <= value <= self.high

    def nonnegative(self) -> "Interval":
        """The interval as shown to readers: people cannot be fewer than none.

        Add and average with the signed interval and the signed value; cutting at zero first
        makes sums too high.
        """
        return Interval(max(0, self.low), max(0, self.high), self.level)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError("a level lies strictly between 0 and 1")


def simultaneous_z(cells: int, level: float = 0.95) -> float:
    """Critical value for ``cells`` intervals that shall all hold at once with ``level``.

    Bonferroni: Phi^-1(1 - (1 - level) / (2·cells)); 1.96 for one cell at 0.95.
    """
    _check_level(level)
    if cells < 1:
        raise ValueError("at least one cell")
    # The lower tail keeps its digits where 1 - tail would round to 1.
    return -NORMAL.inv_cdf((1 - level) / 2 / cells)


def two_sided_z(level: float) -> float:
    """Critical value of one two-sided interval."""
    return simultaneous_z(1, level)


def two_sided_p(z: float) -> float:
    """Probability that a standard normal value lies at least as far from 0 as ``z``."""
    return math.erfc(abs(z) / math.sqrt(2))
