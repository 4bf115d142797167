"""Kernel ``phases``: when around an event people saw something, and what they bought (A17)."""

import itertools
from datetime import date

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.phases import OUTCOMES, PHASES, PhasesQuestion, edges
from cleanroom.sandbox.inside.kernels.sql import DAY, Query, kinds_condition, party_index
from cleanroom.tables import MISSING_LONG


def query(question: PhasesQuestion, catalogue: Catalogue) -> Query:
    """One cell per person of the exposing party: strategy and outcome."""
    exposing = party_index(catalogue, question.exposures)
    selling = party_index(catalogue, question.conversions)
    seen, sold = _seen(question, catalogue), _sold(question, catalogue)
    outcome = "CASE WHEN s.bought = 1 THEN CASE WHEN s.first_ts >= ? THEN 0 ELSE 1 END ELSE 2 END"
    cell = f"COALESCE(v.mask, 0) * {len(OUTCOMES)} + {outcome}"
    if question.unmatched_apart:
        last = len(OUTCOMES) << len(PHASES)
        cell = f"CASE WHEN p.p{selling} IS NULL THEN {last} ELSE {cell} END"
    amounts = "".join(
        f", COALESCE(s.amount_{number}, 0) AS amount_{number}"
        for number in range(1, len(_spans(question)) + 1)
    )
    text = (
        f"WITH seen AS ({seen.text}), sold AS ({sold.text}) "
        f"SELECT p.person, CAST({cell} AS BIGINT) AS cell{amounts} FROM persons p "
        f"LEFT JOIN seen v ON v.viewer = p.p{exposing} "
        f"LEFT JOIN sold s ON s.seller = p.p{selling} WHERE p.p{exposing} IS NOT NULL"
    )
    return Query(text, [*seen.values, *sold.values, _seconds(question.lead_since)])


def _seen(question: PhasesQuestion, catalogue: Catalogue) -> Query:
    """The phases in which everybody saw something, as bits."""
    days = [_seconds(text) for text in edges(question)]
    bits = " + ".join(
        f"MAX(CASE WHEN e.ts >= ? AND e.ts < ? THEN {1 << bit} ELSE 0 END)"
        for bit in range(len(PHASES))
    )
    values: list[object] = [edge for pair in itertools.pairwise(days) for edge in pair]
    text = (
        f"SELECT e.person AS viewer, {bits} AS mask "
        f"FROM exposures_{party_index(catalogue, question.exposures)} e "
        f"WHERE e.ts <> {MISSING_LONG} AND e.ts >= ? AND e.ts < ?"
    )
    values += [days[0], days[-1]]
    if question.touch_kinds:
        kind = catalogue.dataset(question.exposures).tables["exposures"]["kind"]
        text += f" AND e.kind IN ({', '.join('?' for _ in question.touch_kinds)})"
        values += [kind.domain.index(name) + 1 for name in question.touch_kinds]
    return Query(f"{text} GROUP BY e.person", values)


def _spans(question: PhasesQuestion) -> list[tuple[int, int]]:
    """The seconds between which amounts are added up."""
    days = [_seconds(text) for text in edges(question)]
    if question.sales == "total":
        return [(days[0], days[-1])]
    if question.sales == "phases":
        days = [_seconds(question.baseline_since), *days]
        return list(itertools.pairwise(days))
    return []


def _sold(question: PhasesQuestion, catalogue: Catalogue) -> Query:
    """Everybody's first order, whether there is one in the phases, and what was paid; missing
    amounts count as 0.
    """
    counted = kinds_condition(question.order_kinds, question.conversions, catalogue)
    first, last = _seconds(question.lead_since), _seconds(question.out_until)
    values: list[object] = [first, last]
    amounts = ""
    for number, span in enumerate(_spans(question), 1):
        paid = f"CASE WHEN c.ts >= ? AND c.ts < ? AND c.paid <> {MISSING_LONG} THEN c.paid END"
        amounts += f", SUM({paid}) AS amount_{number}"
        values += span
    text = (
        "SELECT c.person AS seller, MIN(c.ts) AS first_ts, "
        f"MAX(CASE WHEN c.ts >= ? AND c.ts < ? THEN 1 ELSE 0 END) AS bought{amounts} "
        f"FROM conversions_{party_index(catalogue, question.conversions)} c "
        f"WHERE c.ts <> {MISSING_LONG}{counted.text} GROUP BY c.person"
    )
    return Query(text, [*values, *counted.values])


def _seconds(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY
