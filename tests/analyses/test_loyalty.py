"""A15 against its formulas: cohorts that add up, rates of complete cohorts, quality."""

import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, cell, numbers, run, table
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from cleanroom.analyses.result import Result
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import CohortQuestion
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

# Data end on 2025-12-31: the first three quarters have 90 days behind them, the fourth has not.
YEAR = {"conversions": "brand", "since": "2025-01-01", "until": "2026-01-01"}
# by cohort: 1-30, 31-60, 61-90, 91-180, 181+, not yet
EARLY = [100, 60, 40, 100, 50, 650]
LATE = [200, 90, 60, 50, 0, 600]
CELLS = [*EARLY, *EARLY, *LATE, *EARLY]


def loyal(
    cells: list[int | None], sigma: int = 0, policy: Policy = THRESHOLD, **more: object
) -> Result:
    return run("A15", catalogue(), policy, [(cells, sigma)], **(YEAR | more))


def test_everybody_stands_in_one_cell_and_the_table_adds_up() -> None:
    found = table(loyal(CELLS), "cohorts")
    assert [column.key for column in found.columns] == [
        "buyers",
        *("gap_1-30", "gap_31-60", "gap_61-90", "gap_91-180", "gap_181+", "gap_not_yet"),
    ]
    for row in found.rows:
        buyers, *groups = [value.value for value in row.values]
        assert buyers == sum(groups)
    assert found.rows[-1].total
    assert numbers(found, "buyers") == [1_000] * 4 + [4_000]


def test_only_complete_cohorts_have_a_rate() -> None:
    found = table(loyal(CELLS), "rates")
    assert numbers(found, "within_30") == pytest.approx([0.1, 0.1, 0.2, None])
    within = [cell(found, row, "within_90") for row in found.rows]
    assert [value.value for value in within[:3]] == pytest.approx([0.2, 0.2, 0.35])
    assert within[3].status == "none"
    assert [cell(found, row, "within_180").status for row in found.rows] == [
        "shown",
        "shown",
        "none",
        "none",
    ]


def test_the_rate_has_wilsons_interval() -> None:
    rate = cell(table(loyal(CELLS), "rates"), table(loyal(CELLS), "rates").rows[2], "within_90")
    assert (rate.low, rate.high) == pytest.approx(proportion_confint(350, 1_000, method="wilson"))


def test_the_newest_complete_cohort_is_compared_with_those_before() -> None:
    result = loyal(CELLS)
    assert result.verdict is Verdict.CLEAR
    assert result.finding.key.endswith("cohort_high")
    gap = result.finding.facts["gap"]
    assert gap.value == pytest.approx(0.15)
    expected = confint_proportions_2indep(350, 1_000, 400, 2_000, method="newcomb")
    assert (gap.low, gap.high) == pytest.approx(expected)
    turned = loyal([*LATE, *LATE, *EARLY, *EARLY])
    assert turned.finding.key.endswith("cohort_low")
    same = loyal([n * 10 for n in [*EARLY, *EARLY, *EARLY, *EARLY]])
    assert (same.verdict, same.finding.key[-14:]) == (Verdict.NONE_SEEN, "cohort_unclear")


def test_segments_are_compared_over_complete_cohorts() -> None:
    cells = [*CELLS, *([n * 2 for n in LATE] * 4), *EARLY * 4]  # not fans, fans, unmatched
    result = loyal(cells, party="platform", column="is_fan")
    found = table(result, "segments")
    assert numbers(found, "buyers") == [4_000, 8_000, 4_000]
    assert numbers(found, "within_90") == pytest.approx([0.25, 0.35, 0.2])
    assert result.finding.key.endswith("segment_high")
    assert result.finding.facts["gap"].value == pytest.approx(0.10)
    assert [chart.template for chart in result.charts] == ["heat", "pairs"]
    contact = loyal(cells, party="platform")
    assert contact.finding.key.endswith("segment_low")  # those with contact stand first


