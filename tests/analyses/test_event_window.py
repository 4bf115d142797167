"""A17: strategies by hand, the uplift over usual days, and what is said of them."""

from typing import Any

import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, cell, numbers, run, table
from statsmodels.stats.proportion import proportion_confint

from cleanroom.analyses.result import Result
from cleanroom.disclosure.policy import Policy
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

ASKED: dict[str, Any] = {
    "exposures": "platform",
    "conversions": "brand",
    "lead_since": "2025-10-20",
    "event_since": "2025-11-01",
    "out_since": "2025-11-12",
    "out_until": "2025-11-21",
}
# new, existing, no order: nothing, lead, event, both, out, lead+out, event+out, all; unmatched
GROUPS = [
    *([100, 200, 9_700], [60, 40, 900], [120, 80, 1_800], [50, 100, 850]),
    *([30, 20, 950], [20, 30, 450], [40, 60, 900], [80, 120, 800]),
]
COUNTS = [*(number for group in GROUPS for number in group), 5_000]
SALES = {"baseline_since": "2025-09-20", "costs": [1_000, 3_000, 500]}


def event(counts: list[Any], policy: Policy = THRESHOLD, sigma: int = 0, **more: Any) -> Result:
    return run("A17", catalogue(), policy, [(counts, sigma)], **ASKED, **more)


def with_sales(days: tuple[int, int, int, int], sigma: int = 0) -> Result:
    """``days``: hundredths that everybody paid on usual days and in each phase."""
    vectors: list[Any] = [(COUNTS, sigma)]
    for paid in days:
        vectors.append(([n * paid for n in COUNTS], sigma * 50_000))
    return run("A17", catalogue(), THRESHOLD, vectors, **ASKED, **SALES)


def test_reach_purchase_and_new_rates_by_hand() -> None:
    found = table(event(COUNTS), "strategies")
    assert numbers(found, "people")[:7] == [1_000, 2_000, 1_000, 1_000, 500, 1_000, 1_000]
    assert numbers(found, "reach")[:7] == pytest.approx(
        [n / 7_500 for n in numbers(found, "people")[:7]]
    )  # type: ignore[operator]
    rates = [0.1, 0.1, 0.15, 0.05, 0.1, 0.1, 0.2]
    assert numbers(found, "rate") == pytest.approx([*rates, 850 / 7_500, 0.03])
    assert numbers(found, "new")[:2] == pytest.approx([0.6, 0.6])
    assert numbers(found, "new")[-1] == pytest.approx(1 / 3)
    low, high = proportion_confint(100, 1_000, method="wilson")
    first = cell(found, found.rows[0], "rate")
    assert (first.low, first.high) == pytest.approx((low, high))


def test_people_who_saw_something_bought_more_but_it_is_no_effect() -> None:
    result = event(COUNTS)
    assert result.verdict is Verdict.CLEAR
    assert result.finding.key.endswith("more")
    assert result.evidence == "associated"
    found = table(result, "strategies")
    assert [row.verdict for row in found.rows[:7]] == [Verdict.CLEAR] * 7
    assert [row.verdict for row in found.rows[7:]] == [None, None]


def test_equal_rates_are_open() -> None:
    equal = [*(n for group in [[100, 200, 9_700], *[[10, 20, 970]] * 7] for n in group), 0]
    result = event(equal)
    assert result.verdict is Verdict.NONE_SEEN
    assert result.finding.key.endswith("open")


def test_uplift_is_gain_less_dip_over_usual_days() -> None:
    """30 usual days, then 12, 11 and 9: sales per person 3000, 1500, 5000, 300."""
    result = with_sales((3_000, 1_500, 5_000, 300))
    found = table(result, "phases")
    people = sum(COUNTS[:-1])
    assert numbers(found, "days") == [30, 12, 11, 9, 32]
    assert numbers(found, "daily")[:4] == pytest.approx(
        [people * paid / days for paid, days in ((3_000, 30), (1_500, 12), (5_000, 11), (300, 9))]
    )
    uplift = [people * (1_500 - 1_200), people * (5_000 - 1_100), people * (300 - 900)]
    assert numbers(found, "uplift")[1:] == pytest.approx([*uplift, sum(uplift)])
    dip = cell(found, found.rows[3], "uplift")
    assert dip.signed
    assert dip.value < 0  # type: ignore[operator]
    card = next(card for card in result.cards if card.title.key.endswith("uplift"))
    assert card.value.value == pytest.approx(sum(uplift))


def test_uplift_interval_holds_the_noise_of_all_its_parts() -> None:
    result = with_sales((3_000, 1_500, 5_000, 300), sigma=3)
    total = cell(table(result, "phases"), table(result, "phases").rows[-1], "uplift")
    cells, sigma = 24, 3 * 50_000
    sd = (cells * sigma**2 * (3 + (32 / 30) ** 2)) ** 0.5
    assert (total.high - total.low) / 2 == pytest.approx(1.959964 * sd, rel=1e-6)  # type: ignore[operator]


def test_return_shares_the_cost_of_a_phase_among_all_who_saw_it() -> None:
    result = with_sales((3_000, 1_500, 5_000, 300))
    found = table(result, "strategies")
    lead = 1_000 + 1_000 + 500 + 1_000  # seen the lead-up
    cost = 100_000 * 1_000 / lead
    assert cell(found, found.rows[0], "returned").value == pytest.approx(1_000 * 6_800 / cost)
    every = cell(found, found.rows[7], "returned")
    assert every.value == pytest.approx(7_500 * 6_800 / 450_000)
    costs = [
        1_000 * paid / value  # type: ignore[operator]
        for paid, value in zip(
            [6_800 * n // 1_000 for n in numbers(found, "people")[:7]],  # type: ignore[operator]
            numbers(found, "returned")[:7],
            strict=True,
        )
    ]
    assert sum(costs) == pytest.approx(450_000)
    assert cell(found, found.rows[8], "returned").status == "none"


def test_withheld_and_few() -> None:
    hidden = [*COUNTS]
    hidden[0] = None  # type: ignore[call-overload]
    hidden[2] = None  # type: ignore[call-overload]
    assert event(hidden, sigma=3).verdict is Verdict.WITHHELD
    few = event([3, 4, 20] * 8 + [9], DP, sigma=10)
    assert few.verdict is Verdict.TOO_FEW


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"exposures": "brand"}, "exposures"),
        ({"lead_since": "2023-12-31"}, "lead_since"),
        ({"event_since": "2025-10-20"}, "event_since"),
        ({"out_since": "2025-10-30"}, "out_since"),
        ({"out_until": "2026-01-02"}, "out_until"),
        ({"out_until": "someday"}, "out_until"),
        ({"baseline_since": "2025-10-20"}, "baseline_since"),
        ({"costs": [1, 2, 3]}, "costs"),  # a return needs sales
        ({**SALES, "costs": [1, 2]}, "costs"),
        ({**SALES, "costs": [1, 2, 0]}, "costs"),
        ({"touch_kinds": ["stare"]}, "touch_kinds"),
        ({"order_kinds": ["gift"]}, "order_kinds"),
    ],
)
def test_parameters_are_checked(change: dict[str, Any], parameter: str) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A17", catalogue(), **(ASKED | change))
    assert error.value.facts["parameter"] == parameter
