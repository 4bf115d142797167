"""What a test could have seen: against published figures, against each other, and by trying."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from cleanroom.statistics.differences import two_proportion_difference
from cleanroom.statistics.noise import NO_NOISE, Noise
from cleanroom.statistics.power import LEVEL, POWER, people_needed, smallest_difference
from cleanroom.statistics.shares import Split


@pytest.mark.parametrize(("treated", "people"), [(0.5, 257_000), (0.9, 687_000)])
def test_known_sizes(treated: float, people: int) -> None:
    """At 1 % a rise by a tenth, 90 % confidence and 80 % power: analyses.md, A08."""
    assert people_needed(0.01, 0.1, treated) == pytest.approx(people, rel=2e-3)


@given(
    st.floats(0.002, 0.6),
    st.floats(0.02, 0.5),
    st.floats(0.1, 0.9),
    st.floats(0, 200),
)
def test_one_is_the_others_inverse(
    base: float, relative: float, share: float, sigma: float
) -> None:
    noise = Noise(sigma)
    people = people_needed(base, relative, share, noise)
    assert people is not None
    treated, control = (
        Split(base * n, (1 - base) * n, noise, noise)
        for n in (people * share, people * (1 - share))
    )
    assert smallest_difference(treated, control) == pytest.approx(base * relative, rel=1e-5)


def test_without_noise_it_is_the_textbook() -> None:
    """(z_{1-a/2} + z_{power})^2 (p1 q1 + p0 q0) / d^2 in each of two equal groups."""
    each = (norm.ppf(0.95) + norm.ppf(0.8)) ** 2 * (0.12 * 0.88 + 0.1 * 0.9) / 0.02**2
    assert people_needed(0.1, 0.2, 0.5) == pytest.approx(2 * each)


@pytest.mark.parametrize(
    ("base", "relative", "share"), [(0, 0.1, 0.5), (0.6, 0.8, 0.5), (0.1, 0, 0.5), (0.1, 0.1, 1)]
)
def test_what_cannot_be_asked(base: float, relative: float, share: float) -> None:
    assert people_needed(base, relative, share) is None


def test_too_few_people_see_nothing() -> None:
    few = Split(1, 1, NO_NOISE, NO_NOISE)
    assert smallest_difference(few, few) is None
    noise = Noise(40)
    drowned = Split(20, 40, noise, noise)
    assert smallest_difference(drowned, drowned) is None


@pytest.mark.parametrize("noise", [NO_NOISE, Noise(10)], ids=str)
def test_so_many_of_the_tests_do_see_it(gate: Any, noise: Noise) -> None:
    base, relative, share, runs = 0.03, 0.25, 0.7, 3_000
    people = people_needed(base, relative, share, noise)
    assert people is not None
    sizes = [round(people * share), round(people * (1 - share))]
    rates = (base * (1 + relative), base)
    seen = 0
    for counts in zip(
        *(gate.rng.binomial(n, p, runs) for n, p in zip(sizes, rates, strict=True)), strict=True
    ):
        groups = []
        for bought, n in zip(counts, sizes, strict=True):
            part, rest = gate.release(np.array([bought, n - bought]), noise)
            groups.append(Split(part, rest, noise, noise))
        found = two_proportion_difference(*groups, LEVEL)
        assert found is not None
        seen += found.interval.low > 0
    # 3,000 tries at 80 % spread by 0.7 points; score intervals are not quite those of the formula
    assert seen / runs == pytest.approx(POWER, abs=0.035)
