"""Key figures on slides, each on a card of its own."""

from collections.abc import Iterator, Sequence

from cleanroom.analyses.result import Card
from cleanroom.report import charts
from cleanroom.report.office import fit, looks
from cleanroom.report.office.front import Book
from cleanroom.report.office.plans import BOX_PADDING, BOX_PADDING_ABOVE, Box, Paragraph, TextBox

_GAP = 12.0
_HIGH = 118.0  # a card below others is no higher than this
_SIZES = (13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
# Size of a figure, and of what is said where there is none, as a multiple of the words around.
_FIGURE, _WORDS = 2.2, 1.2


def row(book: Book, found: Sequence[tuple[str, Card]], box: Box) -> list[TextBox]:
    """Cards side by side: what each comes from ("" for nothing) and the card."""
    width = (box.width - _GAP * (len(found) - 1)) / max(1, len(found))
    places = [
        Box(box.x + place * (width + _GAP), box.y, width, box.height) for place in range(len(found))
    ]
    return _cards(book, found, places)


def column(book: Book, found: Sequence[Card], box: Box) -> list[TextBox]:
    """Cards one below the other."""
    height = min(_HIGH, (box.height - _GAP * (len(found) - 1)) / max(1, len(found)))
    places = [
        Box(box.x, box.y + place * (height + _GAP), box.width, height)
        for place in range(len(found))
    ]
    return _cards(book, [("", card) for card in found], places)


def _cards(book: Book, found: Sequence[tuple[str, Card]], places: Sequence[Box]) -> list[TextBox]:
    """All at the largest size at which each fits into its place."""
    sizes = [
        size
        for size in _SIZES
        if all(
            _height(book, code, card, size, box.width) <= box.height
            for (code, card), box in zip(found, places, strict=True)
        )
    ]
    size = sizes[0] if sizes else _SIZES[-1]
    return [
        TextBox(
            box,
            tuple(_paragraphs(book, code, card, size)),
            looks.BOX,
            "",
            card.value.status in ("withheld", "below"),
        )
        for (code, card), box in zip(found, places, strict=True)
    ]


def _paragraphs(book: Book, code: str, card: Card, size: float) -> Iterator[Paragraph]:
    """Title, figure, interval, note, and where it comes from."""
    wording = book.wording
    large = size * (_FIGURE if card.value.shown else _WORDS)
    yield Paragraph(wording.sentence(card.title), size, charts.MUTED)
    yield Paragraph(wording.brief(card.value), large, charts.INK, bold=True)
    interval = wording.range(card.value, units=True)
    small = [f"{wording.say('page.interval')} {interval}"] if interval else []
    small += [wording.sentence(card.note)] if card.note else []
    small += [code] if code else []
    for line in small:
        yield Paragraph(line, size - 1, charts.MUTED)


def _height(book: Book, code: str, card: Card, size: float, width: float) -> float:
    room = width - 2 * BOX_PADDING
    paragraphs = _paragraphs(book, code, card, size)
    lines = (fit.height([one.said], room, one.size, bold=one.bold) for one in paragraphs)
    return sum(lines) + 2 * BOX_PADDING_ABOVE
