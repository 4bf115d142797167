"""Workbooks and decks as plain data: what stands where, before any library writes it.

The host puts the words and numbers in their places; a worker turns the plan into a file and knows
nothing else. Strings are only ever text.
"""

from typing import Literal

from msgspec import Struct

Language = Literal["en", "zh_CN"]
Kind = Literal["bar", "line"]
SLIDE_WIDTH, SLIDE_HEIGHT = 960.0, 540.0  # points: 16 to 9
# Points between the edge of a filled box, or of a cell of a table, and its text.
BOX_PADDING, BOX_PADDING_ABOVE, CELL_PADDING = 8.0, 3.0, 4.0


class Series(Struct, frozen=True, forbid_unknown_fields=True):
    """Values of a chart with one colour per point; None where no number is shown.

    ``down`` and ``up`` are the lengths of the whiskers.
    """

    name: str
    values: tuple[float | None, ...]
    down: tuple[float, ...]
    up: tuple[float, ...]
    colours: tuple[str, ...]


class Plot(Struct, frozen=True, forbid_unknown_fields=True):
    """A chart, in the units that cells hold. ``base``: where bars begin; ``references``: how many
    of the last labels are values to compare with; ``hatched``: labels with nothing released.
    """

    kind: Kind
    title: str
    alt: str
    labels: tuple[str, ...]
    hatched: tuple[bool, ...]
    series: tuple[Series, ...]
    references: int
    base: float
    least: float
    most: float
    tick: float
    number_format: str

    @property
    def label_lines(self) -> int:
        """Lines of the highest label."""
        return max((label.count("\n") + 1 for label in self.labels), default=1)

    @property
    def compared(self) -> bool:
        """Whether several series lie side by side, so that a legend is needed."""
        return len(self.series) > 1


class Cell(Struct, frozen=True, forbid_unknown_fields=True):
    """One cell of a sheet, or several columns as one: a text, a number, or nothing.

    ``look``: a name of ``looks.LOOKS``; ``number``: the number format.
    """

    first: int
    last: int
    content: str | float | None
    look: str
    number: str = ""
    total: bool = False


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """One row of a sheet; ``height`` in points."""

    height: float
    cells: tuple[Cell, ...] = ()


class SheetChart(Struct, frozen=True, forbid_unknown_fields=True):
    """A chart over the empty rows from ``row`` on, drawn from cells of its sheet.

    Rows ``first`` to ``last`` have the label in the first column, then value and whiskers per
    series; the names of the series stand in row ``heading``.
    """

    plot: Plot
    row: int
    heading: int
    first: int
    last: int
    width: float  # pixels
    height: float


class Sheet(Struct, frozen=True, forbid_unknown_fields=True):
    """One sheet. ``widths`` in characters; ``frozen``: rows that stay; ``breaks``: rows that
    begin a page; ``whole``: printed on a single page.
    """

    name: str
    widths: tuple[float, ...]
    rows: tuple[Row, ...]
    charts: tuple[SheetChart, ...] = ()
    breaks: tuple[int, ...] = ()
    frozen: int = 0
    whole: bool = False


class About(Struct, frozen=True, forbid_unknown_fields=True):
    """What a file says of itself. ``created``: ISO 8601 UTC ending in Z."""

    language: Language
    title: str
    subject: str
    author: str
    program: str
    created: str


class Workbook(Struct, frozen=True, forbid_unknown_fields=True):
    """A workbook, sheet by sheet."""

    about: About
    sheets: tuple[Sheet, ...]


class Box(Struct, frozen=True, forbid_unknown_fields=True):
    """A place on a slide, in points from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


class Paragraph(Struct, frozen=True, forbid_unknown_fields=True):
    """One paragraph; ``colour`` as #rrggbb; ``gap``: points below it."""

    said: str
    size: float
    colour: str
    bold: bool = False
    gap: float = 0.0


class TextBox(Struct, frozen=True, forbid_unknown_fields=True):
    """Text in its place. ``fill``: "" for none; ``edge``: colour of a bar at the left, "" for
    none; ``hatched``: of something that was not released.
    """

    box: Box
    paragraphs: tuple[Paragraph, ...]
    fill: str = ""
    edge: str = ""
    hatched: bool = False


class SlideChart(Struct, frozen=True, forbid_unknown_fields=True):
    """A chart in its place; ``size`` of its labels in points."""

    box: Box
    plot: Plot
    size: float


class TableCell(Struct, frozen=True, forbid_unknown_fields=True):
    """One cell of a table on a slide."""

    paragraphs: tuple[Paragraph, ...]
    right: bool = False
    hatched: bool = False


class SlideTable(Struct, frozen=True, forbid_unknown_fields=True):
    """A table in its place; ``widths`` and ``heights`` in points; the first row is its head."""

    box: Box
    alt: str
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    rows: tuple[tuple[TableCell, ...], ...]


class Slide(Struct, frozen=True, forbid_unknown_fields=True):
    """One slide: title in its place, everything else, and what the speaker reads."""

    title: TextBox
    texts: tuple[TextBox, ...] = ()
    charts: tuple[SlideChart, ...] = ()
    tables: tuple[SlideTable, ...] = ()
    notes: str = ""


class Deck(Struct, frozen=True, forbid_unknown_fields=True):
    """Slides in their order."""

    about: About
    slides: tuple[Slide, ...]
