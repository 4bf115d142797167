"""Kernel ``modal`` on random worlds, against plain Python written from what the question says."""

from collections import Counter
from itertools import pairwise, product

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inside_material import load_rows
from person_material import (
    DAY,
    DEVICES,
    ORDER_KINDS,
    PLACES,
    SHOWN_KINDS,
    START,
    Linked,
    World,
    catalogue,
    dense_world,
    persons_by_rule,
    rows_of,
    worlds,
)
from segment_material import Answer, check, names, one_person, second, segment_of
from segment_material import segments as some_segment

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.modal import ModalQuestion
from cleanroom.errors import DisclosureError
from cleanroom.sandbox.inside import database
from cleanroom.tables import MISSING_LONG

CONNECTION = database.connect(256, 1)
CATEGORIES, STYLES = ("serum", "phone"), ("plain", "bold")
VALUES = {"device": DEVICES, "place": PLACES, "x_style": STYLES, "category": CATEGORIES}
HOURS = (0, 6, 9, 12, 14, 18, 24)


def label(question: ModalQuestion, name: str, row: dict[str, int]) -> str | None:
    """The value of one row in a dimension; None where it has none."""
    if name == "daypart":
        hour = row["ts"] % DAY // 3600
        return next(f"{low:02}-{high:02}" for low, high in pairwise(HOURS) if low <= hour < high)
    if name == "band":
        qty = 1 if row["qty"] == MISSING_LONG else row["qty"]
        if row["paid"] <= 0 or qty <= 0:
            return None
        piece = row["paid"] // qty
        edges = question.band_edges
        if piece < edges[0]:
            return f"<{edges[0]}"
        if piece >= edges[-1]:
            return f">={edges[-1]}"
        pairs = pairwise(edges)
        return next(f"{low}-{high}" for low, high in pairs if low <= piece < high)
    return VALUES[name][row[name] - 1] if row[name] else None


def order_of(question: ModalQuestion, name: str) -> list[str]:
    if name == "daypart":
        return [f"{low:02}-{high:02}" for low, high in pairwise(HOURS)]
    if name == "band":
        edges = question.band_edges
        inner = [f"{low}-{high}" for low, high in pairwise(edges)]
        return [f"<{edges[0]}", *inner, f">={edges[-1]}"]
    return list(VALUES[name])


def split(question: ModalQuestion, person: Linked, world: World, first: int) -> str:
    segment = question.segment
    party, _, what = segment.partition(".")
    if segment and not what:
        return "member" if party in person.pids else "not member"
    if what != "conversions":
        return segment_of(segment, person, world, first)
    if party not in person.pids:
        return "unmatched"
    kinds = {ORDER_KINDS.index(kind) + 1 for kind in question.order_kinds} or {0, 1, 2, 3}
    later = [
        row
        for row in world[party][person.pids[party]].conversions
        if first <= row["ts"] < START + 365 * DAY and row["kind"] in kinds
    ]
    return "bought" if later else "not bought"


def by_rule(question: ModalQuestion, world: World, persons: list[Linked]) -> Answer:
    known = SHOWN_KINDS if question.table == "exposures" else ORDER_KINDS
    kinds = {known.index(kind) + 1 for kind in question.kinds} or {0, 1, 2, 3}
    places = [order_of(question, name) for name in question.dimensions]
    found: Answer = Counter()
    for person in persons:
        if question.party not in person.pids:
            continue
        rows = []
        for row in getattr(world[question.party][person.pids[question.party]], question.table):
            labels = [label(question, name, row) for name in question.dimensions]
            if (
                second(question.since) <= row["ts"] < second(question.until)
                and row["kind"] in kinds
                and None not in labels
                and question.category in ("", CATEGORIES[row.get("category", 0) - 1])
                and not (question.category and not row["category"])
            ):
                rows.append((tuple(labels), row["ts"]))
        if not rows:
            continue
        counts = Counter(labels for labels, _ in rows)

        def rank(labels: tuple[str, ...], rows=rows, counts=counts) -> tuple[object, ...]:
            latest = max(ts for one, ts in rows if one == labels)
            return counts[labels], latest, *map(list.index, places, labels)

        best = max(counts, key=rank)
        found[((*best, split(question, person, world, min(ts for _, ts in rows))),)] += 1
    return found


@st.composite
def questions(draw: st.DrawFn, agreed: Catalogue) -> ModalQuestion:
    table = draw(st.sampled_from(["exposures", "conversions"]))
    sold = table == "conversions"
    party = draw(st.sampled_from(agreed.parties))
    since = draw(st.integers(1, 6))
    names = ["daypart", "device", "place", *(["band", "x_style", "category"] if sold else [])]
    orders = [f"{other}.conversions" for other in agreed.parties]
    members = [other for other in agreed.parties if other != party]
    kinds = ("buy", "visit") if sold else ("imp", "share")
    return ModalQuestion(
        f"{party}.{table}",
        tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))),
        f"2026-01-0{since}",
        f"2026-01-0{draw(st.integers(since + 1, 9))}",
        tuple(draw(st.lists(st.sampled_from(kinds), unique=True))),
        draw(st.sampled_from(["", "serum"])) if sold else "",
        tuple(draw(st.lists(st.sampled_from([5, 900, 2_500, 5_000]), min_size=1))),
        draw(st.one_of(some_segment(agreed), st.sampled_from([*orders, *members]))),
        tuple(draw(st.lists(st.sampled_from(["buy", "visit"]), unique=True))),
    )


