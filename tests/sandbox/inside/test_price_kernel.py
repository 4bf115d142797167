"""Kernel ``price`` on random worlds, against plain Python written from what the question says."""

from collections import Counter
from fractions import Fraction
from math import floor, log

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows
from person_material import (
    CAP,
    DAY,
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
from cleanroom.disclosure.questions.price import Benchmark, PriceQuestion
from cleanroom.errors import DisclosureError
from cleanroom.sandbox.inside import database
from cleanroom.tables import MISSING_LONG

CONNECTION = database.connect(256, 1)
CATEGORIES, BRANDS = ("serum", "phone"), ("ours", "theirs")


def thousandths(ratio: float) -> int:
    return max(-20_000, min(20_000, floor(1000 * log(ratio) + 0.5)))


def mean(values: list[int]) -> int:
    return max(-1000, min(1000, floor(Fraction(sum(values), len(values)) + Fraction(1, 2))))


def squared(value: int) -> int:
    return floor(Fraction(value * value, 1000) + Fraction(1, 2))


def by_rule(question: PriceQuestion, world: World, persons: list[Linked]) -> Answer:
    prices = {CATEGORIES.index(one.category) + 1: one.price for one in question.benchmarks}
    brand = BRANDS.index(question.brand) + 1 if question.brand else None
    found: Answer = Counter()
    for person in persons:
        if question.conversions not in person.pids:
            continue
        rows = []
        for row in world[question.conversions][person.pids[question.conversions]].conversions:
            qty = 1 if row["qty"] == MISSING_LONG else row["qty"]
            counts = (
                second(question.since) <= row["ts"] < second(question.until)
                and row["category"] in prices
                and row["kind"] in kinds_of(question)
                and brand in (None, row["brand"])
                and row["paid"] > 0
                and qty > 0
                and (not question.list_value or row["list_price"] > 0)
            )
            if counts:
                rows.append({**row, "piece": row["paid"] / qty})
        if not rows:
            continue
        label = segment_of(question.segment, person, world, min(row["ts"] for row in rows))
        ratio = mean([thousandths(row["piece"] / prices[row["category"]]) for row in rows])
        amounts = [ratio + 1000, squared(ratio)]
        if question.list_value:
            off = mean([thousandths(row["piece"] / row["list_price"]) for row in rows])
            amounts += [off + 1000, squared(off)]
        if question.paid_value:
            amounts.append(min(sum(row["paid"] for row in rows), CAP))
        found[((label,), *amounts)] += 1
    return found


@st.composite
def questions(draw: st.DrawFn, agreed: Catalogue) -> PriceQuestion:
    since = draw(st.integers(1, 6))
    categories = draw(st.lists(st.sampled_from(CATEGORIES), min_size=1, unique=True))
    return PriceQuestion(
        draw(st.sampled_from(agreed.parties)),
        draw(some_segment(agreed)),
        f"2026-01-0{since}",
        f"2026-01-0{draw(st.integers(since + 1, 9))}",
        tuple(Benchmark(name, draw(st.sampled_from([1, 250, 5_000]))) for name in categories),
        draw(st.sampled_from(["", *BRANDS])),
        tuple(draw(st.lists(st.sampled_from(["buy", "visit"]), max_size=2))),
        draw(st.booleans()),
        draw(st.booleans()),
    )


@settings(max_examples=max(20, settings().max_examples // 3))
@given(data=st.data(), seed=st.one_of(st.none(), st.integers(0, 2**32)))
def test_price(data: st.DataObject, seed: int | None) -> None:
    world = data.draw(worlds(parties=3, kinds=2)) if seed is None else dense_world(seed)
    agreed = catalogue(tuple(world), 2)
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, names(2))
    for _ in range(4):
        question = data.draw(questions(agreed))
        check(CONNECTION, question, agreed, by_rule(question, world, persons))


# --- by hand -------------------------------------------------------------------------------------

AGREED = catalogue(("platform", "brand"), 1)
AT = START + 3 * DAY
QUESTION = PriceQuestion(
    "brand",
    "",
    "2026-01-02",
    "2026-01-08",
    (Benchmark("serum", 1_000), Benchmark("phone", 5_000)),
    order_kinds=("buy",),
)


def order(paid: int, **more: int) -> dict[str, int]:
    return {
        "ts": AT,
        "paid": paid,
        "kind": 1,
        "category": 1,
        "qty": 1,
        "list_price": 1_000,
        "brand": 1,
        **more,
    }


def ratio(*orders: dict[str, int], **more: object) -> tuple[int, ...]:
    question = msgspec.structs.replace(QUESTION, **more)
    return one_person(CONNECTION, AGREED, question, list(orders)).get(("all",), ())


def test_a_buyer_is_worth_the_mean_of_its_logarithms() -> None:
    assert ratio(order(1_000)) == (1, 1_000, 0)
    assert ratio(order(2_000)) == (1, 1_693, 480)  # ln 2, and its square
    assert ratio(order(2_000), order(500)) == (1, 1_000, 0)
    assert ratio(order(5_000, category=2)) == (1, 1_000, 0)


def test_the_price_is_that_of_a_piece() -> None:
    assert ratio(order(2_000, qty=2)) == (1, 1_000, 0)
    assert ratio(order(1_000, qty=MISSING_LONG)) == (1, 1_000, 0)


def test_no_buyer_counts_for_more_than_one_logarithm() -> None:
    assert ratio(order(2**62)) == (1, 2_000, 1_000)
    assert ratio(order(1, qty=2**40)) == (1, 0, 1_000)


@pytest.mark.parametrize(
    "nothing",
    [
        {"paid": 0},
        {"paid": -5},
        {"paid": MISSING_LONG},
        {"qty": 0},
        {"qty": -1},
        {"category": 0},
        {"kind": 2},
        {"ts": MISSING_LONG},
        {"ts": START + DAY - 1},
        {"ts": START + 7 * DAY},
    ],
    ids=str,
)
def test_rows_that_are_no_purchase(nothing: dict[str, int]) -> None:
    assert ratio(order(1_000) | nothing) == ()
    assert ratio(order(1_000), order(4_000) | nothing) == (1, 1_000, 0)


def test_the_first_and_the_last_second_of_the_period_count() -> None:
    assert ratio(order(1_000, ts=START + DAY), order(1_000, ts=START + 7 * DAY - 1))


def test_discount_is_against_the_list_price_and_needs_one() -> None:
    found = ratio(order(1_000, list_price=2_000), list_value=True)
    assert found == (1, 1_000, 0, 1_000 - 693, 480)
    assert ratio(order(1_000, list_price=MISSING_LONG), list_value=True) == ()


def test_paid_is_clipped_after_adding_up() -> None:
    assert ratio(order(CAP - 1), order(2), paid_value=True)[-1] == CAP


@pytest.mark.parametrize(
    ("shown", "label"),
    [
        (None, "unmatched"),
        ([], "no contact"),
        ([{"ts": AT + 1}], "no contact"),
        ([{"ts": AT}], "contact"),
        ([{"ts": MISSING_LONG}], "no contact"),
    ],
)
def test_contact_counts_up_to_the_first_purchase(
    shown: list[dict[str, int]] | None, label: str
) -> None:
    asked = msgspec.structs.replace(QUESTION, segment="platform.exposures")
    orders = [order(1_000), order(1_000, ts=AT + DAY)]
    assert list(one_person(CONNECTION, AGREED, asked, orders, shown)) == [(label,)]


def test_benchmarks_have_three_digits_and_one_order() -> None:
    def form(*benchmarks: tuple[str, int]) -> tuple[Benchmark, ...]:
        given = tuple(Benchmark(*one) for one in benchmarks)
        asked = msgspec.structs.replace(QUESTION, benchmarks=given)
        found = canonical(asked, AGREED)
        assert isinstance(found, PriceQuestion)
        return found.benchmarks

    assert form(("phone", 529_900), ("serum", 12_949)) == (
        Benchmark("serum", 12_900),
        Benchmark("phone", 530_000),
    )
    assert form(("phone", 99_950)) == (Benchmark("phone", 100_000),)
    for wrong in ((), (("serum", 100), ("serum", 200)), (("tea", 100),)):
        with pytest.raises(DisclosureError):
            form(*wrong)
