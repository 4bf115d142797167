"""Attack 14, second half: noise that is not what it says. Whoever knows how it is wrong takes it
away. Draws of the product against the discrete Gaussian's own formula, computed here.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from attack_table import Row, Size
from scipy import stats

from cleanroom.sandbox.inside import noise

NAME = "14 sampler"
SIGMAS = (1, 3, 10, 30, 1000)
CHANCE = 1e-5  # for each sigma: all together less than once in 10,000 runs
BINS = 60
Sampler = Callable[[int, int], Sequence[int]]


def product(draws: int, sigma: int) -> Sequence[int]:
    """Draws of the product around different counts."""
    exact = range(draws)
    return [value - count for count, value in zip(exact, noise.add(exact, sigma), strict=True)]


def rounded(draws: int, sigma: int) -> Sequence[int]:
    """A rounded float normal: the fault of many a home-made sampler."""
    found: list[int] = np.rint(np.random.default_rng().normal(0, sigma, draws)).astype(int).tolist()
    return found


def short(draws: int, sigma: int) -> Sequence[int]:
    """Five per cent less noise than was charged for."""
    found = np.rint(np.random.default_rng().normal(0, 0.95 * sigma, draws))
    return [int(value) for value in found]


def exact_bins(sigma: int) -> tuple[list[int], list[float]]:
    """Upper ends of at most ``BINS`` bins of about equal weight, and their exact probabilities:
    P(Z = z) is exp(-z^2 / (2 sigma^2)) over its sum (Canonne, Kamath and Steinke 2020).
    """
    reach = 12 * sigma
    values = range(-reach, reach + 1)
    weights = [math.exp(-z * z / (2 * sigma * sigma)) for z in values]
    total = math.fsum(weights)
    ends, chances, weight = [], [], 0.0
    for z, w in zip(values, weights, strict=True):
        weight += w / total
        if weight >= 1 / BINS:
            ends.append(z)
            chances.append(weight)
            weight = 0.0
    ends[-1] = reach
    chances[-1] += weight
    return ends, chances


def p_value(seen: Sequence[int], sigma: int) -> float:
    """Chi-square over the bins; what lies beyond the last end counts there."""
    ends, chances = exact_bins(sigma)
    place = np.minimum(np.searchsorted(ends, np.asarray(seen)), len(ends) - 1)
    counts = np.bincount(place, minlength=len(ends))
    return float(stats.chisquare(counts, np.array(chances) * len(seen)).pvalue)


def run(size: Size) -> list[Row]:
    """p-values, the smallest over all sigmas."""
    draws = 30_000 if size == "short" else 300_000
    on = min(p_value(product(draws, sigma), sigma) for sigma in SIGMAS)
    faults = p_value(rounded(draws, 1), 1), p_value(short(draws, 10), 10)
    figure = "smallest p of the noise; off: rounded normal, sigma 5 % short"
    return [Row(NAME, figure, max(faults), CHANCE, on, CHANCE, "low")]
