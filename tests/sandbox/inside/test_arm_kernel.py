"""Kernel ``arm`` on random worlds, against plain Python written from what the question says."""

from collections import Counter
from fractions import Fraction
from math import floor

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows, person_rows
from person_material import (
    CAP,
    DAY,
    KINDS,
    ORDER_KINDS,
    START,
    TABLES,
    Linked,
    Person,
    World,
    catalogue,
    dense_world,
    persons_by_rule,
    rows_of,
    worlds,
)

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import ArmQuestion
from cleanroom.sandbox.inside import database, kernels
from cleanroom.tables import MISSING_LONG, Type

CONNECTION = database.connect(256, 1)
ARMS, TESTS = ("control", "test"), ("t1", "t2")
PERIOD = (START, START + 365 * DAY)
Answer = Counter[tuple[object, ...]]  # labels of the cell, then clipped amounts


def names(kinds: int) -> list[str]:
    return [identifier.kind for identifier in KINDS[:kinds]]


def square(paid: int) -> int:
    """paid²/cap to the nearest whole number."""
    return floor(Fraction(paid * paid, CAP) + Fraction(1, 2))


def outcome(question: ArmQuestion, person: Linked, world: World) -> tuple[object, ...] | None:
    """The cell of one person and what it adds, or None for somebody who is no subject."""
    if question.arms not in person.pids:
        return None
    code = TESTS.index(question.test) + 1
    rows = [
        (row["opp_ts"], row["arm"])
        for row in world[question.arms][person.pids[question.arms]].arms
        if row["test"] == code and row["arm"] and PERIOD[0] <= row["opp_ts"] < PERIOD[1]
    ]
    if not rows:
        return None
    begun, arm = min(rows)
    if question.between and ARMS[arm - 1] not in question.between:
        return None
    if question.conversions not in person.pids:
        return (ARMS[arm - 1], "unmatched"), []
    counted = {ORDER_KINDS.index(kind) + 1 for kind in question.order_kinds}
    events = [
        row
        for row in world[question.conversions][person.pids[question.conversions]].conversions
        if begun <= row["ts"] <= begun + question.window_days * DAY
        and (not counted or row["kind"] in counted)
    ]
    paid = [row["paid"] for row in events if row["paid"] != MISSING_LONG]
    return (ARMS[arm - 1], "converted" if events else "not converted"), paid


def by_rule(question: ArmQuestion, world: World, persons: list[Linked]) -> Answer:
    found: Answer = Counter()
    for person in persons:
        placed = outcome(question, person, world)
        if placed is not None:
            labels, paid = placed
            total = min(max(sum(paid), 0), CAP)
            found[(labels, *((total, square(total)) if question.sales_value else ()))] += 1
    return found


def check(question: ArmQuestion, agreed: Catalogue, expected: Answer) -> None:
    """Both what the kernel says per person, and what is counted and added up per cell."""
    question = canonical(question, agreed)
    wanted = shape(question, agreed)
    said = person_rows(CONNECTION, question, agreed)
    assert len({row[0] for row in said}) == len(said), "one row per person"
    assert Counter((wanted.cells[cell], *amounts) for _, cell, *amounts in said) == expected
    sums = [Counter() for _ in wanted.measures]
    for (labels, *amounts), number in expected.items():
        for total, amount in zip(sums, [1, *amounts], strict=True):
            total[labels] += number * amount
    exact = kernels.run(CONNECTION, question, agreed)
    assert exact.vectors == [[total[labels] for labels in wanted.cells] for total in sums]


@st.composite
def questions(draw: st.DrawFn, agreed: Catalogue) -> ArmQuestion:
    return ArmQuestion(
        draw(st.sampled_from(agreed.parties)),
        draw(st.sampled_from(agreed.parties)),
        draw(st.sampled_from(TESTS)),
        tuple(draw(st.lists(st.sampled_from(ARMS), max_size=2))),
        draw(st.integers(0, 8)),
        tuple(draw(st.lists(st.sampled_from(ORDER_KINDS), max_size=2))),
        draw(st.booleans()),
    )


