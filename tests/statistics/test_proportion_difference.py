"""Two shares compared: Newcombe and the score test, with noise."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from cleanroom.statistics.differences import two_proportion_difference
from cleanroom.statistics.noise import NO_NOISE, Noise
from cleanroom.statistics.shares import Split

COUNTS = st.integers(1, 10**5)


def plain(part: int, rest: int) -> Split:
    return Split(part, rest, NO_NOISE, NO_NOISE)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0.5, 0.999))
def test_without_noise_it_is_newcombe_and_the_score_test(
    a: int, b: int, c: int, d: int, level: float
) -> None:
    found = two_proportion_difference(plain(a, b), plain(c, d), level)
    assert found is not None
    expected = confint_proportions_2indep(
        a, a + b, c, c + d, method="newcomb", compare="diff", alpha=1 - level
    )
    assert (found.interval.low, found.interval.high) == pytest.approx(expected, abs=1e-9)
    _, p_value = proportions_ztest([a, c], [a + b, c + d])
    assert found.p_value == pytest.approx(p_value, rel=1e-6, abs=1e-12)
    assert found.value == pytest.approx(a / (a + b) - c / (c + d))


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0, 100), st.booleans())
def test_swapping_the_groups_turns_the_sign(
    a: int, b: int, c: int, d: int, sigma: float, sampling: bool
) -> None:
    noise = Noise(sigma, 5)
    one, two = Split(a, b, noise, noise), Split(c, d, noise, noise.over(3))
    there = two_proportion_difference(one, two, sampling=sampling)
    back = two_proportion_difference(two, one, sampling=sampling)
    assume(there is not None)
    assert there is not None
    assert back is not None
    assert there.interval.contains(there.value)
    assert back.value == pytest.approx(-there.value)
    assert (back.interval.low, back.interval.high) == pytest.approx(
        (-there.interval.high, -there.interval.low), abs=1e-9
    )
    assert back.p_value == pytest.approx(there.p_value)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0, 50), st.floats(0, 50), st.booleans())
def test_more_noise_widens_and_weakens(
    a: int, b: int, c: int, d: int, sigma: float, more: float, sampling: bool
) -> None:
    quiet, loud = Noise(sigma), Noise(sigma + more)
    second = Split(c, d, quiet, quiet)
    before = two_proportion_difference(Split(a, b, quiet, quiet), second, sampling=sampling)
    after = two_proportion_difference(Split(a, b, loud, loud), second, sampling=sampling)
    if after is not None:
        assert before is not None
        assert after.interval.low <= before.interval.low + 1e-9
        assert after.interval.high >= before.interval.high - 1e-9
        assert after.p_value >= before.p_value - 1e-12


def test_groups_known_exactly() -> None:
    same = two_proportion_difference(plain(10, 30), plain(25, 75), sampling=False)
    other = two_proportion_difference(plain(10, 30), plain(30, 70), sampling=False)
    assert same is not None
    assert other is not None
    assert (same.value, same.interval.width, same.p_value) == (0, 0, 1)
    assert other.interval.width == pytest.approx(0, abs=1e-12)
    assert other.p_value == 0


def test_too_few_people_in_either_group() -> None:
    noise = Noise(10)
    big, small = Split(300, 300, noise, noise), Split(9, 9, noise, noise)
    assert two_proportion_difference(big, small) is None
    assert two_proportion_difference(small, big) is None


@pytest.mark.parametrize("sampling", [True, False])
@pytest.mark.parametrize(
    ("first", "second", "noise"),
    [((1257, 0.25), (3000, 0.15), Noise(10)), ((1000, 0.1), (1000, 0.1), Noise(3, 5))],
)
def test_coverage(gate, coverage, first, second, noise, sampling) -> None:
    splits = []
    truth = []
    for people, share in (first, second):
        inside = np.full(5000, round(people * share))
        if sampling:
            inside = gate.rng.binomial(people, share, 5000)
        truth.append(share if sampling else inside[0] / people)
        parts = gate.release(inside, noise).tolist()
        rests = gate.release_as_sum(people - inside, noise, 4).tolist()
        splits.append(
            [Split(a, b, noise, noise.over(4)) for a, b in zip(parts, rests, strict=True)]
        )
    found = [
        two_proportion_difference(one, two, sampling=sampling)
        for one, two in zip(*splits, strict=True)
    ]
    held = coverage((gap and gap.interval for gap in found), truth[0] - truth[1])
    assert 0.93 < held < 0.97
    if truth[0] == truth[1]:
        wrong = np.mean([gap is not None and gap.p_value < 0.05 for gap in found])
        assert 0.03 < wrong < 0.07
