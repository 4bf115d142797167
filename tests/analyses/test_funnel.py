"""A14: rules of the presets, flows by hand, and what is said of them."""

from typing import Any

import pytest
from analysis_material import DP, THRESHOLD, ask, cell, numbers, run, table
from analysis_material import catalogue as agreed
from statsmodels.stats.proportion import proportion_confint

from cleanroom.analyses.result import Result, Term
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import StagesQuestion
from cleanroom.disclosure.questions.stages import StageRule
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

ASKED: dict[str, Any] = {
    "exposures": "platform",
    "conversions": "brand",
    "start": "2025-01-01",
    "end": "2025-07-01",
    "seen_kinds": ["imp"],
    "engaged_kinds": ["click"],
    "ordered_kinds": ["pay"],
}
OWN = {"preset": "own", "seen_kinds": [], "engaged_kinds": [], "ordered_kinds": []}
TWO_STAGES = [
    {"name": "seen", "rules": [{"source": "exposures", "kinds": ["imp"]}]},
    {"name": "buyer", "rules": [{"source": "conversions", "kinds": ["pay"], "days": 2}]},
]
# from none, seen, buyer to none, seen, buyer
CELLS = [5_000, 900, 100, 300, 2_000, 400, 50, 150, 600]


def flows(cells: list[int | None], policy: Policy = THRESHOLD, sigma: int = 0) -> Result:
    asked = ASKED | OWN | {"own": TWO_STAGES}
    return run("A14", agreed(), policy, [(cells, sigma)], **asked)


@pytest.mark.parametrize(("preset", "stages"), [("4A", 4), ("AIPL", 4), ("5R", 5), ("O-5A", 5)])
def test_presets_reach_every_stage(preset: str, stages: int) -> None:
    _, question = ask("A14", agreed(), **ASKED, preset=preset)
    assert isinstance(question, StagesQuestion)
    assert question.stages == stages
    assert {rule.stage for rule in question.rules} == set(range(1, stages + 1))
    assert question.base == ("platform",)


def test_the_rules_of_aipl() -> None:
    _, question = ask("A14", agreed(), **ASKED)
    assert isinstance(question, StagesQuestion)
    assert question.rules == (
        StageRule(1, "exposures", ("imp",)),
        StageRule(2, "exposures", ("click",)),
        StageRule(3, "conversions", ("pay",)),
        StageRule(4, "conversions", ("pay",), 2),
    )


def test_stages_before_and_after_are_the_margins() -> None:
    result = flows(CELLS)
    found = table(result, "stages")
    assert numbers(found, "before") == [6_000, 2_700, 800, 9_500]
    assert numbers(found, "after") == [5_350, 3_050, 1_100, 9_500]
    matrix = table(result, "flows")
    assert [numbers(matrix, f"to{stage}") for stage in range(3)] == [
        CELLS[stage::3] for stage in range(3)
    ]


def test_flow_up_rates_with_wilson_intervals() -> None:
    found = table(flows(CELLS), "stages")
    first = cell(found, found.rows[0], "up")
    assert first.value == pytest.approx(1_000 / 6_000)
    low, high = proportion_confint(1_000, 6_000, method="wilson")
    assert (first.low, first.high) == pytest.approx((low, high))
    assert cell(found, found.rows[1], "up").value == pytest.approx(400 / 2_700)
    assert cell(found, found.rows[2], "up").status == "none"
    assert cell(found, found.rows[3], "up").value == pytest.approx(1_400 / 9_500)


def test_more_up_than_down() -> None:
    result = flows(CELLS)
    assert result.verdict is Verdict.CLEAR
    assert result.finding.key.endswith("more_up")
    assert result.finding.facts["up"].value == pytest.approx(1_400 / 9_500)
    assert result.finding.facts["down"].value == pytest.approx(500 / 9_500)
    assert any(note.key.endswith("note.changed") for note in result.notes)
    turned = flows([CELLS[3 * there + here] for here in range(3) for there in range(3)])
    assert turned.finding.key.endswith("more_down")


def test_as_many_up_as_down_is_open_and_no_change() -> None:
    result = flows([5_000, 900, 300, 900, 2_000, 400, 300, 400, 600])
    assert result.verdict is Verdict.NONE_SEEN
    assert result.finding.key.endswith("open")
    assert any(note.key.endswith("note.same") for note in result.notes)


def test_withheld_flows() -> None:
    hidden = flows([5_000, 900, None, 300, 2_000, 400, None, 150, 600], sigma=3)
    assert hidden.verdict is Verdict.WITHHELD
    assert not any("note.changed" in note.key for note in hidden.notes)
    up_only = flows([5_000, 900, None, 300, 2_000, 400, 60, 150, 600], sigma=3)
    assert up_only.finding.facts["up"].bound == "at_least"
    few = flows([900, -5, 3, 2, 40, 1, 4, -2, 9], DP, sigma=10)
    assert few.verdict is Verdict.TOO_FEW


def test_charts_are_a_flow_and_bars() -> None:
    flow, bars = flows(CELLS).charts
    assert (flow.template, bars.template) == ("flow", "pairs")
    assert [value.value for value in flow.marks[1].values] == CELLS[3:6]
    assert flow.marks[0].label == Term("analyses.A14.stage.none")


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"exposures": "brand"}, "exposures"),
        ({"base": ["stranger"]}, "base"),
        ({"seen_kinds": []}, "seen_kinds"),
        ({"ordered_kinds": []}, "ordered_kinds"),
        ({"ordered_kinds": ["gift"]}, "ordered_kinds"),
        ({"window_days": 0}, "window_days"),
        ({"window_days": 1}, "window_days"),  # two days of orders do not fit
        ({"start": "2024-01-01"}, "start"),
        ({"start": "soon"}, "start"),
        ({"end": "2025-01-01"}, "end"),
        ({"end": "2026-01-02"}, "end"),
        ({"own": TWO_STAGES}, "own"),
        (OWN, "own"),
        (OWN | {"own": [{"name": "x", "rules": []}]}, "own"),
        (OWN | {"own": TWO_STAGES + TWO_STAGES}, "own"),
        (OWN | {"own": [{"name": "a\nb", "rules": [{"source": "exposures"}]}]}, "own"),
        (OWN | {"own": [{"name": "a", "rules": [{"source": "exposures", "days": 99}]}]}, "own"),
        (OWN | {"own": [{"name": "a", "rules": [{"source": "exposures", "kinds": ["?"]}]}]}, "own"),
    ],
)
def test_parameters_are_checked(change: dict[str, Any], parameter: str) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A14", agreed(), **(ASKED | change))
    assert error.value.facts["parameter"] == parameter
