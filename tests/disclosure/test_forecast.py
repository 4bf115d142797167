"""What a plan costs and whether it fits, line by line, on examples that can be counted by hand."""

import msgspec
import pytest
from disclosure_material import CATALOGUE
from forecast_material import (
    AGE,
    AGE_ALONE,
    AGREED,
    CITY,
    DP,
    ORDERS,
    OVERLAP,
    THRESHOLD,
    after,
    foresee,
    lines,
)

from cleanroom.disclosure.canonical import replay_key
from cleanroom.disclosure.course import Known, Standing
from cleanroom.disclosure.forecast import forecast
from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.question import (
    AttributeQuestion,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
)
from cleanroom.errors import DisclosureError

# --- a first session -----------------------------------------------------------------------------


def test_before_the_overlap_every_other_question_hangs_on_it() -> None:
    """At 50 people a cell: 7 + 10 cells need 850 people, but 1000 have to be matched anyway."""
    overlap, age, orders = lines(OVERLAP, AGE, ORDERS)
    assert (overlap.fate, overlap.price, overlap.needs) == ("fits", Price(0, 7), None)
    assert (age.fate, age.price, age.needs) == ("open", Price(0, 10), 1_000)
    assert (orders.fate, orders.price, orders.needs) == ("open", Price(0, 12), 50 * 29)


def test_prices_add_up_in_the_order_of_the_plan() -> None:
    found = foresee(OVERLAP, AGE, AGE, ORDERS)
    assert [one.spent.most.cells for one in found.questions] == [7, 17, 17, 29]
    assert found.price == Price(0, 29, 3)
    assert [one.spent.surely.cells for one in found.questions] == [7, 7, 7, 7]


def test_a_privacy_budget_is_used_up_by_ten_counts() -> None:
    spans = [("2025-04-01", f"2025-07-{day:02}") for day in range(1, 13)]
    asked = [FirstChannelQuestion("platform", "brand", *span) for span in spans]
    found = lines(OVERLAP, *asked, policy=DP)
    assert [line.price.nano_rho for line in found[:10]] == [10_000_000] * 10
    assert [line.fate for line in found] == ["fits", *["open"] * 9, *["refused"] * 3]
    assert {line.refused for line in found[10:]} == {"budget"}
    assert foresee(OVERLAP, *asked, policy=DP).price.nano_rho == 100_000_000


def test_sums_pay_twice() -> None:
    *_, orders = lines(OVERLAP, ORDERS, policy=DP)
    assert orders.price == Price(20_000_000, 12)


def test_without_the_overlap_first_nothing_is_asked() -> None:
    age, overlap, again = lines(AGE, OVERLAP, AGE)
    assert (age.fate, age.refused, age.price) == ("refused", "match_first", FREE)
    assert (overlap.fate, again.fate) == ("fits", "open")


def test_a_question_asked_twice_is_paid_once() -> None:
    other = AttributeQuestion(("platform",), ("platform.people.a_age",) * 2, "brand")
    _, first, second = lines(OVERLAP, AGE, other)
    assert (second.answer, second.price, second.needs) == ("stored", FREE, first.needs)


# --- later sessions ------------------------------------------------------------------------------


def test_what_was_answered_is_free_in_any_order() -> None:
    standing = after(OVERLAP, AGE)
    age, overlap, city = lines(AGE, OVERLAP, CITY, standing=standing)
    assert [(line.answer, line.price, line.fate) for line in (age, overlap)] == [
        ("stored", FREE, "fits")
    ] * 2
    assert (city.answer, city.price, city.fate) == ("new", Price(0, 6), "fits")


def test_the_cell_budget_counts_all_sessions() -> None:
    """3,000 people: 60 cells; 7 + 10 and 31 others are spent, so 12 fit, once."""
    standing = after(OVERLAP, AGE, more=Price(0, 31, 1))
    _, orders, city = lines(OVERLAP, ORDERS, CITY, standing=standing)
    assert (orders.fate, city.fate, city.refused) == ("fits", "refused", "cells")
    one_less = after(OVERLAP, AGE, matched=2_999, more=Price(0, 31, 1))
    _, orders, city = lines(OVERLAP, ORDERS, CITY, standing=one_less)
    assert (orders.fate, orders.refused, city.fate) == ("refused", "cells", "fits")


@pytest.mark.parametrize(("matched", "fate"), [(999, "refused"), (1_000, "fits")])
def test_the_least_overlap(matched: int, fate: str) -> None:
    standing = after(OVERLAP, policy=DP, matched=matched)
    overlap, age = lines(OVERLAP, AGE, policy=DP, standing=standing)
    assert (overlap.fate, age.fate) == ("fits", fate)
    assert age.refused == ("min_match" if fate == "refused" else "")


