"""A number per another number: average order value, people per person, cost per buyer."""

import math

from cleanroom.statistics.interval import Interval, two_sided_z


def ratio_interval(
    numerator: float,
    denominator: float,
    numerator_variance: float,
    denominator_variance: float,
    level: float = 0.95,
    *,
    covariance: float = 0.0,
) -> Interval | None:
    """Interval for numerator / denominator, both about normal.

    Fieller (JRSS B 16, 1954): with a, b, variances Va, Vb and covariance C, all R with
    (a - R b)^2 <= z^2 (Va - 2 R C + R^2 Vb), that is the roots of
    (b^2 - z^2 Vb) R^2 - 2 (a b - z^2 C) R + (a^2 - z^2 Va). The variances carry whatever the
    reading needs: ``noise.variance`` alone, or plus that of sampling. ``covariance``: where some
    cells are in both.

    None when the denominator is not clearly above zero (b <= z·sqrt(Vb)): too few people for a
    ratio. The interval would then have no end.
    """
    a, b, va, vb = numerator, denominator, numerator_variance, denominator_variance
    if not (0 <= va < math.inf and 0 <= vb < math.inf):
        raise ValueError("a variance must be finite and not negative")
    if not covariance**2 <= va * vb * (1 + 1e-9):
        raise ValueError("a covariance is not larger than its variances")
    z = two_sided_z(level)
    if b <= z * math.sqrt(vb):
        return None
    g = b * b - z * z * vb
    # (a b - z^2 C)^2 - g (a^2 - z^2 Va), written so that it loses no digits to cancellation.
    squared = va * g + vb * a * a - 2 * a * b * covariance + (z * covariance) ** 2
    spread = z * math.sqrt(max(squared, 0.0))
    middle = a * b - z * z * covariance
    low, high = (middle - spread) / g, (middle + spread) / g
    return Interval(min(low, a / b), max(high, a / b), level)
