"""Questions about a campaign's views: cells, caps, sums of cells, and what is refused."""

from typing import Any

import msgspec
import pytest
from disclosure_material import BRAND, CATALOGUE, PLATFORM, VIEWS_CAP, category, with_fields

from cleanroom.disclosure import kernels
from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.cells import Measure, shape
from cleanroom.disclosure.predicates import predicates, sums
from cleanroom.disclosure.question import FrequencyQuestion, Question, SuppressionQuestion, used
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

FREQUENCY = FrequencyQuestion("platform", "brand", "2025-10-01", "2025-11-01")
SUPPRESSION = SuppressionQuestion("platform", "brand", "2025-10-01", "2025-11-01")


def with_(question: Any, **fields: object) -> Any:
    return msgspec.structs.replace(question, **fields)


def exposures_with(name: str, spec: ColumnSpec | None) -> Catalogue:
    columns = {**PLATFORM.tables["exposures"]}
    columns.pop(name)
    if spec is not None:
        columns[name] = spec
    changed = msgspec.structs.replace(PLATFORM, tables={**PLATFORM.tables, "exposures": columns})
    return with_fields(datasets=(changed, *CATALOGUE.datasets[1:]))


def test_each_frequency_is_split_by_what_is_known_of_orders() -> None:
    found = shape(with_(FREQUENCY, top=3), CATALOGUE)
    assert found.dimensions == ("frequency", "outcome")
    assert found.cells[:3] == (("1", "converted"), ("1", "not converted"), ("1", "unmatched"))
    assert [labels[0] for labels in found.cells[::3]] == ["1", "2", "3+"]
    assert found.cells_per_person == 1
    split = shape(with_(FREQUENCY, customers=True), CATALOGUE)
    assert split.dimensions == ("frequency", "customer", "outcome")
    assert len(split.cells) == 10 * 5


@pytest.mark.parametrize("question", [with_(FREQUENCY, impressions=True), SUPPRESSION])
def test_what_one_person_adds_is_the_agreed_cap_of_n_or_20_rows(question: Question) -> None:
    assert shape(question, CATALOGUE).measures[1] == Measure("impressions", 20, "impressions")
    by_n = with_(question, by_n=True, **({"cap": 6} if question is SUPPRESSION else {}))
    assert shape(by_n, CATALOGUE).measures[1].cap == VIEWS_CAP


def test_without_impressions_people_are_counted_only() -> None:
    assert len(shape(FREQUENCY, CATALOGUE).measures) == 1


def test_classes_of_the_unmatched_are_those_that_need_no_orders() -> None:
    cells = shape(SUPPRESSION, CATALOGUE).cells
    assert [name for name, state in cells if state == "matched"] == [
        *("bought recently", "existing customer", "above cap", "no response", "useful"),
    ]
    assert [name for name, state in cells if state == "unmatched"] == [
        *("above cap", "no response", "useful"),
    ]
    split = shape(with_(SUPPRESSION, outcome=True), CATALOGUE).cells
    assert len(split) == 2 * 5 - 1 + 3


def test_fewer_frequencies_and_no_split_are_sums_of_more() -> None:
    fine = with_(FREQUENCY, customers=True)
    for coarse in (FREQUENCY, with_(FREQUENCY, top=4), with_(fine, top=7)):
        parts = sums(coarse, fine, CATALOGUE)
        assert parts is not None
        assert sorted(place for cells in parts for place in cells) == list(range(50))
    assert sums(FREQUENCY, with_(FREQUENCY, top=4), CATALOGUE) is None


def test_the_unmatched_are_the_same_people_whatever_a_purchase_is() -> None:
    other = with_(FREQUENCY, order_kinds=("pay",), bought_until="2025-12-01")
    one, two = (predicates(question, CATALOGUE) for question in (FREQUENCY, other))
    same = [a == b for a, b in zip(one, two, strict=True)]
    assert same == [False, False, True] * 10
    window = with_(FREQUENCY, window_days=7)
    assert not set(one) & set(predicates(window, CATALOGUE))


def test_kinds_do_not_run_together() -> None:
    """Two lists side by side must not read as one."""
    one = with_(FREQUENCY, shown_kinds=("imp",), order_kinds=("order", "pay"))
    two = with_(FREQUENCY, shown_kinds=("imp", "view"), order_kinds=("pay",))
    assert not set(predicates(one, CATALOGUE)) & set(predicates(two, CATALOGUE))


def test_classes_by_purchase_add_up_in_number_of_people() -> None:
    whole, split = [
        set(predicates(with_(SUPPRESSION, outcome=on), CATALOGUE)) for on in (False, True)
    ]
    assert len(whole & split) == 3  # the unmatched: one draw for both questions


