"""Intervals for released counts and sums: only the noise, no sampling, no capping."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cleanroom.statistics.interval import Interval, simultaneous_z
from cleanroom.statistics.noise import Noise


@dataclass(frozen=True)
class Total:
    """A sum of released cells and the noise that it has gathered."""

    value: float
    noise: Noise


def count_interval(
    value: float, noise: Noise, level: float = 0.95, *, read_together: int = 1
) -> Interval:
    """Interval for the number that the gate saw before noise, in the unit of ``value``.

    value ± z·sd, rounded outwards to whole units, signed (``nonnegative`` for display).
    ``read_together`` is the number of cells whose intervals shall all hold at once (Bonferroni).
    It does not include what capping per person took away; the caller says so beside it.
    """
    half = simultaneous_z(read_together, level) * noise.sd
    return Interval(math.floor(value - half), math.ceil(value + half), level)


def sum_of_cells(values: Sequence[float], noise: Noise) -> Total:
    """Sum of m cells that each carry ``noise`` drawn on its own: its sd is sqrt(m) times theirs.

    Pass signed values: cells cut at zero add up to too much.
    """
    if not values:
        raise ValueError("a sum needs at least one cell")
    return Total(math.fsum(values), noise.over(len(values)))
