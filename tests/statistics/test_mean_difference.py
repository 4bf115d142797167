"""Amounts per person compared: Welch without noise, and coverage with it."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from cleanroom.statistics.means import Amounts, mean_difference
from cleanroom.statistics.noise import NO_NOISE, Noise

CAP = 500.0


def of(values: Any, cap: float = CAP) -> Amounts:
    """A group known exactly."""
    values = np.asarray(values, float)
    return Amounts(
        len(values),
        float(np.count_nonzero(values)),
        float(values.sum()),
        float((values**2).sum()),
        NO_NOISE,
        NO_NOISE,
        NO_NOISE,
        cap,
    )


VALUES = st.lists(st.integers(0, int(CAP)), min_size=3, max_size=60)


@given(VALUES, VALUES, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_without_noise_it_is_welch(one: list[int], two: list[int], level: float) -> None:
    assume(len(set(one)) > 1 and len(set(two)) > 1)  # the other library warns of such groups
    found = mean_difference(of(one), of(two), level)
    assert found is not None
    expected = ttest_ind(one, two, equal_var=False)
    low, high = expected.confidence_interval(level)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-7)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)
    assert found.value == pytest.approx(np.mean(one) - np.mean(two))


def test_all_alike_are_known_exactly() -> None:
    same = mean_difference(of([5, 5, 5]), of([5, 5]))
    other = mean_difference(of([5, 5, 5]), of([4, 4, 4]))
    assert same is None  # two people are no group
    assert other is not None
    assert (other.value, other.interval.width, other.p_value) == (1, 0, 0)


def test_noise_widens_by_its_own_variance() -> None:
    rng = np.random.default_rng(5)
    one, two = (of(rng.integers(0, 500, 20_000)) for _ in range(2))
    loud = [replace(group, total_noise=Noise(50_000.0)) for group in (one, two)]
    quiet, wide = mean_difference(one, two), mean_difference(*loud)
    assert quiet is not None
    assert wide is not None
    added = 2 * (50_000 / 20_000) ** 2
    half = math.hypot(quiet.interval.width / 2 / 1.96, math.sqrt(added)) * 1.96
    assert wide.interval.width / 2 == pytest.approx(half, rel=1e-3)
    assert wide.p_value >= quiet.p_value


def test_squares_are_kept_where_amounts_can_have_them() -> None:
    """Noise may say that squares are negative, or larger than if all had the cap."""
    group = replace(of([0] * 900 + [100] * 100), squares=-1e9)
    assert group.sampling_variance() == pytest.approx(
        of([0] * 900 + [100] * 100).sampling_variance()
    )
    group = replace(group, squares=1e12)
    most = of([0] * 980 + [CAP] * 20)
    assert group.sampling_variance() == pytest.approx(most.sampling_variance())
    assert replace(group, total=-5.0).sampling_variance() == 0


def test_groups_within_their_noise_are_too_few() -> None:
    group = of([1, 2, 3] * 4)
    assert mean_difference(replace(group, people_noise=Noise(10)), group) is None
    assert mean_difference(group, replace(group, people=-3)) is None


@pytest.mark.parametrize("people_of_noise", [0, 3, 10])
def test_coverage_with_noise(gate: Any, people_of_noise: int) -> None:
    """Three of a hundred buy, and what they pay is skewed and capped: as sales are."""
    people, runs, lift = 12_000, 3_000, 1.2
    prices = np.minimum(gate.rng.lognormal(4.3, 0.8, 10**5), CAP)
    truth = (lift - 1) * 0.03 * prices.mean()
    noise = NO_NOISE if not people_of_noise else Noise(people_of_noise)
    money = Noise(people_of_noise * CAP)
    hits = 0
    for _ in range(runs):
        found = mean_difference(
            *(
                _released(gate, prices, gate.rng.binomial(people, p), people, noise, money)
                for p in (0.03 * lift, 0.03)
            )
        )
        assert found is not None
        hits += found.interval.contains(truth)
    # 3,000 draws of 95 % spread by 0.4 points
    assert 0.93 <= hits / runs <= 0.97


def _released(
    gate: Any, prices: Any, buyers: int, people: int, noise: Noise, money: Noise
) -> Amounts:
    paid = gate.rng.choice(prices, buyers)
    counts = gate.release(np.array([buyers, people - buyers]), noise)
    total, squares = np.array([paid.sum(), (paid**2).sum() / CAP]) + gate.rng.normal(
        0, money.sigma, 2
    )
    squared = Noise(money.sigma * CAP)
    whole = noise.over(2)
    return Amounts(counts.sum(), counts[0], total, squares * CAP, whole, money, squared, CAP)
