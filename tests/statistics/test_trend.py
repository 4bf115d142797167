"""The trend of a share against the textbook's test, and with noise against many draws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import Table

from cleanroom.statistics.noise import NO_NOISE, Noise
from cleanroom.statistics.shares import Split
from cleanroom.statistics.trend import proportion_trend


@given(st.integers(3, 12), st.integers(0, 2**32))
def test_without_noise_it_is_the_test_of_cochran_and_armitage(steps: int, seed: int) -> None:
    """statsmodels divides by N - 1 where these divide by N."""
    draw = np.random.default_rng(seed)
    part, rest = draw.integers(5, 200, steps), draw.integers(50, 900, steps)
    table = Table(np.column_stack([part, rest]), shift_zeros=False)
    expected = table.test_ordinal_association(np.arange(steps), np.array([1, 0]))
    found = proportion_trend(
        [Split(a, b, NO_NOISE, NO_NOISE) for a, b in zip(part, rest, strict=True)]
    )
    assert found is not None
    z = expected.zscore * math.sqrt((part.sum() + rest.sum()) / (part.sum() + rest.sum() - 1))
    assert found.p_value == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=1e-6, abs=1e-12)


def test_a_line_is_found_and_its_interval_holds() -> None:
    """2,000 noisy draws of a share that rises by 0.2 points a step."""
    draw = np.random.default_rng(7)
    shares = 0.05 + 0.002 * np.arange(8)
    held = 0
    for _ in range(2_000):
        part = draw.binomial(4_000, shares)
        noisy = part + draw.normal(0, 10, 8), 4_000 - part + draw.normal(0, 10, 8)
        groups = [Split(a, b, Noise(10), Noise(10)) for a, b in zip(*noisy, strict=True)]
        found = proportion_trend(groups)
        assert found is not None
        held += found.interval().contains(0.002)
    assert 0.93 <= held / 2_000 <= 0.97


def test_too_few_steps_or_people() -> None:
    good, small = Split(50, 900, Noise(3), Noise(3)), Split(2, 3, Noise(10), Noise(10))
    assert proportion_trend([good, good]) is None
    assert proportion_trend([good, small, good]) is None
    flat = proportion_trend([good] * 3)
    assert flat is not None
    assert (flat.slope, flat.p_value) == (pytest.approx(0, abs=1e-15), pytest.approx(1))
