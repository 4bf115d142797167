"""Threshold mode: which cells are shown, and that it stays so."""

from collections.abc import Callable

import msgspec
import pytest
from gate_material import (
    AGE,
    ALL_MATCH,
    CATALOGUE,
    CONNECTION,
    HEALTHY,
    THRESHOLD,
    VALUE,
    opened,
    remembered,
    values,
)
from hypothesis import given
from hypothesis import strategies as st
from inside_material import Desk

from cleanroom.disclosure.policy import tau
from cleanroom.disclosure.question import (
    Filter,
)
from cleanroom.sandbox.inside import gate as gates
from cleanroom.sandbox.outside.check import check


def test_tau_is_k_plus_the_hundredth() -> None:
    assert tau(50, 3) == 57
    assert THRESHOLD.tau == 57


@pytest.mark.parametrize(
    ("shift", "shown", "rest"),
    [
        (20, (None, 70, 420), 115),  # 49 people: never, whatever the noise
        (7, (None, 55, 405), 100),  # 50 + 7 = 57 = tau
        (6, (None, None, 405), 150),
        (0, (None, None, 400), 145),
        (-88, (None, None, None), 455),  # the rest, 144 - 88, is too small: the old join it
    ],
)
def test_both_the_true_and_the_noisy_count_must_be_large_enough(
    shift: int, shown: tuple[int | None, ...], rest: int, shifted: Callable[..., None]
) -> None:
    shifted(0)
    desk = opened(THRESHOLD)
    shifted(shift)
    release = desk.ask("A03", AGE)
    missing, *ages = values(release)
    assert missing is None
    assert tuple(ages) == shown
    assert release.vectors[0].rest == rest


def test_counts_are_rounded_and_sums_are_not(shifted: Callable[..., None]) -> None:
    """75 buyers came by feed, 225 by search; each paid 50.00, of which 10.00 count. The 60 whom
    the platform doesn't know join the cells with nobody in them; as the overlap has shown how many
    they are, this rest has no number of its own.
    """
    shifted(3)
    release = opened(THRESHOLD).ask("A04", VALUE)
    assert [vector.rounding for vector in release.vectors] == [5, 1]
    assert [vector.sigma for vector in release.vectors] == [3, 3000]
    assert [vector.rest for vector in release.vectors] == [None, None]
    assert values(release) == (None, 80, 230, None, None)
    assert values(release, 1) == (None, 75_003, 225_003, None, None)


@given(st.integers(-(2**53), 2**53), st.integers(1, 10_000))
def test_rounding_is_to_the_nearest_multiple(value: int, base: int) -> None:
    rounded = gates.rounded(value, base)
    assert rounded % base == 0
    assert 2 * abs(rounded - value) <= base
    assert 2 * (value - rounded) < base  # halves go up


def test_a_sensitive_column_needs_more_people(shifted: Callable[..., None]) -> None:
    """90 people are ill: enough for k = 50, not for k = 100."""
    shifted(20)
    plain = msgspec.structs.replace(THRESHOLD, k_sensitive=50)
    assert values(opened(plain).ask("A03", HEALTHY))[1] == 110
    assert values(opened(THRESHOLD).ask("A03", HEALTHY))[1] is None
    filtered = msgspec.structs.replace(AGE, where=(Filter("platform.people.a_health", ("ill",)),))
    refused = opened(THRESHOLD).ask("A03", filtered)
    assert (refused.status, refused.reason) == ("refused", "withheld")


@pytest.mark.parametrize("kinds", [(), ("buy",)])
def test_a_sensitive_column_of_events_counts_too(kinds: tuple[str, ...]) -> None:
    question = msgspec.structs.replace(VALUE, order_kinds=kinds)
    expected = THRESHOLD.k_sensitive if kinds else THRESHOLD.k
    assert gates.least_people(question, CATALOGUE, THRESHOLD) == expected


def test_a_withheld_cell_stays_withheld(shifted: Callable[..., None]) -> None:
    """Neither a looser policy nor a luckier moment shows it; a stricter one hides more."""
    shifted(30)
    strict = msgspec.structs.replace(THRESHOLD, k=60)
    first = opened(strict)
    assert values(first.ask("A03", AGE)) == (None, None, None, 430)
    loose = msgspec.structs.replace(strict, k=10)
    later = Desk(CONNECTION, CATALOGUE, loose, known=remembered(first.known))
    later.ask("A01", ALL_MATCH)
    assert values(later.ask("A03", AGE)) == (None, None, None, 430)


def test_a_stricter_policy_hides_more_of_an_old_answer(shifted: Callable[..., None]) -> None:
    shifted(30)
    first = opened(THRESHOLD)
    assert values(first.ask("A03", AGE)) == (None, None, 80, 430)
    tight = msgspec.structs.replace(THRESHOLD, k=100, k_sensitive=100)
    later = Desk(CONNECTION, CATALOGUE, tight, known=remembered(first.known))
    later.ask("A01", ALL_MATCH)
    assert values(later.ask("A03", AGE)) == (None, None, None, 430)
    again = Desk(CONNECTION, CATALOGUE, THRESHOLD, known=remembered(later.known))
    again.ask("A01", ALL_MATCH)
    assert values(again.ask("A03", AGE)) == (None, None, 80, 430)  # what was shown once is shown


def test_a_stricter_policy_hides_sums_by_their_people(shifted: Callable[..., None]) -> None:
    """225 people and 2,250.00: the people are too few for k = 230, however large the sum."""
    shifted(0)
    first = opened(THRESHOLD)
    assert values(first.ask("A04", VALUE), 1)[2] == 225 * 1000
    tight = msgspec.structs.replace(THRESHOLD, k=230, k_sensitive=230)
    later = Desk(CONNECTION, CATALOGUE, tight, known=remembered(first.known))
    later.ask("A01", ALL_MATCH)
    assert later.ask("A04", VALUE).reason == "withheld"


def test_an_old_answer_keeps_its_noise_under_a_new_policy() -> None:
    first = opened(THRESHOLD)
    noisier = msgspec.structs.replace(THRESHOLD, threshold_sigma=30)
    later = Desk(CONNECTION, CATALOGUE, noisier, known=remembered(first.known))
    release = later.ask("A01", ALL_MATCH)
    assert release.vectors[0].sigma == 3
    assert check(release, ALL_MATCH, CATALOGUE, noisier) is release
