"""The slide of one analysis: its sentence as title, chart and table, protection."""

from collections.abc import Sequence

from cleanroom.analyses.result import Text
from cleanroom.report import charts, facts
from cleanroom.report.document import Item
from cleanroom.report.office import fit, slide_cards
from cleanroom.report.office.front import Book
from cleanroom.report.office.plans import Box, Plot, Slide, SlideChart, SlideTable, TextBox
from cleanroom.report.office.plot import plot
from cleanroom.report.office.slide_tables import result_table
from cleanroom.report.office.slide_text import (
    BODY_TOP,
    EDGE,
    FOOT_BOTTOM,
    FOOT_TOP,
    SMALL_SIZES,
    WIDTH,
    mode,
    text,
    title,
)

_GAP = 20.0
_CHART_SHARE = 0.52
_CHART_ROW, _CHART_FRAME = 60.0, 75.0  # points that a row of a chart may take at most
_LABEL_SIZES = (11.0, 10.0, 9.0, 8.0, 7.0, 6.0)
_KICKER_SIZES = (12.0, 11.0, 10.0, 9.0, 8.0)
_MODE_WIDTH = 360.0
_MODE_SIZES = (11.0, 10.0, 9.0, 8.0, 7.0)


def analysis_slide(book: Book, item: Item) -> Slide:
    """The whole slide."""
    result, wording = item.result, book.wording
    kicker = f"{result.analysis}  {wording.sentence(result.title)} · {book.stamp(result)}"
    top = text([kicker], Box(EDGE, 22, WIDTH, 18), _KICKER_SIZES, charts.MUTED)
    drawn, tables, texts = _body(book, item)
    shown = [cell.hatched for table in tables for row in table.rows for cell in row]
    hatched = any((*shown, *(box.hatched for box in texts)))
    return Slide(
        title(wording.sentence(result.finding)),
        (top, *texts, *_foot(book, item, hatched=hatched)),
        drawn,
        tables,
        _notes(book, item),
    )


def _body(
    book: Book, item: Item
) -> tuple[tuple[SlideChart, ...], tuple[SlideTable, ...], list[TextBox]]:
    """The first chart at the left; beside it a table, else another chart, else the key figures."""
    result, wording = item.result, book.wording
    height = FOOT_TOP - BODY_TOP - 8
    plots = [plot(chart, wording) for chart in result.charts]
    left = WIDTH * _CHART_SHARE if plots else 0.0
    first = [_chart(one, Box(EDGE, BODY_TOP, left, height)) for one in plots[:1]]
    x = EDGE + (left + _GAP if plots else 0.0)
    beside = Box(x, BODY_TOP + 6, EDGE + WIDTH - x, height - 6)
    table = result_table(result.tables[0], beside, wording) if result.tables else None
    if table:
        return tuple(first), (table,), []
    if len(plots) > 1:
        second = _chart(plots[1], Box(x, BODY_TOP, beside.width, height))
        return (*first, second), (), []
    if not plots:
        return (), (), slide_cards.row(book, [("", card) for card in result.cards], _band(beside))
    return tuple(first), (), slide_cards.column(book, result.cards, beside)


def _band(box: Box) -> Box:
    """The upper part of a box, for cards that stand alone."""
    return Box(box.x, box.y, box.width, box.height * 0.5)


def _chart(one: Plot, box: Box) -> SlideChart:
    """No higher than its rows need."""
    rows = len(one.labels) * (1.4 if one.compared else 1.0)
    height = min(box.height, _CHART_FRAME + _CHART_ROW * rows)
    room = (height - _CHART_FRAME) / max(1, len(one.labels)) / one.label_lines
    size = next((size for size in _LABEL_SIZES if size * fit.LEADING <= room), _LABEL_SIZES[-1])
    return SlideChart(Box(box.x, box.y, box.width, height), one, size)


def _foot(book: Book, item: Item, *, hatched: bool) -> list[TextBox]:
    """Protection, what the figures mean, and what hatching means."""
    result, say = item.result, book.wording.say
    meaning = [
        f"{say(f'evidence.{result.evidence}')}{book.colon}{say(f'evidence_note.{result.evidence}')}"
    ]
    meaning.append(f"{say(f'sampling.{result.sampling}')} (95%) · {say('office.whiskers')}")
    *guarded, _cost = facts.privacy(item, book.wording)
    if hatched:
        status = "below" if result.privacy.mode == "dp" else "withheld"
        guarded.append(say(f"page.{status}_legend", k=result.privacy.k))
    badge = Box(EDGE, FOOT_TOP, _MODE_WIDTH, 20)
    rest = Box(EDGE, FOOT_TOP + 23, WIDTH - 60, FOOT_BOTTOM - FOOT_TOP - 23)
    lines = [" · ".join(meaning), book.gap.join(guarded)]
    return [mode(book, badge, _MODE_SIZES), text(lines, rest, SMALL_SIZES, charts.MUTED)]


def _notes(book: Book, item: Item) -> str:
    """For the speaker: what may be said and what not, how it was reckoned."""
    result, say = item.result, book.wording.say
    parts = [book.wording.sentence(result.purpose)]
    for heading, lines in (
        ("page.can_say", result.can_say),
        ("page.cannot_say", result.cannot_say),
        ("office.remarks", result.notes),
        ("page.method", result.method),
    ):
        parts += _listed(book, say(heading), lines)
    return "\n".join(parts)


def _listed(book: Book, heading: str, lines: Sequence[Text]) -> list[str]:
    said = [f"• {book.wording.sentence(line)}" for line in lines]
    return ["", heading + book.colon.rstrip(), *said] if said else []
