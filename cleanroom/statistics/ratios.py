"""A number per another number: average order value, people per person, cost per buyer."""

import math

from cleanroom.statistics.interval import Interval, two_sided_z


def ratio_interval(
    numerator: float,
    denominator: float,
    numerator_variance: float,
    denominator_variance: float,
    level: float = 0.95,
) -> Interval | None:
    """Interval for numerator / denominator, both independent and about normal.

    Fieller (JRSS B 16, 1954): with a, b and variances Va, Vb, all R with
    (a - R b)^2 <= z^2 (Va + R^2 Vb), that is the roots of
    (b^2 - z^2 Vb) R^2 - 2 a b R + (a^2 - z^2 Va). The variances carry whatever the reading
    needs: ``noise.variance`` alone, or plus that of sampling.

    None when the denominator is not clearly above zero (b <= z·sqrt(Vb)): too few people for a
    ratio. The interval would then have no end.
    """
    a, b, va, vb = numerator, denominator, numerator_variance, denominator_variance
    if not (0 <= va < math.inf and 0 <= vb < math.inf):
        raise ValueError("a variance must be finite and not negative")
    z = two_sided_z(level)
    if b <= z * math.sqrt(vb):
        return None
    g = b * b - z * z * vb
    # a^2 b^2 - g (a^2 - z^2 Va), written so that it cannot turn negative by cancellation.
    spread = z * math.sqrt(va * g + vb * a * a)
    low, high = (a * b - spread) / g, (a * b + spread) / g
    return Interval(min(low, a / b), max(high, a / b), level)
