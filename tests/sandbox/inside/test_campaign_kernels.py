"""Kernels ``frequency`` and ``suppression``: random worlds, and each rule by hand."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from campaign_material import (
    MOST,
    Answer,
    frequency_by_rule,
    frequency_questions,
    suppression_by_rule,
    suppression_questions,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows, person_rows
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
from cleanroom.disclosure.question import FrequencyQuestion, Question, SuppressionQuestion
from cleanroom.sandbox.inside import database, kernels
from cleanroom.tables import MISSING_LONG

CONNECTION = database.connect(256, 1)


def answered(question: Question, agreed: Catalogue) -> Answer:
    """Labels and bounded amounts of everybody; the sums are those of the kernels' own counting."""
    question = canonical(question, agreed)
    wanted = shape(question, agreed)
    said = person_rows(CONNECTION, question, agreed)
    assert len({row[0] for row in said}) == len(said), "one row per person"
    found: Answer = Counter(
        (wanted.cells[cell], *(min(amount, MOST) for amount in amounts))
        for _, cell, *amounts in said
    )
    exact = kernels.run(CONNECTION, question, agreed).vectors
    for place, labels in enumerate(wanted.cells):
        here = {key: number for key, number in found.items() if key[0] == labels}
        assert exact[0][place] == sum(here.values())
        if len(exact) > 1:
            assert exact[1][place] == sum(key[1] * number for key, number in here.items())
    return found


