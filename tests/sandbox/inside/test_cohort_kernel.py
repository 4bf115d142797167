"""Kernel ``cohort`` on random worlds, against plain Python written from what the question says."""

from collections import Counter
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows
from person_material import (
    DAY,
    ORDER_KINDS,
    START,
    Linked,
    World,
    catalogue,
    dense_world,
    persons_by_rule,
    rows_of,
    worlds,
)
from segment_material import Answer, check, kinds_of, names, one_person, second, segment_of
from segment_material import segments as some_segment

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.cohort import CohortQuestion, cohorts, gap_labels
from cleanroom.errors import DisclosureError
from cleanroom.sandbox.inside import database
from cleanroom.tables import MISSING_LONG

CONNECTION = database.connect(256, 1)
YEAR = (START, START + 365 * DAY)
STYLES = ("plain", "bold")


def by_rule(question: CohortQuestion, world: World, persons: list[Linked]) -> Answer:
    found: Answer = Counter()
    for person in persons:
        if question.conversions not in person.pids:
            continue
        rows = world[question.conversions][person.pids[question.conversions]].conversions
        rows = [row for row in rows if YEAR[0] <= row["ts"] < YEAR[1]]
        times = sorted(row["ts"] for row in rows if row["kind"] in kinds_of(question))
        if not times or not second(question.since) <= times[0] < second(question.until):
            continue
        first = date.fromordinal(date(1970, 1, 1).toordinal() + times[0] // DAY)
        cohort = f"{first.year}-{first.month:02}"
        if question.unit == "quarter":
            cohort = f"{first.year}-Q{(first.month - 1) // 3 + 1}"
        days = [t // DAY - times[0] // DAY for t in times if t // DAY > times[0] // DAY]
        gap = "not yet"
        if days:
            lows = [1, *(edge + 1 for edge in question.gaps)]
            highs = [*question.gaps, None]
            gap = next(
                f"{low}+" if high is None else f"{low}-{high}"
                for low, high in zip(lows, highs, strict=True)
                if high is None or days[0] <= high
            )
        near = [row for row in rows if 0 <= row["ts"] - times[0] <= question.quality_days * DAY]
        amounts = []
        if question.refund_kinds:
            amounts.append(sum(_kind(row) in question.refund_kinds for row in near))
        if question.praise_kinds:
            styles = [STYLES.index(value) + 1 for value in question.praise_values]
            amounts.append(
                sum(
                    _kind(row) in question.praise_kinds
                    and (not question.praise_column or row["x_style"] in styles)
                    for row in near
                )
            )
        segment = segment_of(question.segment, person, world, times[0])
        found[((segment, cohort, gap), *(min(amount, 5) for amount in amounts))] += 1
    return found


def _kind(row: dict[str, int]) -> str:
    return ("", *ORDER_KINDS)[row["kind"]]


@st.composite
def questions(draw: st.DrawFn, agreed: Catalogue) -> CohortQuestion:
    since, until = draw(
        st.sampled_from(
            [("2026-01-01", "2026-02-01"), ("2026-01-01", "2027-01-01"), ("2026-02-01",) * 2]
        )
    )
    praise = draw(st.lists(st.sampled_from(ORDER_KINDS), unique=True))
    column = draw(st.booleans()) and bool(praise)
    return CohortQuestion(
        draw(st.sampled_from(agreed.parties)),
        since,
        until if since != until else "2026-05-01",
        draw(st.sampled_from(["month", "quarter"])),
        tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))),
        draw(some_segment(agreed)),
        tuple(draw(st.lists(st.sampled_from(["buy", "visit"]), max_size=2))),
        tuple(draw(st.lists(st.sampled_from(ORDER_KINDS), unique=True))),
        tuple(praise),
        "x_style" if column else "",
        tuple(draw(st.lists(st.sampled_from(STYLES), min_size=1))) if column else (),
        draw(st.integers(0, 6)),
    )


