"""Kernels on random worlds, against plain Python written from what the questions say."""

import functools
from collections import Counter
from datetime import date

import edge_questions
import goods_questions
import journey_questions
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows, person_rows
from person_material import (
    BARE,
    CAP,
    DAY,
    KINDS,
    ORDER_KINDS,
    TABLES,
    Linked,
    World,
    catalogue,
    dense_world,
    persons_by_rule,
    rows_of,
    without_missing,
    worlds,
)

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
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
from cleanroom.tables import MISSING_LONG

CONNECTION = database.connect(256, 1)
Answer = Counter[tuple[object, ...]]  # (labels of the cell, clipped amount or nothing)


def names(kinds: int) -> list[str]:
    return [identifier.kind for identifier in KINDS[:kinds]]


def check(question: Question, agreed: Catalogue, expected: Answer) -> None:
    """Both what the kernel says per person, and what is counted and added up per cell."""
    question = canonical(question, agreed)
    wanted = shape(question, agreed)
    said = person_rows(CONNECTION, question, agreed)
    assert len({row[0] for row in said}) == len(said), "one row per person"
    clipped = Counter(
        (wanted.cells[cell], *(min(max(amount, 0), CAP) for amount in amounts))
        for _, cell, *amounts in said
    )
    assert clipped == expected
    exact = kernels.run(CONNECTION, question, agreed)
    counts: Counter[object] = Counter()
    sums: Counter[object] = Counter()
    for (labels, *amounts), number in expected.items():
        counts[labels] += number
        sums[labels] += number * sum(amounts)
    assert exact.vectors[0] == [counts[labels] for labels in wanted.cells]
    assert exact.vectors[1:] == [[sums[labels] for labels in wanted.cells]] * (
        len(wanted.measures) - 1
    )


# --- match ---------------------------------------------------------------------------------------


def match_by_rule(question: MatchQuestion, persons: list[Linked], order: tuple[str, ...]) -> Answer:
    parties = [party for party in order if party in question.parties]
    found: Answer = Counter()
    for person in persons:
        here = [party for party in parties if party in person.pids]
        if not here:
            continue
        if question.by == "membership":
            found[(("+".join(here),),)] += 1
        elif len(here) == 1:
            found[((here[0], ""),)] += 1
        else:
            second = parties[1]
            kinds = [k for k in names(3) if k in person.hits[second]]
            how = person.winners[second] if question.by == "winner" else "+".join(kinds)
            found[(("+".join(here), how),)] += 1
    return found


@given(data=st.data(), parties=st.integers(2, 3), kinds=st.integers(1, 3))
def test_match(data: st.DataObject, parties: int, kinds: int) -> None:
    world = data.draw(worlds(parties=parties, kinds=kinds, events=False))
    agreed = catalogue(tuple(world), kinds)
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, names(kinds))
    asked = [MatchQuestion(agreed.parties, "membership")]
    pairs = [(a, b) for i, a in enumerate(agreed.parties) for b in agreed.parties[i + 1 :]]
    for pair in pairs:
        asked += [MatchQuestion(pair[::-1], by) for by in ("membership", "winner", "pattern")]
    for question in asked:
        check(question, agreed, match_by_rule(question, persons, agreed.parties))


# --- attribute -----------------------------------------------------------------------------------


def attribute_by_rule(
    question: AttributeQuestion, world: World, persons: list[Linked], agreed: Catalogue
) -> Answer:
    def label(person: Linked, reference: str) -> str:
        party, _, name = reference.split(".")
        spec = agreed.attribute(reference)
        code = world[party][person.pids[party]].people[name]
        texts = ("false", "true") if name == "is_fan" else spec.domain
        return texts[code - 1] if code else ""

    found: Answer = Counter()
    for person in persons:
        if not set(question.base) <= set(person.pids):
            continue
        if any(label(person, item.column) not in item.values for item in question.where):
            continue
        labels = [label(person, column) for column in sorted(set(question.columns))]
        if question.versus:
            labels.append(("" if question.versus in person.pids else "not ") + question.versus)
        found[(tuple(labels),)] += 1
    return found


