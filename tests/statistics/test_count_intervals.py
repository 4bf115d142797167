"""Noise, critical values, counts and sums of counts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cleanroom.statistics.counts import count_interval, sum_of_cells
from cleanroom.statistics.interval import Interval, simultaneous_z, two_sided_p, two_sided_z
from cleanroom.statistics.noise import NO_NOISE, Noise

LEVELS = st.floats(0.5, 0.999)
SIGMAS = st.floats(0, 1e4)
VALUES = st.integers(-1000, 10**9)


def test_the_two_modes_of_the_specification() -> None:
    # Ten people of noise: ± 20. Threshold mode, sigma 3 rounded to 5: ± 7.
    assert count_interval(500, Noise(10)) == Interval(480, 520, 0.95)
    assert count_interval(500, Noise(3, 5)) == Interval(493, 507, 0.95)
    assert Noise(3, 5).variance == 9 + 25 / 12


def test_lower_end_is_signed_and_cut_only_for_display() -> None:
    interval = count_interval(5, Noise(10))
    assert (interval.low, interval.high) == (-15, 25)
    assert interval.nonnegative() == Interval(0, 25, 0.95)
    assert count_interval(-50, Noise(10)).nonnegative() == Interval(0, 0, 0.95)


@pytest.mark.parametrize("cells", [1, 2, 24, 1000, 10**9])
def test_simultaneous_critical_value_is_bonferroni(cells: int) -> None:
    assert simultaneous_z(cells) == pytest.approx(stats.norm.isf(0.025 / cells), rel=1e-12)
    assert simultaneous_z(cells, 0.9) == pytest.approx(stats.norm.isf(0.05 / cells), rel=1e-12)


@given(st.floats(-30, 30))
def test_two_sided_p_is_the_normal_tail(z: float) -> None:
    assert two_sided_p(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


@given(VALUES, SIGMAS, LEVELS)
def test_interval_holds_the_value_in_whole_units_and_is_symmetric(
    value: int, sigma: float, level: float
) -> None:
    interval = count_interval(value, Noise(sigma), level)
    assert interval.contains(value)
    assert interval.low == int(interval.low)
    assert interval.high - value == value - interval.low
    assert interval.width >= 2 * two_sided_z(level) * sigma * (1 - 1e-9) - 1e-6


@given(VALUES, SIGMAS, st.floats(0, 100), LEVELS, st.floats(0, 0.0009), st.integers(1, 50))
def test_more_noise_level_or_company_never_narrows(
    value: int, sigma: float, more: float, level: float, higher: float, cells: int
) -> None:
    plain = count_interval(value, Noise(sigma), level)
    for wider in (
        count_interval(value, Noise(sigma + more), level),
        count_interval(value, Noise(sigma, 5), level),
        count_interval(value, Noise(sigma), level + higher),
        count_interval(value, Noise(sigma), level, read_together=cells),
    ):
        assert wider.low <= plain.low
        assert wider.high >= plain.high


@given(st.lists(VALUES, min_size=1, max_size=50), SIGMAS, st.sampled_from([1, 5]))
def test_a_total_gathers_the_noise_of_its_cells(values: list[int], sigma: float, base: int) -> None:
    total = sum_of_cells(values, Noise(sigma, base))
    assert total.value == sum(values)
    assert total.noise.sd == pytest.approx(math.sqrt(len(values)) * Noise(sigma, base).sd)


def test_a_total_of_totals_is_a_total() -> None:
    assert Noise(3, 5).over(4).over(2) == Noise(3, 5).over(8)
    assert NO_NOISE.over(9).variance == 0


def test_exact_coverage_over_every_outcome_of_the_noise(weights) -> None:
    support, probability = weights(10.0)
    held = [count_interval(500 + int(z), Noise(10)).contains(500) for z in support]
    assert 0.955 < float(probability @ held) < 0.965  # 95.9 % by the tail sum up to 20


@pytest.mark.parametrize("count", range(500, 505))
def test_exact_coverage_after_rounding_to_five(weights, count: int) -> None:
    # Released numbers lie 5 apart and ends are rounded outwards: never below the level.
    support, probability = weights(3.0)
    released = 5 * np.rint((count + support) / 5)
    held = [count_interval(value, Noise(3, 5)).contains(count) for value in released]
    assert 0.95 <= float(probability @ held) < 0.995


def test_coverage_of_counts_and_totals(gate, coverage) -> None:
    noise = Noise(10)
    counts = gate.release(np.full(8000, 321), noise)
    assert 0.93 < coverage((count_interval(n, noise) for n in counts), 321) < 0.97
    cells = gate.release(np.tile([5, 40, 0, 900, 55], (8000, 1)), noise)
    totals = [sum_of_cells(row.tolist(), noise) for row in cells]
    held = coverage((count_interval(t.value, t.noise) for t in totals), 1000)
    assert 0.93 < held < 0.97
    alone = coverage((count_interval(t.value, noise) for t in totals), 1000)
    assert alone < 0.75  # forgetting that five cells were added


def test_joint_coverage_needs_the_simultaneous_value(gate) -> None:
    noise = Noise(10)
    rows = gate.release(np.full((4000, 24), 200), noise)
    together = np.mean(
        [all(count_interval(n, noise, read_together=24).contains(200) for n in row) for row in rows]
    )
    one_by_one = np.mean([all(count_interval(n, noise).contains(200) for n in row) for row in rows])
    assert together > 0.94
    assert one_by_one < 0.5


@pytest.mark.parametrize("sigma", [-1.0, math.nan, math.inf])
def test_impossible_noise_is_refused(sigma: float) -> None:
    with pytest.raises(ValueError, match="sigma"):
        Noise(sigma)


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="rounding"):
        Noise(1, 0)
    with pytest.raises(ValueError, match="cells"):
        Noise(1).over(0)
    with pytest.raises(ValueError, match="cell"):
        sum_of_cells([], Noise(1))
    with pytest.raises(ValueError, match="cell"):
        simultaneous_z(0)
    for level in (0, 1, 95):
        with pytest.raises(ValueError, match="level"):
            count_interval(5, Noise(1), level)
    with pytest.raises(ValueError, match="ends"):
        Interval(2, 1, 0.95)
