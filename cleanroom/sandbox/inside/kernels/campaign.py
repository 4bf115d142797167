"""What the kernels ``frequency`` and ``suppression`` share: views, and orders around the first."""

from datetime import date

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.campaign import VIEWS_MOST, CampaignQuestion, views_cap
from cleanroom.sandbox.inside.kernels.sql import DAY, Query, kinds_condition, party_index
from cleanroom.tables import MISSING_LONG


def seconds(day: str) -> int:
    """Midnight at which a day begins."""
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY


def rows_of_campaign(
    question: CampaignQuestion, kinds: tuple[str, ...], catalogue: Catalogue
) -> Query:
    """The part of a statement from FROM on: exposures of the campaign, days and kinds."""
    columns = catalogue.dataset(question.exposures).tables["exposures"]
    text = (
        f"FROM exposures_{party_index(catalogue, question.exposures)} "
        f"WHERE ts <> {MISSING_LONG} AND ts >= ? AND ts < ?"
    )
    values: list[object] = [seconds(question.since), seconds(question.until)]
    if question.campaign:
        text += " AND campaign = ?"
        values.append(columns["campaign"].domain.index(question.campaign) + 1)
    if kinds:
        text += f" AND kind IN ({', '.join('?' for _ in kinds)})"
        values += [columns["kind"].domain.index(kind) + 1 for kind in kinds]
    return Query(text, values)


def views(question: CampaignQuestion, catalogue: Catalogue) -> Query:
    """Rows that are views: ``viewer`` (index of the pid), ``ts``, and ``n``, how many they are."""
    rows = rows_of_campaign(question, question.shown_kinds, catalogue)
    if not question.by_n:
        return Query(f"SELECT person AS viewer, ts, 1 AS n {rows.text}", rows.values)
    # no row counts for more than a sum or a frequency can tell apart, so that sums stay small
    most = max(views_cap(question, catalogue), VIEWS_MOST)
    n = f"CASE WHEN n = {MISSING_LONG} THEN 1 WHEN n > {most} THEN {most} ELSE n END"
    text = f"SELECT person AS viewer, ts, {n} AS n {rows.text}"
    return Query(f"{text} AND (n = {MISSING_LONG} OR n > 0)", rows.values)


def audience(question: CampaignQuestion, catalogue: Catalogue) -> str:
    """Everybody with a view: ``person``, ``viewer``, ``buyer`` (NULL where unmatched), ``ts`` of
    the first view, ``views`` in all. Reads a table ``shown`` of views.
    """
    exposing = party_index(catalogue, question.exposures)
    selling = party_index(catalogue, question.conversions)
    return (
        f"SELECT p.person, p.p{exposing} AS viewer, p.p{selling} AS buyer, f.ts, f.views "
        "FROM persons p JOIN (SELECT viewer, MIN(ts) AS ts, SUM(n) AS views FROM shown "
        f"GROUP BY viewer) f ON p.p{exposing} = f.viewer"
    )


def orders(question: CampaignQuestion, catalogue: Catalogue, facts: Query) -> Query:
    """Everybody of ``audience`` with orders: ``person``, and ``facts`` added up over orders ``c``
    of somebody ``a``.
    """
    counted = kinds_condition(question.order_kinds, question.conversions, catalogue)
    text = (
        f"SELECT a.person, {facts.text} FROM audience a "
        f"JOIN conversions_{party_index(catalogue, question.conversions)} c ON c.person = a.buyer "
        f"WHERE c.ts <> {MISSING_LONG}{counted.text} GROUP BY a.person"
    )
    return Query(text, [*facts.values, *counted.values])


def may_be_purchase(question: CampaignQuestion) -> Query:
    """Whether an order ``c`` lies in the days of the purchase, at or after the first view."""
    values: list[object] = [seconds(question.bought_since), seconds(question.bought_until)]
    return Query("c.ts >= a.ts AND c.ts >= ? AND c.ts < ?", values)
