"""The target group index (TGI): 100 means "as common in the target as in everybody"."""

import math

from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.shares import Split


def index(target: Split, complement: Split) -> float | None:
    """100 · (share in the target) / (share in target and complement together); None if undefined.

    Both groups are disjoint: the complement is everybody in the base who is not in the target.
    """
    inside = max(target.part, 0) + max(complement.part, 0)
    if target.people <= 0 or inside <= 0:
        return None
    return 100 * target.share / (inside / (target.people + complement.people))


def index_interval(
    target: Split, complement: Split, level: float = 0.95, *, sampling: bool = True
) -> Interval | None:
    """Interval for the index; None when a cell or a group is not clearly above its noise.

    With p = t/T in the target, q = k/K in the complement, r = p/q and w = T/(T+K), the base
    share is w p + (1-w) q, so index = f(r) = 100 r / (w r + 1 - w), which rises with r. The
    interval is f of r·exp(±z·sqrt(V)). V is the variance of log r, (1-p)/t + (1-q)/k for
    sampling, plus the noise (``_noise_variance``). The size of the groups is given, not sampled.
    """
    z = two_sided_z(level)
    if not (_carries(target, z) and _carries(complement, z)):
        return None
    p, q = target.share, complement.share
    r, w = p / q, target.people / (target.people + complement.people)
    variance = _noise_variance(target, complement)
    if sampling:
        variance += (1 - p) / target.part + (1 - q) / complement.part
    factor = math.exp(z * math.sqrt(variance))

    def f(ratio: float) -> float:
        return 100 * ratio / (w * ratio + 1 - w)

    # Where nothing is uncertain the last digit of f could turn the ends round.
    return Interval(min(f(r / factor), f(r)), max(f(r * factor), f(r)), level)


def _carries(group: Split, z: float) -> bool:
    """A logarithm needs the cell itself above its noise, not only the group."""
    return group.carries(z) and group.part > z * group.noise_part.sd


def _noise_variance(target: Split, complement: Split) -> float:
    """Variance of log r that noise causes, and with it that of w on the index.

    Noise moves w too. On the log scale of the index, moving w by dw does the same as moving
    log r by -(r-1)/(1-w)·dw, because dlog f/dlog r = (1-w)/(wr+1-w) and
    dlog f/dw = -(r-1)/(wr+1-w). So the delta method is applied to log r - (r-1)/(1-w)·w as a
    function of the four noised numbers t, T-t, k, K-k; with dw/dT = (1-w)/(T+K) and
    dw/dK = -w/(T+K) the terms in w are (r-1)/(T+K) and (r-1)·T/K/(T+K).
    """
    n1, n2 = target.people, complement.people
    moved = (target.share / complement.share - 1) / (n1 + n2)
    slope_rest = -1 / n1 - moved
    slope_other_rest = 1 / n2 + moved * n1 / n2
    slopes = (
        (1 / target.part + slope_rest, target.noise_part),
        (slope_rest, target.noise_rest),
        (-1 / complement.part + slope_other_rest, complement.noise_part),
        (slope_other_rest, complement.noise_rest),
    )
    return math.fsum(slope**2 * noise.variance for slope, noise in slopes)
