"""Whether something becomes rarer or more frequent from step to step, from noisy counts.

At each step some of those still there have the event and leave, others leave without it, the rest
go on. The hazard of a step is its events per people still there. Given who is still there, events
of different steps are independent (Cox, JRSS B 34, 1972, on discrete time).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cleanroom.statistics.interval import Interval, two_sided_p, two_sided_z


@dataclass(frozen=True)
class Step:
    """People who left at one step, with the event and without, and the variances of their noise."""

    events: float
    others: float
    variance_events: float
    variance_others: float


@dataclass(frozen=True)
class Trend:
    """Change of the hazard from one step to the next; ``p_value`` is two-sided, for "none"."""

    slope: float
    interval: Interval
    p_value: float


def hazard_trend(
    steps: Sequence[Step], beyond: float, variance_beyond: float, level: float = 0.95
) -> Trend | None:
    """Linear trend of the hazard over steps 1, 2, ...; ``beyond`` people went on after the last.

    None with fewer than two steps, without any event, or where people still there drown in noise.

    With R_i people at step i, C_i events and p = sum(C)/sum(R), the score of a slope is
    T = sum of u_i (C_i - p R_i), u_i = i - mean of i weighted by R (Cochran, Biometrics 10, 1954;
    Armitage, Biometrics 11, 1955). Its variance without a slope is p(1-p) sum(R u^2); to this the
    noise adds, for it shifts C_i and every R_j up to i: with U_i = u_1 + ... + u_i an event cell of
    step i enters T with u_i - p U_i, any other with -p U_i. slope = T / sum(R u^2) is the weighted
    least squares slope.
    """
    if len(steps) < 2:
        return None
    left = [step.events + step.others for step in steps]
    there = [math.fsum(left[i:]) + beyond for i in range(len(steps))]
    noise_there = math.fsum(s.variance_events + s.variance_others for s in steps) + variance_beyond
    events = math.fsum(step.events for step in steps)
    if min(there) <= two_sided_z(level) * math.sqrt(noise_there) or min(there) <= 0:
        return None
    rate = events / math.fsum(there)
    if not 0 < rate < 1:
        return None
    middle = math.fsum(i * n for i, n in enumerate(there)) / math.fsum(there)
    away = [i - middle for i in range(len(steps))]
    score = math.fsum(u * (s.events - rate * n) for u, s, n in zip(away, steps, there, strict=True))
    spread = math.fsum(n * u * u for u, n in zip(away, there, strict=True))
    variance = rate * (1 - rate) * spread
    so_far = 0.0
    for u, step in zip(away, steps, strict=True):
        so_far += u
        variance += (u - rate * so_far) ** 2 * step.variance_events
        variance += (rate * so_far) ** 2 * step.variance_others
    variance += (rate * so_far) ** 2 * variance_beyond
    slope, half = score / spread, two_sided_z(level) * math.sqrt(variance) / spread
    p_value = two_sided_p(score / math.sqrt(variance))
    return Trend(slope, Interval(slope - half, slope + half, level), p_value)
