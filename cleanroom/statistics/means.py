"""Amounts per person compared between two groups, where most people may have spent nothing."""

import math
from dataclasses import dataclass

from scipy.special import stdtr, stdtrit

from cleanroom.statistics.differences import Difference
from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.noise import Noise


@dataclass(frozen=True)
class Amounts:
    """One group: its people, those of them with an amount, and the sum of amounts and of their
    squares, as they were released. ``cap``: most that one person can have.
    """

    people: float
    payers: float
    total: float
    squares: float
    people_noise: Noise
    total_noise: Noise
    squares_noise: Noise
    cap: float

    @property
    def mean(self) -> float:
        """Amount per person; 0 for a group without anybody."""
        return self.total / self.people if self.people > 0 else 0.0

    @property
    def carries(self) -> bool:
        """Whether the group is clearly larger than its noise."""
        return self.people > max(2.0, two_sided_z(0.95) * self.people_noise.sd)

    def sampling_variance(self) -> float:
        """Variance of the mean that drawing people causes: (Q - T^2/n) / (n - 1) / n.

        Noise may push the released squares Q where no amounts in [0, cap] could have them, so they
        are kept between T^2 / payers, when all pay the same, and cap·T, when each pays nothing or
        the cap.
        """
        n, total = self.people, max(self.total, 0.0)
        least = total**2 / max(self.payers, 1.0)
        squares = min(max(self.squares, least), max(self.cap * total, least))
        return max(squares - total**2 / n, 0.0) / (n - 1) / n

    def noise_variance(self) -> float:
        """Variance of the mean that noise causes: (VT + mean^2 Vn) / n^2."""
        noise = self.total_noise.variance + self.mean**2 * self.people_noise.variance
        return noise / self.people**2

    def variance_of_variance(self) -> float:
        """How uncertain ``sampling_variance`` is: by the draw, as if normal, and by noise on Q."""
        n = self.people
        drawn = 2 * self.sampling_variance() ** 2 / (n - 1)
        return drawn + self.squares_noise.variance / (n * (n - 1)) ** 2


def mean_difference(first: Amounts, second: Amounts, level: float = 0.95) -> Difference | None:
    """Mean of the first group minus that of the second; None when either has too few people.

    Welch's interval and test (Biometrika 34, 1947) with the variance of the noise added, which is
    known. Satterthwaite's degrees of freedom are 2 V^2 / Var(V) for the whole variance V; without
    noise they are Welch's.
    """
    if not (first.carries and second.carries):
        return None
    gap = first.mean - second.mean
    estimated = first.sampling_variance() + second.sampling_variance()
    variance = estimated + first.noise_variance() + second.noise_variance()
    if variance == 0:
        return Difference(gap, Interval(gap, gap, level), 0.0 if gap else 1.0)
    doubt = first.variance_of_variance() + second.variance_of_variance()
    degrees = 2 * variance**2 / doubt if doubt else math.inf
    spread = math.sqrt(variance)
    half = -_quantile(degrees, (1 - level) / 2) * spread
    p_value = min(2 * _below(degrees, -abs(gap) / spread), 1.0)
    return Difference(gap, Interval(gap - half, gap + half, level), p_value)


# Student's distribution is the normal one long before its numerics end.
_NORMAL = 1e8


def _quantile(degrees: float, probability: float) -> float:
    return float(stdtrit(min(degrees, _NORMAL), probability))


def _below(degrees: float, value: float) -> float:
    return float(stdtr(min(degrees, _NORMAL), value))
