"""A share of people, part / (part + rest), from two independently noised numbers.

Two readings. ``sampling=True``: the people present are a sample, and the share of the population
behind them is described; sampling error and noise both count. ``sampling=False``: the people
present are what is described ("of the matched users in this dataset"); only the noise counts.
"""

import math
from dataclasses import dataclass

from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.noise import Noise


@dataclass(frozen=True)
class Split:
    """One group of people in two disjoint numbers: those in the cell, and all its others.

    ``part`` and ``rest`` are released numbers, signed as they came; their noises are independent.
    When the rest is a sum of m cells its noise is ``noise.over(m)``. Numbers below zero are read
    as zero: that moves the share to the edge of what is possible, where its interval only grows.
    """

    part: float
    rest: float
    noise_part: Noise
    noise_rest: Noise

    @property
    def people(self) -> float:
        """Size of the group, as far as the noise lets see."""
        return max(self.part, 0) + max(self.rest, 0)

    @property
    def share(self) -> float:
        """part / (part + rest), in [0, 1]; 0 for a group without anybody."""
        return max(self.part, 0) / self.people if self.people > 0 else 0.0

    def carries(self, z: float) -> bool:
        """Whether the group is larger than its own noise (z standard deviations)."""
        total = self.noise_part.variance + self.noise_rest.variance
        return self.people > z * math.sqrt(total)

    def variance(self, share: float, *, sampling: bool) -> float:
        """Variance of the released share around a true share p.

        With a = part, b = rest, n = a + b the share is a/n, so d/da = b/n^2 = (1-p)/n and
        d/db = -a/n^2 = -p/n. The delta method with independent noise Va, Vb gives
        ((1-p)^2 Va + p^2 Vb) / n^2, to which drawing n people adds p(1-p)/n.
        """
        n = self.people
        noise = (1 - share) ** 2 * self.noise_part.variance + share**2 * self.noise_rest.variance
        people = share * (1 - share) / n if sampling else 0.0
        return people + noise / n**2


def effective_size(split: Split, *, sampling: bool = True) -> float | None:
    """How many people without noise would tell as much: p(1-p) / variance(p).

    ``split.people`` when there is no noise; None where the share is 0 or 1 or nobody is there,
    for there the formula says nothing. Infinite when neither sampling nor noise counts.
    """
    p = split.share
    if split.people <= 0 or p in (0, 1):
        return None
    variance = split.variance(p, sampling=sampling)
    return p * (1 - p) / variance if variance else math.inf


def share_interval(
    part: float,
    rest: float,
    noise_part: Noise,
    noise_rest: Noise,
    level: float = 0.95,
    *,
    sampling: bool = True,
) -> Interval | None:
    """Interval in [0, 1] for part / (part + rest); None when there are too few people.

    See ``split_interval``.
    """
    split = Split(part, rest, noise_part, noise_rest)
    return split_interval(split, level, sampling=sampling)


def split_interval(split: Split, level: float = 0.95, *, sampling: bool = True) -> Interval | None:
    """Interval in [0, 1] for the share of a split; None when the group drowns in its noise.

    Wilson's score interval (JASA 22, 1927) with an effective size in place of n: all p with

        (share - p)^2 <= z^2 p(1-p)/n_eff(p) = z^2 [ p(1-p)/n + ((1-p)^2 Va + p^2 Vb)/n^2 ].

    Like Wilson's own variance, n_eff is taken at the p that is tested, not at the share seen: at
    shares near 0 or 1 the latter falls to 0 and the interval to [0, 1]. Without noise it is
    Wilson's interval; with noise alone (``sampling=False``) it is Fieller's for a/(a+b).

    Solved for d = p - share, which keeps the digits that p itself would lose to cancellation:
    with n^2 variance(share + d) = w0 + w1 d + w2 d^2 it is
    (n^2 - z^2 w2) d^2 - z^2 w1 d - z^2 w0 <= 0, whose roots lie on both sides of 0.
    """
    z = two_sided_z(level)
    if not split.carries(z):
        return None
    n, share, z2 = split.people, split.share, z * z
    va, vb = split.noise_part.variance, split.noise_rest.variance
    drawn = n if sampling else 0.0
    w0 = drawn * share * (1 - share) + (1 - share) ** 2 * va + share**2 * vb
    w1 = drawn * (1 - 2 * share) - 2 * (1 - share) * va + 2 * share * vb
    square = n * n + z2 * (drawn - va - vb)  # above zero: the group is larger than its noise
    middle = z2 * w1
    spread = math.sqrt(middle * middle + 4 * square * z2 * w0)
    low = share + (middle - spread) / (2 * square)
    high = share + (middle + spread) / (2 * square)
    return Interval(max(low, 0.0), min(high, 1.0), level)
