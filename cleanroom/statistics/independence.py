"""Do the rows of a noisy table differ? Chi-square and Cramer's V with the noise accounted for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from cleanroom.statistics.noise import Noise

SMALLEST_EXPECTED = 5.0


@dataclass(frozen=True)
class Independence:
    """``statistic`` is compared with chi-square of ``degrees`` (not whole when there is noise).

    ``cramers_v`` in [0, 1] says how strong the link is, less what noise alone would show.
    """

    statistic: float
    degrees: float
    p_value: float
    cramers_v: float


def chi_square_independence(
    table: Sequence[Sequence[float]], noise: Noise, *, sampling: bool = True
) -> Independence | None:
    """Test of independence on an R x C table (R, C >= 2), every cell carrying ``noise``.

    None when a cell expects fewer than 5 people (Cochran's rule) or fewer than its noise, where
    the approximation below fails.

    Pearson's X^2 is the squared length of y = (O - E)/sqrt(E), with E = row·column/total. Under
    independence y is, to first order, Q x: Q = (I - sqrt(p)sqrt(p)') ⊗ (I - sqrt(q)sqrt(q)')
    projects on (R-1)(C-1) dimensions (p, q the shares of rows and columns), and x has variance
    1 per cell from sampling and v/E from noise of variance v. So X^2 is a sum of weighted
    chi-squares with weights the eigenvalues of Q L Q, L = diag([sampling] + v/E). It is matched
    by its first two moments (Satterthwaite; for surveys Rao and Scott, Annals of Statistics 12,
    1984): X^2/c ~ chi-square of d, c = sum(weights^2)/sum(weights), d = sum(weights)/c. Without
    noise, and when all E are equal, this is exact to first order.
    """
    observed = np.asarray(table, dtype=np.float64)
    if observed.ndim != 2 or min(observed.shape) < 2 or not np.isfinite(observed).all():
        raise ValueError("a table of at least 2 x 2 finite numbers")
    total = float(observed.sum())
    rows, columns = observed.sum(axis=1), observed.sum(axis=0)
    if total <= 0 or rows.min() <= 0 or columns.min() <= 0:
        return None
    expected = np.outer(rows, columns) / total
    if expected.min() < max(SMALLEST_EXPECTED, noise.sd):
        return None
    squared = float(((observed - expected) ** 2 / expected).sum())
    noisy = noise.variance / expected
    left, right = _projection(rows / total), _projection(columns / total)
    of_noise = _sum_of_weights(noisy, left, right)
    weights = noisy + 1.0 if sampling else noisy
    scale, degrees = _matched(weights, left, right)
    strength = max(squared - of_noise, 0) / total / (min(observed.shape) - 1)
    cramers_v = min(math.sqrt(strength), 1.0)
    if scale == 0:
        return Independence(squared, degrees, 0.0 if squared else 1.0, cramers_v)
    statistic = squared / scale
    return Independence(statistic, degrees, float(chdtrc(degrees, statistic)), cramers_v)


def _projection(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    root = np.sqrt(shares)
    projection: NDArray[np.float64] = np.eye(len(shares)) - np.outer(root, root)
    return projection


def _sum_of_weights(
    weights: NDArray[np.float64], left: NDArray[np.float64], right: NDArray[np.float64]
) -> float:
    """Trace of Q L Q, without building the RC x RC matrix."""
    return float((weights * np.outer(left.diagonal(), right.diagonal())).sum())


def _matched(
    weights: NDArray[np.float64], left: NDArray[np.float64], right: NDArray[np.float64]
) -> tuple[float, float]:
    """Scale c and degrees d of the chi-square with the same mean and variance."""
    first = _sum_of_weights(weights, left, right)
    # trace((QL)^2) = sum over cells k, l of L_k Q_kl^2 L_l, and Q^2 by elements is a product too.
    second = float((weights * (left**2 @ weights @ right**2)).sum())
    if first == 0:
        return 0.0, float((left.shape[0] - 1) * (right.shape[0] - 1))
    return second / first, first**2 / second
