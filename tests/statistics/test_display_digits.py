"""No digit finer than the noise."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.statistics.display import sensible, sensible_within
from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.noise import NO_NOISE, Noise


@pytest.mark.parametrize(
    ("value", "noise", "shown"),
    [
        (1234, Noise(15.3), 1230),  # ± 30 -> tens, the example of the specification
        (1234, Noise(10), 1230),
        (1234, Noise(3, 5), 1235),  # ± 7, but the gate rounded to 5
        (1235, Noise(3, 5).over(30), 1240),  # ± 36
        (1234, Noise(1), 1234),
        (1234, NO_NOISE, 1234),
        (987_654_321, Noise(50_000), 987_650_000),
        (-17, Noise(10), -20),
        (4, Noise(10), 0),
    ],
)
def test_counts(value: int, noise: Noise, shown: int) -> None:
    assert sensible(value, noise) == shown


@given(st.integers(-(10**9), 10**9), st.floats(0, 1e6), st.sampled_from([1, 5]))
def test_rounding_moves_a_count_by_less_than_its_noise(value: int, sigma: float, base: int) -> None:
    noise = Noise(sigma, base)
    moved = abs(sensible(value, noise) - value)
    assert moved <= max(two_sided_z(0.95) * noise.sd / 2, base / 2)


@given(st.integers(-(10**6), 10**6), st.floats(0, 1e4))
def test_rounding_twice_changes_nothing(value: int, sigma: float) -> None:
    once = sensible(value, Noise(sigma))
    assert sensible(once, Noise(sigma)) == once


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.21346, 0.19, 0.23, 0.21),
        (0.21346, 0.211, 0.215, 0.213),
        (117.3, 104.0, 131.0, 120.0),
        (117.3, 113.0, 121.0, 117.0),
        (0.3, 0.3, 0.3, 0.3),
    ],
)
def test_shares_and_indices(value: float, low: float, high: float, shown: float) -> None:
    assert sensible_within(value, Interval(low, high, 0.95)) == pytest.approx(shown)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_rounding_moves_a_ratio_by_less_than_half_its_interval(value: float, half: float) -> None:
    interval = Interval(value - half, value + half, 0.95)
    shown = sensible_within(value, interval)
    assert math.fabs(shown - value) <= interval.width / 4 * (1 + 1e-6) + 1e-9
