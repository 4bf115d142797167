"""What analyses make of the rest: everybody whose cell was not released, as one number."""

import math
from collections.abc import Sequence

import pytest
from analysis_material import KINDS, THRESHOLD, catalogue, cell, run, table
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.analyses.cells import Measured
from cleanroom.analyses.result import Result, Row, Table, Value
from cleanroom.analyses.words import OTHERS
from cleanroom.statistics.noise import Noise

AGES = {"party": "platform", "column": "a_age", "versus": "brand"}
NEW = {
    "exposures": "platform",
    "conversions": "brand",
    "new_since": "2025-01-01",
    "new_until": "2025-07-01",
}
Cells = Sequence[int | None]


def overlap(cells: Cells, rest: int | None, *, kinds: int = 3, by: str = "winner") -> Result:
    return run("A01", catalogue(KINDS[:kinds]), THRESHOLD, [(cells, 3)], 5, rest, by=by)


def newcomers(cells: Cells, rest: int | None, money: Cells = (), **more: object) -> Result:
    vectors = [(cells, 3), (money, 3 * 50_000)] if money else [(cells, 3)]
    return run("A04", catalogue(), THRESHOLD, vectors, 5, rest, **(NEW | more))


def others_row(found: Table) -> Row:
    """The last row, which has to be that of the others."""
    assert [row.label for row in found.rows].count(OTHERS) == 1
    assert found.rows[-1].label == OTHERS
    return found.rows[-1]


def note_keys(result: Result) -> list[str]:
    return [note.key.removeprefix("analyses.") for note in result.notes]


def around(value: Value, expected: float, cells: int) -> None:
    """A count with the interval of so many noisy, rounded cells."""
    assert (value.status, value.value, value.bound) == ("shown", expected, "")
    half = 1.959964 * math.sqrt(cells * (3**2 + 5**2 / 12))
    assert (value.low, value.high) == (math.floor(expected - half), math.ceil(expected + half))


# --- the arithmetic ------------------------------------------------------------------------------


@given(
    st.lists(st.one_of(st.none(), st.integers(57, 5000)), min_size=1, max_size=8),
    st.integers(60, 900),
)
def test_cells_and_rest_are_everybody(values: list[int | None], rest: int) -> None:
    measured = Measured(tuple(values), Noise(3, 5), rest if None in values else None)
    whole = measured.gathered(range(len(values)))
    shown = [value for value in values if value is not None]
    assert whole.whole
    assert whole.value == sum(shown) + (rest if None in values else 0)
    assert whole.noise.cells == len(shown) + (None in values)


@given(st.lists(st.one_of(st.none(), st.integers(57, 5000)), min_size=2, max_size=8))
def test_without_a_rest_nothing_is_completed(values: list[int | None]) -> None:
    measured = Measured(tuple(values), Noise(3, 5))
    assert measured.gathered(range(len(values))) == measured.over(range(len(values)))
    assert measured.others is None


def test_the_rest_of_elsewhere_completes_nothing() -> None:
    """It holds people of cell 0 too, so it is no part of cells 1 and 2."""
    measured = Measured((None, None, 100), Noise(3, 5), 90)
    assert measured.gathered([1, 2]) == measured.over([1, 2])
    assert measured.gathered([0, 1]).value == 90


# --- overlap -------------------------------------------------------------------------------------


def test_matched_people_are_whole_with_the_rest() -> None:
    result = overlap([345, 580, 1010, None, None], 270)
    around(result.cards[0].value, 1280, 2)
    assert result.finding.key.endswith("full")
    row = others_row(table(result, "identifiers"))
    around(row.values[0], 270, 1)
    assert row.values[2].value == pytest.approx(270 / 1280)
    assert note_keys(result)[:2] == ["common.note.withheld", "common.note.rest"]
    phone = table(result, "identifiers").rows[0]
    assert phone.values[2].value == pytest.approx(1010 / 1280)
    assert phone.values[2].bound == ""


def test_patterns_leave_what_the_others_were_hit_by_open() -> None:
    cells = [345, 580, 300, 200, None, 500, None, 80, 90]
    found = table(overlap(cells, 130, by="pattern"), "identifiers")
    row = others_row(found)
    assert [value.status for value in row.values[3:]] == ["none", "none"]
    assert row.values[0].value == 130
    assert row.values[1].value == 1300


def test_a_rest_of_both_kinds_of_people_is_no_match_count() -> None:
    """One of the datasets alone is among the withheld: nobody knows how many of them are matched.
    The size of that dataset is then still known where the other's own people are."""
    result = overlap([None, 580, 1010, None, None], 600)
    matched = result.cards[0].value
    assert (matched.value, matched.bound) == (1010, "at_least")
    assert OTHERS not in [row.label for row in table(result, "identifiers").rows]
    found = table(result, "people")
    around(others_row(found).values[0], 600, 1)
    total = next(row for row in found.rows if row.total)
    around(total.values[0], 580 + 1010 + 600, 3)
    sizes = [cell(table(result, "rates"), row, "in_dataset") for row in table(result, "rates").rows]
    around(sizes[0], 1010 + 600, 2)
    assert (sizes[1].value, sizes[1].bound) == (580 + 1010, "at_least")


