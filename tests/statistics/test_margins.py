"""Stuart and Maxwell against statsmodels, and with noise against many draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import SquareTable

from cleanroom.statistics.margins import stuart_maxwell
from cleanroom.statistics.noise import NO_NOISE, Noise


@given(st.integers(2, 6), st.integers(0, 2**32))
def test_without_noise_as_statsmodels_has_it(size: int, seed: int) -> None:
    table = np.random.default_rng(seed).integers(1, 500, (size, size)).astype(float)
    expected = SquareTable(table, shift_zeros=False).homogeneity("stuart_maxwell")
    found = stuart_maxwell(table.tolist(), NO_NOISE)
    assert found is not None
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-6, abs=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("sampling", [True, False])
def test_equal_margins_are_called_unequal_in_a_twentieth_of_draws(sampling: bool) -> None:
    """2,000 noisy draws of a symmetric table."""
    draw = np.random.default_rng(11)
    means = np.array([[900.0, 80, 30], [80, 700, 120], [30, 120, 500]])
    calls = 0
    for _ in range(2_000):
        counts = draw.poisson(means) if sampling else means
        found = stuart_maxwell(
            (counts + draw.normal(0, 15, (3, 3))).tolist(), Noise(15), sampling=sampling
        )
        assert found is not None
        calls += found.p_value <= 0.05
    assert 0.03 <= calls / 2_000 <= 0.07


def test_nobody_moved() -> None:
    assert stuart_maxwell([[5.0, 0], [0, 7.0]], NO_NOISE) is None
    with pytest.raises(ValueError, match="square"):
        stuart_maxwell([[1.0, 2.0]], NO_NOISE)
