"""The delta method against formulas and against many draws."""

import math

import numpy as np
import pytest

from cleanroom.statistics.delta import count_variance, propagated


def test_a_share_of_counts_has_the_binomial_variance() -> None:
    counts = [300.0, 700.0]
    found = propagated(lambda x: x[:1] / x.sum(), counts, count_variance(counts, 0))
    assert found is not None
    assert found[0].value == pytest.approx(0.3)
    assert found[0].sd == pytest.approx(math.sqrt(0.3 * 0.7 / 1000), rel=1e-6)


def test_a_sum_has_the_sum_of_variances_and_noise_alone_no_sampling() -> None:
    found = propagated(lambda x: np.array([x.sum()]), [10, -4, 1e5], [4.0, 9.0, 36.0])
    assert found is not None
    assert found[0].sd == pytest.approx(7, rel=1e-6)
    assert count_variance([5, -7], 3).tolist() == [8, 3]
    assert count_variance([5, -7], 3, sampling=False).tolist() == [3, 3]


def test_no_value_here_or_beside() -> None:
    assert propagated(lambda x: None, [1.0], [1.0]) is None
    assert propagated(lambda x: x if x[0] <= 1 else None, [1.0], [1.0]) is None
    assert propagated(lambda x: x * np.nan, [1.0], [1.0]) is None


def test_intervals_hold_for_a_ratio_of_noisy_sums() -> None:
    """2,000 draws of counts and noise: the interval at 95 % holds in 93-97 % of them."""
    draw = np.random.default_rng(5)
    truth, sigma = np.array([0.1, 0.2, 0.3, 0.4]), 20.0
    wanted = truth[0] / (truth[1] + truth[3])
    held = 0
    for _ in range(2_000):
        counts = draw.multinomial(5_000, truth) + draw.normal(0, sigma, 4)
        found = propagated(
            lambda x: np.array([x[0] / (x[1] + x[3])]), counts, count_variance(counts, sigma**2)
        )
        assert found is not None
        held += found[0].interval().contains(wanted)
    assert 0.93 <= held / 2_000 <= 0.97
