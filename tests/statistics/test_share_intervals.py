"""Shares: Wilson without noise, Fieller without sampling, honest with both."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.noise import NO_NOISE, Noise
from cleanroom.statistics.ratios import ratio_interval
from cleanroom.statistics.shares import Split, effective_size, share_interval

COUNTS = st.integers(0, 10**6)
SIGMAS = st.floats(0, 200)
LEVELS = st.floats(0.5, 0.999)


@given(COUNTS, COUNTS, LEVELS)
def test_without_noise_it_is_wilson(part: int, rest: int, level: float) -> None:
    assume(part + rest > 0)
    low, high = proportion_confint(part, part + rest, alpha=1 - level, method="wilson")
    interval = share_interval(part, rest, NO_NOISE, NO_NOISE, level)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)


def test_wilson_example_of_the_specification() -> None:
    # "A 20 % share is 17.6-22.6 % at 1,000 new customers, 18.9-21.1 % at 5,000".
    for part, rest, low, high in ((200, 800, 0.176, 0.226), (1000, 4000, 0.189, 0.211)):
        interval = share_interval(part, rest, NO_NOISE, NO_NOISE)
        assert interval is not None
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.0005)


@given(st.integers(-50, 10**5), st.integers(-50, 10**5), SIGMAS, SIGMAS, st.booleans(), LEVELS)
def test_ends_solve_the_score_equation(
    part: int, rest: int, sigma: float, other: float, sampling: bool, level: float
) -> None:
    split = Split(part, rest, Noise(sigma, 5), Noise(other))
    interval = share_interval(part, rest, Noise(sigma, 5), Noise(other), level, sampling=sampling)
    assume(interval is not None)
    assert interval is not None
    assert interval.contains(split.share)
    for end in (interval.low, interval.high):
        if 0 < end < 1:
            reach = two_sided_z(level) * math.sqrt(split.variance(end, sampling=sampling))
            assert abs(split.share - end) == pytest.approx(reach, rel=1e-6, abs=1e-9)


@given(st.integers(100, 10**5), st.integers(100, 10**5), st.floats(1, 20), st.floats(1, 20))
def test_with_noise_alone_it_is_fieller_for_odds(
    part: int, rest: int, sigma: float, other: float
) -> None:
    odds = ratio_interval(part, rest, sigma**2, other**2)
    interval = share_interval(part, rest, Noise(sigma), Noise(other), sampling=False)
    assert odds is not None
    assert interval is not None
    mapped = (odds.low / (1 + odds.low), odds.high / (1 + odds.high))
    assert (interval.low, interval.high) == pytest.approx(
        (max(mapped[0], 0), mapped[1]), rel=1e-6, abs=1e-9
    )


@given(COUNTS, COUNTS, SIGMAS, SIGMAS, st.booleans())
def test_mirror_image(part: int, rest: int, sigma: float, other: float, sampling: bool) -> None:
    one = share_interval(part, rest, Noise(sigma), Noise(other), sampling=sampling)
    two = share_interval(rest, part, Noise(other), Noise(sigma), sampling=sampling)
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert (one.low, one.high) == pytest.approx((1 - two.high, 1 - two.low), abs=1e-9)


@given(COUNTS, COUNTS, SIGMAS, st.floats(0, 50), LEVELS, st.floats(0, 0.0009), st.booleans())
def test_more_noise_or_level_never_narrows(
    part: int, rest: int, sigma: float, more: float, level: float, higher: float, sampling: bool
) -> None:
    plain = share_interval(part, rest, Noise(sigma), Noise(sigma), level, sampling=sampling)
    for wider in (
        share_interval(part, rest, Noise(sigma + more), Noise(sigma), level, sampling=sampling),
        share_interval(part, rest, Noise(sigma), Noise(sigma + more), level, sampling=sampling),
        share_interval(part, rest, Noise(sigma), Noise(sigma), level + higher, sampling=sampling),
        share_interval(part, rest, Noise(sigma), Noise(sigma), level),
    ):
        if wider is not None:
            assert plain is not None
            assert wider.low <= plain.low + 1e-12
            assert wider.high >= plain.high - 1e-12


def test_people_present_are_known_exactly_without_noise() -> None:
    interval = share_interval(30, 70, NO_NOISE, NO_NOISE, sampling=False)
    assert interval == Interval(0.3, 0.3, 0.95)


def test_a_group_below_its_noise_has_no_share() -> None:
    assert share_interval(0, 0, NO_NOISE, NO_NOISE) is None
    assert share_interval(-40, -3, Noise(10), Noise(10)) is None
    assert share_interval(10, 10, Noise(10), Noise(10)) is None  # 20 ± 27.7
    assert share_interval(20, 10, Noise(10), Noise(10)) is not None  # 30 ± 27.7


def test_negative_cells_read_as_zero() -> None:
    below = share_interval(-40, 500, Noise(10), Noise(10))
    assert below == share_interval(0, 500, Noise(10), Noise(10))
    assert below is not None
    assert below.low == 0
    assert 0 < below.high < 0.08


def test_effective_size() -> None:
    assert effective_size(Split(200, 800, NO_NOISE, NO_NOISE)) == pytest.approx(1000)
    assert effective_size(Split(200, 800, NO_NOISE, NO_NOISE), sampling=False) == math.inf
    # p(1-p) / [p(1-p)/n + ((1-p)^2 Va + p^2 Vb)/n^2] by hand: .16 / (.00016 + .000068).
    noisy = Split(200, 800, Noise(10), Noise(10))
    assert effective_size(noisy) == pytest.approx(0.16 / 0.000228)
    assert effective_size(noisy, sampling=False) == pytest.approx(0.16 / 0.000068)
    assert effective_size(Split(0, 800, Noise(10), Noise(10))) is None
    assert effective_size(Split(-3, -5, Noise(10), Noise(10))) is None


def test_away_from_the_edges_it_is_wilson_with_the_effective_size() -> None:
    split = Split(400, 600, Noise(10), Noise(10).over(3))
    size = effective_size(split)
    interval = share_interval(400, 600, Noise(10), Noise(10).over(3))
    assert interval is not None
    assert size is not None
    low, high = proportion_confint(0.4 * size, size, method="wilson")
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.001)


SETTINGS = [  # people, true share, noise, cells in the rest
    (1000, 0.2, Noise(10), 4),
    (300, 0.5, Noise(10), 1),
    (5000, 0.2, Noise(20), 6),
    (1257, 0.35, Noise(3, 5), 4),
    (120, 0.3, Noise(10), 2),
]


@pytest.mark.parametrize(("people", "share", "noise", "cells"), SETTINGS)
@pytest.mark.parametrize("sampling", [True, False])
def test_coverage(gate, coverage, people, share, noise, cells, sampling) -> None:
    draws = 6000
    inside = gate.rng.binomial(people, share, draws) if sampling else np.full(draws, people * share)
    inside = inside.astype(np.int64)
    parts = gate.release(inside, noise)
    rests = gate.release_as_sum(people - inside, noise, cells)
    truth = share if sampling else inside[0] / people
    held = coverage(
        (
            share_interval(a, b, noise, noise.over(cells), sampling=sampling)
            for a, b in zip(parts.tolist(), rests.tolist(), strict=True)
        ),
        truth,
    )
    assert 0.93 < held < 0.97


def test_ignoring_the_noise_would_not_cover(gate, coverage) -> None:
    inside = gate.rng.binomial(1000, 0.2, 6000)
    parts = gate.release(inside, Noise(10)).tolist()
    rests = gate.release_as_sum(1000 - inside, Noise(10), 4).tolist()
    naive = (share_interval(a, b, NO_NOISE, NO_NOISE) for a, b in zip(parts, rests, strict=True))
    assert coverage(naive, 0.2) < 0.92


def test_small_shares_are_covered_without_uselessly_wide_intervals(gate, coverage) -> None:
    inside = gate.rng.binomial(1000, 0.02, 6000)
    parts = gate.release(inside, Noise(10)).tolist()
    rests = gate.release_as_sum(1000 - inside, Noise(10), 4).tolist()
    intervals = [
        share_interval(a, b, Noise(10), Noise(10).over(4))
        for a, b in zip(parts, rests, strict=True)
    ]
    # At the edge only one side can miss: 97.5 %, at twice the noise of ± 2 points.
    assert 0.96 < coverage(intervals, 0.02) < 0.99
    assert float(np.mean([interval.width for interval in intervals if interval])) < 0.045
