"""Ratios after Fieller."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.ratios import ratio_interval

NUMERATORS = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
DENOMINATORS = st.floats(1, 1e6).map(lambda x: round(x, 3))
VARIANCES = st.floats(0.01, 1e5)
LEVELS = st.floats(0.5, 0.999)


@given(NUMERATORS, DENOMINATORS, VARIANCES, VARIANCES, LEVELS)
def test_ends_solve_the_equation_of_fieller(
    a: float, b: float, va: float, vb: float, level: float
) -> None:
    interval = ratio_interval(a, b, va, vb, level)
    z = two_sided_z(level)
    assert (interval is None) == (b <= z * math.sqrt(vb))
    assume(b > 1.05 * z * math.sqrt(vb))  # nearer, the ends are too long for floats to check
    assert interval is not None
    assert interval.contains(a / b)
    for end in (interval.low, interval.high):
        reach = z * math.sqrt(va + end**2 * vb)
        assert abs(a - end * b) == pytest.approx(reach, rel=1e-5, abs=1e-6)


@given(st.floats(500, 1e5), st.floats(500, 1e5), st.floats(1, 1e3), st.floats(1, 1e3))
def test_the_other_way_round_is_the_reciprocal(a: float, b: float, va: float, vb: float) -> None:
    there, back = ratio_interval(a, b, va, vb), ratio_interval(b, a, vb, va)
    assert there is not None
    assert back is not None
    assert (1 / back.high, 1 / back.low) == pytest.approx((there.low, there.high), rel=1e-6)


@given(NUMERATORS, DENOMINATORS, VARIANCES, VARIANCES, st.floats(1, 4), st.floats(0, 0.0009))
def test_more_variance_or_level_never_narrows(
    a: float, b: float, va: float, vb: float, factor: float, higher: float
) -> None:
    plain = ratio_interval(a, b, va, vb, 0.95)
    for wider in (
        ratio_interval(a, b, va * factor, vb, 0.95),
        ratio_interval(a, b, va, vb * factor, 0.95),
        ratio_interval(a, b, va, vb, 0.95 + higher),
    ):
        if wider is not None:
            assert plain is not None
            slack = 1e-9 * max(1.0, abs(wider.low), abs(wider.high))
            assert wider.low <= plain.low + slack
            assert wider.high >= plain.high - slack


def test_a_certain_denominator_leaves_a_plain_interval() -> None:
    interval = ratio_interval(120, 600, 100, 0)
    half = two_sided_z(0.95) * 10 / 600
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((0.2 - half, 0.2 + half))
    assert ratio_interval(120, 600, 0, 0) == Interval(0.2, 0.2, 0.95)


def test_too_few_people_for_a_ratio() -> None:
    assert ratio_interval(5, 15, 100, 100) is None
    assert ratio_interval(5, 0, 0, 0) is None
    assert ratio_interval(5, -600, 100, 100) is None


def test_impossible_variances_are_refused() -> None:
    with pytest.raises(ValueError, match="variance"):
        ratio_interval(1, 2, -1, 0)
    with pytest.raises(ValueError, match="variance"):
        ratio_interval(1, 2, 0, math.nan)


@pytest.mark.parametrize(
    ("a", "b", "sd_a", "sd_b"),
    [(120, 600, 10, 10), (300, 60, 10, 10), (6_000_000, 500, 50_000, 20)],
)
def test_coverage(gate, coverage, a: float, b: float, sd_a: float, sd_b: float) -> None:
    tops = gate.rng.normal(a, sd_a, 8000).tolist()
    bottoms = gate.rng.normal(b, sd_b, 8000).tolist()
    pairs = zip(tops, bottoms, strict=True)
    intervals = (ratio_interval(top, bottom, sd_a**2, sd_b**2) for top, bottom in pairs)
    assert 0.93 < coverage(intervals, a / b) < 0.97


def test_denominators_lost_in_noise_are_mostly_refused(gate) -> None:
    # 5/15 under ten people of noise: "unreportable in 68 % of draws", Phi(1.96 - 1.5).
    bottoms = gate.rng.normal(15, 10, 8000).tolist()
    refused = sum(ratio_interval(5, b, 100, 100) is None for b in bottoms) / 8000
    assert 0.65 < refused < 0.71


@given(NUMERATORS, DENOMINATORS, VARIANCES, VARIANCES, st.floats(-1, 1), LEVELS)
def test_cells_that_are_in_both_count_once(
    a: float, b: float, va: float, vb: float, correlation: float, level: float
) -> None:
    covariance = correlation * math.sqrt(va * vb)
    z = two_sided_z(level)
    assume(b > 1.05 * z * math.sqrt(vb))
    interval = ratio_interval(a, b, va, vb, level, covariance=covariance)
    assert interval is not None
    for end in (interval.low, interval.high):
        spread = va - 2 * end * covariance + end**2 * vb
        size = a * a + (end * b) ** 2 + z * z * (va + end**2 * vb)
        assert abs((a - end * b) ** 2 - z * z * spread) <= 1e-6 * size


def test_a_ratio_of_a_sum_to_itself_is_certain() -> None:
    interval = ratio_interval(600, 300, 4 * 900, 900, covariance=2 * 900)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((2, 2))
    with pytest.raises(ValueError, match="covariance"):
        ratio_interval(1, 10, 1, 1, covariance=1.1)