REFUSED = {
    "stranger": (with_(FREQUENCY, exposures="broker"), "party"),
    "shows nothing": (with_(FREQUENCY, exposures="brand"), "column"),
    "sells nothing": (with_(FREQUENCY, conversions="platform"), "column"),
    "campaign": (with_(FREQUENCY, campaign="winter"), "value"),
    "kind of view": (with_(FREQUENCY, shown_kinds=("share",)), "value"),
    "kind of order": (with_(FREQUENCY, order_kinds=("gift",)), "value"),
    "kind of response": (with_(SUPPRESSION, response_kinds=("share",)), "value"),
    "backwards": (with_(FREQUENCY, until="2025-10-01"), "dates"),
    "before the data": (with_(FREQUENCY, since="2024-12-31"), "dates"),
    "after the data": (with_(FREQUENCY, until="2026-01-02"), "dates"),
    "no date": (with_(FREQUENCY, since="soon"), "dates"),
    "nothing to buy in": (with_(FREQUENCY, bought_until="2025-10-01"), "dates"),
    "bought after the data": (with_(FREQUENCY, bought_until="2026-01-02"), "dates"),
    "bought backwards": (
        with_(FREQUENCY, bought_since="2025-12-01", bought_until="2025-11-15"),
        "dates",
    ),
    "negative window": (with_(FREQUENCY, window_days=-1), "window"),
    "one frequency": (with_(FREQUENCY, top=1), "parameter"),
    "too many frequencies": (with_(FREQUENCY, top=21), "parameter"),
    "negative days": (with_(SUPPRESSION, recent_days=-1), "parameter"),
    "cap at the most": (with_(SUPPRESSION, cap=20), "parameter"),
    "cap at the most of n": (with_(SUPPRESSION, cap=VIEWS_CAP, by_n=True), "parameter"),
    "response after too many": (with_(SUPPRESSION, no_response_after=21), "parameter"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_agreed_is_refused(name: str) -> None:
    question, code = REFUSED[name]
    for look in (canonical, shape, replay_key):
        with pytest.raises(DisclosureError) as raised:
            look(question, CATALOGUE)
        assert raised.value.code == f"disclosure.{code}"


def test_columns_that_are_not_agreed_cannot_be_asked() -> None:
    cases: list[tuple[Any, str, ColumnSpec | None, str]] = [
        (with_(FREQUENCY, by_n=True), "n", None, "column"),
        (with_(FREQUENCY, by_n=True), "n", ColumnSpec(Type.INTEGER), "cap"),
        (with_(FREQUENCY, by_n=True), "n", category("1", "2"), "cap"),
        (with_(FREQUENCY, campaign="spring"), "campaign", None, "column"),
        (with_(FREQUENCY, shown_kinds=("imp",)), "kind", None, "value"),
        (with_(SUPPRESSION, response_kinds=("click",)), "kind", None, "value"),
    ]
    for question, column, spec, code in cases:
        with pytest.raises(DisclosureError, match=f"disclosure.{code}"):
            canonical(question, exposures_with(column, spec))
    plain = exposures_with("kind", None)
    assert canonical(FREQUENCY, plain).shown_kinds == ()
    assert canonical(SUPPRESSION, plain).no_response_after == 5


def test_every_column_that_is_looked_at_is_named() -> None:
    assert used(FREQUENCY) == []
    everything = with_(
        FREQUENCY, campaign="spring", shown_kinds=("imp",), by_n=True, order_kinds=("pay",)
    )
    assert set(used(everything)) == {
        *(f"platform.exposures.{name}" for name in ("campaign", "kind", "n")),
        "brand.conversions.kind",
    }
    assert used(with_(SUPPRESSION, response_kinds=("click",))) == ["platform.exposures.kind"]
    for reference in (*used(everything),):
        CATALOGUE.column(reference)


def test_each_analysis_asks_its_own_kind() -> None:
    agreed = ("A06", "A07")
    kernels.check("A06", FREQUENCY, agreed)
    kernels.check("A07", SUPPRESSION, agreed)
    for analysis, question in (("A06", SUPPRESSION), ("A07", FREQUENCY), ("A04", FREQUENCY)):
        with pytest.raises(DisclosureError, match=r"disclosure\.analysis"):
            kernels.check(analysis, question, agreed)


def test_the_whole_period_is_the_default() -> None:
    form = canonical(FREQUENCY, CATALOGUE)
    assert (form.bought_since, form.bought_until) == ("2025-10-01", BRAND.end)
    said = with_(FREQUENCY, bought_since="2025-03-01", bought_until=BRAND.end, window_days=92)
    assert replay_key(said, CATALOGUE) == replay_key(FREQUENCY, CATALOGUE)
    assert replay_key(with_(said, window_days=91), CATALOGUE) != replay_key(FREQUENCY, CATALOGUE)
