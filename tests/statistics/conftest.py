"""Releases as the gate makes them, drawn here by a second, independent sampler."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from cleanroom.statistics.interval import Interval
from cleanroom.statistics.noise import Noise

Numbers = NDArray[np.int64]


def discrete_gaussian_weights(sigma: float) -> tuple[Numbers, NDArray[np.float64]]:
    """Support and probabilities of the discrete Gaussian, cut where nothing is left (12 sigma)."""
    reach = int(12 * sigma) + 1
    support = np.arange(-reach, reach + 1)
    weights = np.exp(-(support**2) / (2 * sigma**2))
    return support, weights / weights.sum()


class Gate:
    """Noise, then rounding. The seed fixes the data of a test, not the product's noise."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def release(self, counts: Numbers, noise: Noise) -> Numbers:
        """Each count released once."""
        released = np.asarray(counts)
        if noise.sigma:
            support, weights = discrete_gaussian_weights(noise.sigma)
            released = released + self.rng.choice(support, size=released.shape, p=weights)
        return noise.rounding * np.rint(released / noise.rounding).astype(np.int64)

    def release_as_sum(self, counts: Numbers, noise: Noise, cells: int) -> Numbers:
        """Each count cut at random into cells, each released, then added up."""
        parts = self.rng.multinomial(counts, [1 / cells] * cells)
        return self.release(parts, noise).sum(axis=-1)


@pytest.fixture
def gate() -> Gate:
    return Gate(20150817)


@pytest.fixture
def weights() -> Callable[[float], tuple[Numbers, NDArray[np.float64]]]:
    return discrete_gaussian_weights


@pytest.fixture
def coverage() -> Callable[[Iterable[Interval | None], float], float]:
    """Share of intervals that hold the truth; not one may be missing."""

    def measure(intervals: Iterable[Interval | None], truth: float) -> float:
        return float(
            np.mean([interval is not None and interval.contains(truth) for interval in intervals])
        )

    return measure
