"""A12 against its formulas: shares, cumulative shares and index of bands and values."""

import pytest
from analysis_material import THRESHOLD, ask, catalogue, cell, numbers, run, table

from cleanroom.analyses.result import Result
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

ASKED = {
    "conversions": "brand",
    "since": "2025-01-01",
    "until": "2025-07-01",
    "band_edges": [100, 300],
    "versus": "platform",
}
# below 100, 100-300, 300 and more: people of the platform, others
CELLS = [1_000, 3_000, 1_000, 1_000, 2_000, 2_000]


def bands(cells: list[int | None], sigma: int = 0, **more: object) -> Result:
    return run("A12", catalogue(), THRESHOLD, [(cells, sigma)], **(ASKED | more))


def test_shares_add_up_from_the_lowest_band() -> None:
    found = table(bands(CELLS), "levels")
    assert [row.label.text for row in found.rows[:3]] == ["< 100", "100–300", "≥ 300"]
    assert numbers(found, "people") == [4_000, 2_000, 4_000, 10_000]
    assert numbers(found, "share")[:3] == pytest.approx([0.4, 0.2, 0.4])
    assert numbers(found, "cumulative")[:2] == pytest.approx([0.4, 0.6])
    assert cell(found, found.rows[2], "cumulative").status == "none"


def test_the_index_is_share_in_the_group_over_share_in_both() -> None:
    result = bands(CELLS)
    found = table(result, "levels")
    assert numbers(found, "focus")[:3] == pytest.approx([0.25, 0.25, 0.5])
    assert numbers(found, "rest")[:3] == pytest.approx([0.5, 1 / 6, 1 / 3])
    assert numbers(found, "index")[:3] == pytest.approx([62.5, 125, 125])
    assert [row.verdict for row in found.rows[:3]] == [Verdict.CLEAR] * 3
    assert result.finding.key.endswith("low")
    assert [chart.template for chart in result.charts] == ["index", "pairs"]


def test_a_yes_no_column_compares_yes_with_no() -> None:
    """Not fan, fan, unmatched: the unmatched count as buyers and are compared with nobody."""
    cells = [3_000, 1_000, 500, 1_000, 1_000, 500, 2_000, 2_000, 0]
    found = table(bands(cells, column="is_fan"), "levels")
    assert numbers(found, "index")[:3] == pytest.approx([62.5, 125, 125])
    assert numbers(found, "people")[0] == 4_500


def test_values_of_a_column_have_no_cumulative_share() -> None:
    result = bands([900, 300], band_edges=[], attribute="x_style", versus="")
    found = table(result, "levels")
    assert [row.label.text for row in found.rows[:2]] == ["plain", "bold"]
    assert [column.key for column in found.columns] == ["people", "share"]
    assert (result.verdict, result.charts[0].template) == (None, "bars")
    assert result.finding.key.endswith("counted")


def test_withheld_bands_are_not_compared() -> None:
    result = bands([1_000, 3_000, 1_000, 1_000, None, 2_000], 3)
    found = table(result, "levels")
    assert found.rows[2].verdict is Verdict.WITHHELD
    assert found.rows[0].verdict is Verdict.CLEAR
    assert bands([None] * 6, 3).finding.key.endswith("withheld")


def test_edges_are_asked_in_hundredths() -> None:
    _, question = ask("A12", catalogue(), **{**ASKED, "band_edges": [300, 100, 12_345]})
    assert question.band_edges == (10_000, 30_000, 1_230_000)


@pytest.mark.parametrize(
    ("parameter", "wrong"),
    [
        ("conversions", {"conversions": "platform"}),
        ("until", {"until": "2027-01-01"}),
        ("band_edges", {"band_edges": []}),
        ("band_edges", {"band_edges": [0]}),
        ("band_edges", {"band_edges": list(range(1, 12))}),
        ("attribute", {"attribute": "x_style"}),
        ("attribute", {"attribute": "category", "band_edges": []}),
        ("attribute", {"attribute": "x_size", "band_edges": []}),
        ("category", {"category": "tea"}),
        ("order_kinds", {"order_kinds": ["gift"]}),
        ("versus", {"versus": "brand"}),
        ("versus", {"versus": "nobody"}),
        ("column", {"column": "a_age"}),
    ],
)
def test_parameters_are_checked(parameter: str, wrong: dict[str, object]) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A12", catalogue(), **{**ASKED, **wrong})
    assert error.value.code == "disclosure.parameter"
    assert error.value.facts["parameter"] == parameter
