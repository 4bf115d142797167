"""A09 against its formulas: return and cost per new customer, and a test beside them."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from analysis_material import THRESHOLD, catalogue, cell, numbers, refused, release, table

from cleanroom import text
from cleanroom.analyses import plan
from cleanroom.analyses.registry import ANALYSES
from cleanroom.analyses.result import Name, Result
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import ArmQuestion, FirstChannelQuestion
from cleanroom.errors import DisclosureError, InputError
from cleanroom.report.wording import Wording
from cleanroom.statistics.verdict import Verdict

KNOWN = catalogue()
CAP = 50_000
COSTS = {"feed": 20_000, "search": 5_000}
ASKED: dict[str, Any] = {
    "exposures": "platform",
    "conversions": "brand",
    "new_since": "2025-01-01",
    "new_until": "2025-07-01",
    "costs": COSTS,
}
TEST: dict[str, Any] = {
    "arms": "platform",
    "conversions": "brand",
    "test": "spring",
    "treatment": "test",
    "control": "control",
    "random": True,
    "sales": True,
    "cost": 4_000,
}
# feed, search, friend, none, unmatched
COUNTS = [1000, 500, 200, 800, 600]
SUMS = [8_000 * n for n in COUNTS]
ARMS = [1000, 19_000, 4_000, 1250, 18_750, 4_000]
SOLD = [8_000_000, 0, 0, 10_000_000, 0, 0]
SQUARES = [1_500_000, 0, 0, 1_900_000, 0, 0]


def vectors(counts: Sequence[int | None], sums: Sequence[int | None], sigma: int) -> Any:
    return [(counts, sigma), (sums, sigma * CAP)]


def returns(
    counts: Sequence[int | None] = COUNTS,
    sums: Sequence[int | None] = SUMS,
    sigma: int = 3,
    test: Any = None,
    policy: Policy = THRESHOLD,
    **more: Any,
) -> Result:
    """``test``: counts, sums and squares of a test, or a reason why it was refused."""
    asked = ASKED | ({} if test is None else {"test": TEST}) | more
    analysis = ANALYSES["A09"]
    params = msgspec.convert(asked, analysis.params)
    questions = analysis.questions(params, KNOWN)
    answers = [release(questions[0], KNOWN, policy, vectors(counts, sums, sigma))]
    if isinstance(test, str):
        answers.append(refused(questions[1], KNOWN, policy, test))
    elif test is not None:
        scaled = zip(test, (1, CAP, CAP), strict=True)
        parts = [(cells, sigma * scale) for cells, scale in scaled]
        answers.append(release(questions[1], KNOWN, policy, parts))
    return analysis.result(params, KNOWN, answers, policy)


def figure(result: Result, place: int, column: str) -> Any:
    found = table(result, "channels")
    return cell(found, found.rows[place], column)


def test_return_is_first_orders_over_cost() -> None:
    result = returns()
    found = table(result, "channels")
    assert [row.label for row in found.rows[:2]] == [Name("feed"), Name("search")]
    assert numbers(found, "cost") == [2_000_000, 500_000, 2_500_000]
    assert numbers(found, "sales") == [8_000_000, 4_000_000, 12_000_000]
    assert numbers(found, "roas") == pytest.approx([4, 8, 4.8])
    assert numbers(found, "per_customer") == pytest.approx([2000, 1000, 2_500_000 / 1500])
    assert (result.verdict, result.evidence) == (None, "associated")


def test_intervals_hold_the_noise_of_what_is_not_public() -> None:
    roas = figure(returns(), 0, "roas")
    half = 1.959964 * 3 * CAP / 2_000_000
    assert (roas.low, roas.high) == pytest.approx((4 - half, 4 + half))
    total = figure(returns(), 2, "roas")
    assert total.high - total.low == pytest.approx(2 * 1.959964 * 3 * CAP * 2**0.5 / 2_500_000)
    customer = figure(returns(), 0, "per_customer")
    reach = 1.959964 * 3
    assert (customer.low, customer.high) == pytest.approx(
        (2_000_000 / (1000 + reach), 2_000_000 / (1000 - reach)), rel=1e-6
    )


@pytest.mark.parametrize(("people", "status"), [(58, "too_few"), (59, "shown")])
def test_a_cost_per_customer_needs_a_count_clear_of_its_noise(people: int, status: str) -> None:
    """± 5.88 people of noise are a tenth of 58.8."""
    result = returns([people, *COUNTS[1:]])
    assert figure(result, 0, "per_customer").status == status


def test_a_return_that_reaches_zero_is_too_few() -> None:
    result = returns(sums=[200_000, *SUMS[1:]])
    assert figure(result, 0, "roas").status == "too_few"
    assert figure(result, 1, "roas").shown


def test_withheld_amounts_and_channels() -> None:
    result = returns([None, *COUNTS[1:]], [None, *SUMS[1:]])
    assert {value.status for value in table(result, "channels").rows[0].values[1:]} == {"withheld"}
    assert figure(result, 2, "roas").status == "withheld"
    assert figure(result, 2, "customers").bound == "at_least"
    assert result.finding.key.endswith("finding.withheld")
    dominated = returns(sums=[*SUMS[:1], None, *SUMS[2:]])
    assert figure(dominated, 1, "roas").status == "withheld"
    assert figure(dominated, 1, "per_customer").shown
    assert any(note.key.endswith("note.withheld") for note in dominated.notes)


def test_channels_without_a_cost_are_named_and_left_out() -> None:
    result = returns()
    note = next(note for note in result.notes if note.key.endswith("unpaid"))
    assert note.facts["channels"] == Name("friend")
    every = returns(costs={"feed": 1, "search": 1, "friend": 1})
    assert not any(note.key.endswith("unpaid") for note in every.notes)


def test_dp_few_customers_have_no_ratio() -> None:
    result = returns([30, *COUNTS[1:]], sigma=10, policy=Policy("dp"))
    line = table(result, "channels").rows[0].values
    assert [value.status for value in line] == ["shown", "below", *["too_few"] * 3]


def test_best_channel_is_a_card_where_there_are_several() -> None:
    (card,) = (card for card in returns().cards if card.title.key.endswith("best"))
    assert card.title.facts["channel"] == Name("search")
    alone = returns(costs={"feed": 5})
    assert not any(card.title.key.endswith("best") for card in alone.cards)


# --- beside a test -------------------------------------------------------------------------------


def test_the_tests_return_stands_beside() -> None:
    result = returns(test=(ARMS, SOLD, SQUARES))
    row = table(result, "test").rows[0]
    more = 10_000_000 - 8_000_000
    assert row.values[1].value == pytest.approx(more)
    assert row.values[2].value == pytest.approx(more / 400_000)
    assert row.verdict is Verdict.CLEAR
    assert result.finding.key.endswith("finding.full_test")
    both = next(chart for chart in result.charts if chart.title.key.endswith("both"))
    assert [mark.values[0].value for mark in both.marks] == pytest.approx([4.8, 5.0])


def test_a_return_below_zero_is_drawn_on_both_sides() -> None:
    result = returns(test=(ARMS, [8_000_000, 0, 0, 7_600_000, 0, 0], SQUARES))
    both = next(chart for chart in result.charts if chart.title.key.endswith("both"))
    assert both.marks[1].values[0].signed
    assert not both.marks[0].values[0].signed
    assert result.finding.key.endswith("finding.full_test_unclear")


def test_a_test_that_must_not_be_read_gives_no_return() -> None:
    uneven = [1000, 19_000, 4_000, 1250, 15_750, 4_000]
    result = returns(test=(uneven, SOLD, SQUARES))
    assert [found.id for found in result.tables] == ["channels"]
    assert any(note.key.endswith("test_stopped") for note in result.notes)
    assert result.finding.key.endswith("finding.full")


def test_a_refused_test_leaves_the_channels() -> None:
    result = returns(test="budget")
    assert numbers(table(result, "channels"), "roas") == pytest.approx([4, 8, 4.8])
    assert any(note.key.endswith("test_refused") for note in result.notes)


def test_refused_channels_are_refused() -> None:
    analysis = ANALYSES["A09"]
    params = msgspec.convert(ASKED | {"test": TEST}, analysis.params)
    one, two = analysis.questions(params, KNOWN)
    answers = [refused(one, KNOWN, THRESHOLD, "cells"), refused(two, KNOWN, THRESHOLD, "cells")]
    result = analysis.result(params, KNOWN, answers, THRESHOLD)
    assert result.verdict is Verdict.WITHHELD
    assert result.tables == ()


def test_everything_is_said_in_whole_sentences() -> None:
    tests = [None, "withheld", (ARMS, SOLD, SQUARES), ([*ARMS[:5], 1], SOLD, SQUARES)]
    gone = (ARMS, [None] * 6, [None] * 6)
    for test in (*tests, gone):
        result = returns(test=test)
        for wording in (Wording(language, {}, "CNY") for language in text.LANGUAGES):
            said = [result.finding, *result.notes, *result.method]
            said += [card.title for card in result.cards]
            said += [chart.alt for chart in result.charts]
            sentences = [wording.sentence(one) for one in said]
            assert all(sentences)
            assert not any("{" in one or "None" in one for one in sentences)


PLAN = """
[[analysis]]
id = "A09"
exposures = "platform"
conversions = "brand"
new_since = 2025-01-01
new_until = 2025-07-01
costs = { feed = 20000, search = 5000 }

