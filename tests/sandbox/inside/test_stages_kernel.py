"""Kernel ``stages``: random worlds, and each rule by hand."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows, person_rows
from journey_material import Answer, Row, stages_by_rule, stages_questions
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
from cleanroom.disclosure.question import Question, StagesQuestion
from cleanroom.disclosure.questions.stages import StageRule
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
    """The rules as they were asked and as the canonical form has them say the same."""
    world = data.draw(worlds(parties=3, kinds=2)) if seed is None else dense_world(seed)
    agreed = catalogue(tuple(world), 2, BARE if bare else TABLES)
    world = without_missing(world) if bare else world
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, ["email", "phone"])
    for _ in range(3):
        question = data.draw(stages_questions(agreed))
        # packages hold no rows before the data, these worlds do: a window may not reach there
        window = canonical(question, agreed).window_days
        question = msgspec.structs.replace(question, window_days=window)
        expected = stages_by_rule(question, world, persons)
        assert answered(question, agreed) == expected


# --- by hand --------------------------------------------------------------------------------------

TWO = catalogue(("platform", "brand"), 1)
AIPL = (
    StageRule(1, "exposures", ("imp",)),
    StageRule(2, "exposures", ("click", "share")),
    StageRule(2, "conversions", ("visit",)),
    StageRule(3, "conversions", ("buy",)),
    StageRule(4, "conversions", ("buy",), 2),
)
ASKED = StagesQuestion(("platform",), "platform", "brand", "2026-01-04", "2026-01-08", 4, AIPL, 3)


def seen(*days: float, kind: int = 1) -> list[Row]:
    return [{"ts": START + int(day * DAY), "kind": kind} for day in days]


def one(question: StagesQuestion, shown: list[Row], sold: list[Row] | None) -> Any:
    token = {"email": [(0, 1)]}
    world: World = {"platform": [Person(token, exposures=shown)], "brand": []}
    if sold is not None:
        world["brand"].append(Person(token, conversions=sold))
    load_rows(CONNECTION, TWO, rows_of(world))
    found = answered(question, TWO)
    return next(iter(found))[0] if found else None


@pytest.mark.parametrize(
    ("shown", "sold", "expected"),
    [
        ([], None, ("0", "0")),
        (seen(0), None, ("1", "0")),  # the window opens three days before
        (seen(-0.1), None, ("0", "0")),
        (seen(2.9), None, ("1", "0")),
        (seen(3), None, ("0", "0")),  # the day itself is in neither window
        (seen(4), None, ("0", "1")),
        (seen(6.9), [], ("0", "1")),
        (seen(7), [], ("0", "0")),
        (seen(1) + seen(2, kind=2), None, ("2", "0")),
        (seen(1, kind=3), None, ("2", "0")),
        (seen(1, kind=0), None, ("0", "0")),
        (seen(1, 5), seen(1, 1.2), ("3", "1")),  # twice on one day is one day
        (seen(1), seen(1, 2), ("4", "0")),
        (seen(1), seen(1, 5, 6), ("3", "4")),
        ([], seen(1, kind=3), ("2", "0")),
        ([], seen(1, kind=2), ("0", "0")),
        ([{"ts": MISSING_LONG, "kind": 1}], [{"ts": MISSING_LONG, "kind": 1}], ("0", "0")),
    ],
)
def test_the_highest_stage(
    shown: list[Row], sold: list[Row] | None, expected: tuple[str, str]
) -> None:
    assert one(ASKED, shown, sold) == expected


def test_three_days_are_three_different_ones() -> None:
    three = msgspec.structs.replace(ASKED, rules=(StageRule(1, "conversions", (), 3),))
    assert one(three, [], seen(0.1, 0.9, 1, 1.5)) == ("0", "0")
    assert one(three, [], seen(0.1, 1, 2.9)) == ("1", "0")


def test_only_people_of_all_base_parties() -> None:
    both = msgspec.structs.replace(ASKED, base=("brand", "platform"))
    assert one(both, seen(1), None) is None
    assert one(both, seen(1), []) == ("1", "0")


def test_idle_rules_are_dropped() -> None:
    """What one event reaches by itself needs no rule for two days: both are one question."""
    idle = (
        StageRule(1, "exposures", ("imp", "click")),  # clicks reach 2
        StageRule(1, "exposures", ("click",), 2),
        StageRule(4, "conversions", ("buy",), 3),
    )
    spelled = msgspec.structs.replace(ASKED, rules=(*idle, *reversed(AIPL)))
    assert canonical(spelled, TWO) == canonical(ASKED, TWO)


@pytest.mark.parametrize(
    "rule",
    [
        StageRule(1, "exposures", ("imp",), 4),  # more days than the window has
        StageRule(1, "exposures", ("imp",), 0),
        StageRule(5, "exposures", ("imp",)),
        StageRule(0, "exposures", ("imp",)),
        StageRule(1, "exposures", ("buy",)),
    ],
)
def test_rules_that_cannot_hold_are_refused(rule: StageRule) -> None:
    with pytest.raises(DisclosureError):
        canonical(msgspec.structs.replace(ASKED, rules=(*AIPL, rule)), TWO)


@pytest.mark.parametrize("extreme", [-(2**63) + 1, 2**63 - 1, -1, 0])
def test_absurd_times_are_no_error(extreme: int) -> None:
    assert one(ASKED, [{"ts": extreme, "kind": 1}, *seen(1)], [{"ts": extreme}]) == ("1", "0")
