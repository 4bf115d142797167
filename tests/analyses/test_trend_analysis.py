"""A10: steps that are mature, rates, their line, and a change split into mix and rate."""

from typing import Any

import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, cell, numbers, run, table
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cleanroom.analyses.result import Name, Result
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import WeeklyQuestion
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

ASKED: dict[str, Any] = {
    "exposures": "platform",
    "conversions": "brand",
    "since": "2025-01-01",
    "until": "2025-01-29",
}
# four weeks of (converted, not) for feed, search, friend
WEEKS = [
    [100, 1_900, 50, 450, 30, 470],
    [110, 1_890, 60, 440, 30, 470],
    [90, 910, 200, 1_300, 30, 470],
    [100, 900, 210, 1_290, 30, 470],
]


def trend(
    weeks: list[list[int]], policy: Policy = THRESHOLD, sigma: int = 0, **more: Any
) -> Result:
    cells = [*(number for week in weeks for number in week), 700]
    return run("A10", catalogue(), policy, [(cells, sigma)], **ASKED, **more)


def test_rates_by_week_with_wilson_intervals() -> None:
    found = table(trend(WEEKS), "steps")
    assert [row.label for row in found.rows[:2]] == [Name("2025-01-01"), Name("2025-01-08")]
    assert numbers(found, "people")[:4] == [3_000] * 4
    assert numbers(found, "rate")[:4] == pytest.approx(
        [180 / 3000, 200 / 3000, 320 / 3000, 340 / 3000]
    )
    low, high = proportion_confint(180, 3_000, method="wilson")
    first = cell(found, found.rows[0], "rate")
    assert (first.low, first.high) == pytest.approx((low, high))
    assert cell(found, found.rows[4], "rate").value == pytest.approx(1_040 / 12_000)


def test_a_rise_is_clear_and_a_line_without_slope_is_not() -> None:
    result = trend(WEEKS)
    assert result.verdict is Verdict.CLEAR
    assert result.finding.key.endswith("up_week")
    assert result.finding.facts["change"].value == pytest.approx(3 * 0.02, rel=1e-6)
    assert trend(WEEKS[::-1]).finding.key.endswith("down_week")
    flat = trend([WEEKS[0]] * 4)
    assert flat.verdict is Verdict.NONE_SEEN
    assert flat.finding.key.endswith("open_week")


def test_the_change_of_a_half_is_mix_and_rate_by_hand() -> None:
    """Feed goes from 4000 of 6000 to 2000, search from 1000 to 3000; friend stays."""
    found = table(trend(WEEKS), "split")
    shares = numbers(found, "share_before"), numbers(found, "share_after")
    assert shares[0][:3] == pytest.approx([4 / 6, 1 / 6, 1 / 6])
    assert shares[1][:3] == pytest.approx([2 / 6, 3 / 6, 1 / 6])
    r0, r1 = [210 / 4000, 110 / 1000, 60 / 1000], [190 / 2000, 410 / 3000, 60 / 1000]
    before, after = 380 / 6000, 660 / 6000
    mix = [
        (b - a) * ((x + y) / 2 - (before + after) / 2)
        for a, b, x, y in zip(shares[0][:3], shares[1][:3], r0, r1, strict=True)
    ]
    inside = [
        (a + b) / 2 * (y - x)
        for a, b, x, y in zip(shares[0][:3], shares[1][:3], r0, r1, strict=True)
    ]
    assert numbers(found, "mix") == pytest.approx([*mix, sum(mix)])
    assert numbers(found, "inside") == pytest.approx([*inside, sum(inside)])
    assert sum(mix) + sum(inside) == pytest.approx(after - before)


@given(st.lists(st.lists(st.integers(20, 5_000), min_size=6, max_size=6), min_size=4, max_size=4))
def test_mix_and_rate_add_up_to_the_change(weeks: list[list[int]]) -> None:
    found = table(trend(weeks), "split")
    total = found.rows[-1].values
    change = total[3].value - total[2].value  # type: ignore[operator]
    assert total[4].value + total[5].value == pytest.approx(change, abs=1e-12)  # type: ignore[operator]


def test_a_channel_without_people_in_a_half_changes_no_rate() -> None:
    weeks = [[100, 900, 0, 0, 30, 470], [100, 900, 0, 0, 30, 470], *WEEKS[2:]]
    found = table(trend(weeks), "split")
    assert cell(found, found.rows[1], "inside").value == pytest.approx(0)
    assert cell(found, found.rows[1], "rate_before").status == "too_few"


def test_only_mature_weeks_are_asked() -> None:
    """Brand's data end on 2026-01-01: weeks need 14 days behind them."""
    asked = ASKED | {"since": "2025-11-05", "until": "2026-01-01"}
    _, question = ask("A10", catalogue(), **asked)
    assert isinstance(question, WeeklyQuestion)
    assert question.steps == 6  # to 2025-12-17; the week to 2025-12-24 would need 2026-01-07
    cells = [100, 900] * 3 * 6 + [50]
    result = run("A10", catalogue(), THRESHOLD, [(cells, 3)], **asked)
    note = next(note for note in result.notes if note.key.endswith("immature"))
    assert note.facts["count"].value == 2
    months = ASKED | {"step": "month", "until": "2025-06-15"}
    _, question = ask("A10", catalogue(), **months)
    assert question.steps == 5  # type: ignore[union-attr]


def test_withheld_and_few() -> None:
    hidden = [week[:] for week in WEEKS]
    hidden[1][4] = None  # type: ignore[call-overload]
    result = trend(hidden, sigma=3)
    assert result.verdict is Verdict.WITHHELD
    assert [found.id for found in result.tables] == ["steps"]
    second = cell(table(result, "steps"), table(result, "steps").rows[1], "rate")
    assert second.bound == "at_least"  # an order is missing, nobody who did not order
    few = trend([[3, 40, 2, 30, 1, 20]] * 4, DP, sigma=10)
    assert few.verdict is Verdict.TOO_FEW


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"exposures": "brand"}, "exposures"),
        ({"conversions": "platform"}, "conversions"),
        ({"since": "2023-12-31"}, "since"),
        ({"since": "2025-01-02", "step": "month"}, "since"),
        ({"until": "2025-01-21"}, "until"),  # two whole weeks make no trend
        ({"until": "2026-02-01"}, "until"),
        ({"window_days": 400}, "window_days"),
        ({"touch_kinds": ["stare"]}, "touch_kinds"),
        ({"order_kinds": ["gift"]}, "order_kinds"),
    ],
)
def test_parameters_are_checked(change: dict[str, Any], parameter: str) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A10", catalogue(), **(ASKED | change))
    assert error.value.facts["parameter"] == parameter
