"""Kernel ``frequency``: how often people saw something before they bought (A06)."""

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.frequency import FrequencyQuestion, known
from cleanroom.sandbox.inside.kernels import campaign
from cleanroom.sandbox.inside.kernels.sql import DAY, Query


def query(question: FrequencyQuestion, catalogue: Catalogue) -> Query:
    """One cell per person with a view: its frequency, and what is known of its orders."""
    shown = campaign.views(question, catalogue)
    orders = campaign.orders(question, catalogue, _facts(question))
    stop = "o.bought"
    values: list[object] = [*shown.values, *orders.values]
    if question.window_days:
        stop = "CASE WHEN o.bought IS NULL THEN a.ts + ? ELSE o.bought END"
        values.append(question.window_days * DAY)
    splits = len(known(question))
    customer = "2 * o.customer + " if question.customers else ""
    split = f"CASE WHEN o.person IS NULL THEN 1 ELSE {customer}CASE WHEN o.bought IS NULL "
    split += "THEN 1 ELSE 0 END END"
    if question.two_parties:
        split = f"CASE WHEN a.buyer IS NULL THEN {splits} ELSE {split} END"
        splits += 1
    views = "COALESCE(e.views, a.views)"
    amount = f", {views} AS amount_1" if question.impressions else ""
    text = (
        f"WITH shown AS ({shown.text}), "
        f"audience AS ({campaign.audience(question, catalogue)}), "
        f"orders AS ({orders.text}), "
        # only those whose count ends before their last view need a second look at their views
        f"stops AS (SELECT a.person, a.viewer, {stop} AS ts "
        "FROM audience a LEFT JOIN orders o ON o.person = a.person), "
        "counted AS (SELECT s.person, SUM(v.n) AS views FROM stops s JOIN shown v "
        "ON v.viewer = s.viewer AND v.ts <= s.ts WHERE s.ts IS NOT NULL GROUP BY s.person) "
        f"SELECT a.person, (CAST(LEAST({views}, {question.top}) AS BIGINT) - 1) * {splits} + "
        f"{split} AS cell{amount} FROM audience a LEFT JOIN orders o ON o.person = a.person "
        "LEFT JOIN counted e ON e.person = a.person"
    )
    return Query(text, values)


def _facts(question: FrequencyQuestion) -> Query:
    """Time of the purchase, and whether there was an order before the first view."""
    bought = campaign.may_be_purchase(question)
    values = [*bought.values]
    within = ""
    if question.window_days:
        within = " AND c.ts <= a.ts + ?"
        values.append(question.window_days * DAY)
    text = f"MIN(CASE WHEN {bought.text}{within} THEN c.ts END) AS bought"
    if question.customers:
        text += ", MAX(CASE WHEN c.ts < a.ts THEN 1 ELSE 0 END) AS customer"
    return Query(text, values)