@settings(max_examples=max(20, settings().max_examples // 3))
@given(data=st.data(), seed=st.one_of(st.none(), st.integers(0, 2**32)))
def test_modal(data: st.DataObject, seed: int | None) -> None:
    world = data.draw(worlds(parties=3, kinds=2)) if seed is None else dense_world(seed)
    agreed = catalogue(tuple(world), 2)
    load_rows(CONNECTION, agreed, rows_of(world))
    persons = persons_by_rule(world, names(2))
    for _ in range(4):
        question = canonical(data.draw(questions(agreed)), agreed)
        assert isinstance(question, ModalQuestion)
        check(CONNECTION, question, agreed, by_rule(question, world, persons))


# --- by hand -------------------------------------------------------------------------------------

AGREED = catalogue(("platform", "brand"), 1)
DEVICE = ModalQuestion("brand.conversions", ("device",), "2026-01-01", "2026-02-01")
BANDS = msgspec.structs.replace(DEVICE, dimensions=("band",), band_edges=(1_000, 3_000))


def row(at: int = 0, device: int = 1, paid: int = 100, **more: int) -> dict[str, int]:
    return {"ts": START + at, "kind": 1, "device": device, "paid": paid, "qty": 1, **more}


def modal(question: ModalQuestion, *rows: dict[str, int]) -> list[tuple[str, ...]]:
    return list(one_person(CONNECTION, AGREED, question, list(rows)))


def test_the_most_frequent_value_wins() -> None:
    assert modal(DEVICE, row(1, 1), row(2, 1), row(3, 2)) == [("app", "all")]


def test_of_equally_frequent_values_the_latest_wins_then_the_last() -> None:
    assert modal(DEVICE, row(5, 1), row(4, 2)) == [("app", "all")]
    assert modal(DEVICE, row(1, 1), row(9, 1), row(8, 2), row(7, 2)) == [("app", "all")]
    assert modal(DEVICE, row(5, 1), row(5, 2)) == [("web", "all")]


def test_rows_without_a_value_do_not_count() -> None:
    assert modal(DEVICE, row(1, 0), row(2, 0), row(3, 2)) == [("web", "all")]
    assert modal(DEVICE, row(1, 0)) == []


@pytest.mark.parametrize(
    ("paid", "qty", "band"),
    [
        (999, 1, "<1000"),
        (1_000, 1, "1000-3000"),
        (1_999, 2, "<1000"),
        (2_000, 2, "1000-3000"),
        (3_000, MISSING_LONG, ">=3000"),
        (2**62, 1, ">=3000"),
        (1, 2**62, "<1000"),
    ],
)
def test_bands_are_of_the_price_of_a_piece(paid: int, qty: int, band: str) -> None:
    assert modal(BANDS, row(paid=paid, qty=qty)) == [(band, "all")]


@pytest.mark.parametrize("nothing", [{"paid": 0}, {"paid": MISSING_LONG}, {"qty": 0}, {"qty": -2}])
def test_rows_without_a_price_have_no_band(nothing: dict[str, int]) -> None:
    assert modal(BANDS, row() | nothing) == []


@pytest.mark.parametrize(
    ("hour", "part"),
    [(0, "00-06"), (6, "06-09"), (8.999, "06-09"), (12, "12-14"), (18, "18-24"), (23.9, "18-24")],
)
def test_parts_of_the_day(hour: float, part: str) -> None:
    asked = msgspec.structs.replace(DEVICE, dimensions=("daypart",))
    assert modal(asked, row(int(hour * 3600) + DAY)) == [(part, "all")]


def test_orders_count_from_the_first_event_on() -> None:
    asked = ModalQuestion(
        *("platform.exposures", ("device",), "2026-01-01", "2026-02-01"),
        segment="brand.conversions",
        order_kinds=("buy",),
    )
    shown = [{"ts": START + 50, "device": 1, "kind": 1}]
    for at, label in ((49, "not bought"), (50, "bought")):
        found = one_person(CONNECTION, AGREED, asked, [row(at)], shown)
        assert list(found) == [("app", label)]
    other = one_person(CONNECTION, AGREED, asked, [row(60, kind=2)], shown)
    assert list(other) == [("app", "not bought")]


def form(**more: object) -> ModalQuestion:
    found = canonical(msgspec.structs.replace(DEVICE, **more), AGREED)
    assert isinstance(found, ModalQuestion)
    return found


def test_edges_have_three_digits_and_mean_nothing_without_bands() -> None:
    found = form(dimensions=("band", "band"), band_edges=(299_900, 12_345, 300_000))
    assert (found.dimensions, found.band_edges) == (("band",), (12_300, 300_000))
    assert form(band_edges=(5, 6)).band_edges == ()
    assert form(order_kinds=("buy",)).order_kinds == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"events": "brand.people"},
        {"events": "nobody.exposures"},
        {"dimensions": ()},
        {"dimensions": ("device", "place", "daypart", "band")},
        {"dimensions": ("paid",)},
        {"dimensions": ("band",)},
        {"dimensions": ("band",), "band_edges": (0, 5)},
        {"dimensions": ("band",), "band_edges": tuple(range(1, 11))},
        {"since": "2025-01-01"},
        {"category": "tea"},
        {"kinds": ("gift",)},
        {"segment": "brand"},
        {"segment": "nobody"},
        {"segment": "platform.arms"},
    ],
    ids=str,
)
def test_what_cannot_be_asked(wrong: dict[str, object]) -> None:
    with pytest.raises(DisclosureError):
        form(**wrong)


def test_combinations_stand_in_the_order_of_their_dimensions() -> None:
    assert next(iter(product(DEVICES, PLACES))) == ("app", "home")
    asked = msgspec.structs.replace(DEVICE, dimensions=("place", "device"))
    assert modal(asked, row(1, 2, place=1)) == [("web", "home", "all")]
