"""Texts on slides: each in its box, at the largest size that fits."""

from collections.abc import Sequence

from cleanroom.report import charts
from cleanroom.report.office import fit, looks
from cleanroom.report.office.front import Book
from cleanroom.report.office.plans import (
    BOX_PADDING,
    BOX_PADDING_ABOVE,
    SLIDE_WIDTH,
    Box,
    Paragraph,
    TextBox,
)

EDGE = 40.0
WIDTH = SLIDE_WIDTH - 2 * EDGE
TITLE = Box(EDGE, 44, WIDTH, 80)
BODY_TOP, FOOT_TOP, FOOT_BOTTOM = 132.0, 458.0, 530.0
TITLE_SIZES = (28.0, 26.0, 24.0, 22.0, 20.0, 18.0, 16.0, 14.0, 12.0, 10.0)
TEXT_SIZES = (14.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
SMALL_SIZES = (10.0, 9.0, 8.0, 7.0, 6.0)


def title(said: str, box: Box = TITLE, sizes: Sequence[float] = TITLE_SIZES) -> TextBox:
    """The title of a slide."""
    return text([said], box, sizes, bold=True)


def text(
    lines: Sequence[str],
    box: Box,
    sizes: Sequence[float],
    colour: str = charts.INK,
    *,
    bold: bool = False,
    fill: str = "",
    edge: str = "",
    gap: float = 0.0,
) -> TextBox:
    """Paragraphs in a box at the first size at which they fit, the smallest if none does.

    ``gap``: points below each paragraph.
    """
    beside, above = (BOX_PADDING, BOX_PADDING_ABOVE) if fill else (0.0, 0.0)
    room = box.height - 2 * above - gap * len(lines)
    size = fit.largest(lines, box.width - 2 * beside, room, sizes, bold=bold) or sizes[-1]
    paragraphs = tuple(Paragraph(line, size, colour, bold, gap) for line in lines)
    return TextBox(box, paragraphs, fill, edge)


def mode(book: Book, box: Box, sizes: Sequence[float] = TEXT_SIZES) -> TextBox:
    """The kind of protection, which stands at every figure."""
    dp = book.agreement.policy.mode == "dp"
    fill, edge = (looks.BOX, looks.STRONG) if dp else (looks.WARN_BOX, charts.TARGET)
    return text([book.mode], box, sizes, bold=True, fill=fill, edge=edge)


def pairs(
    found: Sequence[tuple[str, str]],
    box: Box,
    name_width: float,
    sizes: Sequence[float] = TEXT_SIZES,
) -> list[TextBox]:
    """Names at the left, what is said of them at the right, one below the other."""
    width = box.width - name_width
    low = (size for size in sizes if _pairs_height(found, name_width, width, size) <= box.height)
    size = next(low, sizes[-1])
    boxes, top = [], box.y
    for name, said in found:
        height = _pair_height(name, said, name_width, width, size)
        left = Box(box.x, top, name_width - 8, height)
        right = Box(box.x + name_width, top, width, height)
        boxes.append(text([name], left, (size,), charts.MUTED))
        boxes.append(text(said.split("\n"), right, (size,)))
        top += height
    return boxes


def _pairs_height(
    found: Sequence[tuple[str, str]], name_width: float, width: float, size: float
) -> float:
    return sum(_pair_height(name, said, name_width, width, size) for name, said in found)


def _pair_height(name: str, said: str, name_width: float, width: float, size: float) -> float:
    """A little air below each pair."""
    return 4 + max(
        fit.height([name], name_width - 8, size), fit.height(said.split("\n"), width, size)
    )
