"""The report as slides: cover, figures to take away, one slide per analysis, how to check."""

from cleanroom.report import charts, facts, summary
from cleanroom.report.office import fit, looks, slide_cards
from cleanroom.report.office.analysis_slide import analysis_slide
from cleanroom.report.office.front import Book
from cleanroom.report.office.plans import Box, Deck, Slide, SlideTable, TextBox
from cleanroom.report.office.slide_tables import text_table
from cleanroom.report.office.slide_text import (
    BODY_TOP,
    EDGE,
    FOOT_BOTTOM,
    SMALL_SIZES,
    TEXT_SIZES,
    WIDTH,
    mode,
    pairs,
    text,
    title,
)

_COVER_SIZES = (44.0, 40.0, 36.0, 32.0, 28.0, 24.0, 20.0, 16.0)
_FINDING_SIZES = (14.0, 13.0, 12.0, 11.0, 10.0, 9.0)
_FACT_SIZES = (12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
_NAME_WIDTH, _SIGNED_SHARE = 130.0, 0.62
_GAP = 6.0  # between findings
_COLUMNS, _COLUMN_GAP = 3, 20.0
_TITLE_SIZES = (12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
_CARDS_HEIGHT = 116.0


def deck(book: Book) -> Deck:
    """The plan of the deck in one language."""
    slides = [_cover(book)]
    if book.report.items:
        slides.append(_overview(book))
    slides += [analysis_slide(book, item) for item in book.report.items]
    slides.append(_closing(book))
    return Deck(book.about(), tuple(slides))


def _cover(book: Book) -> Slide:
    say = book.wording.say
    kind = f"{say('page.kind')} · {say('page.status')}"
    note = say(f"mode_note.{book.agreement.policy.mode}")
    texts = [
        text([kind], Box(EDGE, 56, WIDTH, 20), (13.0,), charts.MUTED),
        *pairs(book.facts(), Box(EDGE, 216, WIDTH, 116), _NAME_WIDTH),
        mode(book, Box(EDGE, 344, WIDTH, 28)),
        text([note], Box(EDGE, 378, WIDTH, 40), TEXT_SIZES[2:], charts.MUTED),
        _host(book, Box(EDGE, 432, WIDTH, 76)),
    ]
    return Slide(title(book.agreement.title, Box(EDGE, 84, WIDTH, 112), _COVER_SIZES), tuple(texts))


def _host(book: Book, box: Box) -> TextBox:
    if book.host_has_data:
        edge = charts.TARGET
        return text([book.host_note()], box, TEXT_SIZES[2:], fill=looks.WARN_BOX, edge=edge)
    return text([book.host_note()], box, TEXT_SIZES[2:], charts.MUTED)


def _overview(book: Book) -> Slide:
    """The answer as title, five figures, then the sentence of every analysis if they fit."""
    wording, items = book.wording, book.report.items
    found = [(items[place].analysis, card) for place, card in summary.cards(items)]
    texts = [text([wording.say("page.summary")], Box(EDGE, 22, WIDTH, 18), (12.0,), charts.MUTED)]
    texts += slide_cards.row(book, found, Box(EDGE, BODY_TOP, WIDTH, _CARDS_HEIGHT))
    top = BODY_TOP + _CARDS_HEIGHT + 16
    texts += _findings(book, Box(EDGE, top, WIDTH, 470 - top))
    line = facts.privacy_line(book.report, book.agreement, wording)
    texts.append(text([line], Box(EDGE, 482, WIDTH - 60, 40), SMALL_SIZES, charts.MUTED))
    return Slide(title(book.headline()), tuple(texts))


def _findings(book: Book, box: Box) -> list[TextBox]:
    """The sentence of every analysis; where they are too many, titles and verdicts in columns."""
    wording, items = book.wording, book.report.items
    if len(items) < 2:
        return []
    said = [f"{item.analysis}  {wording.sentence(item.result.finding)}" for item in items]
    room = box.height - _GAP * len(said)
    if fit.largest(said, box.width, room, _FINDING_SIZES):
        return [text(said, box, _FINDING_SIZES, gap=_GAP)]
    titles = [
        f"{item.analysis}  {wording.sentence(item.result.title)} · {book.stamp(item.result)}"
        for item in items
    ]
    per_column = -(-len(titles) // _COLUMNS)
    width = (box.width - _COLUMN_GAP * (_COLUMNS - 1)) / _COLUMNS
    return [
        text(
            titles[place * per_column : (place + 1) * per_column],
            Box(box.x + place * (width + _COLUMN_GAP), box.y, width, box.height),
            _TITLE_SIZES,
            gap=_GAP / 2,
        )
        for place in range(_COLUMNS)
        if titles[place * per_column :]
    ]


def _closing(book: Book) -> Slide:
    """How to check the report, who signed, and how to read its figures."""
    say = book.wording.say
    texts = [text([say("sign.check_text")], Box(EDGE, 78, WIDTH, 54), TEXT_SIZES)]
    table = _parties(book, Box(EDGE, 142, WIDTH, 132))
    signed = facts.signing(book.report, book.agreement, book.ledger, book.wording)
    below = 286.0
    left = WIDTH * _SIGNED_SHARE
    found = [(name, said) for name, said, _ in signed]
    texts += pairs(found, Box(EDGE, below, left, FOOT_BOTTOM - below), _NAME_WIDTH, _FACT_SIZES)
    x = EDGE + left + 28
    reading = [say(f"pages.method.{name}_note") for name in ("interval", "rounding")]
    right = Box(x, below, EDGE + WIDTH - x, FOOT_BOTTOM - below - 16)
    heading = Box(right.x, right.y, right.width, 18)
    rest = Box(right.x, right.y + 20, right.width, right.height - 20)
    texts.append(text([say("pages.method.reading")], heading, _FACT_SIZES, bold=True))
    texts.append(text(reading, rest, _FACT_SIZES, gap=_GAP))
    tables = (table,) if table else ()
    return Slide(title(say("sign.check"), Box(EDGE, 36, WIDTH, 38)), tuple(texts), (), tables)


def _parties(book: Book, box: Box) -> SlideTable | None:
    say = book.wording.say
    heads = [say(f"sign.{name}") for name in ("name", "role", "data", "fingerprint")]
    rows = [
        (party["name"], party["role"], party["data"], party["fingerprint"])
        for party in facts.parties(book.agreement, book.wording)
    ]
    return text_table(heads, rows, box, TEXT_SIZES[2:], say("sign.heading"))
