"""Kernel ``first_channel``: new customers by the channel before their first order (A04)."""

from datetime import date

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.question import FirstChannelQuestion
from cleanroom.sandbox.inside.kernels.sql import DAY, Query, day_of, level_index, party_index
from cleanroom.tables import MISSING_LONG


def query(question: FirstChannelQuestion, catalogue: Catalogue) -> Query:
    """One cell per new customer: channel of the chosen exposure, none, or unmatched."""
    exposing = party_index(catalogue, question.exposures)
    selling = party_index(catalogue, question.conversions)
    channel = catalogue.column(f"{question.exposures}.exposures.channel")[3]
    labels = len(channel.levels())
    orders = _orders(question, catalogue, selling)
    touched = _touches(question, catalogue, exposing)
    amount, paid = ("", "")
    if question.first_order_value:
        amount, paid = ", b.paid AS amount_1", _first_day_value(question, catalogue, selling).text
        paid = f"LEFT JOIN ({paid}) b ON b.seller = n.seller"
    text = (
        f"WITH orders AS ({orders.text}), "
        "firsts AS (SELECT seller, MIN(ts) AS ts FROM orders GROUP BY seller), "
        f"newcomers AS (SELECT persons.person, persons.p{exposing} AS exposed, firsts.seller, "
        f"firsts.ts FROM persons JOIN firsts ON persons.p{selling} = firsts.seller "
        "WHERE firsts.ts >= ? AND firsts.ts < ?), "
        f"touches AS ({touched.text}) "
        "SELECT n.person, CASE "
        f"WHEN n.exposed IS NULL THEN {labels + 1} "
        f"WHEN t.person IS NULL THEN {labels} "
        f"ELSE {level_index('t.channel', channel)} END AS cell{amount} "
        "FROM newcomers n LEFT JOIN touches t ON t.person = n.person AND t.place = 1 " + paid
    )
    since, until = _seconds(question.new_since), _seconds(question.new_until)
    return Query(text.strip(), [*orders.values, since, until, *touched.values])


def _seconds(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY


def _orders(question: FirstChannelQuestion, catalogue: Catalogue, selling: int) -> Query:
    """Conversions that count as orders; one without a time is none."""
    columns = catalogue.dataset(question.conversions).tables["conversions"]
    paid = ", paid" if "paid" in columns else ""
    text = (
        f"SELECT person AS seller, ts{paid} FROM conversions_{selling} WHERE ts <> {MISSING_LONG}"
    )
    if not question.order_kinds:
        return Query(text, [])
    kind = columns["kind"]
    codes: list[object] = [kind.domain.index(value) + 1 for value in question.order_kinds]
    return Query(f"{text} AND kind IN ({', '.join('?' for _ in codes)})", codes)


def _touches(question: FirstChannelQuestion, catalogue: Catalogue, exposing: int) -> Query:
    """Exposures before each newcomer's first order, numbered so that place 1 is the one chosen."""
    columns = catalogue.dataset(question.exposures).tables["exposures"]
    order = "DESC" if question.touch == "last" else "ASC"
    ties = "e.campaign DESC, e.channel DESC" if "campaign" in columns else "e.channel DESC"
    values: list[object] = []
    if question.while_active:
        until = "e.ts"
        if "until" in columns:
            until = f"CASE WHEN e.until = {MISSING_LONG} THEN e.ts ELSE e.until END"
        when = (
            f"{day_of('e.ts')} <= {day_of('n.ts')} AND {day_of('n.ts')} <= {day_of(f'({until})')}"
        )
    else:
        when = "e.ts <= n.ts AND e.ts >= n.ts - ?"
        values = [question.window_days * DAY]
    text = (
        "SELECT n.person, e.channel, "
        f"ROW_NUMBER() OVER (PARTITION BY n.person ORDER BY e.ts {order}, {ties}) AS place "
        f"FROM newcomers n JOIN exposures_{exposing} e ON e.person = n.exposed "
        f"WHERE e.ts <> {MISSING_LONG} AND {when}"
    )
    return Query(text, values)


def _first_day_value(question: FirstChannelQuestion, catalogue: Catalogue, selling: int) -> Query:
    """What each seller's pid paid on the day of its first order; missing amounts count as 0."""
    text = (
        "SELECT o.seller, "
        f"SUM(CASE WHEN o.paid = {MISSING_LONG} THEN 0 ELSE o.paid END) AS paid "
        "FROM orders o JOIN firsts f ON f.seller = o.seller "
        f"WHERE {day_of('o.ts')} = {day_of('f.ts')} GROUP BY o.seller"
    )
    return Query(text, [])