@st.composite
def attribute_questions(draw: st.DrawFn, agreed: Catalogue) -> AttributeQuestion:
    base = draw(st.lists(st.sampled_from(agreed.parties), min_size=1, unique=True))
    others = [party for party in agreed.parties if party not in base]
    versus = draw(st.sampled_from(["", *others]))
    columns = [f"{party}.people.{name}" for party in base for name in ("a_age", "is_fan")]
    where = [
        Filter(column, tuple(draw(st.lists(st.sampled_from(agreed.attribute(column).levels())))))
        for column in draw(st.lists(st.sampled_from(columns), max_size=2, unique=True))
    ]
    chosen = draw(st.lists(st.sampled_from(columns), min_size=1, max_size=3, unique=True))
    return AttributeQuestion(tuple(base), tuple(chosen), versus, tuple(where))


@given(data=st.data(), parties=st.integers(2, 3), bare=st.booleans())
def test_attribute(data: st.DataObject, parties: int, bare: bool) -> None:
    world = data.draw(worlds(parties=parties, kinds=2, events=False))
    tables = BARE if bare else TABLES
    agreed = catalogue(tuple(world), 2, tables)
    world = without_missing(world) if bare else world
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, names(2))
    for _ in range(3):
        question = data.draw(attribute_questions(agreed))
        check(question, agreed, attribute_by_rule(question, world, persons, agreed))


# --- first_channel -------------------------------------------------------------------------------


def seconds(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY


def chosen_exposure(
    question: FirstChannelQuestion, exposures: list[dict[str, int]], ordered: int, bare: bool
) -> dict[str, int] | None:
    """The exposure whose channel counts, for a first order at ``ordered``."""
    candidates = []
    for row in exposures:
        begun = row["ts"]
        if begun == MISSING_LONG:
            continue
        if question.while_active:
            until = MISSING_LONG if bare else row["until"]
            last_day = (begun if until == MISSING_LONG else until) // DAY
            fits = begun // DAY <= ordered // DAY <= last_day
        else:
            fits = ordered - question.window_days * DAY <= begun <= ordered
        if fits:
            candidates.append(row)
    sign = 1 if question.touch == "last" else -1
    return max(
        candidates,
        key=lambda row: (sign * row["ts"], 0 if bare else row["campaign"], row["channel"]),
        default=None,
    )


def first_channel_by_rule(
    question: FirstChannelQuestion, world: World, persons: list[Linked], agreed: Catalogue
) -> Answer:
    bare = "campaign" not in agreed.dataset(question.exposures).tables["exposures"]
    channels = agreed.column(f"{question.exposures}.exposures.channel")[3].domain
    counted = {ORDER_KINDS.index(kind) + 1 for kind in question.order_kinds}
    found: Answer = Counter()
    for person in persons:
        if question.conversions not in person.pids:
            continue
        orders = [
            row
            for row in world[question.conversions][person.pids[question.conversions]].conversions
            if row["ts"] != MISSING_LONG and (not counted or row["kind"] in counted)
        ]
        if not orders:
            continue
        ordered = min(row["ts"] for row in orders)
        if not seconds(question.new_since) <= ordered < seconds(question.new_until):
            continue
        if question.exposures not in person.pids:
            label = "unmatched"
        else:
            shown = world[question.exposures][person.pids[question.exposures]].exposures
            row = chosen_exposure(question, shown, ordered, bare)
            label = "none" if row is None else ("", *channels)[row["channel"]]
        amounts = []
        if question.first_order_value:
            paid = sum(
                row["paid"]
                for row in orders
                if row["ts"] // DAY == ordered // DAY and row["paid"] != MISSING_LONG
            )
            amounts.append(min(max(paid, 0), CAP))
        found[((label,), *amounts)] += 1
    return found


@st.composite
def first_channel_questions(draw: st.DrawFn, agreed: Catalogue) -> FirstChannelQuestion:
    since = draw(st.integers(1, 6))
    until = draw(st.integers(since + 1, 9))
    with_kind = "kind" in agreed.datasets[0].tables["conversions"]
    return FirstChannelQuestion(
        draw(st.sampled_from(agreed.parties)),
        draw(st.sampled_from(agreed.parties)),
        f"2026-01-0{since}",
        f"2026-01-0{until}",
        draw(st.sampled_from(["first", "last"])),
        draw(st.integers(0, 6)),
        draw(st.booleans()),
        tuple(draw(st.lists(st.sampled_from(ORDER_KINDS)))) if with_kind else (),
        draw(st.booleans()),
    )


@given(data=st.data(), seed=st.one_of(st.none(), st.integers(0, 2**32)), bare=st.booleans())
def test_first_channel(data: st.DataObject, seed: int | None, bare: bool) -> None:
    world = data.draw(worlds(parties=3, kinds=2)) if seed is None else dense_world(seed)
    agreed = catalogue(tuple(world), 2, BARE if bare else TABLES)
    world = without_missing(world) if bare else world
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, names(2))
    for _ in range(5):
        question = data.draw(first_channel_questions(agreed))
        check(question, agreed, first_channel_by_rule(question, world, persons, agreed))