def test_refunds_and_good_reviews_are_told_per_hundred_of_complete_cohorts() -> None:
    refunds = [n // 10 for n in CELLS]
    praise = [n // 2 for n in CELLS]
    vectors = [(CELLS, 0), (refunds, 0), (praise, 0)]
    asked = {**YEAR, "refund_kinds": ["refund"], "praise_kinds": ["pay"], "quality_days": 90}
    result = run("A15", catalogue(), THRESHOLD, vectors, **asked)
    found = table(result, "rates")
    assert numbers(found, "refunds")[:3] == pytest.approx([10, 10, 10])
    assert numbers(found, "praise")[:3] == pytest.approx([50, 50, 50])
    assert cell(found, found.rows[3], "refunds").status == "none"
    cards = {card.title.key.rpartition(".")[2]: card.value for card in result.cards}
    assert cards["refunds"].value == pytest.approx(10)
    noisy = run("A15", catalogue(), THRESHOLD, [(CELLS, 3), (refunds, 15), (praise, 15)], **asked)
    value = cell(table(noisy, "rates"), table(noisy, "rates").rows[0], "refunds")
    assert value.low < 10 < value.high


def test_where_no_cohort_is_complete_no_rate_is_told() -> None:
    result = loyal(EARLY[:5], since="2025-10-01")  # nobody can come back after 92 days
    assert result.finding.key.endswith("young")
    assert result.verdict is Verdict.TOO_FEW
    (row,) = table(result, "rates").rows
    assert [value.status for value in row.values] == ["none"] * 3


def test_withheld_cells_decide_nothing() -> None:
    cells: list[int | None] = [*CELLS]
    cells[2] = None
    result = loyal(cells, 3)
    assert result.verdict is Verdict.WITHHELD
    assert table(result, "cohorts").rows[0].values[0].bound == "at_least"


def test_few_people_are_too_few() -> None:
    result = loyal([n // 20 for n in CELLS], 10, DP)
    assert result.verdict is Verdict.TOO_FEW


def test_one_month_cohorts() -> None:
    result = loyal([*EARLY] * 2, unit="month", until="2025-03-01")
    labels = [row.label.text for row in table(result, "rates").rows]
    assert labels == ["2025-01", "2025-02"]


@pytest.mark.parametrize(
    ("parameter", "wrong"),
    [
        ("conversions", {"conversions": "platform"}),
        ("since", {"since": "2025-01-15"}),
        ("until", {"until": "2025-06-30"}),
        ("until", {"until": "2026-02-01"}),
        ("gaps", {"gaps": []}),
        ("gaps", {"gaps": [0, 90]}),
        ("horizon_days", {"horizon_days": 45}),
        ("horizon_days", {"horizon_days": 900, "gaps": [900]}),
        ("quality_days", {"quality_days": -1}),
        ("order_kinds", {"order_kinds": ["gift"]}),
        ("refund_kinds", {"refund_kinds": ["gift"]}),
        ("praise_values", {"praise_kinds": ["pay"], "praise_column": "x_style"}),
        ("praise_column", {"praise_column": "x_style", "praise_values": ["bold"]}),
        (
            "praise_values",
            {"praise_kinds": ["pay"], "praise_column": "x_style", "praise_values": ["loud"]},
        ),
        ("party", {"column": "is_fan"}),
        ("party", {"party": "nobody"}),
        ("focus", {"party": "platform", "focus": "young"}),
    ],
)
def test_parameters_are_checked(parameter: str, wrong: dict[str, object]) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A15", catalogue(), **{**YEAR, **wrong})
    assert error.value.code == "disclosure.parameter"
    assert error.value.facts["parameter"] == parameter


def test_the_question_holds_the_definitions() -> None:
    _, question = ask("A15", catalogue(), **YEAR, party="platform", order_kinds=["pay"])
    assert question == CohortQuestion(
        "brand",
        "2025-01-01",
        "2026-01-01",
        gaps=(30, 60, 90, 180),
        segment="platform.exposures",
        order_kinds=("pay",),
        quality_days=0,
    )
