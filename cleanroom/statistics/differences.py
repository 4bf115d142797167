"""Two shares compared: the gap, its interval and its p-value."""

import math
from dataclasses import dataclass

from cleanroom.statistics.interval import Interval, two_sided_p
from cleanroom.statistics.shares import Split, split_interval


@dataclass(frozen=True)
class Difference:
    """First share minus second share, in [-1, 1]; ``p_value`` is two-sided, for "no gap"."""

    value: float
    interval: Interval
    p_value: float


def two_proportion_difference(
    first: Split, second: Split, level: float = 0.95, *, sampling: bool = True
) -> Difference | None:
    """Gap between the shares of two disjoint groups; None when either has too few people.

    Interval: Newcombe's hybrid score method (Statistics in Medicine 17, 1998, method 10) with the
    noise-aware limits l, u of each share p:

        p1 - p2 - sqrt((p1-l1)^2 + (u2-p2)^2)  to  p1 - p2 + sqrt((u1-p1)^2 + (p2-l2)^2).

    p-value: the score test, which takes both variances at the share p of both groups together:
    z = (p1 - p2) / sqrt(v1(p) + v2(p)). The null is that of an index of 100 as well, so this
    p-value is the one to correct for index tables.
    """
    one = split_interval(first, level, sampling=sampling)
    two = split_interval(second, level, sampling=sampling)
    if one is None or two is None:
        return None
    p1, p2 = first.share, second.share
    gap = p1 - p2
    low = gap - math.hypot(p1 - one.low, two.high - p2)
    high = gap + math.hypot(one.high - p1, p2 - two.low)
    interval = Interval(max(low, -1.0), min(high, 1.0), level)
    return Difference(gap, interval, _score_p_value(first, second, sampling=sampling))


def _score_p_value(first: Split, second: Split, *, sampling: bool) -> float:
    n1, n2 = first.people, second.people
    pooled = (first.share * n1 + second.share * n2) / (n1 + n2)
    variance = first.variance(pooled, sampling=sampling) + second.variance(
        pooled, sampling=sampling
    )
    gap = first.share - second.share
    if gap == 0:
        return 1.0
    return two_sided_p(gap / math.sqrt(variance)) if variance else 0.0
