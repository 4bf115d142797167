"""Kernel ``weekly``: when and where people were first exposed, and who ordered soon after (A10)."""

from datetime import date

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.weekly import WeeklyQuestion, starts
from cleanroom.sandbox.inside.kernels.sql import (
    DAY,
    Query,
    kinds_condition,
    level_index,
    party_index,
)
from cleanroom.tables import MAX_DOMAIN, MISSING_LONG


def query(question: WeeklyQuestion, catalogue: Catalogue) -> Query:
    """One cell per person first exposed in one of the steps: step, channel, outcome."""
    exposing = party_index(catalogue, question.exposures)
    selling = party_index(catalogue, question.conversions)
    channel = catalogue.column(f"{question.exposures}.exposures.channel")[3]
    columns = catalogue.dataset(question.exposures).tables["exposures"]
    touches = _touches(question, catalogue)
    bought = kinds_condition(question.order_kinds, question.conversions, catalogue)
    edges = [(one - date(1970, 1, 1)).days * DAY for one in starts(question)]
    step = " ".join(f"WHEN a.ts < ? THEN {number}" for number in range(question.steps))
    labels = len(channel.levels())
    rank = f"MAX(CAST(e.campaign AS BIGINT) * {MAX_DOMAIN + 1} + e.channel)"
    best = rank if "campaign" in columns else "MAX(CAST(e.channel AS BIGINT))"
    place = level_index(f"s.best % {MAX_DOMAIN + 1}", channel)
    outcome = "CASE WHEN b.person IS NULL THEN 1 ELSE 0 END"
    cell = f"((CASE {step} END) * {labels} + {place}) * 2 + {outcome}"
    if question.unmatched_apart:
        last = 2 * labels * question.steps
        cell = f"CASE WHEN a.seller IS NULL THEN {last} ELSE {cell} END"
    text = (
        f"WITH touches AS ({touches.text}), "
        # only people whose first exposure lies in a step need a second look at their exposures
        "firsts AS (SELECT viewer, MIN(ts) AS ts FROM touches GROUP BY viewer "
        "HAVING MIN(ts) >= ? AND MIN(ts) < ?), "
        f"audience AS (SELECT p.person, p.p{selling} AS seller, f.viewer, f.ts FROM persons p "
        f"JOIN firsts f ON p.p{exposing} = f.viewer), "
        f"shown AS (SELECT f.viewer, {best} AS best FROM firsts f "
        "JOIN touches e ON e.viewer = f.viewer AND e.ts = f.ts GROUP BY f.viewer), "
        "bought AS (SELECT a.person FROM audience a "
        f"JOIN conversions_{selling} c ON c.person = a.seller "
        f"WHERE c.ts >= a.ts AND c.ts <= a.ts + ?{bought.text} GROUP BY a.person) "
        f"SELECT a.person, {cell} AS cell FROM audience a JOIN shown s ON s.viewer = a.viewer "
        "LEFT JOIN bought b ON b.person = a.person"
    )
    window = question.window_days * DAY
    values = [*touches.values, edges[0], edges[-1], window, *bought.values, *edges[1:]]
    return Query(text, values)


def _touches(question: WeeklyQuestion, catalogue: Catalogue) -> Query:
    """Exposures that count, with a time."""
    columns = catalogue.dataset(question.exposures).tables["exposures"]
    campaign = ", campaign" if "campaign" in columns else ""
    text = (
        f"SELECT person AS viewer, ts, channel{campaign} "
        f"FROM exposures_{party_index(catalogue, question.exposures)} WHERE ts <> {MISSING_LONG}"
    )
    if not question.touch_kinds:
        return Query(text, [])
    codes: list[object] = [columns["kind"].domain.index(kind) + 1 for kind in question.touch_kinds]
    return Query(f"{text} AND kind IN ({', '.join('?' for _ in codes)})", codes)
