"""Mean logarithms: against scipy without noise, and how often their intervals hold with it."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from cleanroom.statistics.log_means import (
    Logs,
    log_gap,
    log_mean_interval,
    remaining_gap,
    together,
)
from cleanroom.statistics.noise import NO_NOISE, Noise

DRAWS = 2_000
# 95 % within 93-97 %: five standard deviations of a share of 2,000 draws are 2.4 points.
LEAST, MOST = 0.93, 0.97


def logs(values: np.ndarray, noise: float = 0.0, rng: np.random.Generator | None = None) -> Logs:
    """People with these logarithms, as the gate would release them: ``noise`` people of it."""
    people, total, squares = float(len(values)), (values + 1).sum(), (values**2).sum()
    spreads = (noise, 2 * noise, noise)
    if rng is not None:
        people, total, squares = (
            exact + rng.normal(0, spread)
            for exact, spread in zip((people, total, squares), spreads, strict=True)
        )
    one, two, three = (Noise(spread) if spread else NO_NOISE for spread in spreads)
    return Logs(people, total, squares, one, two, three, 1.0)


def drawn(rng: np.random.Generator, mean: float, count: int) -> np.ndarray:
    return np.clip(rng.normal(mean, 0.25, count), -1, 1)


def test_without_noise_it_is_welch() -> None:
    rng = np.random.default_rng(1)
    first, second = drawn(rng, 0.1, 4_000), drawn(rng, 0.0, 7_000)
    found = log_gap(logs(first), logs(second))
    expected = stats.ttest_ind(first, second, equal_var=False)
    interval = expected.confidence_interval()
    assert found is not None
    assert found.value == pytest.approx(first.mean() - second.mean())
    assert found.interval.low == pytest.approx(interval.low, abs=1e-5)
    assert found.interval.high == pytest.approx(interval.high, abs=1e-5)
    small = log_gap(logs(first[:300]), logs(first[300:600] + 0.02))
    welch = stats.ttest_ind(first[:300], first[300:600] + 0.02, equal_var=False)
    assert small is not None
    assert small.p_value == pytest.approx(welch.pvalue, rel=0.05)  # normal, not Student


def test_groups_add_up() -> None:
    rng = np.random.default_rng(2)
    values = drawn(rng, 0.1, 900)
    whole = together([logs(values[:200], 3), logs(values[200:], 3)])
    assert whole.people == 900
    assert whole.mean == pytest.approx(values.mean())
    assert whole.people_noise.variance == pytest.approx(2 * 9)


def share_that_holds(trial: Callable[[np.random.Generator], bool]) -> float:
    rng = np.random.default_rng(20)
    return sum(trial(rng) for _ in range(DRAWS)) / DRAWS


@pytest.mark.parametrize(("count", "noise"), [(300, 3.0), (300, 10.0), (3_000, 10.0)])
def test_intervals_hold_with_noise(count: int, noise: float) -> None:
    def gap_holds(rng: np.random.Generator) -> bool:
        first = logs(drawn(rng, 0.12, count), noise, rng)
        found = log_gap(first, logs(drawn(rng, 0.05, 2 * count), noise, rng))
        assert found is not None
        return found.interval.contains(0.07)

    assert LEAST <= share_that_holds(gap_holds) <= MOST

    def mean_holds(rng: np.random.Generator) -> bool:
        found = log_mean_interval(logs(drawn(rng, 0.12, count), noise, rng))
        assert found is not None
        return found.contains(0.12)

    assert LEAST <= share_that_holds(mean_holds) <= MOST


@pytest.mark.parametrize("together_by", [-1.0, 0.0, 1.0])
def test_what_remains_holds_however_the_parts_go_together(together_by: float) -> None:
    """Part and rest of a person unrelated, and one as high or as low as the other."""

    def holds(rng: np.random.Generator) -> bool:
        pairs = []
        for mean in (0.05, 0.02):
            part = rng.normal(mean, 0.1, 500)
            rest = 2 * mean + together_by * (part - mean) + rng.normal(0, 0.05, 500)
            pairs.append((logs(part + rest, 3, rng), logs(part, 3, rng)))
        found = remaining_gap((pairs[0][0], pairs[1][0]), (pairs[0][1], pairs[1][1]))
        assert found is not None
        return found.interval.contains(0.06)

    assert share_that_holds(holds) >= LEAST


def test_a_group_within_its_noise_says_nothing() -> None:
    values = np.zeros(20)
    many = logs(np.zeros(1_000), 10)
    assert log_mean_interval(logs(values, 30)) is None
    assert log_gap(logs(values, 30), many) is None
    assert remaining_gap((many, logs(values, 30)), (many, many)) is None


def test_squares_that_noise_made_impossible_leave_a_careful_spread() -> None:
    group = Logs(400, 400 + 200, 10, NO_NOISE, NO_NOISE, Noise(40), 1.0)  # mean 0.5, Q/n 0.025
    assert group.spread == pytest.approx(math.sqrt(0.1 * 400 / 399))
    assert Logs(400, 9_999, 10, NO_NOISE, NO_NOISE, NO_NOISE, 1.0).mean == 1
    assert Logs(-3, 10, 10, NO_NOISE, NO_NOISE, NO_NOISE, 1.0).mean == 0
