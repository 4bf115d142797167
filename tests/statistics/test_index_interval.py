"""The index of a target group against everybody."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from cleanroom.statistics.index import index, index_interval
from cleanroom.statistics.noise import NO_NOISE, Noise
from cleanroom.statistics.shares import Split

COUNTS = st.integers(1, 10**5)


def plain(part: int, rest: int) -> Split:
    return Split(part, rest, NO_NOISE, NO_NOISE)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0.5, 0.999))
def test_without_noise_it_is_the_mapped_log_interval_of_the_risk_ratio(
    a: int, b: int, c: int, d: int, level: float
) -> None:
    low, high = confint_proportions_2indep(
        a, a + b, c, c + d, method="log", compare="ratio", alpha=1 - level, correction=False
    )
    w = (a + b) / (a + b + c + d)
    interval = index_interval(plain(a, b), plain(c, d), level)
    assert interval is not None
    mapped = [100 * r / (w * r + 1 - w) for r in (low, high)]
    assert [interval.low, interval.high] == pytest.approx(mapped, rel=1e-9)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0, 20), st.booleans())
def test_the_index_is_target_share_over_base_share_and_lies_inside(
    a: int, b: int, c: int, d: int, sigma: float, sampling: bool
) -> None:
    noise = Noise(sigma)
    target, complement = Split(a, b, noise, noise), Split(c, d, noise, noise)
    value = index(target, complement)
    assert value == pytest.approx(100 * (a / (a + b)) / ((a + c) / (a + b + c + d)))
    interval = index_interval(target, complement, sampling=sampling)
    if interval is not None:
        assert interval.low <= value * (1 + 1e-9)
        assert interval.high >= value * (1 - 1e-9)
        assert interval.low >= 0
        assert interval.high <= 100 * (a + b + c + d) / (a + b) * (1 + 1e-9)


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.floats(0, 20), st.floats(0, 20), st.floats(0, 0.0009))
def test_more_noise_or_level_never_narrows(
    a: int, b: int, c: int, d: int, sigma: float, more: float, higher: float
) -> None:
    quiet, loud = Noise(sigma), Noise(sigma + more)
    target, complement = Split(a, b, quiet, quiet), Split(c, d, quiet, quiet)
    before = index_interval(target, complement)
    for wider in (
        index_interval(Split(a, b, loud, loud), complement),
        index_interval(target, Split(c, d, loud, loud)),
        index_interval(target, complement, 0.95 + higher),
    ):
        if wider is not None:
            assert before is not None
            assert wider.low <= before.low * (1 + 1e-9)
            assert wider.high >= before.high * (1 - 1e-9)


@given(COUNTS, COUNTS, st.integers(1, 5), st.integers(1, 5), st.floats(0, 20))
def test_equal_shares_index_100(a: int, b: int, k: int, m: int, sigma: float) -> None:
    noise = Noise(sigma)
    target = Split(k * a, k * b, noise, noise)
    complement = Split(m * a, m * b, noise, noise)
    assert index(target, complement) == pytest.approx(100)
    interval = index_interval(target, complement)
    assume(interval is not None)
    assert interval is not None
    assert interval.low <= 100 + 1e-9
    assert interval.high >= 100 - 1e-9


def test_noise_gradient_matches_a_numerical_one() -> None:
    # With noise alone, log f should spread as the finite differences of log index say.
    numbers = [380.0, 870.0, 450.0, 2500.0]
    noises = [Noise(2), Noise(2).over(4), Noise(3), Noise(1)]

    def log_index(v: list[float]) -> float:
        found = index(Split(v[0], v[1], NO_NOISE, NO_NOISE), Split(v[2], v[3], NO_NOISE, NO_NOISE))
        assert found is not None
        return float(np.log(found))

    variance = 0.0
    for i, noise in enumerate(noises):
        up, down = list(numbers), list(numbers)
        up[i] += 0.01
        down[i] -= 0.01
        variance += ((log_index(up) - log_index(down)) / 0.02) ** 2 * noise.variance
    interval = index_interval(
        Split(numbers[0], numbers[1], noises[0], noises[1]),
        Split(numbers[2], numbers[3], noises[2], noises[3]),
        0.02,  # a narrow interval is a straight one
        sampling=False,
    )
    assert interval is not None
    z = 0.025068908258711057  # Phi^-1(0.51)
    measured = np.log(interval.high / interval.low) / (2 * z)
    assert measured == pytest.approx(np.sqrt(variance), rel=1e-4)


def test_cells_lost_in_noise_have_no_index() -> None:
    noise = Noise(10)
    good, faint = Split(300, 900, noise, noise), Split(15, 900, noise, noise)
    assert index_interval(good, good) is not None
    assert index_interval(faint, good) is None
    assert index_interval(good, faint) is None
    assert index_interval(plain(0, 50), plain(5, 50)) is None
    assert index_interval(plain(5, 50), plain(0, 0)) is None
    assert index(plain(0, 0), plain(5, 50)) is None
    assert index(plain(0, 50), plain(0, 50)) is None
    assert index(plain(0, 50), plain(5, 50)) == 0


SETTINGS = [  # target people, share; complement people, share; noise; cells in each rest
    (1257, 0.25, 3000, 0.15, Noise(10), 4),
    (1000, 0.2, 1000, 0.2, Noise(10), 5),
    (1257, 0.3, 3743, 0.1, Noise(3, 5), 5),
    (5000, 0.4, 1000, 0.2, Noise(20), 3),
]


@pytest.mark.parametrize(("n1", "p1", "n2", "p2", "noise", "cells"), SETTINGS)
@pytest.mark.parametrize("sampling", [True, False])
def test_coverage(gate, coverage, n1, p1, n2, p2, noise, cells, sampling) -> None:
    draws, splits, shares = 5000, [], []
    for people, share in ((n1, p1), (n2, p2)):
        inside = np.full(draws, round(people * share))
        if sampling:
            inside = gate.rng.binomial(people, share, draws)
        shares.append(share if sampling else inside[0] / people)
        parts = gate.release(inside, noise).tolist()
        rests = gate.release_as_sum(people - inside, noise, cells).tolist()
        splits.append(
            [Split(a, b, noise, noise.over(cells)) for a, b in zip(parts, rests, strict=True)]
        )
    truth = 100 * shares[0] * (n1 + n2) / (n1 * shares[0] + n2 * shares[1])
    intervals = (index_interval(t, c, sampling=sampling) for t, c in zip(*splits, strict=True))
    assert 0.93 < coverage(intervals, truth) < 0.97
