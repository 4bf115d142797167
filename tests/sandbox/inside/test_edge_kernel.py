"""Who recommended whom: by plain Python, by hand, on a real network, and how many people one
sealed pid moves.
"""

import copy
import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import edge_questions
import numpy as np
import pytest
from edge_material import NOBODY, Answer, by_rule, edges_by_rule
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows, person_rows
from person_material import (
    CAP,
    DAY,
    START,
    Person,
    World,
    catalogue,
    dense_world,
    facts,
    persons_by_rule,
    rows_of,
    worlds,
)
from room_material import Rows

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import EdgeQuestion, FirstChannelQuestion
from cleanroom.disclosure.questions.edge import NOT_REFERRED, people_moved
from cleanroom.sandbox.inside import database, kernels

CONNECTION = database.connect(256, 1)
PAIR = ("platform", "brand")


# --- by rule --------------------------------------------------------------------------------------


def said(question: EdgeQuestion, agreed: Catalogue) -> Answer:
    question = canonical(question, agreed)  # type: ignore[assignment]
    cells = shape(question, agreed).cells
    rows = person_rows(CONNECTION, question, agreed)
    assert len({row[0] for row in rows}) == len(rows), "one row per person"
    return Counter(
        (cells[cell], *(min(max(amount or 0, 0), CAP) for amount in amounts))
        for _, cell, *amounts in rows
    )


QUESTIONS = st.builds(
    EdgeQuestion,
    referrals=st.sampled_from(PAIR),
    conversions=st.sampled_from(PAIR),
    since=st.sampled_from(["2026-01-01", "2026-01-03"]),
    until=st.sampled_from(["2026-01-06", "2026-01-09"]),
    count=st.sampled_from(["referrers", "referees"]),
    most=st.integers(1, 5),
    window_days=st.integers(0, 6),
    edge_kinds=st.sampled_from([(), ("share",), ("share", "click")]),
    order_kinds=st.sampled_from([(), ("buy",)]),
    repeat_days=st.sampled_from([0, 2]),
    first_order_value=st.booleans(),
)


@given(
    question=QUESTIONS,
    world=st.one_of(
        worlds(parties=2, kinds=3),
        st.integers(0, 2**32).map(lambda seed: dense_world(seed, people=8)),
    ),
)
def test_against_plain_python(question: EdgeQuestion, world: World) -> None:
    agreed = catalogue(tuple(world), 3)
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, ["email", "phone", "imei"])
    expected = by_rule(question, world, persons)
    assert said(question, agreed) == expected


def test_dense_worlds_have_edges_in_many_cells() -> None:
    """So the comparison above is about something."""
    found: Answer = Counter()
    for seed in range(6):
        world = dense_world(seed, people=30)
        persons = persons_by_rule(world, ["email"])
        for count in ("referrers", "referees"):
            question = EdgeQuestion(*PAIR, "2026-01-01", "2026-01-09", count)  # type: ignore[arg-type]
            found += by_rule(question, world, persons)
    assert len(found) > 8


# --- by hand --------------------------------------------------------------------------------------


def edge(to: int, day: float, kind: int = 1) -> dict[str, int]:
    return {"to": to, "ts": START + int(day * DAY), "kind": kind, "channel": 1}


def order(day: float, paid: int = 10) -> dict[str, int]:
    return {"ts": START + int(day * DAY), "kind": 1, "paid": paid}


def pair_of(people: list[tuple[list[dict[str, int]], list[dict[str, int]]]]) -> World:
    """People in both datasets: their edges and their orders."""
    platform = [
        Person({"email": [(0, n)]}, {"a_age": 1, "is_fan": 1}, referrals=told)
        for n, (told, _) in enumerate(people)
    ]
    brand = [
        Person({"email": [(0, n)]}, {"a_age": 1, "is_fan": 1}, conversions=bought)
        for n, (_, bought) in enumerate(people)
    ]
    return {"platform": platform, "brand": brand}


def labels(world: World, count: str, **more: Any) -> list[tuple[str, ...]]:
    """Each person's cell."""
    agreed = catalogue(tuple(world), 1)
    load_rows(CONNECTION, agreed, rows_of(world))
    question = EdgeQuestion(*PAIR, "2026-01-01", "2026-01-09", count, **more)  # type: ignore[arg-type]
    question = canonical(question, agreed)  # type: ignore[assignment]
    cells = shape(question, agreed).cells
    return [cells[row[1]] for row in sorted(person_rows(CONNECTION, question, agreed))]


def test_the_first_referrer_wins_and_ties_go_to_the_smaller() -> None:
    people = [([edge(3, 2)], []), ([edge(3, 1)], []), ([edge(3, 1)], []), ([], [order(4)])]
    assert labels(pair_of(people), "referrers") == [("0", "0"), ("1", "1"), ("0", "0"), ("0", "0")]


