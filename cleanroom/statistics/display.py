"""How many digits a noisy number deserves: none finer than its uncertainty.

Round for reading only. Add, compare and export the number as it was released, or tables stop
adding up.
"""

import math

from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.noise import Noise


def sensible(value: float, noise: Noise, level: float = 0.95) -> int:
    """A count or sum rounded to the largest power of ten within its ± (± 30 -> tens).

    Never finer than whole units, nor than the base to which the gate rounded.
    """
    exponent = max(_exponent(two_sided_z(level) * noise.sd), 0)
    step = max(int(10**exponent), noise.rounding)
    return step * math.floor(value / step + 0.5)


def sensible_within(value: float, interval: Interval) -> float:
    """A share, ratio or index rounded to the largest power of ten within half its interval.

    ``value`` may also be an end of that interval. An interval without width leaves it as it is.
    """
    if interval.width == 0:
        return value
    return round(value, -_exponent(interval.width / 2))


def _exponent(half_width: float) -> int:
    """Largest e with 10^e <= half_width; 0 for no width."""
    return math.floor(math.log10(half_width)) if half_width > 0 else 0
