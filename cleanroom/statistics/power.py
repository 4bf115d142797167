"""What a comparison of two shares could have seen: the smallest effect, and people for a given one.

Both stand on the normal approximation at the shares themselves (Fleiss, Statistical Methods for
Rates and Proportions): an effect is seen with the probability ``power`` when it is as large as
(z_level + z_power) standard errors, noise included.
"""

import math

from cleanroom.statistics.interval import NORMAL, two_sided_z
from cleanroom.statistics.noise import NO_NOISE, Noise
from cleanroom.statistics.shares import Split

LEVEL, POWER = 0.90, 0.80


def smallest_difference(
    treated: Split, control: Split, level: float = LEVEL, power: float = POWER
) -> float | None:
    """The smallest rise of the control group's share that would have been seen, in [0, 1].

    With p1 = p0 + d and the variances of ``Split.variance`` it solves
    d^2 = k^2 (v1(p0 + d) + v0(p0)), which is quadratic in d. None when no rise would do.
    """
    k = two_sided_z(level) + NORMAL.inv_cdf(power)
    base = control.share
    fixed = control.variance(base, sampling=True)
    # v1(p) is quadratic: its value, slope and curvature at the base.
    at, slope, curve = _taylor(treated, base)
    a, b, c = 1 - k * k * curve, -k * k * slope, -k * k * (at + fixed)
    if a <= 0:
        return None
    found = (-b + math.sqrt(b * b - 4 * a * c)) / (2 * a)
    return found if base + found <= 1 else None


def _taylor(split: Split, share: float) -> tuple[float, float, float]:
    """Value, slope and half the second derivative of ``Split.variance``, exact as it is quadratic:
    variance(p) = w0 + w1 p + w2 p^2.
    """
    at = [split.variance(p, sampling=True) for p in (0.0, 0.5, 1.0)]
    curve = 2 * (at[0] + at[2] - 2 * at[1])
    slope = at[2] - at[0] - curve
    value = at[0] + slope * share + curve * share**2
    return value, slope + 2 * curve * share, curve


def people_needed(
    base: float,
    relative: float,
    treated_share: float,
    noise: Noise = NO_NOISE,
    level: float = LEVEL,
    power: float = POWER,
) -> float | None:
    """People in both groups together for a relative change of the share ``base`` to be seen.

    ``noise`` is that of each of the four released numbers. With N people of whom a share f is
    treated and d = base·relative it solves
    d^2 = k^2 [ (p1 q1/f + p0 q0/(1-f)) / N + V ((p1^2+q1^2)/f^2 + (p0^2+q0^2)/(1-f)^2) / N^2 ].
    None when the changed share would not lie between 0 and 1.
    """
    changed = base * (1 + relative)
    if not (0 < base < 1 and 0 < changed < 1 and relative and 0 < treated_share < 1):
        return None
    k = two_sided_z(level) + NORMAL.inv_cdf(power)
    groups = ((changed, treated_share), (base, 1 - treated_share))
    drawn = sum(p * (1 - p) / f for p, f in groups)
    noisy = noise.variance * sum((p * p + (1 - p) ** 2) / f**2 for p, f in groups)
    wanted = (base * relative / k) ** 2
    # wanted = drawn x + noisy x^2 with x = 1/N, solved for N
    return (drawn + math.sqrt(drawn * drawn + 4 * noisy * wanted)) / (2 * wanted)
