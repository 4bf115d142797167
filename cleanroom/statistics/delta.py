"""Intervals for any smooth function of several noisy numbers (delta method)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanroom.statistics.interval import Interval, simultaneous_z

Numbers = NDArray[np.float64]
_STEP = 1e-4  # of a number's size: the slope is taken across twice as much


@dataclass(frozen=True)
class Estimate:
    """One value of a function and its standard deviation."""

    value: float
    sd: float

    def interval(self, level: float = 0.95, *, read_together: int = 1) -> Interval:
        """value ± z·sd; ``read_together``: intervals that shall all hold at once (Bonferroni)."""
        half = simultaneous_z(read_together, level) * self.sd
        return Interval(self.value - half, self.value + half, level)


def count_variance(
    values: Sequence[float] | Numbers, noise: float, *, sampling: bool = True
) -> Numbers:
    """Variance of released counts: ``noise`` is that of each cell's noise.

    With sampling each count adds its own size, as if counts were Poisson. For functions of degree 0
    (shares, rates, indices) that is also right when the total is given: what the multinomial would
    take away is (sum of x·df/dx)²/total, and that sum is 0 (Euler).
    """
    found = np.full(len(values), noise)
    return found + np.maximum(np.asarray(values, np.float64), 0) if sampling else found


def propagated(
    function: Callable[[Numbers], Numbers | None],
    values: Sequence[float] | Numbers,
    variances: Sequence[float] | Numbers,
) -> list[Estimate] | None:
    """The values of a function of independent numbers, each with its standard deviation.

    Var f = sum over j of (df/dx_j)² Var x_j, with slopes by central differences (Oehlert, American
    Statistician 46, 1992). None where the function has no value here or beside here.
    """
    at = np.asarray(values, np.float64)
    here = function(at)
    if here is None or not np.isfinite(here).all():
        return None
    total = np.zeros(len(here))
    for place, variance in enumerate(variances):
        if not variance:
            continue
        step = _STEP * max(1.0, abs(at[place]))
        beside = [at.copy(), at.copy()]
        beside[0][place] -= step
        beside[1][place] += step
        low, high = (function(one) for one in beside)
        if low is None or high is None:
            return None
        total += ((high - low) / (2 * step)) ** 2 * variance
    if not np.isfinite(total).all():
        return None
    return [
        Estimate(float(value), math.sqrt(variance))
        for value, variance in zip(here, total, strict=True)
    ]
