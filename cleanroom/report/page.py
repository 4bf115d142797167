"""The report as one HTML page in one language: no script, no network, every string escaped.

What a page says comes from ``report.json``, the agreement and the ledger extract; here it is only
put into words.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from cleanroom import resources
from cleanroom.analyses.result import Card, Chart, Row, Table, Value
from cleanroom.report import facts, picture
from cleanroom.report.document import Item, LedgerExtract, Report
from cleanroom.report.wording import Wording
from cleanroom.trust.agreement import Agreement

_LANG = {"en": "en", "zh_CN": "zh-CN"}
_BETWEEN = {"en": (": ", ". ", ", "), "zh_CN": ("：", "。", "、")}


@dataclass(frozen=True)
class Sources:
    """All that a page is made from."""

    report: Report
    agreement: Agreement
    ledger: LedgerExtract


def html(sources: Sources, wording: Wording, pictures: Sequence[Sequence[str]]) -> bytes:
    """The page. ``pictures``: checked SVG texts of each item's charts, in order."""
    colon, stop, comma = _BETWEEN[wording.language]
    agreement, report = sources.agreement, sources.report
    host = agreement.party(agreement.host)
    mode = agreement.policy.mode
    style = _style()
    context = {
        "lang": _LANG[wording.language],
        "style": Markup(style),  # noqa: S704 - shipped with the program
        "style_hash": _hash(style),
        "say": wording.say,
        "colon": colon,
        "stop": stop,
        "gap": " " if wording.language == "en" else "",
        "title": agreement.title,
        "parties": comma.join(wording.party(party.name) for party in agreement.parties),
        "periods": facts.periods(agreement, wording),
        "created": facts.instant(report.created),
        "mode": mode,
        "mode_name": wording.say(f"mode.{mode}"),
        "mode_note": wording.say(f"mode_note.{mode}"),
        "host_has_data": host.brings_data,
        "host_note": wording.say(
            "page.host_has_data" if host.brings_data else "page.host_neutral",
            host=wording.party(host.name),
        ),
        "items": [
            _item(number, item, wording, svgs, comma)
            for number, (item, svgs) in enumerate(zip(report.items, pictures, strict=True), 1)
        ],
        "session": facts.session(report, agreement, sources.ledger, wording),
        "sign_parties": facts.parties(agreement, wording),
        "sign_datasets": facts.datasets(report, agreement, wording),
        "sign_facts": facts.signing(report, agreement, sources.ledger, wording),
    }
    return (_template().render(context) + "\n").encode("utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.find("report")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


@cache
def _style() -> str:
    return resources.find("report", "report.css").read_text("utf-8")


def _hash(style: str) -> str:
    """What the content security policy names the one style sheet by."""
    digest = hashlib.sha256(style.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


def _item(
    number: int, item: Item, wording: Wording, svgs: Sequence[str], comma: str
) -> dict[str, Any]:
    result, k = item.result, item.result.privacy.k
    drawn = zip(result.charts, svgs, strict=True)
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
        "receivers": comma.join(wording.party(name) for name in item.receivers),
        "notes": [wording.sentence(note) for note in result.notes],
        "cards": [_card(card, wording) for card in result.cards],
        "charts": [
            _chart(chart, svg, 100 * number + place, k, wording)
            for place, (chart, svg) in enumerate(drawn)
        ],
        "tables": [_table(table, k, wording) for table in result.tables],
        "can_say": [wording.sentence(line) for line in result.can_say],
        "cannot_say": [wording.sentence(line) for line in result.cannot_say],
        "method": [wording.sentence(line) for line in result.method],
        "privacy": facts.privacy(item, wording),
    }


def _verdict(word: str | None, wording: Wording) -> dict[str, str]:
    if word is None:
        return {"verdict": "", "verdict_kind": ""}
    return {"verdict": wording.say(f"verdict.{word}"), "verdict_kind": str(word)}


def _card(card: Card, wording: Wording) -> dict[str, Any]:
    return {
        "title": wording.sentence(card.title),
        **_figure(card.value, wording),
        "note": wording.sentence(card.note) if card.note else "",
    }


def _figure(value: Value, wording: Wording) -> dict[str, Any]:
    return {
        "value": wording.value(value),
        "range": wording.range(value),
        "absent": value.status in ("withheld", "below"),
    }


def _chart(chart: Chart, svg: str, number: int, k: int, wording: Wording) -> dict[str, Any]:
    alt = wording.sentence(chart.alt)
    values = [value for mark in chart.marks for value in mark.values]
    return {
        "title": wording.sentence(chart.title),
        # Checked by picture.check: shapes and text only.
        "svg": Markup(picture.inline(svg, number, alt)),  # noqa: S704
        "legend": _legend(values, k, wording),
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