@settings(max_examples=max(20, settings().max_examples // 3))
@given(data=st.data(), seed=st.one_of(st.none(), st.integers(0, 2**32)))
def test_cohort(data: st.DataObject, seed: int | None) -> None:
    world = data.draw(worlds(parties=3, kinds=2)) if seed is None else dense_world(seed)
    agreed = catalogue(tuple(world), 2)
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, names(2))
    for _ in range(4):
        question = canonical(data.draw(questions(agreed)), agreed)
        assert isinstance(question, CohortQuestion)
        check(CONNECTION, question, agreed, by_rule(question, world, persons))


# --- by hand -------------------------------------------------------------------------------------

AGREED = catalogue(("platform", "brand"), 1)
QUESTION = CohortQuestion("brand", "2026-01-01", "2027-01-01", gaps=(30, 90))


def order(at: int, kind: int = 1, style: int = 0) -> dict[str, int]:
    return {"ts": at, "kind": kind, "x_style": style, "paid": 100}


def asked(*orders: dict[str, int], **more: object) -> dict[tuple[str, ...], tuple[int, ...]]:
    question = msgspec.structs.replace(QUESTION, **more)
    return one_person(CONNECTION, AGREED, question, list(orders))


NOON = START + DAY // 2


@pytest.mark.parametrize(
    ("later", "gap"),
    [
        (DAY // 2 - 1, "not yet"),  # the same day
        (DAY // 2, "1-30"),
        (30 * DAY, "1-30"),
        (30 * DAY + DAY // 2, "31-90"),  # the 31st day has begun
        (91 * DAY, "91+"),
    ],
)
def test_days_are_those_of_the_calendar(later: int, gap: str) -> None:
    assert list(asked(order(NOON), order(NOON + later))) == [("all", "2026-Q1", gap)]


def test_the_next_order_is_the_first_on_a_later_day() -> None:
    found = asked(order(NOON), order(NOON + 200 * DAY), order(NOON + 40 * DAY), order(NOON + 1))
    assert list(found) == [("all", "2026-Q1", "31-90")]


@pytest.mark.parametrize(("day", "quarter"), [(89, "2026-Q1"), (90, "2026-Q2"), (364, "2026-Q4")])
def test_cohorts_begin_with_their_month(day: int, quarter: str) -> None:
    assert list(asked(order(START + day * DAY))) == [("all", quarter, "not yet")]


def test_a_first_order_before_the_span_is_no_first_order_in_it() -> None:
    assert asked(order(NOON), order(NOON + 100 * DAY), since="2026-04-01") == {}


@pytest.mark.parametrize("absurd", [MISSING_LONG, START - 1, START + 365 * DAY, 2**63 - 1])
def test_times_outside_the_data_count_for_nothing(absurd: int) -> None:
    assert asked(order(absurd)) == {}
    assert list(asked(order(absurd), order(NOON))) == [("all", "2026-Q1", "not yet")]


def test_refunds_and_praise_count_from_the_first_order_on() -> None:
    rows = [
        order(NOON),
        *(order(NOON + t, 2) for t in (-1, 0, 5 * DAY, 5 * DAY + 1)),
        order(NOON + DAY, 3, 2),
        order(NOON + DAY, 3, 1),
    ]
    found = asked(
        *rows,
        order_kinds=("buy",),
        refund_kinds=("refund",),
        praise_kinds=("visit",),
        praise_column="x_style",
        praise_values=("bold",),
        quality_days=5,
    )
    assert found == {("all", "2026-Q1", "not yet"): (1, 2, 1)}


def test_nobody_adds_more_than_five() -> None:
    many = [order(NOON + second, 2) for second in range(9)]
    found = asked(order(NOON), *many, order_kinds=("buy",), refund_kinds=("refund",))
    assert list(found.values()) == [(1, 5)]


def form(**more: object) -> CohortQuestion:
    found = canonical(msgspec.structs.replace(QUESTION, **more), AGREED)
    assert isinstance(found, CohortQuestion)
    return found


def test_groups_that_nobody_can_be_in_are_dropped() -> None:
    assert form(gaps=(90, 30, 90, 363, 364, 500)).gaps == (30, 90, 363)
    assert form(gaps=(364, 400)).gaps == form(gaps=(700,)).gaps == (364,)
    assert gap_labels(form(gaps=(1,))) == ("1-1", "2+", "not yet")


def test_months_and_quarters() -> None:
    assert list(cohorts(form(since="2026-02-01", until="2026-08-01"))) == [
        "2026-Q1",
        "2026-Q2",
        "2026-Q3",
    ]
    assert list(cohorts(form(unit="month", until="2026-03-01"))) == ["2026-01", "2026-02"]


def test_quality_days_mean_nothing_where_nothing_is_added_up() -> None:
    assert form(quality_days=7).quality_days == 0
    assert form(quality_days=999, refund_kinds=("refund",)).quality_days == 365


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "2026-01-15"},
        {"until": "2026-03-15"},
        {"until": "2027-02-01"},
        {"gaps": ()},
        {"gaps": (0, 30)},
        {"gaps": tuple(range(1, 14))},
        {"quality_days": -1},
        {"refund_kinds": ("gift",)},
        {"praise_column": "x_style", "praise_values": ("bold",)},
        {"praise_kinds": ("visit",), "praise_column": "x_style"},
        {"praise_kinds": ("visit",), "praise_column": "x_style", "praise_values": ("loud",)},
        {"segment": "platform.people.first_buy"},
    ],
    ids=str,
)
def test_what_cannot_be_asked(wrong: dict[str, object]) -> None:
    with pytest.raises(DisclosureError):
        form(**wrong)