def test_the_cap_takes_the_earliest_and_a_repetition_takes_no_place() -> None:
    told = [edge(3, 1), edge(3, 0.5), edge(2, 2), edge(1, 3)]
    people = [(told, []), ([], [order(4)]), ([], [order(4)]), ([], [order(4)])]
    assert labels(pair_of(people), "referrers", most=2)[0] == ("2", "2")
    assert labels(pair_of(people), "referees", most=2) == [(NOT_REFERRED,), ("2",), ("1",)]


def test_nobody_recommends_oneself() -> None:
    assert labels(pair_of([([edge(0, 1)], [order(2)])]), "referees") == [(NOT_REFERRED,)]


@pytest.mark.parametrize(
    ("bought", "converted"),
    [
        ([1.0], "1"),  # at the very moment
        ([0.999], "0"),
        ([4.0], "1"),  # the last moment of three days
        ([4.001], "0"),
        ([0.5, 2.0], "0"),  # had bought before
        ([], "0"),
    ],
)
def test_only_a_first_order_in_the_window_counts(bought: list[float], converted: str) -> None:
    people = [([edge(1, 1)], []), ([], [order(day) for day in bought])]
    found = labels(pair_of(people), "referrers", window_days=3)
    assert found[0] == ("1", converted)


def test_a_place_lost_to_an_earlier_referrer_stays_taken() -> None:
    """Of mine the first two count, whoever else recommended the same people."""
    people = [
        ([edge(2, 2), edge(3, 3), edge(4, 4)], []),
        ([edge(2, 1)], []),
        *(([], [order(5)]) for _ in range(3)),
    ]
    assert labels(pair_of(people), "referrers", most=2)[:2] == [("1", "1"), ("1", "1")]
    assert labels(pair_of(people), "referees", most=2) == [("1",), ("2",), (NOT_REFERRED,)]


def test_a_second_order_is_on_a_later_day() -> None:
    people = [
        ([edge(1, 1), edge(2, 1)], []),
        ([], [order(2.1), order(2.2)]),
        ([], [order(2.1), order(5)]),
    ]
    assert labels(pair_of(people), "referees", repeat_days=3) == [("1", "once"), ("2", "again")]
    assert labels(pair_of(people), "referees", repeat_days=2)[1] == ("2", "once")


def test_new_customers_are_those_of_the_first_channel() -> None:
    """So their number is known where either was asked."""
    world = dense_world(5)
    agreed = catalogue(tuple(world), 1)
    load_rows(CONNECTION, agreed, rows_of(world))
    days = ("2026-01-02", "2026-01-07")
    channels = FirstChannelQuestion(*PAIR, *days)
    *matched, _ = kernels.run(CONNECTION, canonical(channels, agreed), agreed).vectors[0]
    edges = canonical(EdgeQuestion(*PAIR, *days, "referees"), agreed)
    assert sum(kernels.run(CONNECTION, edges, agreed).vectors[0]) == sum(matched) > 0


# --- both ends ------------------------------------------------------------------------------------