@pytest.mark.parametrize(
    ("asked", "rule"),
    [(frequency_questions, frequency_by_rule), (suppression_questions, suppression_by_rule)],
)
@pytest.mark.slow
@settings(max_examples=max(20, settings().max_examples // 3))
@given(data=st.data(), seed=st.one_of(st.none(), st.integers(0, 2**32)), bare=st.booleans())
def test_random_worlds(
    asked: Callable[..., Any],
    rule: Callable[..., Answer],
    data: st.DataObject,
    seed: int | None,
    bare: bool,
) -> None:
    world = data.draw(worlds(parties=3, kinds=2)) if seed is None else dense_world(seed)
    agreed = catalogue(tuple(world), 2, BARE if bare else TABLES)
    world = without_missing(world) if bare else world
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, ["email", "phone"])
    for _ in range(3):
        question = canonical(data.draw(asked(agreed)), agreed)
        assert answered(question, agreed) == rule(question, world, persons)


# --- by hand --------------------------------------------------------------------------------------

TWO = catalogue(("platform", "brand"), 1)
NOON = START + DAY // 2
FREQUENCY = FrequencyQuestion("platform", "brand", "2026-01-01", "2026-01-11", impressions=True)
SUPPRESSION = SuppressionQuestion(
    "platform", "brand", "2026-01-11", "2026-01-21", recent_days=5, cap=4, no_response_after=3
)


def seen(*days: float, n: int = 1, kind: int = 1, campaign: int = 1) -> list[dict[str, int]]:
    rows = []
    for day in days:
        ts = START + int(day * DAY)
        rows.append({"ts": ts, "n": n, "kind": kind, "campaign": campaign, "channel": 1})
    return rows


def bought(*days: float, kind: int = 1) -> list[dict[str, int]]:
    return [{"ts": START + int(day * DAY), "kind": kind, "paid": 100} for day in days]


def one(
    question: Question, shown: list[dict[str, int]], sold: list[dict[str, int]] | None
) -> tuple[Any, ...] | None:
    """The cell of one person, and the views added; ``sold``: None when the brand has him not."""
    token = {"email": [(0, 1)]}
    world: World = {"platform": [Person(token, exposures=shown)], "brand": []}
    if sold is not None:
        world["brand"].append(Person(token, conversions=sold))
    load_rows(CONNECTION, TWO, rows_of(world))
    found = answered(question, TWO)
    assert found.total() <= 1
    return next(iter(found), None)


def with_(question: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(question, **fields)


@pytest.mark.parametrize(
    ("shown", "sold", "expected"),
    [
        (seen(0, 1, 2), [], (("3", "not converted"), 3)),
        (seen(0, 1, 2), None, (("3", "unmatched"), 3)),
        ([], bought(1), None),
        (seen(-1, 10), bought(1), None),  # not in the days asked about
        (seen(0, 1, 2), bought(1.5), (("2", "converted"), 2)),  # what comes after does not count
        (seen(0, 1, 2), bought(1), (("2", "converted"), 2)),  # at the same moment it does
        (seen(0, 1, 2), bought(0), (("1", "converted"), 1)),
        (seen(0, 1, 2), bought(-0.5), (("3", "not converted"), 3)),  # bought before
        (seen(0, 1, 2), bought(-0.5, 1.5), (("2", "converted"), 2)),
        (seen(0, 1, 2), bought(200), (("3", "converted"), 3)),
        (seen(0, 1, 2), bought(400), (("3", "not converted"), 3)),  # after the data's period
        (seen(*[0.1] * 9), [], (("9", "not converted"), 9)),
        (seen(*[0.1] * 10), [], (("10+", "not converted"), 10)),
        (seen(*[0.1] * 35), [], (("10+", "not converted"), MOST)),
        ([{"ts": MISSING_LONG}, *seen(1)], [{"ts": MISSING_LONG}], (("1", "not converted"), 1)),
    ],
)
def test_views_up_to_the_purchase(
    shown: list[dict[str, int]], sold: list[dict[str, int]] | None, expected: object
) -> None:
    assert one(FREQUENCY, shown, sold) == expected


def test_a_window_holds_views_and_purchase() -> None:
    short = with_(FREQUENCY, window_days=2)
    assert one(short, seen(0, 2, 2.1, 3), []) == (("2", "not converted"), 2)
    assert one(short, seen(0, 2, 2.1), bought(2)) == (("2", "converted"), 2)
    assert one(short, seen(0, 1), bought(2.1)) == (("2", "not converted"), 2)
    assert one(short, seen(4, 5), bought(5.5)) == (("2", "converted"), 2)
    assert one(FREQUENCY, seen(0, 1), bought(2.1)) == (("2", "converted"), 2)


def test_days_of_the_purchase() -> None:
    later = with_(FREQUENCY, bought_since="2026-01-11", bought_until="2026-01-21")
    assert one(later, seen(0, 1), bought(0.5, 12)) == (("2", "converted"), 2)
    assert one(later, seen(0, 1), bought(0.5)) == (("2", "not converted"), 2)
    assert one(later, seen(0, 1), bought(10)) == (("2", "converted"), 2)
    assert one(later, seen(0, 1), bought(20)) == (("2", "not converted"), 2)


def test_customers_had_ordered_before_their_first_view() -> None:
    split = with_(FREQUENCY, customers=True)
    assert one(split, seen(3), bought(2.9)) == (("1", "existing", "not converted"), 1)
    assert one(split, seen(3), bought(2.9, 3)) == (("1", "existing", "converted"), 1)
    assert one(split, seen(3), bought(3)) == (("1", "new", "converted"), 1)
    assert one(split, seen(3), []) == (("1", "new", "not converted"), 1)
    assert one(split, seen(3), None) == (("1", "unmatched", "unmatched"), 1)
    paid = with_(split, order_kinds=("buy",))
    assert one(paid, seen(3), bought(1, kind=2)) == (("1", "new", "not converted"), 1)


def test_kinds_campaigns_and_n_say_what_a_view_is() -> None:
    clicks = seen(0, kind=2) + seen(1, 2)
    assert one(with_(FREQUENCY, shown_kinds=("imp",)), clicks, []) == (("2", "not converted"), 2)
    other = seen(0, campaign=2) + seen(1)
    assert one(with_(FREQUENCY, campaign="c2"), other, []) == (("1", "not converted"), 1)
    by_n = with_(FREQUENCY, by_n=True)
    several = seen(0, n=3) + seen(1, n=MISSING_LONG) + seen(2, n=0) + seen(3, n=-5)
    assert one(by_n, several, []) == (("4", "not converted"), 4)
    assert one(FREQUENCY, several, []) == (("4", "not converted"), 4)
    assert one(by_n, seen(0, n=0), bought(1)) is None
    assert one(by_n, seen(0, n=0) + seen(2), bought(1)) == (("1", "not converted"), 1)
    assert one(by_n, seen(*[0] * 4, n=2**63 - 1), []) == (("10+", "not converted"), MOST)


def test_one_party_may_bring_both_tables() -> None:
    alone = with_(FREQUENCY, conversions="platform", customers=True)
    cells = shape(alone, TWO).cells
    assert len(cells) == 10 * 4
    assert not [labels for labels in cells if "unmatched" in labels]
    person = Person({"email": [(0, 1)]}, exposures=seen(0, 1), conversions=bought(0.5))
    load_rows(CONNECTION, TWO, rows_of({"platform": [person], "brand": []}))
    assert answered(alone, TWO) == Counter({(("1", "new", "converted"), 1): 1})


@pytest.mark.parametrize(
    ("shown", "sold", "expected"),
    [
        (seen(10, 11), [], (("useful", "matched"), 2)),
        (seen(10, 11), None, (("useful", "unmatched"), 2)),
        (seen(10), bought(9.9), (("bought recently", "matched"), 1)),
        (seen(10), bought(5), (("bought recently", "matched"), 1)),
        (seen(10), bought(4.9), (("existing customer", "matched"), 1)),
        (seen(10), bought(10), (("useful", "matched"), 1)),
        (seen(*[11] * 5), bought(5.5), (("existing customer", "matched"), 5)),
        (seen(*[11] * 5), bought(11), (("above cap", "matched"), 5)),
        (seen(*[11] * 5), None, (("above cap", "unmatched"), 5)),
        (seen(*[11] * 4), bought(11), (("useful", "matched"), 4)),
        (seen(*[11] * 4), [], (("no response", "matched"), 4)),
        (seen(*[11] * 3), [], (("no response", "matched"), 3)),
        (seen(*[11] * 3), None, (("no response", "unmatched"), 3)),
        (seen(*[11] * 2), [], (("useful", "matched"), 2)),
        (seen(*[11] * 30), [], (("above cap", "matched"), MOST)),
        # views after the purchase were shown, too
        (seen(10, 11, 12, 13, 14), bought(10.5), (("above cap", "matched"), 5)),
    ],
)
def test_the_first_class_that_fits(
    shown: list[dict[str, int]], sold: list[dict[str, int]] | None, expected: object
) -> None:
    assert one(SUPPRESSION, shown, sold) == expected


def test_a_response_is_a_purchase_or_an_event_of_the_campaign() -> None:
    asked = with_(SUPPRESSION, shown_kinds=("imp",), response_kinds=("click",), campaign="c1")
    assert one(asked, seen(*[11] * 3), []) == (("no response", "matched"), 3)
    assert one(asked, seen(*[11] * 3) + seen(12, kind=2), []) == (("useful", "matched"), 3)
    elsewhere = seen(*[11] * 3) + seen(12, kind=2, campaign=2)
    assert one(asked, elsewhere, []) == (("no response", "matched"), 3)
    assert one(asked, seen(*[11] * 3) + seen(25, kind=2), []) == (("no response", "matched"), 3)
    late = with_(asked, bought_until="2026-01-15")
    assert one(late, seen(*[11] * 3), bought(13.9)) == (("useful", "matched"), 3)
    assert one(late, seen(*[11] * 3), bought(14)) == (("no response", "matched"), 3)


def test_classes_may_be_split_by_purchase() -> None:
    split = with_(SUPPRESSION, outcome=True)
    assert one(split, seen(10), bought(9, 12)) == (("bought recently", "converted"), 1)
    assert one(split, seen(10), bought(9)) == (("bought recently", "not converted"), 1)
    assert one(split, seen(*[10] * 3), []) == (("no response", "not converted"), 3)
    assert one(split, seen(*[10] * 3), bought(12)) == (("useful", "converted"), 3)
    assert ("no response", "converted") not in shape(split, TWO).cells


def test_classes_that_are_not_asked_for_are_no_cells() -> None:
    only = with_(SUPPRESSION, recent_days=0, existing=False, no_response_after=0)
    assert shape(only, TWO).cells == (
        ("above cap", "matched"),
        ("useful", "matched"),
        ("above cap", "unmatched"),
        ("useful", "unmatched"),
    )
    assert one(only, seen(10), bought(9)) == (("useful", "matched"), 1)


@pytest.mark.parametrize("extreme", [-(2**63) + 1, 2**63 - 1, -1, 0])
def test_absurd_times_and_numbers_are_no_error(extreme: int) -> None:
    rows = [*seen(1), {"ts": extreme, "n": extreme}, {**seen(2)[0], "n": extreme}]
    sold = [*bought(3), {"ts": extreme}]
    for question in (FREQUENCY, with_(FREQUENCY, by_n=True, window_days=3, customers=True)):
        assert one(question, rows, sold) is not None
    assert one(with_(SUPPRESSION, by_n=True, since="2026-01-01"), rows, sold) is not None


def test_frequencies_and_views_add_up() -> None:
    """Below the last frequency, views are people times frequency; at it, at least that."""
    world = dense_world(11, people=60)
    load_rows(CONNECTION, TWO, rows_of(world))
    asked = with_(FREQUENCY, top=4, since="2026-01-01", until="2026-01-09")
    people, sums = kernels.run(CONNECTION, canonical(asked, TWO), TWO).vectors
    for (label, _), count, total in zip(shape(asked, TWO).cells, people, sums, strict=True):
        views = int(label.rstrip("+"))
        assert total >= views * count if label.endswith("+") else total == views * count
    assert sum(people) > 20
