"""What the laid-out report says, in one language, as plain data without layout.

Web page, PDF and the picture for phones put the same words in the same order. Every leaf is a
string, a number or a truth value, so the data also travels as JSON; nothing in it is markup.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cleanroom.analyses.result import Card, Chart, Row, Table, Value
from cleanroom.report import facts, summary
from cleanroom.report.document import Item, LedgerExtract, Report
from cleanroom.report.record import record
from cleanroom.report.wording import Wording
from cleanroom.statistics.verdict import Verdict
from cleanroom.trust.agreement import Agreement

LANG = {"en": "en", "zh_CN": "zh-CN"}
EVIDENCE = ("causal", "associated", "descriptive")

_PAGE = (
    *("kind", "status", "status_note", "parties", "periods", "made", "no_items", "interval"),
    *("verdict", "can_say", "cannot_say", "footer"),
)
_PAGES = (
    *(
        "colon",
        "stop",
        "contents",
        "answer",
        "figures",
        "phone_more",
        "see_method",
        "see_privacy",
    ),
)
_SIGN = (
    *("heading", "name", "role", "data", "fingerprint", "dataset", "period", "package"),
    *("check", "check_text"),
)


@dataclass(frozen=True)
class Sources:
    """All that a page is made from."""

    report: Report
    agreement: Agreement
    ledger: LedgerExtract


def contents(sources: Sources, wording: Wording) -> dict[str, Any]:
    """Everything, part by part, in the order in which it is read.

    Charts are numbered from 0 through the whole report, in the order of its analyses.
    """
    report, agreement = sources.report, sources.agreement
    items = list(_items(report, wording))
    return {
        "lang": LANG[wording.language],
        "words": words(wording),
        "title": agreement.title,
        **_head(sources, wording),
        "headline": _headline(report, items),
        "cards": _cards(report, items, wording),
        "privacy_line": facts.privacy_line(report, agreement, wording),
        "sections": list(_sections(report, agreement, items, wording)),
        "privacy": {
            "heading": wording.say("pages.protection.heading"),
            "session_heading": wording.say("session.heading"),
            "session": facts.session(report, agreement, sources.ledger, wording),
            **facts.protection(report.items, agreement.policy.mode, wording),
        },
        "method": _method(items, wording),
        "record": record(agreement, wording),
        "sign": {
            "parties": facts.parties(agreement, wording),
            "datasets": facts.datasets(report, agreement, wording),
            "facts": facts.signing(report, agreement, sources.ledger, wording),
        },
    }


def words(wording: Wording) -> dict[str, str]:
    """Fixed words of the layout."""
    return {
        **{name: wording.say(f"page.{name}") for name in _PAGE},
        **{name: wording.say(f"pages.{name}") for name in _PAGES},
        "gap": wording.gap,
        # Numbers of pages are known to the layout alone.
        "more": wording.say("pages.more", method="{method}", privacy="{privacy}"),
        "footer_page": wording.say("pages.footer_page", page="{page}", pages="{pages}"),
        **{f"sign_{name}": wording.say(f"sign.{name}") for name in _SIGN},
        "fonts_missing_heading": wording.say("pages.fonts.missing_heading"),
        "fonts_missing": wording.say("pages.fonts.missing"),
        "fonts_replaced": wording.say("pages.fonts.replaced"),
    }


def _head(sources: Sources, wording: Wording) -> dict[str, Any]:
    """What stands above the first sentence, and what a reader must know about host and mode."""
    agreement = sources.agreement
    host, mode = agreement.party(agreement.host), agreement.policy.mode
    key = "page.host_has_data" if host.brings_data else "page.host_neutral"
    return {
        "parties": wording.names([party.name for party in agreement.parties]),
        "periods": facts.periods(agreement, wording),
        "created": wording.instant(sources.report.created),
        "mode": mode,
        "mode_name": wording.say(f"mode.{mode}"),
        "mode_note": wording.say(f"mode_note.{mode}"),
        "host_has_data": host.brings_data,
        "host_note": wording.say(key, host=wording.party(host.name)),
    }


def _headline(report: Report, items: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    place = summary.headline(report.items)
    return None if place is None else items[place]


def _cards(
    report: Report, items: Sequence[dict[str, Any]], wording: Wording
) -> list[dict[str, Any]]:
    """The five cards of page one, each with the analysis that it comes from."""
    return [
        {**_card(card, wording), "code": items[place]["code"], "anchor": items[place]["anchor"]}
        for place, card in summary.cards(report.items)
    ]


def _sections(
    report: Report, agreement: Agreement, items: Sequence[dict[str, Any]], wording: Wording
) -> Iterator[dict[str, Any]]:
    """The analyses by who may receive them, so that a part can be handed on by itself."""
    everybody = {party.name for party in agreement.parties}
    places: dict[tuple[str, ...], list[int]] = {}
    for place, item in enumerate(report.items):
        receivers = [p.name for p in agreement.parties if p.name in item.receivers]
        places.setdefault(tuple(receivers), []).append(place)
    for number, (who, mine) in enumerate(places.items(), 1):
        shared = set(who) == everybody
        names = wording.names(who)
        yield {
            "anchor": f"s{number}",
            "heading": wording.say(f"pages.section.{'all' if shared else 'some'}", names=names),
            "receivers": wording.say(
                f"pages.section.{'receivers' if shared else 'only'}", names=names
            ),
            "items": [items[place] for place in mine],
        }


def _method(items: Sequence[dict[str, Any]], wording: Wording) -> dict[str, Any]:
    """How to read figures and words, then how each analysis was reckoned."""

    def lines(of: str, notes: str, kinds: Sequence[str]) -> list[tuple[str, str]]:
        return [(wording.say(f"{of}.{kind}"), wording.say(f"{notes}.{kind}")) for kind in kinds]

    return {
        "heading": wording.say("pages.method.heading"),
        "reading_heading": wording.say("pages.method.reading"),
        "reading": [
            (wording.say(f"pages.method.{name}"), wording.say(f"pages.method.{name}_note"))
            for name in ("interval", "rounding")
        ],
        "verdict_heading": wording.say("pages.method.verdict"),
        "verdicts": [
            (str(kind), *pair)
            for kind, pair in zip(
                Verdict, lines("verdict", "pages.verdict_note", list(Verdict)), strict=True
            )
        ],
        "evidence_heading": wording.say("pages.method.evidence"),
        "evidence": lines("evidence", "evidence_note", EVIDENCE),
        "each_heading": wording.say("pages.method.each"),
        "each": [item for item in items if item["method"]],
    }


def _items(report: Report, wording: Wording) -> Iterator[dict[str, Any]]:
    first = 0
    for number, item in enumerate(report.items, 1):
        yield _item(number, item, first, wording)
        first += len(item.result.charts)


def _item(number: int, item: Item, first: int, wording: Wording) -> dict[str, Any]:
    result, k = item.result, item.result.privacy.k
    return {
        "anchor": f"a{number}",
        "code": result.analysis,
        "title": wording.sentence(result.title),
        "purpose": wording.sentence(result.purpose),
        "finding": wording.sentence(result.finding),
        "evidence": wording.say(f"evidence.{result.evidence}"),
        "evidence_note": wording.say(f"evidence_note.{result.evidence}"),
        "sampling": wording.say(f"sampling.{result.sampling}"),
        **_verdict(result.verdict, wording),
        "notes": [wording.sentence(note) for note in result.notes],
        "cards": [_card(card, wording) for card in result.cards],
        "charts": [
            _chart(chart, place, k, wording) for place, chart in enumerate(result.charts, first)
        ],
        "tables": [_table(table, k, wording) for table in result.tables],
        "can_say": [wording.sentence(line) for line in result.can_say],
        "cannot_say": [wording.sentence(line) for line in result.cannot_say],
        "method": [wording.sentence(line) for line in result.method],
    }


def _verdict(word: str | None, wording: Wording) -> dict[str, str]:
    if word is None:
        return {"verdict": "", "verdict_kind": ""}
    return {"verdict": wording.say(f"verdict.{word}"), "verdict_kind": str(word)}


def _card(card: Card, wording: Wording) -> dict[str, Any]:
    return {
        "title": wording.sentence(card.title),
        "value": wording.brief(card.value),
        "range": wording.range(card.value, units=True),
        "absent": card.value.status in ("withheld", "below"),
        "note": wording.sentence(card.note) if card.note else "",
    }


def _figure(value: Value, wording: Wording) -> dict[str, Any]:
    return {
        "value": wording.value(value),
        "range": wording.range(value),
        "absent": value.status in ("withheld", "below"),
    }


def _chart(chart: Chart, place: int, k: int, wording: Wording) -> dict[str, Any]:
    return {
        "number": place,
        "title": wording.sentence(chart.title),
        "alt": wording.sentence(chart.alt),
        "legend": _legend([value for mark in chart.marks for value in mark.values], k, wording),
    }


def _table(table: Table, k: int, wording: Wording) -> dict[str, Any]:
    return {
        "title": wording.sentence(table.title),
        "head": wording.sentence(table.head),
        "columns": [wording.sentence(column.heading) for column in table.columns],
        "compared": table.compared,
        "rows": [_row(row, wording) for row in table.rows],
        "legend": _legend([value for row in table.rows for value in row.values], k, wording),
    }


def _row(row: Row, wording: Wording) -> dict[str, Any]:
    return {
        "label": wording.label(row.label),
        "cells": [_figure(value, wording) for value in row.values],
        **_verdict(row.verdict, wording),
        "total": row.total,
    }


def _legend(values: Sequence[Value], k: int, wording: Wording) -> str:
    """What hatching means, where there is any."""
    for status in ("below", "withheld"):
        if any(value.status == status for value in values):
            return wording.say(f"page.{status}_legend", k=k)
    return ""