@settings(max_examples=max(20, settings().max_examples // 4))
@given(seed=st.integers(0, 2**32), most=st.integers(1, 5))
def test_a_cell_has_as_many_referrers_as_referees(seed: int, most: int) -> None:
    """What makes one threshold protect both ends."""
    world = dense_world(seed, people=20)
    question = EdgeQuestion(*PAIR, "2026-01-01", "2026-01-09", "referees", most)
    edges = edges_by_rule(question, world["platform"])
    for place in range(1, most + 1):
        sources = [source for source, _, at in edges.values() if at == place]
        assert len(sources) == len(set(sources))
    agreed = catalogue(tuple(world), 1)
    load_rows(CONNECTION, agreed, rows_of(world))
    assert max(int(d) for ((d, _),) in said(of_referrers(question), agreed)) <= most


def of_referrers(question: EdgeQuestion) -> EdgeQuestion:
    return EdgeQuestion(question.referrals, question.conversions, question.since, question.until,
                        "referrers", question.most)  # fmt: skip


# --- how many people one pid moves ----------------------------------------------------------------


def with_edges(world: World) -> dict[str, Rows]:
    """Rows of a world whose edges may lead to nobody."""
    rows = rows_of(world)
    for party, people in world.items():
        to = [
            row["to"] if row["to"] == NOBODY else row["to"] % len(people)
            for person in people
            for row in person.referrals
        ]
        rows[party].events["referrals"]["to_person"] = np.array(to, "<u4")
    return rows


def dropped(world: World, party: str, pid: int) -> World:
    """Without one pid and its rows; what others said of it stays theirs and leads to nobody."""
    after = copy.deepcopy(world)
    count = len(after[party])
    for person in after[party]:
        for row in person.referrals:
            to = row["to"] % count
            row["to"] = NOBODY if to == pid else to - (to > pid)
    del after[party][pid]
    return after


def most_moved(before: World, after: World, asked: list[EdgeQuestion]) -> dict[EdgeQuestion, int]:
    """People added or dropped, by question; checks the vectors that noise is added to."""
    agreed = catalogue(tuple(before), 1)
    found: dict[EdgeQuestion, list[Answer]] = {question: [] for question in asked}
    vectors: dict[EdgeQuestion, list[list[list[int]]]] = {question: [] for question in asked}
    for world in (before, after):
        load_rows(CONNECTION, agreed, with_edges(world))
        for question in asked:
            found[question].append(said(question, agreed))
            exact = kernels.run(CONNECTION, canonical(question, agreed), agreed)
            vectors[question].append(exact.vectors)
    moved = {}
    for question, (one, other) in found.items():
        gone, come = one - other, other - one
        moved[question] = max(gone.total(), come.total())
        measures = shape(question, agreed).measures
        for measure, old, new in zip(measures, *vectors[question], strict=True):
            squares = sum((a - b) ** 2 for a, b in zip(old, new, strict=True))
            assert squares <= 2 * (moved[question] * measure.cap) ** 2  # what the price assumes
    return moved


@st.composite
def cases(draw: st.DrawFn) -> tuple[World, str, int, list[EdgeQuestion]]:
    world = dense_world(draw(st.integers(0, 2**32)), draw(st.integers(2, 3)), people=8)
    party = draw(st.sampled_from(sorted(world)))
    pairs = [(a, b) for a in world for b in world]
    asked = edge_questions.of_pair(*draw(st.sampled_from(pairs)))
    return world, party, draw(st.integers(0, 7)), asked


@settings(max_examples=max(20, settings().max_examples // 4))
@given(case=cases(), other=st.one_of(st.none(), facts()))
def test_one_pid_moves_at_most_twice_its_referees_and_itself(
    case: tuple[World, str, int, list[EdgeQuestion]], other: Person | None
) -> None:
    """Dropped (adding is dropping read backwards), or everything changed but its token."""
    world, party, pid, asked = case
    if other is None:
        after = dropped(world, party, pid)
    else:
        after = copy.deepcopy(world)
        after[party][pid] = replace(other, tokens=world[party][pid].tokens)
    for question, moved in most_moved(world, after, asked).items():
        assert moved <= people_moved(question.most)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_the_bound_is_reached(most: int) -> None:
    """All referees of before and of after move, and the one who recommended them."""
    before_after = [range(1, most + 1), range(most + 1, 2 * most + 1)]
    buyers = [([], [order(4)]) for _ in range(2 * most)]
    one, other = (
        pair_of([([edge(to, 1) for to in chosen], [order(2)]), *buyers]) for chosen in before_after
    )
    # the referrer's own outcome is in its brand's rows: one party that brings both moves it, too
    both = [
        {"platform": [replace(p, conversions=b.conversions) for p, b in
                      zip(world["platform"], world["brand"], strict=True)], "brand": []}
        for world in (one, other)
    ]  # fmt: skip
    both[1]["platform"][0].conversions = []
    question = EdgeQuestion("platform", "platform", "2026-01-01", "2026-01-09", "referees", most)
    agreed = catalogue(PAIR, 1)
    people = []
    for world in both:
        load_rows(CONNECTION, agreed, rows_of(world))
        asked = canonical(question, agreed)
        people.append({row[0]: row[1] for row in person_rows(CONNECTION, asked, agreed)})
    changed = {
        p for p in people[0].keys() | people[1].keys() if people[0].get(p) != people[1].get(p)
    }
    assert len(changed) == people_moved(most)
    assert people_moved(most) == 2 * most + 1


# --- a real network -------------------------------------------------------------------------------


def test_who_told_whom_among_physicians(shared: Path) -> None:
    """Named discussion partners of a survey, as referrals in the month when the namer adopted."""
    folder = shared / "data" / "network"
    if not folder.is_dir():
        pytest.skip("no network data")
    with (folder / "medinnovations_nodes.csv").open(newline="") as file:
        adopted = {int(row["id"]): int(row["toa"]) for row in csv.DictReader(file)}
    with (folder / "medinnovations_edges.csv").open(newline="") as file:
        named = {(int(row["ego"]), int(row["alter"])) for row in csv.DictReader(file)}
    ids = sorted(adopted)
    number = {one: place for place, one in enumerate(ids)}
    listed = sorted((number[a], number[b]) for a, b in named if a in number and b in number)
    people = [
        (
            [edge(b, adopted[ids[n]] / 4) for a, b in listed if a == n],
            [order(adopted[one] / 4)],
        )
        for n, one in enumerate(ids)
    ]
    world = pair_of(people)
    agreed = catalogue(PAIR, 1)
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, ["email"])
    for count in ("referrers", "referees"):
        question = EdgeQuestion(*PAIR, "2026-01-01", "2026-01-09", count, 3, 2)  # type: ignore[arg-type]
        found = said(question, agreed)
        assert found == by_rule(question, world, persons)
        assert found.total() == len(ids)
    assert len(listed) > 250
