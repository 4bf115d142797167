"""One share as a multiple of another: relative lift, risk ratio."""

import math

from cleanroom.statistics.interval import Interval
from cleanroom.statistics.shares import Split, split_interval


def share_ratio_interval(
    first: Split, second: Split, level: float = 0.95, *, sampling: bool = True
) -> Interval | None:
    """Interval for p1/p2 of two disjoint groups; None when a group drowns in its noise or the
    second share cannot be told from 0, for then the ratio has no upper end.

    MOVER (Donner and Zou, Statistical Methods in Medical Research 21, 2012; Newcombe, ibid. 25,
    2016) with the noise-aware limits l, u of each share: all R at which Newcombe's interval for
    p1 - R p2 holds 0. So it excludes 1 exactly when his interval for p1 - p2 excludes 0, and the
    two never contradict each other. The ends are roots in R of

        u2 (2 p2 - u2) R^2 - 2 p1 p2 R + l1 (2 p1 - l1) = 0   (lower)
        l2 (2 p2 - l2) R^2 - 2 p1 p2 R + u1 (2 p1 - u1) = 0   (upper)
    """
    one = split_interval(first, level, sampling=sampling)
    two = split_interval(second, level, sampling=sampling)
    if one is None or two is None or two.low <= 0:
        return None
    p1, p2 = first.share, second.share
    product = p1 * p2
    below = one.low * (2 * p1 - one.low)
    above = one.high * (2 * p1 - one.high)
    wide, narrow = two.high * (2 * p2 - two.high), two.low * (2 * p2 - two.low)
    # Written so that the lower end also stands where u2 is more than twice the share.
    root = product + math.sqrt(max(product**2 - wide * below, 0.0))
    low = below / root if root > 0 else 0.0
    high = (product + math.sqrt(max(product**2 - narrow * above, 0.0))) / narrow
    return Interval(min(low, p1 / p2), max(high, p1 / p2), level)
