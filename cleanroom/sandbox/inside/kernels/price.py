"""Kernel ``price``: buyers by segment, and their prices against public ones (A11)."""

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.price import MILLI, PriceQuestion
from cleanroom.disclosure.questions.segments import labels
from cleanroom.sandbox.inside.kernels.campaign import seconds
from cleanroom.sandbox.inside.kernels.segments import placed
from cleanroom.sandbox.inside.kernels.sql import Query, kinds_condition, party_index
from cleanroom.tables import MISSING_LONG

# Rows further from a price than e^20 say nothing, and sums of them must not overflow.
_ROW_MOST = 20 * MILLI


def query(question: PriceQuestion, catalogue: Catalogue) -> Query:
    """One cell per buyer: its segment, and the means of its logarithms."""
    rows = _purchases(question, catalogue)
    names = ["ratio", *(["discount"] if question.list_value else [])]
    amounts, number = "", 1
    for name in names:
        amounts += f", b.{name} + {MILLI} AS amount_{number}"
        amounts += f", CAST(FLOOR(b.{name} * b.{name} / {MILLI}.0 + 0.5) AS BIGINT)"
        amounts += f" AS amount_{number + 1}"
        number += 2
    if question.paid_value:
        amounts += f", b.paid AS amount_{number}"
    found = labels(question.segment, question.conversions, catalogue)
    segment = placed(question.segment, question.conversions, catalogue, "b.ts")
    selling = party_index(catalogue, question.conversions)
    means = "".join(f", {_mean(name)} AS {name}" for name in names)
    text = (
        f"WITH priced AS ({rows.text}), "
        f"buyers AS (SELECT buyer, MIN(ts) AS ts, SUM(paid) AS paid{means} "
        "FROM priced GROUP BY buyer) "
        f"SELECT p.person, COALESCE({segment.place}, {len(found)}) AS cell{amounts} "
        f"FROM persons p JOIN buyers b ON b.buyer = p.p{selling} {segment.join}"
    )
    return Query(text.strip(), rows.values)


def _mean(name: str) -> str:
    """The mean of a buyer's rows to the nearest thousandth, brought into [-1, 1]."""
    mean = f"FLOOR(CAST(SUM({name}) AS DOUBLE) / COUNT(*) + 0.5)"
    return f"CAST(LEAST(GREATEST({mean}, {-MILLI}), {MILLI}) AS BIGINT)"


def _purchases(question: PriceQuestion, catalogue: Catalogue) -> Query:
    """Rows that count: ``buyer``, ``ts``, ``paid``, and logarithms in thousandths."""
    columns = catalogue.dataset(question.conversions).tables["conversions"]
    domain = columns["category"].domain
    benchmark = "CASE c.category"
    values: list[object] = []
    for one in question.benchmarks:
        benchmark += " WHEN ? THEN ?"
        values += [domain.index(one.category) + 1, one.price]
    qty = f"CASE WHEN c.qty = {MISSING_LONG} THEN 1 ELSE c.qty END" if "qty" in columns else "1"
    lists = ", c.list_price" if question.list_value else ""
    tests, tested = _tests(question, catalogue)
    # in floating point nothing overflows
    ratio = _logarithm("CAST(paid AS DOUBLE) / qty / benchmark")
    discount = ""
    if question.list_value:
        discount = f", {_logarithm('CAST(paid AS DOUBLE) / qty / list_price')} AS discount"
        tests += " AND c.list_price > 0"
    text = (
        f"SELECT buyer, ts, paid, {ratio} AS ratio{discount} FROM ("
        f"SELECT c.person AS buyer, c.ts, c.paid, {qty} AS qty{lists}, "
        f"{benchmark} END AS benchmark "
        f"FROM conversions_{party_index(catalogue, question.conversions)} c "
        f"WHERE c.ts >= ? AND c.ts < ? AND c.paid > 0{tests}) r "
        "WHERE qty > 0 AND benchmark IS NOT NULL"
    )
    values += [seconds(question.since), seconds(question.until), *tested]
    return Query(text, values)


def _logarithm(ratio: str) -> str:
    thousandths = f"FLOOR({MILLI} * LN({ratio}) + 0.5)"
    return f"CAST(LEAST(GREATEST({thousandths}, {-_ROW_MOST}), {_ROW_MOST}) AS BIGINT)"


def _tests(question: PriceQuestion, catalogue: Catalogue) -> tuple[str, list[object]]:
    kinds = kinds_condition(question.order_kinds, question.conversions, catalogue)
    if not question.brand:
        return kinds.text, kinds.values
    brands = catalogue.dataset(question.conversions).tables["conversions"]["brand"]
    return (
        f"{kinds.text} AND c.brand = ?",
        [*kinds.values, brands.domain.index(question.brand) + 1],
    )
