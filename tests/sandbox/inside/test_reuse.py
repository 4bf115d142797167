"""Cells that mean the same people, and sums of released cells, against what kernels count."""

from itertools import product

import edge_questions
import goods_questions
import journey_questions
import msgspec
import pytest
from gate_material import (
    AGE,
    AGE_VERSUS,
    ALL_MATCH,
    CATALOGUE,
    DP,
    THRESHOLD,
    VALUE,
    opened,
    values,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows
from person_material import World, catalogue, rows_of, worlds

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.predicates import predicates, sums
from cleanroom.disclosure.price import FREE
from cleanroom.disclosure.question import (
    ArmQuestion,
    AttributeQuestion,
    Filter,
    FirstChannelQuestion,
    FrequencyQuestion,
    MatchQuestion,
    Question,
    SuppressionQuestion,
)
from cleanroom.sandbox.inside import database, kernels
from cleanroom.sandbox.outside.check import check

PARTIES = ("platform", "brand", "partner")
CONNECTION = database.connect(256, 1)
AGREED = catalogue(PARTIES, 3)
_AGE, _FAN = "platform.people.a_age", "platform.people.is_fan"
_DAYS = ("2026-01-01", "2026-01-08")


def _attributes() -> list[Question]:
    found: list[Question] = []
    columns = [(_AGE,), (_FAN,), (_AGE, _FAN)]
    wheres = [(), (Filter(_AGE, ("young", "old")),), (Filter(_FAN, ("true",)),)]
    for chosen, where, versus in product(columns, wheres, ("", "brand")):
        found.append(AttributeQuestion(("platform",), chosen, versus, where))
        if not versus:
            found.append(AttributeQuestion(("platform", "brand"), chosen, where=where))
    return found


POOL: list[Question] = [
    *_attributes(),
    *(MatchQuestion(("platform", "brand"), by) for by in ("membership", "winner", "pattern")),
    MatchQuestion(PARTIES, "membership"),
    MatchQuestion(("brand", "partner"), "membership"),
    *(
        FirstChannelQuestion("platform", "brand", "2026-01-02", "2026-01-07", window_days=days)
        for days in (2, 5)
    ),
    *goods_questions.POOL,
    *journey_questions.POOL,
    *edge_questions.POOL,
    ArmQuestion("platform", "brand", "t1", window_days=2),
    ArmQuestion("platform", "brand", "t1", ("test",), 5),
    *(
        FrequencyQuestion("platform", "brand", *_DAYS, top=top, customers=customers)
        for top, customers in ((2, False), (4, False), (4, True))
    ),
    FrequencyQuestion("platform", "brand", *_DAYS, order_kinds=("buy",), top=3),
    *(
        SuppressionQuestion("platform", "brand", *_DAYS, cap=2, no_response_after=1, outcome=split)
        for split in (False, True)
    ),
    SuppressionQuestion("platform", "brand", *_DAYS, cap=2, no_response_after=1, existing=False),
]
QUESTIONS = [canonical(question, AGREED) for question in POOL]
PAIRS = [(a, b) for a in QUESTIONS for b in QUESTIONS if a != b and sums(a, b, AGREED) is not None]


def counts(question: Question) -> list[int]:
    return kernels.run(CONNECTION, question, AGREED).vectors[0]


def test_the_sums_that_analysts_expect_are_there() -> None:
    both = AttributeQuestion(("platform",), (_AGE, _FAN))
    named = {
        (MatchQuestion(("platform", "brand"), "membership"), MatchQuestion(("platform", "brand"))),
        (MatchQuestion(("platform", "brand")), MatchQuestion(("platform", "brand"), "pattern")),
        (AttributeQuestion(("platform",), (_AGE,)), both),
        (AttributeQuestion(("platform",), (_AGE,), where=(Filter(_FAN, ("true",)),)), both),
        (
            AttributeQuestion(("platform", "brand"), (_FAN,)),
            AttributeQuestion(("platform",), (_FAN,), "brand"),
        ),
        (MatchQuestion(("brand", "partner"), "membership"), MatchQuestion(PARTIES, "membership")),
    }
    assert named <= set(PAIRS)
    assert len(PAIRS) > 40


def test_what_is_finer_is_no_sum() -> None:
    assert (
        sums(MatchQuestion(("platform", "brand")), MatchQuestion(PARTIES, "membership"), AGREED)
        is None
    )
    assert sums(MatchQuestion(("platform", "brand"), "pattern"), ALL_MATCH, AGREED) is None
    age = AttributeQuestion(("platform",), (_AGE,))
    young = msgspec.structs.replace(age, where=(Filter(_AGE, ("young",)),))
    assert sums(age, young, AGREED) is None
    assert sums(young, age, AGREED) is not None


@settings(max_examples=max(40, settings().max_examples // 2))
@given(world=worlds(parties=3, kinds=3), pair=st.sampled_from(PAIRS))
def test_sums_hold_whatever_the_data(world: World, pair: tuple[Question, Question]) -> None:
    load_rows(CONNECTION, AGREED, rows_of(world))
    parts = sums(*pair, AGREED)
    assert parts is not None
    given_counts = counts(pair[1])
    assert counts(pair[0]) == [sum(given_counts[i] for i in cells) for cells in parts]


SAME = [
    (a, i, b, j)
    for a, b in product(QUESTIONS, QUESTIONS)
    for i, one in enumerate(predicates(a, AGREED))
    for j, other in enumerate(predicates(b, AGREED))
    if a != b and one == other and not one.nobody
]


@settings(max_examples=max(40, settings().max_examples // 2))
@given(world=worlds(parties=3, kinds=3), same=st.sampled_from(SAME))
def test_one_meaning_is_one_set_of_people(
    world: World, same: tuple[Question, int, Question, int]
) -> None:
    load_rows(CONNECTION, AGREED, rows_of(world))
    a, i, b, j = same
    assert counts(a)[i] == counts(b)[j]


def test_cells_of_a_question_are_disjoint_boxes() -> None:
    for question in QUESTIONS:
        boxes = predicates(question, AGREED)
        assert len(boxes) == len(shape(question, AGREED).cells)
        living = [box for box in boxes if not box.nobody]
        assert len(set(living)) == len(living)


@pytest.mark.parametrize("policy", [DP, THRESHOLD], ids=["dp", "threshold"])
def test_a_marginal_is_the_sum_of_released_cells_and_free(policy: object) -> None:
    desk = opened(policy)  # type: ignore[arg-type]
    fine = desk.ask("A03", AGE_VERSUS)
    before = desk.books.session
    coarse = desk.decide("A03", AGE)
    if None in values(fine):
        assert not coarse.release.replayed  # a sum with a withheld part is no released number
        return
    assert (coarse.release.price, coarse.release.replayed, coarse.stored) == (FREE, True, None)
    cells = values(fine)
    assert values(coarse.release) == tuple(
        (cells[i] or 0) + (cells[i + 1] or 0) for i in range(0, len(cells), 2)
    )
    assert coarse.release.vectors[0].sigma == 15  # 10 * sqrt(2), rounded up
    assert desk.books.session == before
    assert check(coarse.release, AGE, CATALOGUE, policy) is coarse.release  # type: ignore[arg-type]


def test_a_cell_that_was_given_before_is_given_again() -> None:
    """Newcomers whom the platform doesn't know are the same people for every window."""
    desk = opened(DP)
    first = values(desk.ask("A04", VALUE))
    for days in range(1, 5):
        other = msgspec.structs.replace(VALUE, window_days=days, first_order_value=False)
        assert values(desk.ask("A04", other))[-1] == first[-1]


def test_without_the_memory_its_noise_is_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attack itself is sound."""
    monkeypatch.setattr("cleanroom.sandbox.inside.reuse.Given.of", lambda *_: {})
    desk = opened(DP)
    spans = [msgspec.structs.replace(VALUE, window_days=days) for days in range(1, 5)]
    assert len({values(desk.ask("A04", asked))[-1] for asked in spans}) > 1


def test_a_withheld_cell_is_not_tried_again_in_another_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cell near the threshold would pass sooner or later."""
    desk = opened(THRESHOLD)
    monkeypatch.setattr(
        "cleanroom.sandbox.inside.noise.add",
        lambda exact, sigma: [v - 40 * (len(exact) > 1) for v in exact],
    )
    assert values(desk.ask("A04", VALUE))[1] is None  # 75 - 40 people
    monkeypatch.undo()
    again = msgspec.structs.replace(VALUE, first_order_value=False)
    assert values(desk.ask("A04", again))[1] is None
