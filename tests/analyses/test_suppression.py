"""A07 against its formulas: impressions that could be spared, per person and in money."""

from typing import Any

import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, numbers, run, table
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cleanroom.analyses.result import Result, Value
from cleanroom.disclosure.cells import shape
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

ASKED = {
    "exposures": "platform",
    "conversions": "brand",
    "since": "2025-05-01",
    "until": "2025-07-01",
    "recent_days": 30,
    "cap": 10,
    "no_response_after": 5,
}
# matched: recent, existing, above cap, no response, useful; unmatched: the last three of these
PEOPLE = [400, 600, 500, 1500, 4000, 300, 900, 1800]
VIEWS = [1200, 2400, 7000, 10_500, 12_000, 4200, 6300, 5400]


def spared(
    people: list[int | None] | None = None,
    views: list[int | None] | None = None,
    sigma: int = 0,
    **more: Any,
) -> Result:
    vectors = [(people or PEOPLE, sigma), (views or VIEWS, 20 * sigma)]
    return run("A07", catalogue(), THRESHOLD, vectors, **(ASKED | more))


def card(result: Result, name: str) -> Value:
    return next(card.value for card in result.cards if card.title.key.endswith(f".{name}"))


def test_what_each_class_could_spare() -> None:
    found = table(spared(), "classes")
    keys = [row.label.key.rpartition(".")[2] for row in found.rows]  # type: ignore[union-attr]
    assert keys == [
        *("recent", "existing", "above_cap", "no_response", "useful", "unknown"),
        "total",
    ]
    assert numbers(found, "people") == [400, 600, 800, 1500, 4000, 2700, 10_000]
    assert numbers(found, "impressions") == [1200, 2400, 11_200, 10_500, 12_000, 11_700, 49_000]
    # all of customers', those above 10, those after 5 without a response
    expected = [1200, 2400, 11_200 - 8000, 10_500 - 7500]
    assert numbers(found, "spared")[:4] == expected
    assert [row.values[3].status for row in found.rows[4:6]] == ["none", "none"]
    assert found.rows[-1].values[3].value == sum(expected)


def test_unmatched_people_may_count_as_people_who_bought_nothing() -> None:
    found = table(spared(unmatched="no_purchase"), "classes")
    assert len(found.rows) == 6
    assert numbers(found, "people")[3:5] == [2400, 5800]
    assert numbers(found, "spared")[3] == 16_800 - 5 * 2400


def test_the_headline_is_impressions_per_person_and_money() -> None:
    total = 1200 + 2400 + 3200 + 3000
    result = spared(cost_per_thousand=6_000)
    assert card(result, "each").value == pytest.approx(total / 10_000)
    assert card(result, "share").value == pytest.approx(total / 49_000)
    assert card(result, "money").value == pytest.approx(total * 6)  # hundredths
    assert card(result, "mean").value == pytest.approx(4.9)
    assert result.cards[0].title.key.endswith(".each")
    assert result.finding.key.endswith(".money")
    bare = spared()
    assert bare.finding.key.endswith(".plain")
    assert not [card for card in bare.cards if card.value.unit == "money"]


def test_the_whole_cost_is_shared_among_impressions() -> None:
    result = spared(cost_total=4_900_000)
    assert card(result, "money").value == pytest.approx(9_800 * 100)
    money = table(result, "classes").rows[0].values[4]
    assert money.value == pytest.approx(1200 * 100)
    fall = result.charts[1]
    assert fall.marks[0].values[0] == Value("money", "shown", 4_900_000.0)
    assert fall.marks[-1].values[0].value == pytest.approx((49_000 - 9_800) * 100)


def test_the_waterfall_adds_up() -> None:
    (fall,) = spared(sigma=3).charts
    assert fall.template == "waterfall"
    first, *steps, last = [mark.values[0].value or 0.0 for mark in fall.marks]
    assert len(steps) == 4
    assert first - sum(steps) == pytest.approx(last)


def test_noise_of_people_takes_part_where_something_is_kept() -> None:
    """Var = 400 v + cap² v for the class above the cap, both cells of it."""
    found = table(spared(sigma=3), "classes")
    above = found.rows[2].values[3]
    half = 1.959964 * (2 * (60**2 + (10 * 3) ** 2)) ** 0.5
    assert (above.low, above.high) == pytest.approx((3200 - half, 3200 + half), rel=1e-6)


def test_classes_can_be_left_out() -> None:
    people, views = [700, 6300, 300, 2700], [9_000, 24_000, 4200, 11_700]
    only = {"recent_days": 0, "existing": False, "no_response_after": 0}
    result = spared(people, views, **only)
    found = table(result, "classes")
    assert len(found.rows) == 4
    assert numbers(found, "spared")[0] == 13_200 - 10 * 1000
    assert len(result.charts[0].marks) == 3


