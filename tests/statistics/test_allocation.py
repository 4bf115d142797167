"""Sample-ratio mismatch: Pearson without noise, and its size with it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from cleanroom.statistics.allocation import MISMATCH, allocation_p_value
from cleanroom.statistics.counts import Total
from cleanroom.statistics.noise import NO_NOISE, Noise


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(0.01, 0.99))
def test_without_noise_it_is_pearson(a: int, b: int, share: float) -> None:
    found = allocation_p_value(Total(a, NO_NOISE), Total(b, NO_NOISE), share)
    expected = chisquare([a, b], [share * (a + b), (1 - share) * (a + b)]).pvalue
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-300)


def test_nobody_was_split() -> None:
    assert allocation_p_value(Total(-5, Noise(3)), Total(2, Noise(3)), 0.5) is None


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(ValueError, match="strictly between"):
        allocation_p_value(Total(5, NO_NOISE), Total(2, NO_NOISE), share)


@pytest.mark.parametrize("noise", [NO_NOISE, Noise(3, 5), Noise(10)], ids=str)
def test_p_values_are_even_when_the_split_is_as_declared(gate: Any, noise: Noise) -> None:
    """3,000 people in three cells each: the noise is as large as the draw's own spread."""
    people, share, runs = 3_000, 0.8, 20_000
    first = gate.rng.binomial(people, share, runs)
    cells = [gate.release_as_sum(n, noise, 3) for n in (first, people - first)]
    totals = [[Total(float(v), noise.over(3)) for v in group] for group in cells]
    found = [allocation_p_value(a, b, share) for a, b in zip(*totals, strict=True)]
    # counts are whole, so the ends of a step may shift a little
    assert np.mean([p < 0.05 for p in found]) == pytest.approx(0.05, abs=0.009)
    assert np.mean([p < MISMATCH for p in found]) <= 0.003
    shifted = [allocation_p_value(a, b, 0.7) for a, b in zip(*totals, strict=True)]
    assert all(p < MISMATCH for p in shifted)
