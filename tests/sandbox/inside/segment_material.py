"""Segments in plain Python, and what the tests of kernels that use them share."""

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import strategies as st
from inside_material import load_rows, person_rows
from person_material import DAY, KINDS, ORDER_KINDS, Linked, Person, World, rows_of

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import Question
from cleanroom.sandbox.inside import kernels
from cleanroom.sandbox.inside.database import Connection
from cleanroom.tables import MISSING_LONG

Answer = Counter[tuple[Any, ...]]  # labels of the cell, then clipped amounts
TOKEN = {"email": [(0, 1)]}


def names(kinds: int) -> list[str]:
    return [identifier.kind for identifier in KINDS[:kinds]]


def second(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY


def segments(agreed: Catalogue) -> st.SearchStrategy[str]:
    """No segment, a column or contact, of any party."""
    known = [
        f"{party}.{what}"
        for party in agreed.parties
        for what in ("people.a_age", "people.is_fan", "exposures")
    ]
    return st.sampled_from(["", *known])


def segment_of(segment: str, person: Linked, world: World, moment: int) -> str:
    """The label of one person."""
    if not segment:
        return "all"
    party, _, what = segment.partition(".")
    if party not in person.pids:
        return "unmatched"
    who = world[party][person.pids[party]]
    if what == "exposures":
        met = any(row["ts"] != MISSING_LONG and row["ts"] <= moment for row in who.exposures)
        return "contact" if met else "no contact"
    code = who.people[what.removeprefix("people.")]
    texts = ("false", "true") if what.endswith("is_fan") else ("young", "middle", "old")
    return texts[code - 1] if code else ""


def kinds_of(question: Any) -> set[int]:
    """Codes of the kinds of order that count."""
    return {ORDER_KINDS.index(kind) + 1 for kind in question.order_kinds} or {0, 1, 2, 3}


def check(connection: Connection, question: Question, agreed: Catalogue, expected: Answer) -> None:
    """Both what the kernel says per person, and what is counted and added up per cell."""
    question = canonical(question, agreed)
    wanted = shape(question, agreed)
    said = person_rows(connection, question, agreed)
    assert len({row[0] for row in said}) == len(said), "one row per person"
    clipped = Counter(
        (
            wanted.cells[cell],
            *(
                min(max(amount, 0), measure.cap)
                for amount, measure in zip(amounts, wanted.measures[1:], strict=True)
            ),
        )
        for _, cell, *amounts in said
    )
    assert clipped == expected
    sums: list[Counter[Any]] = [Counter() for _ in wanted.measures]
    for (labels, *amounts), number in expected.items():
        for total, amount in zip(sums, [1, *amounts], strict=True):
            total[labels] += number * amount
    exact = kernels.run(connection, question, agreed)
    assert exact.vectors == [[total[labels] for labels in wanted.cells] for total in sums]


def one_person(
    connection: Connection,
    agreed: Catalogue,
    question: Question,
    orders: list[dict[str, int]],
    shown: list[dict[str, int]] | None = None,
    people: dict[str, int] | None = None,
) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The cells that one buyer is in; ``shown`` None: the platform doesn't know the person."""
    world: World = {"platform": [], "brand": [Person(dict(TOKEN), conversions=orders)]}
    if shown is not None:
        world["platform"] = [Person(dict(TOKEN), people=people or {}, exposures=shown)]
    load_rows(connection, agreed, rows_of(world))
    wanted = shape(question, agreed)
    vectors = kernels.run(connection, canonical(question, agreed), agreed).vectors
    cells = zip(wanted.cells, zip(*vectors, strict=True), strict=True)
    return {labels: amounts for labels, amounts in cells if any(amounts)}