def test_shares_who_bought_stand_beside() -> None:
    _, question = ask("A07", catalogue(), **ASKED, purchases=True)
    cells = shape(question, catalogue()).cells
    people = {
        ("bought recently", "converted"): 40,
        ("bought recently", "not converted"): 360,
        ("useful", "converted"): 80,
        ("useful", "not converted"): 3920,
    }
    counts = [people.get(labels, 500) for labels in cells]  # type: ignore[call-overload]
    result = spared(counts, [3 * n for n in counts], purchases=True)
    found = table(result, "purchases")
    assert numbers(found, "matched")[0] == 400
    share = found.rows[0].values[2]
    low, high = proportion_confint(40, 400, method="wilson")
    assert (share.value, share.low, share.high) == pytest.approx((0.1, low, high))
    assert [value.status for value in found.rows[3].values[1:]] == ["none", "none"]
    assert found.rows[4].values[2].value == pytest.approx(0.02)


# --- what is withheld -----------------------------------------------------------------------------


def test_a_withheld_class_makes_the_rest_at_least() -> None:
    people: list[int | None] = [None, *PEOPLE[1:]]
    views: list[int | None] = [None, *VIEWS[1:]]
    vectors = [(people, 3), (views, 60)]
    result = run("A07", catalogue(), THRESHOLD, vectors, rest=400, **ASKED, cost_per_thousand=6_000)
    each = card(result, "each")
    assert (each.value, each.bound) == (pytest.approx(8_600 / 10_000), "at_least")
    assert card(result, "share").status == "withheld"
    assert result.finding.key.endswith(".each")
    found = table(result, "classes")
    assert found.rows[0].values[2].status == "withheld"
    assert found.rows[-2].values[0].value == 10_000
    assert found.rows[-1].values[0].value == 400


def test_a_withheld_sum_is_told() -> None:
    views: list[int | None] = [*VIEWS]
    views[4] = None
    result = spared(None, views, 3)
    assert any(note.key.endswith("withheld_sums") for note in result.notes)
    assert card(result, "each").bound == ""
    assert card(result, "share").bound == "at_most"


def test_nothing_released_is_withheld() -> None:
    result = spared([None] * 8, [None] * 8, 3)
    assert result.verdict is Verdict.WITHHELD
    assert result.finding.key.endswith("withheld")
    assert result.charts == ()


def test_dp_with_hardly_anybody_is_too_few() -> None:
    vectors = [([3, -9, 4, 0, 12, -5, 2, 1], 10), ([30, -90, 40, 5, 100, -50, 2, 1], 200)]
    result = run("A07", catalogue(), DP, vectors, **ASKED)
    assert result.finding.key.endswith("too_few")
    assert result.verdict is None


@given(
    st.lists(st.integers(57, 10**5), min_size=8, max_size=8),
    st.integers(11, 20),
    st.sampled_from([0, 3, 10]),
)
def test_tables_add_up(people: list[int], views: int, sigma: int) -> None:
    found = table(spared([*people], [n * views for n in people], sigma), "classes")
    for column in ("people", "impressions"):
        *rows, total = numbers(found, column)
        assert total == pytest.approx(sum(n or 0 for n in rows))
    *rows, total = numbers(found, "spared")
    assert total == pytest.approx(sum(n or 0 for n in rows))


# --- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"exposures": "brand"}, "exposures"),
        ({"conversions": "platform"}, "conversions"),
        ({"since": "2023-12-31"}, "since"),
        ({"recent_days": -1}, "recent_days"),
        ({"cap": 20}, "cap"),
        ({"cap": -1}, "cap"),
        ({"no_response_after": 21}, "no_response_after"),
        ({"response_kinds": ["share"]}, "response_kinds"),
        ({"cost_total": -1}, "cost_total"),
        ({"cost_total": 5, "cost_per_thousand": 5}, "cost_total"),
        ({"recent_days": 0, "existing": False, "cap": 0, "no_response_after": 0}, "cap"),
    ],
)
def test_parameters_are_checked(change: dict[str, object], parameter: str) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A07", catalogue(), **(ASKED | change))
    assert error.value.code == "disclosure.parameter"
    assert error.value.facts["parameter"] == parameter


def test_method_prints_the_rule() -> None:
    keys = [said.key.rpartition(".")[2] for said in spared(cost_total=500).method]
    assert keys == [
        *("view", "by_n", "purchase", "unmatched_apart"),
        *("recent", "existing", "above_cap", "no_response", "useful"),
        *("most", "cost_total", "interval", "presence"),
    ]


def test_it_stays_an_opportunity() -> None:
    result = spared()
    assert result.evidence == "descriptive"
    assert result.verdict is None
    assert any(note.key.endswith("opportunity") for note in result.notes)