def test_amounts_are_clipped_once_per_person_after_summing() -> None:
    """Not row by row: two halves of a cap are one cap, and a refund counts against an order."""
    agreed = catalogue(("platform", "brand"), 1)
    at = seconds("2026-01-05")
    paid = {"one": [CAP - 1, 2], "two": [3 * CAP, -CAP], "three": [10, -4], "four": [-5]}
    rows = rows_of({"platform": [], "brand": []})
    person = [i for i, amounts in enumerate(paid.values()) for _ in amounts]
    rows["brand"].people = len(paid)
    rows["brand"].columns = {"a_age": [1] * len(paid), "is_fan": [1] * len(paid)}
    rows["brand"].events["conversions"] = {
        "person": person,
        "ts": [at] * len(person),
        "kind": [1] * len(person),
        "paid": [amount for amounts in paid.values() for amount in amounts],
    }
    load_rows(CONNECTION, agreed, rows)
    question = FirstChannelQuestion(
        "platform", "brand", "2026-01-05", "2026-01-06", first_order_value=True
    )
    exact = kernels.run(CONNECTION, question, agreed)
    assert exact.vectors[0][-1] == len(paid)
    assert exact.vectors[1][-1] == CAP + CAP + 6 + 0


def test_sums_do_not_wrap_around() -> None:
    """Amounts near 2^63 overflow a 64-bit sum; the person still adds at most the cap."""
    agreed = catalogue(("platform", "brand"), 1)
    rows = rows_of({"platform": [], "brand": []})
    rows["brand"].people = 2
    rows["brand"].columns = {"a_age": [1, 1], "is_fan": [1, 1]}
    rows["brand"].events["conversions"] = {
        "person": [0, 0, 0, 1, 1],
        "ts": [seconds("2026-01-05")] * 5,
        "kind": [1] * 5,
        "paid": [2**63 - 1] * 3 + [-(2**63) + 1] * 2,
    }
    load_rows(CONNECTION, agreed, rows)
    question = FirstChannelQuestion(
        "platform", "brand", "2026-01-05", "2026-01-06", first_order_value=True
    )
    assert kernels.run(CONNECTION, question, agreed).vectors[1][-1] == CAP


@pytest.mark.parametrize("extreme", [-(2**63) + 1, 2**63 - 1, -DAY, -1, 0])
def test_absurd_times_are_no_error(extreme: int) -> None:
    agreed = catalogue(("platform", "brand"), 1)
    rows = rows_of({"platform": [], "brand": []})
    token = {"email": ([0], [1], [1])}
    for party in rows:
        rows[party].people, rows[party].tokens = 1, token
        rows[party].columns = {"a_age": [1], "is_fan": [1]}
    at = seconds("2026-01-05")
    rows["platform"].events["exposures"] = {
        "person": [0, 0],
        "ts": [extreme, at],
        "until": [at, extreme],
        "channel": [1, 2],
        "campaign": [1, 1],
    }
    rows["brand"].events["conversions"] = {
        "person": [0, 0],
        "ts": [extreme, at],
        "kind": [1, 2],
        "paid": [1, 1],
    }
    load_rows(CONNECTION, agreed, rows)
    for active in (False, True):
        question = FirstChannelQuestion(
            "platform",
            "brand",
            "2026-01-05",
            "2026-01-06",
            while_active=active,
            order_kinds=(ORDER_KINDS[1],),
        )
        assert sum(kernels.run(CONNECTION, question, agreed).vectors[0]) == 1


