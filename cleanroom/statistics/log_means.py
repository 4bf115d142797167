"""Mean logarithms of prices: what one group pays more than another, as a ratio."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cleanroom.statistics.differences import Difference
from cleanroom.statistics.interval import Interval, two_sided_p, two_sided_z
from cleanroom.statistics.noise import Noise


@dataclass(frozen=True)
class Logs:
    """One group: its people, the sum of one bounded logarithm each, and of their squares, as they
    were released. ``total`` holds every logarithm plus ``shift``, so that none is negative;
    ``squares`` are those before the shift. Each lies in [-shift, shift].
    """

    people: float
    total: float
    squares: float
    people_noise: Noise
    total_noise: Noise
    squares_noise: Noise
    shift: float

    @property
    def mean(self) -> float:
        """Logarithm per person, within its bounds; 0 for a group without anybody."""
        if self.people <= 0:
            return 0.0
        return max(-self.shift, min(self.shift, self.total / self.people - self.shift))

    def carries(self, level: float) -> bool:
        """Whether the group is clearly larger than its noise."""
        return self.people > max(2.0, two_sided_z(level) * self.people_noise.sd)

    @property
    def spread(self) -> float:
        """Standard deviation between people: sqrt((Q/n - mean^2) n/(n-1)).

        Noise may leave less than nothing; then, to be careful, as much as the noise could hide.
        """
        n = self.people
        least = self.squares_noise.sd / n
        most = self.shift**2
        square = min(max(self.squares / n - self.mean**2, least), most)
        return math.sqrt(square * n / (n - 1))

    def noise_variance(self) -> float:
        """Variance of the mean that noise causes: (VT + (mean + shift)^2 Vn) / n^2."""
        ratio = self.mean + self.shift
        return (self.total_noise.variance + ratio**2 * self.people_noise.variance) / self.people**2

    def variance(self, *, sampling: bool = True) -> float:
        """Variance of the mean: drawing people, and noise."""
        drawn = self.spread**2 / self.people if sampling else 0.0
        return drawn + self.noise_variance()


def together(groups: Sequence[Logs]) -> Logs:
    """Disjoint groups as one. All have the same noise and shift per cell."""
    first = groups[0]
    cells = len(groups)
    return Logs(
        math.fsum(group.people for group in groups),
        math.fsum(group.total for group in groups),
        math.fsum(group.squares for group in groups),
        first.people_noise.over(cells),
        first.total_noise.over(cells),
        first.squares_noise.over(cells),
        first.shift,
    )


def log_mean_interval(
    group: Logs, level: float = 0.95, *, sampling: bool = True
) -> Interval | None:
    """Interval for the mean logarithm of a group; None when the group drowns in its noise."""
    if not group.carries(level):
        return None
    half = two_sided_z(level) * math.sqrt(group.variance(sampling=sampling))
    return Interval(group.mean - half, group.mean + half, level)


def log_gap(first: Logs, second: Logs, level: float = 0.95) -> Difference | None:
    """Mean logarithm of the first group minus that of the second, and Welch's test of it with the
    variance of the noise added; normal quantiles, for groups are of at least some fifty people.

    exp(gap) is the ratio of geometric means (delta method on the logarithmic scale, so the ends
    are transformed and not the width).
    """
    if not (first.carries(level) and second.carries(level)):
        return None
    return _difference(first.mean - second.mean, first.variance() + second.variance(), level)


def remaining_gap(
    whole: tuple[Logs, Logs], part: tuple[Logs, Logs], level: float = 0.95
) -> Difference | None:
    """The gap that is left of ``whole`` after ``part``, each a pair of groups, of the same people.

    How a person's two logarithms go together is not released, so the interval takes the widest
    that they allow: Var(W - P) <= (sd W + sd P)^2 per group (Cauchy and Schwarz).
    """
    if not all(group.carries(level) for group in (*whole, *part)):
        return None
    gap = (whole[0].mean - whole[1].mean) - (part[0].mean - part[1].mean)
    variance = 0.0
    for one, other in zip(whole, part, strict=True):
        variance += (math.sqrt(one.variance()) + math.sqrt(other.variance())) ** 2
    return _difference(gap, variance, level)


def _difference(gap: float, variance: float, level: float) -> Difference:
    sd = math.sqrt(variance)
    half = two_sided_z(level) * sd
    p_value = two_sided_p(gap / sd) if sd else float(gap == 0)
    return Difference(gap, Interval(gap - half, gap + half, level), p_value)
