"""Kernel ``weekly``: random worlds, and each rule by hand."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows, person_rows
from journey_material import Answer, Row, weekly_by_rule, weekly_questions
from person_material import (
    BARE,
    DAY,
    START,
    TABLES,
    Person,
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
from cleanroom.disclosure.question import Question, WeeklyQuestion
from cleanroom.errors import DisclosureError
from cleanroom.sandbox.inside import database, kernels
from cleanroom.tables import MISSING_LONG

CONNECTION = database.connect(256, 1)


def answered(question: Question, agreed: Catalogue) -> Answer:
    """Labels of everybody; the sums are those of the kernels' own counting."""
    question = canonical(question, agreed)
    cells = shape(question, agreed).cells
    said = person_rows(CONNECTION, question, agreed)
    assert len({row[0] for row in said}) == len(said), "one row per person"
    found: Answer = Counter((cells[cell],) for _, cell in said)
    exact = kernels.run(CONNECTION, question, agreed).vectors
    assert exact == [[found[(labels,)] for labels in cells]]
    return found


@pytest.mark.slow
@settings(max_examples=max(20, settings().max_examples // 2))
@given(data=st.data(), seed=st.one_of(st.none(), st.integers(0, 2**32)), bare=st.booleans())
def test_random_worlds(data: st.DataObject, seed: int | None, bare: bool) -> None:
    world = data.draw(worlds(parties=3, kinds=2)) if seed is None else dense_world(seed)
    agreed = catalogue(tuple(world), 2, BARE if bare else TABLES)
    world = without_missing(world) if bare else world
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, ["email", "phone"])
    if bare:
        for people in world.values():
            for row in (row for person in people for row in person.exposures):
                row.pop("campaign", None)
    for _ in range(3):
        question = canonical(data.draw(weekly_questions(agreed)), agreed)
        assert answered(question, agreed) == weekly_by_rule(question, world, persons)


# --- by hand --------------------------------------------------------------------------------------

TWO = catalogue(("platform", "brand"), 1)
ASKED = WeeklyQuestion("platform", "brand", "2026-01-01", 2, window_days=3)


def seen(*days: float, channel: int = 1, campaign: int = 1, kind: int = 1) -> list[Row]:
    return [
        {"ts": START + int(day * DAY), "channel": channel, "campaign": campaign, "kind": kind}
        for day in days
    ]


def one(question: WeeklyQuestion, shown: list[Row], sold: list[Row] | None) -> Any:
    token = {"email": [(0, 1)]}
    world: World = {"platform": [Person(token, exposures=shown)], "brand": []}
    if sold is not None:
        world["brand"].append(Person(token, conversions=sold))
    load_rows(CONNECTION, TWO, rows_of(world))
    found = answered(question, TWO)
    return next(iter(found))[0] if found else None


FIRST, SECOND = "2026-01-01", "2026-01-08"


@pytest.mark.parametrize(
    ("shown", "sold", "expected"),
    [
        (seen(1, 8), [], (FIRST, "feed", "not converted")),
        (seen(7), [], (SECOND, "feed", "not converted")),
        (seen(6.99), [], (FIRST, "feed", "not converted")),
        (seen(14), [], None),
        (seen(-1, 3), [], None),  # first exposed before the weeks
        (seen(1), seen(1), (FIRST, "feed", "converted")),
        (seen(1), seen(4), (FIRST, "feed", "converted")),
        (seen(1), seen(4.01), (FIRST, "feed", "not converted")),
        (seen(1), seen(0.9), (FIRST, "feed", "not converted")),
        (seen(1), seen(0.9, 2), (FIRST, "feed", "converted")),
        (seen(1), None, ("", "", "unmatched")),
        (seen(1, channel=0), [], (FIRST, "", "not converted")),
        # of the same moment the highest campaign, then channel
        (seen(1, channel=2) + seen(1, channel=3), [], (FIRST, "video", "not converted")),
        (
            seen(1, channel=2, campaign=2) + seen(1, channel=3),
            [],
            (FIRST, "search", "not converted"),
        ),
        ([{"ts": MISSING_LONG, "channel": 1}], [], None),
    ],
)
def test_first_exposures(shown: list[Row], sold: list[Row] | None, expected: object) -> None:
    assert one(ASKED, shown, sold) == expected


def test_kinds_say_what_counts() -> None:
    clicks = msgspec.structs.replace(ASKED, touch_kinds=("click",), order_kinds=("buy",))
    shown = seen(1) + seen(8, kind=2, channel=2)
    assert one(clicks, shown, [{"ts": START + 9 * DAY, "kind": 1}])[2] == "converted"
    assert one(clicks, shown, [{"ts": START + 9 * DAY, "kind": 2}]) == (
        SECOND,
        "search",
        "not converted",
    )


def test_months_begin_on_their_first_day() -> None:
    months = msgspec.structs.replace(ASKED, step="month")
    assert one(months, seen(30.9), []) == ("2026-01-01", "feed", "not converted")
    assert one(months, seen(31), []) == ("2026-02-01", "feed", "not converted")
    with pytest.raises(DisclosureError):
        canonical(msgspec.structs.replace(months, since="2026-01-02"), TWO)


def test_the_unmatched_may_count_as_not_converted() -> None:
    together = msgspec.structs.replace(ASKED, unmatched_apart=False)
    assert one(together, seen(1), None) == (FIRST, "feed", "not converted")


@pytest.mark.parametrize("extreme", [2**63 - 1, 2**62])
def test_absurd_times_are_no_error(extreme: int) -> None:
    sold = [{"ts": -(2**63) + 1}, {"ts": extreme}]
    assert one(ASKED, [{"ts": extreme, "channel": 1}, *seen(1)], sold)[2] == "not converted"
    assert one(ASKED, [{"ts": -extreme, "channel": 1}, *seen(1)], sold) is None
