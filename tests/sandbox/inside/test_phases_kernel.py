"""Kernel ``phases``: random worlds, and each rule by hand."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows, person_rows
from journey_material import Answer, Row, phases_by_rule, phases_questions
from person_material import (
    BARE,
    CAP,
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
from cleanroom.disclosure.question import PhasesQuestion, Question
from cleanroom.errors import DisclosureError
from cleanroom.sandbox.inside import database, kernels
from cleanroom.tables import MISSING_LONG

CONNECTION = database.connect(256, 1)


def answered(question: Question, agreed: Catalogue) -> Answer:
    """Labels and bounded amounts of everybody; the sums are those of the kernels' own counting."""
    question = canonical(question, agreed)
    cells = shape(question, agreed).cells
    said = person_rows(CONNECTION, question, agreed)
    assert len({row[0] for row in said}) == len(said), "one row per person"
    found: Answer = Counter(
        (cells[cell], *(min(max(amount, 0), CAP) for amount in amounts))
        for _, cell, *amounts in said
    )
    vectors = kernels.run(CONNECTION, question, agreed).vectors
    for number, vector in enumerate(vectors):
        for labels, total in zip(cells, vector, strict=True):
            here = [(key, n) for key, n in found.items() if key[0] == labels]
            assert total == sum(n * (key[number] if number else 1) for key, n in here)
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
    for _ in range(3):
        question = canonical(data.draw(phases_questions(agreed)), agreed)
        assert answered(question, agreed) == phases_by_rule(question, world, persons)


# --- by hand --------------------------------------------------------------------------------------

TWO = catalogue(("platform", "brand"), 1)
DAYS = ("2026-01-03", "2026-01-05", "2026-01-07", "2026-01-09")
ASKED = PhasesQuestion("platform", "brand", *DAYS, sales="total")


def seen(*days: float, kind: int = 1) -> list[Row]:
    return [{"ts": START + int(day * DAY), "kind": kind} for day in days]


def paid(*rows: tuple[float, int]) -> list[Row]:
    return [{"ts": START + int(day * DAY), "kind": 1, "paid": amount} for day, amount in rows]


def one(question: PhasesQuestion, shown: list[Row], sold: list[Row] | None) -> Any:
    token = {"email": [(0, 1)]}
    world: World = {"platform": [Person(token, exposures=shown)], "brand": []}
    if sold is not None:
        world["brand"].append(Person(token, conversions=sold))
    load_rows(CONNECTION, TWO, rows_of(world))
    (found,) = answered(question, TWO)
    return found


@pytest.mark.parametrize(
    ("shown", "sold", "expected"),
    [
        ([], None, (("", "unmatched"), 0)),
        ([], [], (("", "no order"), 0)),
        (seen(2, 3.9), [], (("lead-up", "no order"), 0)),
        (seen(4, 5.9), [], (("event", "no order"), 0)),
        (seen(6, 7.9), [], (("lead-out", "no order"), 0)),
        (seen(1.9, 8), [], (("", "no order"), 0)),
        (seen(2, 4), [], (("lead-up+event", "no order"), 0)),
        (seen(2, 7), [], (("lead-up+lead-out", "no order"), 0)),
        (seen(2, 4, 6), paid((5, 70)), (("lead-up+event+lead-out", "new"), 70)),
        (seen(4), paid((1, 50), (5, 70)), (("event", "existing"), 70)),
        (seen(4), paid((1, 50)), (("event", "no order"), 0)),
        (seen(4), paid((8, 50)), (("event", "no order"), 0)),
        (seen(4), paid((2, 50), (7.9, 70), (8, 9)), (("event", "new"), 120)),
        (seen(4), paid((5, CAP), (6, CAP)), (("event", "new"), CAP)),
        (seen(4), paid((5, -3)), (("event", "new"), 0)),
        (seen(4), paid((5, MISSING_LONG)), (("event", "new"), 0)),
        ([{"ts": MISSING_LONG}], [{"ts": MISSING_LONG, "paid": 5}], (("", "no order"), 0)),
    ],
)
def test_strategies_and_outcomes(
    shown: list[Row], sold: list[Row] | None, expected: object
) -> None:
    assert one(ASKED, shown, sold) == expected


def test_sales_by_phase_and_before() -> None:
    phases = msgspec.structs.replace(ASKED, sales="phases", baseline_since="2026-01-01")
    sold = paid((0, 1), (1.9, 2), (2, 4), (4, 8), (5, 16), (7.9, 32), (8, 64))
    assert one(phases, seen(4), sold) == (("event", "existing"), 3, 4, 24, 32)


def test_kinds_say_what_counts_and_the_unmatched_may_have_no_order() -> None:
    few = msgspec.structs.replace(ASKED, touch_kinds=("click",), order_kinds=("refund",))
    assert one(few, seen(4), paid((5, 7))) == (("", "no order"), 0)
    assert one(few, seen(4, kind=2), []) == (("event", "no order"), 0)
    together = msgspec.structs.replace(ASKED, unmatched_apart=False)
    assert one(together, seen(4), None) == (("event", "no order"), 0)


@pytest.mark.parametrize(
    "change",
    [
        {"lead_since": "2025-12-31"},
        {"event_since": "2026-01-03"},
        {"out_until": "2027-01-02"},
        {"sales": "phases"},
        {"sales": "phases", "baseline_since": "2026-01-03"},
    ],
)
def test_days_in_order_and_inside_the_data(change: dict[str, str]) -> None:
    with pytest.raises(DisclosureError) as error:
        canonical(msgspec.structs.replace(ASKED, **change), TWO)
    assert error.value.code == "disclosure.dates"


@pytest.mark.parametrize("extreme", [-(2**63) + 1, 2**63 - 1, -1, 0])
def test_absurd_times_and_amounts_are_no_error(extreme: int) -> None:
    sold = [{"ts": extreme, "kind": 1}, *paid((5, extreme), (6, extreme), (6.5, extreme))]
    (_, outcome), amount = one(ASKED, [{"ts": extreme}, *seen(4)], sold)
    assert outcome in ("new", "existing")
    assert amount == (CAP if extreme > 0 else 0)
