"""Differential privacy stands on this: one sealed pid moves one person (PROTOCOL, "Neighbours")."""

import copy
from collections import Counter
from dataclasses import dataclass, replace

import goods_questions
import journey_questions
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows, person_rows
from person_material import (
    CAP,
    PARTIES,
    Person,
    World,
    catalogue,
    dense_world,
    facts,
    rows_of,
    worlds,
)

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.cells import shape
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

CONNECTION = database.connect(256, 1)
Touched = Counter[tuple[int, ...]]  # (cell, bounded amounts), one per person


def questions(parties: tuple[str, ...]) -> list[Question]:
    """Every kernel, with every party in every role."""
    asked: list[Question] = [MatchQuestion(parties, "membership")]
    for first in parties:
        for second in parties:
            if first < second:
                asked.append(MatchQuestion((first, second), "winner"))
            if first == second:
                continue
            asked.append(
                AttributeQuestion(
                    (first,),
                    (f"{first}.people.a_age", f"{first}.people.is_fan"),
                    second,
                    (Filter(f"{first}.people.a_age", ("", "young", "old")),),
                )
            )
            for active in (False, True):
                asked.append(
                    FirstChannelQuestion(
                        first,
                        second,
                        "2026-01-02",
                        "2026-01-07",
                        "last",
                        3,
                        active,
                        first_order_value=True,
                    )
                )
            asked += goods_questions.of_pair(first, second)
            asked += journey_questions.of_pair(first, second)
            asked.append(ArmQuestion(first, second, "t1", window_days=3, sales_value=True))
            campaign = (first, second, "2026-01-01", "2026-01-08", "", ("imp", "click"), True)
            asked.append(
                FrequencyQuestion(*campaign, window_days=4, top=3, customers=True, impressions=True)
            )
            asked.append(
                SuppressionQuestion(
                    *campaign, recent_days=2, cap=2, no_response_after=1, outcome=True
                )
            )
    return asked


def touched(world: World, asked: list[Question]) -> list[tuple[Touched, list[list[int]]]]:
    """For every question which cells are touched, and the vectors that noise is added to."""
    agreed = catalogue(tuple(world), 1)
    load_rows(CONNECTION, agreed, rows_of(world))
    found = []
    for question in asked:
        question = canonical(question, agreed)
        said = person_rows(CONNECTION, question, agreed)
        bounded = Counter(
            (cell, *(min(max(amount, 0), CAP) for amount in amounts)) for _, cell, *amounts in said
        )
        found.append((bounded, kernels.run(CONNECTION, question, agreed).vectors))
    return found


def most_moved(before: World, after: World, asked: list[Question]) -> int:
    """How many persons were added or dropped at most, over all questions; checks the vectors."""
    most = 0
    agreed = catalogue(tuple(before), 1)
    for question, (one, vectors), (other, others) in zip(
        asked, touched(before, asked), touched(after, asked), strict=True
    ):
        gone, come = one - other, other - one
        moved = max(gone.total(), come.total())
        most = max(most, moved)
        measures = shape(question, agreed).measures
        for measure, old, new in zip(measures, vectors, others, strict=True):
            squares = sum((a - b) ** 2 for a, b in zip(old, new, strict=True))
            assert squares <= 2 * (moved * measure.cap) ** 2  # what the price assumes, for g moved
    return most


@dataclass
class Case:
    """A world for differential privacy, one pid in it, and what is asked."""

    world: World
    party: str
    pid: int
    asked: list[Question]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """At most three questions each, for time; over all examples every one is asked often."""
    parties = draw(st.integers(2, 3))
    if draw(st.booleans()):
        world = dense_world(draw(st.integers(0, 2**32)), parties, people=8)
    else:
        world = draw(worlds(parties=parties, kinds=1, one_each=True))
    party = draw(st.sampled_from(PARTIES[:parties]))
    if not world[party]:
        world[party].append(draw(facts()))
    asked = draw(st.lists(st.sampled_from(questions(tuple(world))), min_size=1, max_size=3))
    return Case(world, party, draw(st.integers(0, len(world[party]) - 1)), asked)


@given(case=cases(), other=st.one_of(st.none(), facts()))
def test_one_pid_moves_at_most_one_person(case: Case, other: Person | None) -> None:
    """Dropped (adding is dropping read backwards), or everything changed but its token."""
    after = copy.deepcopy(case.world)
    if other is None:
        del after[case.party][case.pid]
    else:
        tokens = case.world[case.party][case.pid].tokens
        after[case.party][case.pid] = replace(other, tokens=tokens)
    assert most_moved(case.world, after, case.asked) <= 1


@settings(max_examples=max(20, settings().max_examples // 4))
@given(case=cases())
def test_changing_a_token_is_a_drop_and_an_add(case: Case) -> None:
    taken = [token for p in case.world[case.party] for token in p.tokens.get("email", [])]
    free = next((0, lo) for lo in range(100) if (0, lo) not in taken)
    after = copy.deepcopy(case.world)
    after[case.party][case.pid].tokens = {"email": [free]}
    assert most_moved(case.world, after, case.asked) <= 2


def test_the_bound_is_reached() -> None:
    """The tests above can fail: dropping one pid does move a person, changing a token two."""
    before = {
        "platform": [Person({"email": [(0, 1)]}, {"a_age": 1, "is_fan": 1}), Person()],
        "brand": [
            Person({"email": [(0, 1)]}, {"a_age": 1, "is_fan": 1}),
            Person({"email": [(0, 2)]}, {"a_age": 3, "is_fan": 1}),
        ],
    }
    dropped = copy.deepcopy(before)
    del dropped["brand"][0]
    asked = questions(("platform", "brand"))
    assert most_moved(before, dropped, asked) == 1
    changed = copy.deepcopy(before)
    changed["platform"][0].tokens = {"email": [(0, 2)]}
    assert most_moved(before, changed, asked) == 2


def test_with_two_kinds_one_pid_would_move_two_persons() -> None:
    """Why an agreement with differential privacy has one kind of identifier."""
    agreed = catalogue(("platform", "brand"), 2)
    platform = [Person({"email": [(0, 1)]}), Person({"phone": [(0, 2)]})]
    linking = Person({"email": [(0, 1)], "phone": [(0, 2)]})
    cells = []
    for brand in ([linking], []):
        load_rows(CONNECTION, agreed, rows_of({"platform": platform, "brand": brand}))
        question = MatchQuestion(agreed.parties, "membership")
        cells.append(kernels.run(CONNECTION, question, agreed).vectors[0])
    assert cells == [[0, 0, 2], [2, 0, 0]]