# --- the engine is replaceable -------------------------------------------------------------------

QUESTIONS: list[Question] = [
    MatchQuestion(("platform", "brand", "partner"), "membership"),
    MatchQuestion(("platform", "brand"), "winner"),
    MatchQuestion(("platform", "brand"), "pattern"),
    AttributeQuestion(
        ("platform", "brand"),
        ("platform.people.a_age", "brand.people.is_fan"),
        "partner",
        (Filter("platform.people.a_age", ("young", "")), Filter("brand.people.a_age", ())),
    ),
    FirstChannelQuestion("platform", "brand", "2026-01-02", "2026-01-08"),
    FirstChannelQuestion(
        "platform",
        "brand",
        "2026-01-02",
        "2026-01-08",
        "first",
        3,
        order_kinds=("buy", "visit"),
        first_order_value=True,
    ),
    FirstChannelQuestion("platform", "brand", "2026-01-02", "2026-01-08", while_active=True),
    *goods_questions.SPARK,
    *journey_questions.SPARK,
    *edge_questions.SPARK,
    ArmQuestion("platform", "brand", "t1", window_days=3),
    ArmQuestion("platform", "brand", "t2", ("test",), 5, ("buy", "visit"), sales_value=True),
    FrequencyQuestion("platform", "brand", "2026-01-01", "2026-01-08"),
    FrequencyQuestion(
        *("platform", "brand", "2026-01-01", "2026-01-08", "c1", ("imp", "click"), True),
        order_kinds=("buy", "visit"),
        window_days=3,
        top=3,
        customers=True,
        impressions=True,
    ),
    SuppressionQuestion("platform", "brand", "2026-01-03", "2026-01-08", recent_days=2, cap=2),
    SuppressionQuestion(
        *("platform", "brand", "2026-01-03", "2026-01-08", "c1", ("imp", "share"), True, ("buy",)),
        response_kinds=("click",),
        no_response_after=1,
        outcome=True,
    ),
]


THREE = catalogue(("platform", "brand", "partner"), 3)


def statement(question: Question) -> tuple[str, list[object]]:
    """All that is run for a question: kernel and bounding."""
    question = canonical(question, THREE)
    bounded = kernels._bounded(kernels.query(question, THREE), shape(question, THREE))
    return bounded.text, bounded.values


@functools.cache
def through_spark(question: Question) -> str:
    """The statement as Spark's, and that back in our own dialect."""
    (spark,) = sqlglot.transpile(statement(question)[0], read="duckdb", write="spark")
    (back,) = sqlglot.transpile(spark, read="spark", write="duckdb")
    return back


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.__struct_config__.tag)
def test_kernels_are_spark_sql(question: Question) -> None:
    """No function that Spark lacks, and values are bound, never written in."""
    text, values = statement(question)
    (spark,) = sqlglot.transpile(text, read="duckdb", write="spark")
    tree = sqlglot.parse_one(spark, read="spark", error_level=sqlglot.ErrorLevel.RAISE)
    assert not list(tree.find_all(sqlglot.exp.Command, sqlglot.exp.Anonymous)), spark
    assert len(list(tree.find_all(sqlglot.exp.Placeholder))) == len(values)
    assert all(isinstance(value, int) for value in values)
    assert not [node for node in tree.find_all(sqlglot.exp.Literal) if node.is_string]


@settings(max_examples=max(20, settings().max_examples // 4))
@given(world=worlds(parties=3, kinds=3))
def test_a_trip_through_spark_changes_no_answer(world: World) -> None:
    load_rows(CONNECTION, THREE, rows_of(world))
    for question in QUESTIONS:
        text, values = statement(question)
        back = through_spark(question)
        assert sorted(database.rows(CONNECTION, back, values)) == sorted(
            database.rows(CONNECTION, text, values)
        )
