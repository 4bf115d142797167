"""A share over time: does it rise or fall?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cleanroom.statistics.interval import Interval, two_sided_p, two_sided_z
from cleanroom.statistics.shares import Split


@dataclass(frozen=True)
class Trend:
    """Change of the share per step, in points as a fraction; ``p_value`` is two-sided, for none."""

    slope: float
    sd: float
    p_value: float

    def interval(self, level: float = 0.95) -> Interval:
        """slope ± z·sd."""
        half = two_sided_z(level) * self.sd
        return Interval(self.slope - half, self.slope + half, level)


def proportion_trend(groups: Sequence[Split], *, sampling: bool = True) -> Trend | None:
    """Straight line through the shares of disjoint groups in order, weighted by their people.

    slope = sum n_t (t - T) p_t / sum n_t (t - T)², T the weighted mean of t. Its variance is
    sum (n_t (t - T))² Var p_t over the square of the denominator; for the interval at each group's
    own share, for the p-value at the share of all together, which without noise is the test of
    Cochran (Biometrics 10, 1954) and Armitage (Biometrics 11, 1955). None for fewer than three
    groups with people, or where one drowns in its noise.
    """
    z = two_sided_z(0.95)
    if len(groups) < 3 or not all(group.carries(z) for group in groups):
        return None
    people = [group.people for group in groups]
    total = math.fsum(people)
    middle = math.fsum(n * t for t, n in enumerate(people)) / total
    weights = [n * (t - middle) for t, n in enumerate(people)]
    spread = math.fsum(w * (t - middle) for t, w in enumerate(weights))
    slope = math.fsum(w * g.share for w, g in zip(weights, groups, strict=True)) / spread
    whole = math.fsum(n * g.share for n, g in zip(people, groups, strict=True)) / total

    def deviation(shares: Sequence[float]) -> float:
        each = zip(weights, groups, shares, strict=True)
        return (
            math.sqrt(math.fsum(w * w * g.variance(p, sampling=sampling) for w, g, p in each))
            / spread
        )

    null = deviation([whole] * len(groups))
    p_value = two_sided_p(slope / null) if null else float(slope == 0)
    return Trend(slope, deviation([group.share for group in groups]), p_value)
