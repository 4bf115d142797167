"""Halves of released counts: independent, each half as large and half as noisy."""

from typing import Any

import numpy as np
import pytest

from cleanroom.statistics.noise import Noise
from cleanroom.statistics.thinning import halves

CASES = [(400.0, Noise(0.0)), (60.0, Noise(10.0)), (200.0, Noise(3.0, 5)), (0.0, Noise(10.0))]
DRAWS = 40_000


@pytest.mark.parametrize(("mean", "noise"), CASES)
def test_halves_are_like_two_random_halves_of_the_people(
    mean: float, noise: Noise, gate: Any
) -> None:
    """Mean, variance and correlation over many samples, within 4.5 standard errors."""
    released = gate.release(gate.rng.poisson(mean, DRAWS), noise)
    first, second, each = halves(released.tolist(), noise, "release")
    one, two = np.array(first), np.array(second)
    expected = mean / 2 + each.variance
    for half in (one, two):
        assert half.mean() == pytest.approx(mean / 2, abs=4.5 * np.sqrt(expected / DRAWS) + 1e-9)
        # counts below zero are taken for empty cells, so half of the pure noise adds to itself
        wider = 0.2 * noise.sd if mean == 0 else 0.0
        spread = 4.5 * expected * np.sqrt(2 / DRAWS) + wider
        assert half.var() == pytest.approx(expected, abs=spread + 0.002 * expected + 1e-9)
    correlation = np.corrcoef(one, two)[0, 1]
    assert abs(correlation) < 4.5 / np.sqrt(DRAWS) + (0.03 if mean == 0 else 0.002)


def test_they_add_up_and_the_key_decides() -> None:
    values, noise = [100.0, -4.0, 3.0], Noise(3.0, 5)
    first, second, each = halves(values, noise, "a")
    assert np.allclose(np.array(first) + np.array(second), values)
    assert halves(values, noise, "a") == (first, second, each)
    assert halves(values, noise, "b")[0] != first
    assert 2 * each.variance == pytest.approx(noise.variance)
    assert len({round(x - v / 2, 6) for x, v in zip(first, values, strict=True)}) == 3


def test_nothing_released_has_no_halves() -> None:
    assert halves([], Noise(3.0), "a")[:2] == ([], [])
