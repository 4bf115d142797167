"""Kernel ``modal``: the combination that most of a person's events have (A12, A16)."""

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.modal import (
    BAND,
    DAYPART,
    DAYPART_HOURS,
    ModalQuestion,
    levels,
    spots,
)
from cleanroom.disclosure.questions.segments import labels
from cleanroom.sandbox.inside.kernels.campaign import seconds
from cleanroom.sandbox.inside.kernels.segments import placed
from cleanroom.sandbox.inside.kernels.sql import DAY, Query, day_of, party_index
from cleanroom.tables import MISSING_LONG

_HOUR = 3600


def query(question: ModalQuestion, catalogue: Catalogue) -> Query:
    """One cell per person with an event: its most frequent combination, and its segment."""
    rows = _rows(question, catalogue)
    known = len(labels(question.segment, question.party, catalogue))
    cells = len(spots(question, catalogue)) * known
    segment = placed(
        question.segment, question.party, catalogue, "b.first_ts", question.order_kinds
    )
    text = (
        f"WITH events AS ({rows.text}), "
        "counted AS (SELECT who, spot, COUNT(*) AS n, MAX(ts) AS last_ts, MIN(ts) AS first_ts "
        "FROM events GROUP BY who, spot), "
        "best AS (SELECT who, spot, "
        "MIN(first_ts) OVER (PARTITION BY who) AS first_ts, "
        "ROW_NUMBER() OVER (PARTITION BY who ORDER BY n DESC, last_ts DESC, spot DESC) AS place "
        "FROM counted) "
        f"SELECT p.person, COALESCE(b.spot * {known} + {segment.place}, {cells}) AS cell "
        f"FROM persons p JOIN best b ON b.who = p.p{party_index(catalogue, question.party)} "
        f"{segment.join} WHERE b.place = 1"
    )
    return Query(text, [*rows.values, *segment.values])


def _rows(question: ModalQuestion, catalogue: Catalogue) -> Query:
    """Rows that count: ``who``, ``ts``, and ``spot``, the position of the combination."""
    columns = catalogue.dataset(question.party).tables[question.table]
    spot, values, tests = "0", [], ""
    for name in question.dimensions:
        place = _place(question, name, "qty" in columns)
        spot = f"({spot}) * {len(levels(question, name, catalogue))} + {place.text}"
        values += place.values
        if name == BAND:
            tests += " AND e.paid > 0" + _has_pieces("qty" in columns)
        elif name != DAYPART:
            tests += f' AND e."{name}" > 0'
    for name, chosen in (("kind", question.kinds), ("category", _one(question.category))):
        if chosen:
            tests += f" AND e.{name} IN ({', '.join('?' for _ in chosen)})"
    text = (
        f"SELECT e.person AS who, e.ts, CAST({spot} AS BIGINT) AS spot "
        f"FROM {question.table}_{party_index(catalogue, question.party)} e "
        f"WHERE e.ts >= ? AND e.ts < ?{tests}"
    )
    values += [seconds(question.since), seconds(question.until)]
    for name, chosen in (("kind", question.kinds), ("category", _one(question.category))):
        values += [columns[name].domain.index(value) + 1 for value in chosen]
    return Query(text, values)


def _one(category: str) -> tuple[str, ...]:
    return (category,) if category else ()


def _place(question: ModalQuestion, name: str, has_qty: bool) -> Query:
    """The position of a row in one dimension."""
    if name == DAYPART:
        second = f"e.ts - {day_of('e.ts')} * {DAY}"
        cases = " ".join(
            f"WHEN {second} < {hour * _HOUR} THEN {i}" for i, hour in enumerate(DAYPART_HOURS)
        )
        return Query(f"CASE {cases} ELSE {len(DAYPART_HOURS)} END", [])
    if name == BAND:
        # in floating point nothing overflows; at an edge the quotient is exact
        piece = f"CAST(e.paid AS DOUBLE) / {_pieces(has_qty)}"
        edges = question.band_edges
        cases = " ".join(f"WHEN {piece} < ? THEN {i}" for i in range(len(edges)))
        return Query(f"CASE {cases} ELSE {len(edges)} END", list(edges))
    return Query(f'CAST(e."{name}" AS INTEGER) - 1', [])


def _pieces(has_qty: bool) -> str:
    return f"(CASE WHEN e.qty = {MISSING_LONG} THEN 1 ELSE e.qty END)" if has_qty else "1"


def _has_pieces(has_qty: bool) -> str:
    return f" AND (e.qty > 0 OR e.qty = {MISSING_LONG})" if has_qty else ""
