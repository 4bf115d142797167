"""The sheets that stand around the analyses: cover, privacy, method and ledger."""

import math
from collections.abc import Sequence

from cleanroom.analyses.result import Privacy
from cleanroom.disclosure.policy import NANO
from cleanroom.report import facts
from cleanroom.report.document import Item
from cleanroom.report.office import plans
from cleanroom.report.office.front import Book
from cleanroom.report.office.sheet import Part, Sheet, side_by_side
from cleanroom.statistics.interval import two_sided_z
from cleanroom.statistics.noise import Noise
from cleanroom.trust import ledger
from cleanroom.trust.ledger import Entry

_COVER_WIDTHS = (24.0, 74.0, 24.0, 24.0)
_PRIVACY_WIDTHS = (34.0, *(15.0,) * 7)
_METHOD_WIDTHS = (10.0, 24.0, 16.0, 12.0, 20.0, 14.0, 12.0, 76.0)
_PARTY_HEADS = ("sign.name", "sign.role", "sign.data", "sign.fingerprint")
_DATASET_HEADS = ("sign.dataset", "sign.period", "sign.package")
_ROW = 18.0  # about how high an entry is, in points
_COUNT, _RHO = "#,##0", "0.#########"


def cover(name: str, book: Book, sheets: list[str]) -> plans.Sheet:
    """Title, parties, the answer, where to find what, how to check. ``sheets``: of each item."""
    say, sheet = book.wording.say, Sheet(name, _COVER_WIDTHS)
    mode = book.agreement.policy.mode
    sheet.line(f"{say('page.kind')} · {say('page.status')}", "kind")
    sheet.line(book.agreement.title, "title")
    sheet.gap()
    sheet.line(book.headline(), "finding")
    sheet.gap()
    for label, said in book.facts():
        sheet.lines([(0, 0, label, "name"), (1, -1, said, "plain")])
    sheet.gap()
    sheet.line(book.mode, mode)
    sheet.line(say(f"mode_note.{mode}"), "small")
    if book.report.items:
        _findings(sheet, book, sheets)
    sheet.gap()
    sheet.line(book.host_note(), "warn" if book.host_has_data else "small")
    sheet.gap()
    sheet.line(say("sign.check"), "part")
    sheet.line(say("sign.check_text"))
    sheet.line(say("office.numbers_note"), "small")
    sheet.whole = True
    return sheet.plan()


def _findings(sheet: Sheet, book: Book, sheets: list[str]) -> None:
    say, sentence = book.wording.say, book.wording.sentence
    sheet.gap()
    sheet.line(say("page.summary"), "part")
    heads = ("office.analysis", "office.finding", "page.verdict", "office.sheet")
    sheet.cells(side_by_side([(say(key), "head", "") for key in heads]))
    for item, name in zip(book.report.items, sheets, strict=True):
        result = item.result
        verdict = say(f"verdict.{result.verdict}") if result.verdict else ""
        said = (sentence(result.title), sentence(result.finding), verdict, name)
        sheet.cells(side_by_side([(one, "label", "") for one in said]))


def privacy(name: str, book: Book) -> plans.Sheet:
    """How everything is protected, what it cost, and what that means."""
    say, sheet = book.wording.say, Sheet(name, _PRIVACY_WIDTHS)
    mode = book.agreement.policy.mode
    sheet.line(name, "heading")
    sheet.line(book.mode, mode)
    sheet.line(say(f"mode_note.{mode}"))
    sheet.gap()
    sheet.line(say("session.heading"), "part")
    level = book.report.session.isolation
    isolation = say("sign.isolation_value", level=level) + book.colon
    pairs = facts.session(book.report, book.agreement, book.ledger, book.wording)
    pairs.append((say("sign.isolation"), isolation + say(f"sign.isolation_level_{level}")))
    for label, said in pairs:
        sheet.lines([(0, 0, label, "name"), (1, -1, said, "plain")])
    sheet.line(book.host_note(), "small")
    sheet.gap()
    sheet.line(say("office.by_analysis"), "part")
    names = ["k", "noise", "rounding", "cells", "withheld", "cost_cells"]
    names += ["cost_rho"] if mode == "dp" else []
    heads: list[Part] = [(say("office.analysis"), "head", "")]
    heads += [(say(f"office.{one}"), "head_figure", "") for one in names]
    sheet.cells(side_by_side(heads))
    for item in book.report.items:
        sheet.cells(side_by_side(_protection(item, book)))
    sheet.line(say("office.by_analysis_note"), "small")
    return sheet.plan()