@settings(max_examples=max(20, settings().max_examples // 2))
@given(data=st.data(), seed=st.one_of(st.none(), st.integers(0, 2**32)))
def test_arm(data: st.DataObject, seed: int | None) -> None:
    world = data.draw(worlds(parties=3, kinds=2)) if seed is None else dense_world(seed)
    agreed = catalogue(tuple(world), 2)
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, names(2))
    for _ in range(4):
        question = data.draw(questions(agreed))
        check(question, agreed, by_rule(question, world, persons))


# --- by hand -------------------------------------------------------------------------------------

TOKEN = {"email": [(0, 1)]}
QUESTION = ArmQuestion("platform", "brand", "t1", window_days=7, sales_value=True)
AGREED = catalogue(("platform", "brand"), 1)


def drawn(arm: int, at: int, test: int = 1) -> dict[str, int]:
    return {"test": test, "arm": arm, "opp_ts": at}


def order(at: int, paid: int = 100, kind: int = 1) -> dict[str, int]:
    return {"ts": at, "paid": paid, "kind": kind}


def asked(
    arms: list[dict[str, int]],
    orders: list[dict[str, int]] | None,
    question: ArmQuestion = QUESTION,
    agreed: Catalogue = AGREED,
) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The cells that one person is in; ``orders`` None: the brand doesn't know the person."""
    people = {"platform": [Person(dict(TOKEN), arms=arms)], "brand": []}
    if orders is not None:
        people["brand"] = [Person(dict(TOKEN), conversions=orders)]
    load_rows(CONNECTION, agreed, rows_of(people))
    wanted = shape(question, agreed)
    vectors = kernels.run(CONNECTION, canonical(question, agreed), agreed).vectors
    cells = zip(wanted.cells, zip(*vectors, strict=True), strict=True)
    return {labels: amounts for labels, amounts in cells if any(amounts)}


BEGUN = START + 3 * DAY


@pytest.mark.parametrize(
    ("shift", "counts"),
    [(-1, False), (0, True), (7 * DAY, True), (7 * DAY + 1, False)],
    ids=["a second before", "with it", "the last second", "a second late"],
)
def test_the_window_holds_both_its_ends(shift: int, counts: bool) -> None:
    outcome = "converted" if counts else "not converted"
    found = asked([drawn(2, BEGUN)], [order(BEGUN + shift, 1000)])
    assert found == {("test", outcome): (1, 1000, 200) if counts else (1, 0, 0)}


def test_the_first_opportunity_decides_and_ties_go_to_the_first_arm_of_the_domain() -> None:
    later = [drawn(2, BEGUN), drawn(1, BEGUN + 1)]
    assert list(asked(later, [])) == [("test", "not converted")]
    assert list(asked([drawn(2, BEGUN), drawn(1, BEGUN)], [])) == [("control", "not converted")]


def test_rows_without_arm_or_time_or_of_another_test_count_for_nothing() -> None:
    nothing = [drawn(0, BEGUN), drawn(1, MISSING_LONG), drawn(1, BEGUN, 2), drawn(1, BEGUN, 0)]
    assert asked(nothing, []) == {}
    assert list(asked([*nothing, drawn(2, BEGUN + DAY)], [])) == [("test", "not converted")]


@pytest.mark.parametrize("absurd", [-(2**63) + 1, -1, START - 1, START + 365 * DAY, 2**63 - 1])
def test_a_time_outside_the_period_is_no_opportunity_and_no_error(absurd: int) -> None:
    assert asked([drawn(1, absurd)], [order(absurd)]) == {}
    both = [drawn(1, absurd), drawn(2, BEGUN)]
    assert list(asked(both, [order(absurd)])) == [("test", "not converted")]


def test_who_is_not_in_the_sales_data_is_unmatched() -> None:
    assert asked([drawn(1, BEGUN)], None) == {("control", "unmatched"): (1, 0, 0)}


def test_only_the_kinds_that_count_make_a_conversion() -> None:
    visits = msgspec.structs.replace(QUESTION, order_kinds=("visit",))
    orders = [order(BEGUN, 500, kind=1), order(BEGUN, 70, kind=3)]
    assert asked([drawn(1, BEGUN)], orders, visits) == {("control", "converted"): (1, 70, 1)}
    assert list(asked([drawn(1, BEGUN)], orders[:1], visits)) == [("control", "not converted")]


@pytest.mark.parametrize(
    ("paid", "total", "squared"),
    [
        ([CAP - 1, 2], CAP, CAP),
        ([3 * CAP, -CAP], CAP, CAP),
        ([10, -4, MISSING_LONG], 6, 0),
        ([-5], 0, 0),
        ([2**63 - 1] * 3, CAP, CAP),
        ([50], 50, 1),  # 0.5, halves go up
        ([49], 49, 0),
    ],
)
def test_amounts_are_clipped_once_per_person_and_then_squared(
    paid: list[int], total: int, squared: int
) -> None:
    found = asked([drawn(1, BEGUN)], [order(BEGUN, amount) for amount in paid])
    assert found == {("control", "converted"): (1, total, squared)}


def test_the_largest_cap_is_no_error() -> None:
    cap = 10_000_000_000
    tables = {**TABLES, "conversions": {**TABLES["conversions"], "paid": _money(cap)}}
    agreed = catalogue(("platform", "brand"), 1, tables)
    found = asked([drawn(1, BEGUN)], [order(BEGUN, 2 * cap)], agreed=agreed)
    assert found == {("control", "converted"): (1, cap, cap)}


def _money(cap: int) -> ColumnSpec:
    return ColumnSpec(Type.MONEY, cap=cap)


def test_one_party_may_bring_both_and_then_nobody_is_unmatched() -> None:
    own = msgspec.structs.replace(QUESTION, conversions="platform")
    assert [outcome for _, outcome in shape(own, AGREED).cells] == [
        "converted",
        "not converted",
    ] * 2
    world = {
        "platform": [Person({}, arms=[drawn(2, BEGUN)], conversions=[order(BEGUN, 9)])],
        "brand": [],
    }
    load_rows(CONNECTION, AGREED, rows_of(world))
    assert kernels.run(CONNECTION, own, AGREED).vectors[0] == [0, 0, 1, 0]


def test_other_arms_stay_out_of_a_question_between_some() -> None:
    control = msgspec.structs.replace(QUESTION, between=("control",))
    assert {arm for arm, _ in shape(control, AGREED).cells} == {"control"}
    assert asked([drawn(2, BEGUN)], [order(BEGUN)], control) == {}
    assert list(asked([drawn(1, BEGUN)], [order(BEGUN)], control)) == [("control", "converted")]
