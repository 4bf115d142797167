"""A16 against its formulas: shares, conversion and index of scenes."""

import math

import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, cell, numbers, run, table
from scipy import stats

from cleanroom.analyses.result import Result
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

ASKED = {
    "party": "platform",
    "since": "2025-01-01",
    "until": "2025-07-01",
    "dimensions": ["device", "place"],
    "conversions": "brand",
}
# app home, app store, web home, web store: bought, not bought, unmatched
CELLS = [600, 1_400, 500, 200, 1_800, 500, 100, 900, 250, 100, 900, 250]


def scenes(cells: list[int | None], sigma: int = 0, **more: object) -> Result:
    return run("A16", catalogue(), THRESHOLD, [(cells, sigma)], **(ASKED | more))


def test_shares_are_of_everybody_and_rates_of_those_whose_orders_are_known() -> None:
    found = table(scenes(CELLS), "scenes")
    assert [row.label.text for row in found.rows[:4]] == [
        "app · home",
        "app · store",
        "web · home",
        "web · store",
    ]
    assert numbers(found, "people") == [2_500, 2_500, 1_250, 1_250, 7_500]
    assert numbers(found, "share")[:4] == pytest.approx([1 / 3, 1 / 3, 1 / 6, 1 / 6])
    assert numbers(found, "rate")[:4] == pytest.approx([0.3, 0.1, 0.1, 0.1])


def test_the_index_compares_buyers_with_all_whose_orders_are_known() -> None:
    result = scenes(CELLS)
    found = table(result, "scenes")
    home = cell(found, found.rows[0], "index").value
    assert home == pytest.approx(100 * (600 / 1_000) / (2_000 / 6_000))
    assert found.rows[0].verdict is Verdict.CLEAR
    assert result.finding.key.endswith("high")


def test_a_gap_is_clear_exactly_when_the_standardised_residual_is_after_correction() -> None:
    """The p-value behind the verdict is that of the residual (scipy, nothing corrected for)."""
    for more in (20, 40, 60, 80):
        cells = [500 + more, 2_000, 0, 500 - more, 2_000, 0, 500, 2_000, 0, 500, 2_000, 0]
        found = table(scenes(cells), "scenes")
        raw = [
            stats.chi2_contingency(
                [
                    [cells[3 * i], cells[3 * i + 1]],
                    [2_000 - cells[3 * i], 8_000 - cells[3 * i + 1]],
                ],
                correction=False,
            ).pvalue
            for i in range(4)
        ]
        adjusted = stats.false_discovery_control(raw, method="bh")
        for row, p in zip(found.rows[:4], adjusted, strict=True):
            if not math.isclose(p, 0.05, abs_tol=0.01):
                assert (row.verdict is Verdict.CLEAR) == (p <= 0.05)


def test_the_heat_map_has_one_row_per_place_and_one_column_per_device() -> None:
    shares, index = scenes(CELLS).charts
    assert (shares.template, shares.unit, index.unit) == ("heat", "share", "index")
    assert [mark.label.text for mark in shares.marks] == ["home", "store"]
    assert [head.text for head in shares.series] == ["app", "web"]
    assert [value.value for value in shares.marks[0].values] == pytest.approx([1 / 3, 1 / 6])


def test_withheld_scenes_are_hatched() -> None:
    cells: list[int | None] = [*CELLS]
    cells[9:12] = [None] * 3
    result = scenes(cells, 3)
    shares = result.charts[0]
    assert shares.marks[1].values[1].status == "withheld"
    assert table(result, "scenes").rows[3].verdict is Verdict.WITHHELD
    assert any(text.key.endswith("note.withheld") for text in result.notes)


def test_without_orders_scenes_are_only_counted() -> None:
    result = scenes([900, 300, 200, 100], conversions="")
    assert (result.verdict, result.finding.key[-7:]) == (None, "counted")
    assert [column.key for column in table(result, "scenes").columns] == ["people", "share"]
    assert len(result.charts) == 1


def test_nothing_released_is_withheld_and_nothing_different_unclear() -> None:
    assert scenes([None] * 12, 3).finding.key.endswith("withheld")
    same = [500, 2_000, 100] * 4
    assert scenes([n * 4 for n in same]).finding.key.endswith("unclear")


def test_few_people_are_too_few() -> None:
    result = run("A16", catalogue(), DP, [([n // 100 for n in CELLS], 10)], **ASKED)
    assert result.verdict is Verdict.TOO_FEW


def test_all_scenes_stand_in_one_order() -> None:
    _, question = ask("A16", catalogue(), **{**ASKED, "dimensions": ["place", "daypart"]})
    assert question.dimensions == ("daypart", "place")
    assert question.segment == "brand.conversions"


@pytest.mark.parametrize(
    ("parameter", "wrong"),
    [
        ("party", {"party": "nobody"}),
        ("party", {"party": "brand"}),
        ("since", {"since": "2020-01-01"}),
        ("dimensions", {"dimensions": []}),
        ("dimensions", {"dimensions": ["channel"]}),
        ("kinds", {"kinds": ["gift"]}),
        ("conversions", {"conversions": "platform"}),
        ("order_kinds", {"order_kinds": ["gift"]}),
        ("order_kinds", {"conversions": "", "order_kinds": ["pay"]}),
    ],
)
def test_parameters_are_checked(parameter: str, wrong: dict[str, object]) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A16", catalogue(), **{**ASKED, **wrong})
    assert error.value.code == "disclosure.parameter"
    assert error.value.facts["parameter"] == parameter
