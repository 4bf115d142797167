"""Kernel ``cohort``: buyers by first order and by days until the next (A15)."""

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.cohort import CohortQuestion, begins, gap_labels
from cleanroom.disclosure.questions.segments import labels
from cleanroom.sandbox.inside.kernels.campaign import seconds
from cleanroom.sandbox.inside.kernels.segments import placed
from cleanroom.sandbox.inside.kernels.sql import (
    DAY,
    Query,
    day_of,
    kinds_condition,
    party_index,
)


def query(question: CohortQuestion, catalogue: Catalogue) -> Query:
    """One cell per buyer: segment, cohort, gap; and what is added up of quality."""
    selling = party_index(catalogue, question.conversions)
    orders, quality = _orders(question, catalogue), _quality(question, catalogue)
    cohort, gap = _cohort(question), _gap(question)
    known = len(labels(question.segment, question.conversions, catalogue))
    segment = placed(question.segment, question.conversions, catalogue, "f.ts")
    groups, gaps = len(begins(question)), len(gap_labels(question))
    cell = f"(({segment.place}) * {groups} + {cohort.text}) * {gaps} + {gap.text}"
    amounts, joined, tables = "", "", ""
    if quality is not None:
        tables = f", quality AS ({quality.text})"
        joined = "LEFT JOIN quality q ON q.buyer = f.buyer "
        names = [name for name, kinds in _sums(question) if kinds]
        amounts = "".join(f", q.{name} AS amount_{i}" for i, name in enumerate(names, 1))
    text = (
        f"WITH orders AS ({orders.text}), "
        "firsts AS (SELECT buyer, MIN(ts) AS ts FROM orders GROUP BY buyer), "
        "again AS (SELECT o.buyer, MIN(o.ts) AS ts FROM orders o JOIN firsts f "
        f"ON f.buyer = o.buyer WHERE {day_of('o.ts')} > {day_of('f.ts')} GROUP BY o.buyer)"
        f"{tables} "
        f"SELECT p.person, COALESCE({cell}, {known * groups * gaps}) AS cell{amounts} "
        f"FROM persons p JOIN firsts f ON f.buyer = p.p{selling} "
        f"LEFT JOIN again a ON a.buyer = f.buyer {joined}{segment.join} "
        "WHERE f.ts >= ? AND f.ts < ?"
    )
    values = [*orders.values, *(quality.values if quality else []), *cohort.values, *gap.values]
    return Query(text, [*values, seconds(question.since), seconds(question.until)])


def _orders(question: CohortQuestion, catalogue: Catalogue) -> Query:
    """Rows that are orders, inside the data period."""
    dataset = catalogue.dataset(question.conversions)
    kinds = kinds_condition(question.order_kinds, question.conversions, catalogue)
    text = (
        "SELECT c.person AS buyer, c.ts "
        f"FROM conversions_{party_index(catalogue, question.conversions)} c "
        f"WHERE c.ts >= ? AND c.ts < ?{kinds.text}"
    )
    return Query(text, [seconds(dataset.start), seconds(dataset.end), *kinds.values])


def _cohort(question: CohortQuestion) -> Query:
    """The position of the cohort: how many later ones haven't begun."""
    later = begins(question)[1:]
    if not later:
        return Query("0", [])
    cases = " ".join(f"WHEN f.ts < ? THEN {place}" for place in range(len(later)))
    return Query(f"CASE {cases} ELSE {len(later)} END", [seconds(one.isoformat()) for one in later])


def _gap(question: CohortQuestion) -> Query:
    """The position of the group of days."""
    days = f"{day_of('a.ts')} - {day_of('f.ts')}"
    last = len(question.gaps)
    cases = " ".join(f"WHEN {days} <= ? THEN {place}" for place in range(last))
    text = f"CASE WHEN a.ts IS NULL THEN {last + 1} {cases} ELSE {last} END"
    return Query(text, list(question.gaps))


def _sums(question: CohortQuestion) -> list[tuple[str, tuple[str, ...]]]:
    """Name and kinds of what is added up, in the order of the shape."""
    return [("refunds", question.refund_kinds), ("praise", question.praise_kinds)]


def _quality(question: CohortQuestion, catalogue: Catalogue) -> Query | None:
    """Refunds and praise of each buyer in the days from the first order on."""
    if not (question.refund_kinds or question.praise_kinds):
        return None
    dataset = catalogue.dataset(question.conversions)
    columns = dataset.tables["conversions"]
    sums, values = "", []
    for name, kinds in _sums(question):
        if not kinds:
            continue
        counted = kinds_condition(kinds, question.conversions, catalogue)
        test, tested = "1 = 1" + counted.text, [*counted.values]
        if name == "praise" and question.praise_column:
            domain = columns[question.praise_column].domain
            codes = [domain.index(value) + 1 for value in question.praise_values]
            test += f' AND c."{question.praise_column}" IN ({", ".join("?" for _ in codes)})'
            tested += codes
        sums += f", SUM(CASE WHEN {test} THEN 1 ELSE 0 END) AS {name}"
        values += tested
    text = (
        f"SELECT f.buyer{sums} "
        f"FROM conversions_{party_index(catalogue, question.conversions)} c "
        "JOIN firsts f ON f.buyer = c.person "
        "WHERE c.ts >= f.ts AND c.ts <= f.ts + ? AND c.ts < ? GROUP BY f.buyer"
    )
    return Query(text, [*values, question.quality_days * DAY, seconds(dataset.end)])
