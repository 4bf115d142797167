"""Kernel ``edge``: referrers by what they brought, referees by whose they are (A13)."""

from datetime import date

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.question import EdgeQuestion
from cleanroom.sandbox.inside.kernels.sql import (
    DAY,
    Query,
    day_of,
    kinds_condition,
    party_index,
)
from cleanroom.tables import MISSING_LONG


def query(question: EdgeQuestion, catalogue: Catalogue) -> Query:
    """One cell per person that both parties have."""
    edges, orders = _edges(question, catalogue), _orders(question, catalogue)
    if question.count == "referrers":
        rest = _referrers(question, catalogue)
    else:
        rest = _referees(question, catalogue)
    text = f"WITH {edges.text}, {orders.text}{rest.text}"
    return Query(text, [*edges.values, *orders.values, *rest.values])


def _seconds(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY


def _edges(question: EdgeQuestion, catalogue: Catalogue) -> Query:
    """Edges that count. A referrer's own rows decide first, so that no row of another can make
    more of its edges count; then each referee keeps its first referrer.
    """
    table = f"referrals_{party_index(catalogue, question.referrals)}"
    values: list[object] = [_seconds(question.since), _seconds(question.until)]
    kinds = ""
    if question.edge_kinds:
        kind = catalogue.dataset(question.referrals).tables["referrals"]["kind"]
        values += [kind.domain.index(value) + 1 for value in question.edge_kinds]
        kinds = f" AND kind IN ({', '.join('?' for _ in question.edge_kinds)})"
    text = (
        "told AS (SELECT from_person AS source, to_person AS target, MIN(ts) AS ts "
        f"FROM {table} WHERE ts >= ? AND ts < ? AND from_person <> to_person{kinds} "
        "GROUP BY from_person, to_person), "
        "places AS (SELECT source, target, ts, "
        "ROW_NUMBER() OVER (PARTITION BY source ORDER BY ts, target) AS place FROM told), "
        "turns AS (SELECT source, target, ts, place, "
        "ROW_NUMBER() OVER (PARTITION BY target ORDER BY ts, source) AS turn "
        f"FROM places WHERE place <= {question.most}), "
        "edges AS (SELECT source, target, ts, place FROM turns WHERE turn = 1)"
    )
    return Query(text, values)


def _orders(question: EdgeQuestion, catalogue: Catalogue) -> Query:
    """Each seller's first order."""
    selling = party_index(catalogue, question.conversions)
    kinds = kinds_condition(question.order_kinds, question.conversions, catalogue)
    text = (
        "firsts AS (SELECT c.person AS seller, MIN(c.ts) AS ts "
        f"FROM conversions_{selling} c WHERE c.ts <> {MISSING_LONG}{kinds.text} GROUP BY c.person)"
    )
    return Query(text, kinds.values)


def _referrers(question: EdgeQuestion, catalogue: Catalogue) -> Query:
    """Referees and converted ones of each pid; a referee linked to several buyers converted when
    one of them did.
    """
    telling, selling = (
        party_index(catalogue, party) for party in (question.referrals, question.conversions)
    )
    # cells (d, c) stand in the order of d, then c: d begins after 1 + 2 + ... + d others
    starts = " ".join(f"WHEN {d} THEN {d * (d + 1) // 2}" for d in range(1, question.most + 1))
    text = (
        f", bought AS (SELECT e.source, e.target, MAX(CASE WHEN f.ts >= e.ts AND f.ts <= e.ts + ? "
        "THEN 1 ELSE 0 END) AS converted FROM edges e "
        f"LEFT JOIN persons q ON q.p{telling} = e.target "
        f"LEFT JOIN firsts f ON f.seller = q.p{selling} GROUP BY e.source, e.target), "
        "sums AS (SELECT source, COUNT(*) AS referees, SUM(converted) AS converted "
        "FROM bought GROUP BY source) "
        f"SELECT p.person, CASE s.referees {starts} ELSE 0 END + COALESCE(s.converted, 0) AS cell "
        f"FROM persons p LEFT JOIN sums s ON s.source = p.p{telling} "
        f"WHERE p.p{telling} IS NOT NULL AND p.p{selling} IS NOT NULL"
    )
    return Query(text, [question.window_days * DAY])


def _referees(question: EdgeQuestion, catalogue: Catalogue) -> Query:
    """New customers by place; those in no edge, or who did not convert by it, last."""
    telling, selling = (
        party_index(catalogue, party) for party in (question.referrals, question.conversions)
    )
    cell = f"CASE WHEN f.ts >= e.ts AND f.ts <= e.ts + ? THEN e.place - 1 ELSE {question.most} END"
    values: list[object] = []
    text, joins, amount = "", f"LEFT JOIN edges e ON e.target = p.p{telling}", ""
    kinds = kinds_condition(question.order_kinds, question.conversions, catalogue)
    on_day = f"conversions_{selling} c ON c.person = f.seller WHERE c.ts <> {MISSING_LONG}"
    if question.repeat_days:
        text += (
            ", later AS (SELECT DISTINCT f.seller FROM firsts f JOIN "
            f"{on_day} AND {day_of('c.ts')} > {day_of('f.ts')} "
            f"AND {day_of('c.ts')} <= {day_of('f.ts')} + ?{kinds.text})"
        )
        values += [question.repeat_days, *kinds.values]
        cell = f"({cell}) * 2 + CASE WHEN a.seller IS NULL THEN 1 ELSE 0 END"
        joins += " LEFT JOIN later a ON a.seller = f.seller"
    if question.first_order_value:
        text += (
            ", paid AS (SELECT f.seller, "
            f"SUM(CASE WHEN c.paid = {MISSING_LONG} THEN 0 ELSE c.paid END) AS paid "
            f"FROM firsts f JOIN {on_day} AND {day_of('c.ts')} = {day_of('f.ts')}{kinds.text} "
            "GROUP BY f.seller)"
        )
        values += kinds.values
        joins += " LEFT JOIN paid b ON b.seller = f.seller"
        amount = ", b.paid AS amount_1"
    text += (
        f" SELECT p.person, {cell} AS cell{amount} "
        f"FROM persons p JOIN firsts f ON f.seller = p.p{selling} {joins} "
        f"WHERE p.p{telling} IS NOT NULL AND f.ts >= ? AND f.ts < ?"
    )
    values += [question.window_days * DAY, _seconds(question.since), _seconds(question.until)]
    return Query(text, values)
