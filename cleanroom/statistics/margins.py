"""Have people of a square table changed their distribution? Stuart and Maxwell, with noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from cleanroom.statistics.noise import Noise


@dataclass(frozen=True)
class MarginTest:
    """``statistic`` is compared with chi-square of ``degrees``."""

    statistic: float
    degrees: int
    p_value: float


def stuart_maxwell(
    table: Sequence[Sequence[float]], noise: Noise, *, sampling: bool = True
) -> MarginTest | None:
    """Test that rows and columns of an R x R table have the same totals; every cell with ``noise``.

    None where too few people moved for the approximation. Stuart (Biometrika 42, 1955), Maxwell
    (British Journal of Psychiatry 116, 1970): with d_i = row i - column i (the last left out),
    statistic = d' V^-1 d, V_ij = -(n_ij + n_ji), V_ii = the sum of n_ij + n_ji over j other than i.
    Each n off the diagonal is a count whose variance is its own size; noise of variance v makes it
    n + v, and without sampling v alone.
    """
    observed = np.asarray(table, np.float64)
    if observed.ndim != 2 or observed.shape[0] != observed.shape[1] or observed.shape[0] < 2:
        raise ValueError("a square table of at least 2 x 2")
    size = observed.shape[0]
    moved = np.maximum(observed, 0) if sampling else np.zeros_like(observed)
    moved = moved + noise.variance
    both = moved + moved.T
    np.fill_diagonal(both, 0)
    variance = np.diag(both.sum(axis=1)) - both
    gaps = (observed.sum(axis=1) - observed.sum(axis=0))[:-1]
    variance = variance[:-1, :-1]
    if not np.isfinite(variance).all() or np.linalg.matrix_rank(variance) < size - 1:
        return None
    statistic = float(gaps @ np.linalg.solve(variance, gaps))
    return MarginTest(statistic, size - 1, float(chdtrc(size - 1, statistic)))
