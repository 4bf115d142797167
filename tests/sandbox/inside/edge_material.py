"""Who recommended whom, in plain Python written from what the question says."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from person_material import CAP, DAY, ORDER_KINDS, REFERRAL_KINDS, Linked, Person, World

from cleanroom.disclosure.question import EdgeQuestion
from cleanroom.disclosure.questions.edge import NOT_REFERRED
from cleanroom.tables import MISSING_LONG

NOBODY = 4_000_000_000  # a referee who is in the data no more
Answer = Counter[tuple[object, ...]]


def seconds(day: str) -> int:
    return int(np.datetime64(day, "s").astype("i8"))


def chosen(codes: tuple[str, ...], domain: tuple[str, ...], code: int) -> bool:
    return not codes or (code > 0 and domain[code - 1] in codes)


def edges_by_rule(question: EdgeQuestion, people: list[Person]) -> dict[int, tuple[int, int, int]]:
    """Referee -> (referrer, time, place), as the question says it."""
    since, until = seconds(question.since), seconds(question.until)
    offers: dict[int, list[tuple[int, int, int]]] = {}
    for source, person in enumerate(people):
        first: dict[int, int] = {}
        for row in person.referrals:
            target = row["to"] if row["to"] == NOBODY else row["to"] % len(people)
            inside = since <= row["ts"] < until and target != source
            if inside and chosen(question.edge_kinds, REFERRAL_KINDS, row["kind"]):
                first[target] = min(first.get(target, row["ts"]), row["ts"])
        ordered = sorted((ts, target) for target, ts in first.items())[: question.most]
        for place, (ts, target) in enumerate(ordered, 1):
            offers.setdefault(target, []).append((ts, source, place))
    return {target: (s, ts, place) for target, ((ts, s, place), *_) in
            ((t, sorted(o)) for t, o in offers.items())}  # fmt: skip


@dataclass
class Orders:
    first: int
    again: bool
    paid: int


def orders_of(question: EdgeQuestion, person: Person) -> Orders | None:
    rows = [
        row
        for row in person.conversions
        if row["ts"] != MISSING_LONG and chosen(question.order_kinds, ORDER_KINDS, row["kind"])
    ]
    if not rows:
        return None
    first = min(row["ts"] for row in rows)
    gaps = [row["ts"] // DAY - first // DAY for row in rows]
    paid = sum(
        row["paid"] for row, gap in zip(rows, gaps, strict=True)
        if gap == 0 and row["paid"] != MISSING_LONG
    )  # fmt: skip
    return Orders(first, any(0 < gap <= question.repeat_days for gap in gaps), paid)


def by_rule(question: EdgeQuestion, world: World, persons: list[Linked]) -> Answer:
    telling, selling = question.referrals, question.conversions
    edges = edges_by_rule(question, world[telling])
    both = [
        (person.pids[telling], orders_of(question, world[selling][person.pids[selling]]))
        for person in persons
        if telling in person.pids and selling in person.pids
    ]
    if question.count == "referrers":
        return referrers_by_rule(question, edges, both)
    found: Answer = Counter()
    for pid, orders in both:
        if orders and seconds(question.since) <= orders.first < seconds(question.until):
            label = NOT_REFERRED
            if pid in edges and in_window(question, edges[pid], orders):
                label = str(edges[pid][2])
            again = (("again" if orders.again else "once"),) if question.repeat_days else ()
            paid = (min(max(orders.paid, 0), CAP),) if question.first_order_value else ()
            found[((label, *again), *paid)] += 1
    return found


def in_window(question: EdgeQuestion, edge: tuple[int, int, int], orders: Orders) -> bool:
    return edge[1] <= orders.first <= edge[1] + question.window_days * DAY


def referrers_by_rule(
    question: EdgeQuestion,
    edges: dict[int, tuple[int, int, int]],
    both: list[tuple[int, Orders | None]],
) -> Answer:
    referees = Counter(source for source, _, _ in edges.values())
    converted = Counter(
        edges[target][0]
        for target in {
            pid for pid, orders in both
            if pid in edges and orders and in_window(question, edges[pid], orders)
        }
    )  # fmt: skip
    return Counter(((str(referees[pid]), str(converted[pid])),) for pid, _ in both)
