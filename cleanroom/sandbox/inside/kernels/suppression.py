"""Kernel ``suppression``: people who saw something, by why they need not have (A07)."""

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.campaign import CONVERTED, NOT_CONVERTED, UNMATCHED
from cleanroom.disclosure.questions.suppression import (
    ABOVE_CAP,
    EXISTING,
    MATCHED,
    NO_RESPONSE,
    RECENT,
    USEFUL,
    SuppressionQuestion,
    classes,
    shape,
)
from cleanroom.sandbox.inside.kernels import campaign
from cleanroom.sandbox.inside.kernels.sql import DAY, Query


def query(question: SuppressionQuestion, catalogue: Catalogue) -> Query:
    """One cell per person with a view: the first class that fits; and all its views."""
    shown = campaign.views(question, catalogue)
    text = f"WITH shown AS ({shown.text}), audience AS ({campaign.audience(question, catalogue)})"
    values, joins = [*shown.values], ""
    facts = _facts(question)
    if facts.text:
        orders = campaign.orders(question, catalogue, facts)
        text += f", orders AS ({orders.text})"
        values += orders.values
        joins = " LEFT JOIN orders o ON o.person = a.person"
    if question.response_kinds:
        rows = campaign.rows_of_campaign(question, question.response_kinds, catalogue)
        text += f", answers AS (SELECT DISTINCT person AS viewer {rows.text})"
        values += rows.values
        joins += " LEFT JOIN answers r ON r.viewer = a.viewer"
    cell = _cell(question, catalogue)
    text += f" SELECT a.person, {cell.text} AS cell, a.views AS amount_1 FROM audience a{joins}"
    return Query(text, [*values, *cell.values])


def _facts(question: SuppressionQuestion) -> Query:
    """What the classes ask of orders: a purchase, one before the first view, one shortly before."""
    facts: list[str] = []
    values: list[object] = []
    if question.no_response_after or question.outcome:
        bought = campaign.may_be_purchase(question)
        facts.append(f"MAX(CASE WHEN {bought.text} THEN 1 ELSE 0 END) AS bought")
        values += bought.values
    if question.existing:
        facts.append("MAX(CASE WHEN c.ts < a.ts THEN 1 ELSE 0 END) AS customer")
    if question.recent_days:
        recent = "c.ts < a.ts AND c.ts >= a.ts - ?"
        facts.append(f"MAX(CASE WHEN {recent} THEN 1 ELSE 0 END) AS recent")
        values.append(question.recent_days * DAY)
    return Query(", ".join(facts), values)


def _cell(question: SuppressionQuestion, catalogue: Catalogue) -> Query:
    """The first class that fits, matched or not, as its place among the cells."""
    silent = "a.views >= ? AND COALESCE(o.bought, 0) = 0"
    if question.response_kinds:
        silent += " AND r.viewer IS NULL"
    fits: dict[str, tuple[str, list[object]]] = {
        RECENT: ("o.recent = 1", []),
        EXISTING: ("o.customer = 1", []),
        ABOVE_CAP: ("a.views > ?", [question.cap]),
        NO_RESPONSE: (silent, [question.no_response_after]),
        USEFUL: ("1 = 1", []),
    }
    place = {cell: number for number, cell in enumerate(shape(question, catalogue).cells)}
    text, values = "CASE", []
    for name in classes(question):
        condition, bound = fits[name]
        text += f" WHEN {condition} THEN {_of_class(name, place)}"
        values += bound
    return Query(f"{text} END", values)


def _of_class(name: str, place: dict[tuple[str, ...], int]) -> str:
    """Where people of a class stand, by what is known of their orders."""
    known = str(place.get((name, MATCHED), place.get((name, NOT_CONVERTED))))
    if (name, CONVERTED) in place:
        known = f"CASE WHEN o.bought = 1 THEN {place[name, CONVERTED]} ELSE {known} END"
    unmatched = place.get((name, UNMATCHED))
    return (
        known
        if unmatched is None
        else f"CASE WHEN a.buyer IS NULL THEN {unmatched} ELSE {known} END"
    )