def test_a_withheld_overlap_stays_so() -> None:
    known = {replay_key(OVERLAP, CATALOGUE): Known(OVERLAP, False)}
    overlap, age = lines(OVERLAP, AGE, standing=Standing(known, Price(0, 7)))
    assert (overlap.answer, overlap.price) == ("stored", FREE)
    assert (age.fate, age.refused) == ("refused", "match_first")


def test_answers_are_limited_over_all_sessions() -> None:
    policy = msgspec.structs.replace(DP, analyses_max=3)
    standing = after(OVERLAP, policy=policy, more=Price(0, 0, 1))
    _, age, city = lines(OVERLAP, AGE, CITY, policy=policy, standing=standing)
    assert (age.fate, city.fate, city.refused) == ("fits", "refused", "analyses")


# --- sums of earlier answers ---------------------------------------------------------------------


def test_sums_are_free_with_differential_privacy_and_wider() -> None:
    _, age, alone = lines(OVERLAP, AGE, AGE_ALONE, policy=DP, standing=after(OVERLAP, policy=DP))
    assert (alone.answer, alone.price, alone.fate) == ("added_up", FREE, "fits")
    assert (age.widths[0].half, alone.widths[0].half) == (20, 30)  # sigma 15: sqrt(2) x 10, up


def test_sums_need_no_overlap_before_them() -> None:
    (alone,) = lines(AGE_ALONE, policy=DP, standing=after(OVERLAP, AGE, policy=DP))
    assert (alone.answer, alone.fate) == ("added_up", "fits")


def test_with_a_minimum_crowd_sums_are_free_if_their_cells_were_shown() -> None:
    """Nobody outside the sandbox can tell from the ledger which cells were."""
    standing = after(OVERLAP, AGE)
    _, alone = lines(OVERLAP, AGE_ALONE, standing=standing)
    assert (alone.answer, alone.price, alone.fate) == ("perhaps", Price(0, 5), "fits")
    full = after(OVERLAP, AGE, more=Price(0, 40, 1))
    _, alone = lines(OVERLAP, AGE_ALONE, standing=full)
    assert (alone.answer, alone.refused, alone.fate) == ("perhaps", "cells", "open")
    assert foresee(OVERLAP, AGE_ALONE, standing=full).price == FREE


def test_what_follows_a_sum_hangs_on_it() -> None:
    """60 cells, 43 spent: 5 or none for the sum, and then 12 of 12 or of 17 left."""
    standing = after(OVERLAP, AGE, more=Price(0, 26, 1))
    _, alone, orders, city = lines(OVERLAP, AGE_ALONE, ORDERS, CITY, standing=standing)
    assert (alone.fate, orders.fate) == ("fits", "fits")
    assert (city.fate, city.refused, city.uncertain) == ("refused", "cells", False)
    tight = after(OVERLAP, AGE, more=Price(0, 31, 1))
    _, _, orders, _ = lines(OVERLAP, AGE_ALONE, ORDERS, CITY, standing=tight)
    assert (orders.fate, orders.refused, orders.uncertain) == ("open", "cells", True)


# --- what can't be asked at all ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (AttributeQuestion(("platform",), ("platform.people.a_shoe",)), "column"),
        (AttributeQuestion(("brand",), ("platform.people.a_age",)), "column"),
        (FirstChannelQuestion("platform", "brand", "2024-01-01", "2025-07-01"), "dates"),
        (MatchQuestion(("brand",), "membership"), "two_parties"),
    ],
)
def test_what_is_not_agreed(question: Question, reason: str) -> None:
    overlap, line, city = lines(OVERLAP, question, CITY)
    assert (line.fate, line.refused, line.price) == ("refused", reason, FREE)
    assert line.error is not None
    assert line.error.code == f"disclosure.{reason}"
    assert (overlap.fate, city.price) == ("fits", Price(0, 6))


def test_limits_of_the_policy_on_columns() -> None:
    policy = msgspec.structs.replace(THRESHOLD, group_columns_max=1)
    two = AttributeQuestion(("platform",), ("platform.people.a_age", "platform.people.a_city"))
    *_, line = lines(OVERLAP, two, policy=policy)
    assert (line.refused, line.fate) == ("columns", "refused")


def test_an_error_of_the_analysis_is_a_line_of_its_own() -> None:
    error = DisclosureError("disclosure.parameter", analysis="A03", parameter="column")
    found = forecast([("A01", OVERLAP), ("A03", error)], CATALOGUE, THRESHOLD, AGREED, Standing())
    assert [line.refused for line in found.refused] == ["parameter"]
    assert found.price == Price(0, 7)


def test_only_agreed_analyses() -> None:
    found = forecast([("A01", OVERLAP)], CATALOGUE, THRESHOLD, ("A03",), Standing())
    assert [line.refused for line in found.refused] == ["analysis"]
