"""How much room a text needs, reckoned without fonts: files look alike on every machine.

Widths are those of a rather wide font, so that texts fit whatever font a program takes.
"""

import unicodedata
from collections.abc import Iterator, Sequence

from cleanroom.report.charts import text_width

LEADING = 1.25  # line height as a multiple of the font size
_REGULAR, _BOLD = 1.06, 1.16  # width as a multiple of what charts reckon with


def width(said: str, size: float, *, bold: bool = False) -> float:
    """About how wide a line is, in points."""
    return text_width(said, size) * (_BOLD if bold else _REGULAR)


def lines(said: str, most: float, size: float, *, bold: bool = False) -> list[str]:
    """A text broken into lines of at most ``most`` points; nothing is cut off."""
    found = []
    for paragraph in said.split("\n"):
        line = ""
        for word in _pieces(paragraph, most, size, bold):
            if line and width((line + word).rstrip(), size, bold=bold) > most:
                found.append(line.rstrip())
                line = ""
            line += word
        found.append(line.rstrip())
    return found


def height(paragraphs: Sequence[str], most: float, size: float, *, bold: bool = False) -> float:
    """Points from top to bottom of paragraphs below each other."""
    count = sum(len(lines(one, most, size, bold=bold)) for one in paragraphs)
    return count * size * LEADING


def largest(
    paragraphs: Sequence[str],
    most: float,
    room: float,
    sizes: Sequence[float],
    *,
    bold: bool = False,
) -> float | None:
    """The first of ``sizes`` at which the paragraphs fit into ``room``, None if none does."""
    fitting = (size for size in sizes if height(paragraphs, most, size, bold=bold) <= room)
    return next(fitting, None)


def words(paragraph: str) -> Iterator[str]:
    """Pieces between which a line may break: after spaces and around wide characters."""
    word = ""
    for character in paragraph:
        wide = unicodedata.east_asian_width(character) in ("W", "F")
        if word and (wide or (word[-1].isspace() and not character.isspace())):
            yield word
            word = ""
        word += character
        if wide:
            yield word
            word = ""
    if word:
        yield word


def _pieces(paragraph: str, most: float, size: float, bold: bool) -> Iterator[str]:
    """Words, those that are wider than a line in parts."""
    for word in words(paragraph):
        part = ""
        for character in word:
            if part and width((part + character).rstrip(), size, bold=bold) > most:
                yield part
                part = ""
            part += character
        yield part