[analysis.test]
arms = "platform"
conversions = "brand"
test = "spring"
treatment = "test"
control = "control"
random = true
sales = true
cost = 4000
"""


def test_a_plan_file_may_hold_costs_and_a_test() -> None:
    (line,) = plan.load(PLAN.encode())
    expected = msgspec.convert(ASKED | {"test": TEST}, ANALYSES["A09"].params)
    assert line.params == expected
    with pytest.raises(InputError) as error:
        plan.load(PLAN.replace("cost = 4000", 'cost = "4000"').encode())
    assert error.value.code == "input.plan_parameter"


def test_questions_are_those_of_channels_and_arms() -> None:
    analysis = ANALYSES["A09"]
    alone = analysis.questions(msgspec.convert(ASKED, analysis.params), KNOWN)
    assert [type(question) for question in alone] == [FirstChannelQuestion]
    both = analysis.questions(msgspec.convert(ASKED | {"test": TEST}, analysis.params), KNOWN)
    assert [type(question) for question in both] == [FirstChannelQuestion, ArmQuestion]
    lift = ANALYSES["A08"]
    assert both[1:] == lift.questions(msgspec.convert(TEST, lift.params), KNOWN)


@pytest.mark.parametrize(
    ("change", "code", "parameter"),
    [
        ({"costs": {}}, "parameter", "costs"),
        ({"costs": {"radio": 5}}, "parameter", "costs"),
        ({"costs": {"feed": 0}}, "parameter", "costs"),
        ({"costs": {"feed": -1}}, "parameter", "costs"),
        ({"test": TEST | {"cost": 0}}, "parameter", "test"),
        ({"test": TEST | {"random": False}}, "parameter", "test"),
        ({"test": TEST | {"test": "winter"}}, "parameter", "test"),
        ({"exposures": "brand"}, "parameter", "exposures"),
        ({"conversions": "platform"}, "parameter", "conversions"),
        ({"new_since": "yesterday"}, "parameter", "new_since"),
        ({"new_until": "2027-01-01"}, "parameter", "new_until"),
        ({"window_days": -1}, "parameter", "window_days"),
        ({"order_kinds": ("gift",)}, "parameter", "order_kinds"),
    ],
)
def test_parameters_are_checked(change: dict[str, Any], code: str, parameter: str | None) -> None:
    analysis = ANALYSES["A09"]
    params = msgspec.convert(ASKED | change, analysis.params)
    with pytest.raises(DisclosureError) as error:
        analysis.questions(params, KNOWN)
    assert error.value.code == f"disclosure.{code}"
    assert error.value.facts.get("parameter") == parameter