def test_one_kind_with_only_one_cell_left() -> None:
    result = overlap([2000, None, None], 3_000, kinds=1)
    assert result.cards[0].value.status == "withheld"
    assert others_row(table(result, "people")).values[0].value == 3_000


def test_without_a_rest_there_is_no_row_but_a_note() -> None:
    result = overlap([345, 580, 1010, None, None], None)
    assert [found.id for found in result.tables] == ["rates", "identifiers"]
    assert OTHERS not in [row.label for row in table(result, "identifiers").rows]
    assert note_keys(result)[:2] == ["common.note.withheld", "common.note.no_rest"]


# --- profile -------------------------------------------------------------------------------------


def test_others_of_a_profile_stand_in_a_column_of_their_own() -> None:
    # not given, young, middle, old: each in the target, then in its complement
    cells = [100, 200, 300, 400, None, 500, 600, None]
    result = run("A03", catalogue(), THRESHOLD, [(cells, 3)], 5, 110, **AGES)
    found = table(result, "levels")
    assert [column.key for column in found.columns][-1] == "both"
    row = others_row(found)
    around(row.values[-1], 110, 1)
    assert {value.status for value in row.values[:-1]} == {"none"}
    both = {str(row.label): row.values[-1] for row in found.rows}
    around(both["Name(text='young')"], 700, 2)
    middle = both["Name(text='middle')"]
    assert (middle.value, middle.bound) == (500, "at_least")
    total = next(row for row in found.rows if row.total)
    around(total.values[-1], sum(value or 0 for value in cells) + 110, 7)
    assert (total.values[0].value, total.values[0].bound) == (1000, "at_least")
    assert note_keys(result)[:2] == ["A03.note.withheld", "common.note.rest"]


def test_a_profile_without_a_rest_is_as_wide_as_ever() -> None:
    cells = [100, 200, 300, 400, None, 500, 600, None]
    found = table(run("A03", catalogue(), THRESHOLD, [(cells, 3)], 5, **AGES), "levels")
    assert {len(row.values) for row in found.rows} == {len(found.columns)} == {5}


# --- new customers -------------------------------------------------------------------------------


def test_others_among_matched_new_customers() -> None:
    # feed, search, friend, none, unmatched
    result = newcomers([300, None, None, 500, 250], 200)
    found = table(result, "channels")
    row = others_row(found)
    around(row.values[0], 200, 1)
    assert row.values[1].value == pytest.approx(0.2)
    assert row.values[2].value == pytest.approx(200 / 1250)
    feed, *_, channels, matched, _, everybody, _ = found.rows
    assert feed.values[1].value == pytest.approx(0.3)
    assert feed.values[1].bound == ""
    assert [line.values[0].value for line in (channels, matched, everybody)] == [500, 1000, 1250]
    assert [line.values[0].bound for line in (channels, matched, everybody)] == ["", "", ""]
    assert channels.values[1].value == pytest.approx(0.5)


def test_others_who_may_be_unmatched_have_no_share_of_matched() -> None:
    result = newcomers([300, None, 150, 500, None], 200)
    row = others_row(table(result, "channels"))
    assert row.values[1].status == "none"
    assert row.values[2].value == pytest.approx(200 / 1150)
    matched, everybody = table(result, "channels").rows[5], table(result, "channels").rows[7]
    assert (matched.values[0].value, matched.values[0].bound) == (950, "at_least")
    around(everybody.values[0], 1150, 4)


def test_one_withheld_cell_stays_withheld() -> None:
    """The rest may hold more than the people of that cell."""
    found = table(newcomers([300, 200, None, 500, 250], 60), "channels")
    assert found.rows[2].values[0].status == "withheld"
    assert found.rows[-1].values[0].value == 60


def test_an_amount_may_be_withheld_where_the_people_are_not() -> None:
    people = [300, 200, 150, 500, 250]
    money: Cells = [n * 8_000 for n in people[:2]] + [None] + [n * 8_000 for n in people[3:]]
    result = newcomers(people, None, money, first_order_value=True)
    found = table(result, "channels")
    assert found.rows[2].values[0].status == "shown"
    assert found.rows[2].values[3].status == "withheld"
    assert found.rows[0].values[3].status == "shown"
    channels = found.rows[4]
    assert channels.values[0].shown
    assert channels.values[3].status == "withheld"
    (note,) = [note for note in result.notes if note.key.endswith("withheld_sums")]
    assert note.facts["count"].value == 1


def test_amounts_of_withheld_people_need_no_note() -> None:
    people: Cells = [300, None, 150, 500, 250]
    money = [None if n is None else n * 8_000 for n in people]
    result = newcomers(people, 60, money, first_order_value=True)
    assert not any(note.key.endswith("withheld_sums") for note in result.notes)
    assert others_row(table(result, "channels")).values[3].status == "none"