def _protection(item: Item, book: Book) -> list[Part]:
    about = item.result.privacy
    title = f"{item.analysis}  {book.wording.sentence(item.result.title)}"
    counts = (
        about.k,
        _noise(about),
        about.rounding,
        about.cells,
        about.withheld,
        about.cells_paid,
    )
    parts: list[Part] = [(title, "label", "")]
    parts += [(float(count), "figure", _COUNT) for count in counts]
    if book.agreement.policy.mode == "dp":
        parts.append((about.nano_rho / NANO, "figure", _RHO))
    return parts


def _noise(about: Privacy) -> int:
    """People by which 95 % of the counts are off at most."""
    return math.ceil(two_sided_z(0.95) * Noise(about.people_of_noise, about.rounding).sd)


def method(name: str, book: Book) -> plans.Sheet:
    """Method of every analysis, who signed what, and the entries of the ledger."""
    say, sentence, sheet = book.wording.say, book.wording.sentence, Sheet(name, _METHOD_WIDTHS)
    sheet.line(name, "heading")
    for item in book.report.items:
        if item.result.method:
            sheet.line(f"{item.analysis}  {sentence(item.result.title)}", "part")
            for line in item.result.method:
                sheet.line(sentence(line))
            sheet.gap()
    sheet.line(say("sign.heading"), "part")
    sheet.line(f"{say('page.status')}{book.colon}{say('page.status_note')}", "small")
    _signed(sheet, book)
    sheet.gap()
    for label, said, code in facts.signing(book.report, book.agreement, book.ledger, book.wording):
        sheet.lines([(0, 1, label, "name"), (2, -1, said, "code" if code else "plain")])
    sheet.gap()
    sheet.keep(_ROW * (2 + len(book.ledger.entries)))
    sheet.line(say("office.ledger"), "part")
    names = ("number", "time", "event", "analysis", "session", "cost_cells", "cost_rho", "hash")
    sheet.cells(side_by_side([(say(f"office.{one}"), "head", "") for one in names]))
    for text in book.ledger.entries:
        data = text.encode()
        sheet.cells(side_by_side(_entry(ledger.read(data), ledger.entry_hash(data), book)))
    return sheet.plan()


def _signed(sheet: Sheet, book: Book) -> None:
    """Who takes part, with fingerprints, and which datasets were opened."""
    parties = [
        (party["name"], party["role"], party["data"], party["fingerprint"])
        for party in facts.parties(book.agreement, book.wording)
    ]
    _wide_table(sheet, book, ((0, 1), (2, 2), (3, 3), (4, -1)), _PARTY_HEADS, parties)
    sheet.gap()
    datasets = [
        (dataset["name"], dataset["period"], dataset["hash"])
        for dataset in facts.datasets(book.report, book.agreement, book.wording)
    ]
    _wide_table(sheet, book, ((0, 1), (2, 4), (5, -1)), _DATASET_HEADS, datasets)


def _wide_table(
    sheet: Sheet,
    book: Book,
    places: Sequence[tuple[int, int]],
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> None:
    """A table whose columns take several of the sheet's."""
    heads = [book.wording.say(one) for one in names]
    for said, look in ((heads, "head"), *((row, "label") for row in rows)):
        sheet.lines([(*at, one, look) for at, one in zip(places, said, strict=True)])


def _entry(entry: Entry, digest: str, book: Book) -> list[Part]:
    answered, closed = entry.answered, entry.closed
    event = "opened" if entry.opened else answered.status if answered else "closed"
    price = answered.price if answered else closed.spent if closed else None
    return [
        (float(entry.seq), "place", "0"),
        (facts.instant(entry.at), "label", ""),
        (book.wording.say(f"office.event_{event}"), "label", ""),
        (answered.analysis if answered else "", "label", ""),
        (entry.session_id, "label", ""),
        (float(price.cells) if price else None, "figure", _COUNT),
        (price.nano_rho / NANO if price else None, "figure", _RHO),
        (digest, "code_cell", ""),
    ]
