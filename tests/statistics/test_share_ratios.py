"""One share as a multiple of another: MOVER, in step with Newcombe's interval of the gap."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from cleanroom.statistics.differences import two_proportion_difference
from cleanroom.statistics.interval import Interval
from cleanroom.statistics.noise import NO_NOISE, Noise
from cleanroom.statistics.share_ratios import share_ratio_interval
from cleanroom.statistics.shares import Split

COUNTS = st.integers(5, 10**5)


def plain(part: int, rest: int) -> Split:
    return Split(part, rest, NO_NOISE, NO_NOISE)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0.5, 0.999))
def test_ends_are_where_newcombes_interval_begins_to_hold_zero(
    a: int, b: int, c: int, d: int, level: float
) -> None:
    """The definition itself, solved by bisection on Wilson limits of another library."""
    found = share_ratio_interval(plain(a, b), plain(c, d), level)
    assert found is not None
    p1, p2 = a / (a + b), c / (c + d)
    l1, u1 = proportion_confint(a, a + b, 1 - level, "wilson")
    l2, u2 = proportion_confint(c, c + d, 1 - level, "wilson")

    def upper_of_gap(ratio: float) -> float:
        return p1 - ratio * p2 + np.hypot(u1 - p1, ratio * (p2 - l2))

    def lower_of_gap(ratio: float) -> float:
        return p1 - ratio * p2 - np.hypot(p1 - l1, ratio * (u2 - p2))

    middle = p1 / p2
    high = brentq(upper_of_gap, middle, 1e7 * middle, xtol=1e-14, rtol=1e-12)
    low = brentq(lower_of_gap, 0, middle, xtol=1e-14, rtol=1e-12)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0, 60), st.booleans())
def test_it_excludes_one_exactly_when_the_gap_excludes_zero(
    a: int, b: int, c: int, d: int, sigma: float, sampling: bool
) -> None:
    noise = Noise(sigma, 5)
    one, two = Split(a, b, noise, noise), Split(c, d, noise, noise.over(2))
    ratio = share_ratio_interval(one, two, sampling=sampling)
    gap = two_proportion_difference(one, two, sampling=sampling)
    assume(ratio is not None)
    assert ratio is not None
    assert gap is not None
    assume(min(abs(gap.interval.low), abs(gap.interval.high)) > 1e-9)
    assert ratio.contains(1) == gap.interval.contains(0)
    assert ratio.contains(one.share / two.share)


def test_of_many_people_it_is_close_to_the_score_interval() -> None:
    found = share_ratio_interval(plain(1100, 98_900), plain(1000, 99_000))
    assert found is not None
    expected = confint_proportions_2indep(
        1100, 10**5, 1000, 10**5, compare="ratio", method="score", correction=False
    )
    assert (found.low, found.high) == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(
    ("control", "noise"),
    [((0, 500), NO_NOISE), ((12, 5000), Noise(10)), ((1, 3), Noise(10))],
    ids=["nobody", "cell within its noise", "group within its noise"],
)
def test_a_share_like_zero_has_no_multiples(control: tuple[int, int], noise: Noise) -> None:
    assert share_ratio_interval(plain(50, 500), Split(*control, noise, noise)) is None


Measure = Callable[[Iterable[Interval | None], float], float]


@pytest.mark.parametrize("noise", [NO_NOISE, Noise(3, 5), Noise(10)], ids=str)
def test_coverage_with_noise(gate: Any, coverage: Measure, noise: Noise) -> None:
    people, p1, p2, runs = 20_000, 0.024, 0.02, 4_000
    intervals = []
    for one, two in zip(
        gate.rng.binomial(people, p1, runs), gate.rng.binomial(people, p2, runs), strict=True
    ):
        a, b, c, d = gate.release(np.array([one, people - one, two, people - two]), noise)
        intervals.append(share_ratio_interval(Split(a, b, noise, noise), Split(c, d, noise, noise)))
    # 4,000 draws of 95 % spread by 0.35 points: chance alone leaves this band once in 10^6
    assert 0.933 <= coverage(intervals, p1 / p2) <= 0.967
