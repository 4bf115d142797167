"""Half intervals in whole numbers against the statistics that reports use, and against the gate."""

import math

import pytest
from disclosure_material import CATALOGUE
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import FirstChannelQuestion, MatchQuestion
from cleanroom.disclosure.release import Vector
from cleanroom.disclosure.widths import half_width, together, widths
from cleanroom.sandbox.inside.reuse import Given
from cleanroom.sandbox.inside.state import Stored, StoredVector
from cleanroom.statistics.counts import count_interval
from cleanroom.statistics.noise import Noise

ORDERS = FirstChannelQuestion(
    "platform", "brand", "2025-04-01", "2025-07-01", first_order_value=True
)


@given(st.integers(1, 5_000), st.sampled_from([1, 2, 5, 10, 1_000]))
def test_half_intervals_are_those_of_reports(sigma: int, rounding: int) -> None:
    """A hair wider at most: 1.959964 instead of ...963985."""
    expected = count_interval(0, Noise(sigma, rounding)).high
    assert expected <= half_width(sigma, rounding) <= expected + 1
    half = 1.959964 * math.sqrt(sigma**2 + (rounding**2 / 12 if rounding > 1 else 0))
    assert half_width(sigma, rounding) == math.ceil(half)


@pytest.mark.parametrize(
    ("policy", "people", "money"),
    [
        (Policy("threshold"), 7, math.ceil(1.959964 * 3 * 50_000)),
        (Policy("dp"), 20, math.ceil(1.959964 * 10 * 50_000)),
    ],
)
def test_of_a_count_and_of_a_sum(policy: Policy, people: int, money: int) -> None:
    count, amount = widths(shape(ORDERS, CATALOGUE), policy)
    assert (count.measure, count.unit, count.half) == ("people", "people", people)
    assert (amount.measure, amount.unit, amount.half) == ("first_order_value", "money", money)


@pytest.mark.parametrize("rounding", [1, 5])
def test_added_up_cells_are_as_wide_as_the_gate_says(rounding: int) -> None:
    """Regions of two parties from the regions of three: two cells for each."""
    whole = MatchQuestion(("platform", "brand"), "membership")
    source = MatchQuestion(("platform", "brand", "partner"), "membership")
    counts = Vector("people", (100,) * 7, 3, rounding)
    kept = StoredVector("people", (100,) * 7, 3, (False,) * 7)
    given = Given(CATALOGUE, [Stored("", source, (kept,))])
    found = given.added_up(whole, lambda _: counts)
    assert found is not None
    assert found.sigma == together(3, rounding, 2)


@given(st.integers(1, 10**6), st.integers(1, 50), st.integers(1, 1_000))
def test_a_rounded_up_root(sigma: int, base: int, cells: int) -> None:
    root = together(sigma, base, cells)
    exact = 12 * cells * sigma**2 + (cells - 1) * (base**2 - 1)
    assert 12 * (root - 1) ** 2 < exact <= 12 * root**2
