"""A planned deck as a PPTX file: native charts and tables, every string only text, no links.

The same plan gives the same bytes: nothing of the moment or the machine goes in.
"""

import io
from collections.abc import Sequence
from typing import Any

import pptx as library
from pptx.dml.fill import FillFormat
from pptx.enum.dml import MSO_PATTERN
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Pt

from cleanroom.report import charts
from cleanroom.report.office import looks, package, pptx_base
from cleanroom.report.office.plans import (
    BOX_PADDING,
    BOX_PADDING_ABOVE,
    CELL_PADDING,
    SLIDE_HEIGHT,
    SLIDE_WIDTH,
    About,
    Box,
    Deck,
    Language,
    Paragraph,
    SlideTable,
    TableCell,
    TextBox,
)
from cleanroom.report.office.pptx_chart import add_chart, rgb
from cleanroom.report.office.xlsx import created

_LANGUAGES = {
    "en": MSO_LANGUAGE_ID.ENGLISH_US,
    "zh_CN": MSO_LANGUAGE_ID.SIMPLIFIED_CHINESE,
}
_PLAIN_TABLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # no style, no grid
_NUMBER_FIELD = "{8B1F1B5C-2C54-4B0E-9C7D-0F6B6C1D2A01}"
_EDGE = 4.0


def pptx(plan: Deck) -> bytes:
    """The file."""
    deck = library.Presentation(io.BytesIO(pptx_base.blank(plan.about.language)))
    _properties(deck, plan.about)
    for planned in plan.slides:
        slide = deck.slides.add_slide(deck.slide_layouts[0])
        printer = _Printer(slide, plan.about.language)
        printer.title(planned.title)
        for box in planned.texts:
            printer.text(box)
        for chart in planned.charts:
            add_chart(slide, chart, created(plan.about))
        for table in planned.tables:
            printer.table(table)
        printer.number()
        if planned.notes:
            pptx_base.add_notes(slide, planned.notes)
    out = io.BytesIO()
    deck.save(out)
    return package.repack(out.getvalue())


def _properties(deck: Any, about: About) -> None:
    core = deck.core_properties
    core.title, core.subject, core.author = about.title, about.subject, about.author
    core.comments, core.keywords, core.last_modified_by = about.program, "", about.author
    core.created = core.modified = created(about)
    core.revision = 1


class _Printer:
    """Puts things on one slide."""

    def __init__(self, slide: Slide, language: Language) -> None:
        self._slide = slide
        self._language = _LANGUAGES[language]

    def title(self, planned: TextBox) -> None:
        """Into the place that outlines and screen readers take titles from."""
        shape = self._slide.shapes.title
        if shape is None:
            raise ValueError("the layout has no title")
        box = planned.box
        shape.left, shape.top = Pt(box.x), Pt(box.y)
        shape.width, shape.height = Pt(box.width), Pt(box.height)
        self._fill_frame(shape.text_frame, planned.paragraphs, MSO_ANCHOR.TOP)

    def text(self, planned: TextBox) -> None:
        """A box of text, with its ground and its edge."""
        shape = self._slide.shapes.add_textbox(*_points(planned.box))
        if planned.hatched:
            _hatch(shape.fill)
        elif planned.fill:
            shape.fill.solid()
            shape.fill.fore_color.rgb = rgb(planned.fill)
        ground = bool(planned.fill or planned.hatched)
        self._fill_frame(shape.text_frame, planned.paragraphs, MSO_ANCHOR.TOP, inset=ground)
        if planned.edge:
            box = planned.box
            bar = self._slide.shapes.add_shape(
                MSO_SHAPE.RECTANGLE, *_points(Box(box.x, box.y, _EDGE, box.height))
            )
            bar.fill.solid()
            bar.fill.fore_color.rgb = rgb(planned.edge)
            bar.line.fill.background()
            bar.shadow.inherit = False
            bar._element.nvSpPr.cNvPr.set("descr", "")

    def table(self, planned: SlideTable) -> None:
        """A table; the first row is its head."""
        rows, columns = len(planned.rows), len(planned.widths)
        frame = self._slide.shapes.add_table(rows, columns, *_points(planned.box))
        frame._element.nvGraphicFramePr.cNvPr.set("descr", planned.alt)
        table = frame.table
        table._tbl.tblPr.find(f"{{{table._tbl.nsmap['a']}}}tableStyleId").text = _PLAIN_TABLE
        table.horz_banding = False
        for place, width in enumerate(planned.widths):
            table.columns[place].width = Pt(width)
        for number, (height, row) in enumerate(zip(planned.heights, planned.rows, strict=True)):
            table.rows[number].height = Pt(height)
            for place, cell in enumerate(row):
                self._cell(table.cell(number, place), cell, head=number == 0)

    def number(self) -> None:
        """The slide's number, at the lower right."""
        box = Box(SLIDE_WIDTH - 80, SLIDE_HEIGHT - 24, 40, 14)
        frame = self._slide.shapes.add_textbox(*_points(box)).text_frame
        _margins(frame, inset=False)
        paragraph = frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.RIGHT
        paragraph._p.append(
            parse_xml(
                f'<a:fld {nsdecls("a")} id="{_NUMBER_FIELD}" type="slidenum">'
                f'<a:rPr sz="900"><a:solidFill><a:srgbClr val="{charts.MUTED[1:].upper()}"/>'
                f"</a:solidFill></a:rPr><a:t>‹#›</a:t></a:fld>"
            )
        )

    def _cell(self, cell: Any, planned: TableCell, *, head: bool) -> None:
        if planned.hatched:
            _hatch(cell.fill)
        else:
            cell.fill.background()
        self._fill_frame(cell.text_frame, planned.paragraphs, None)
        cell.margin_left = cell.margin_right = Pt(CELL_PADDING)
        cell.margin_top = cell.margin_bottom = Pt(CELL_PADDING / 2)
        cell.vertical_anchor = MSO_ANCHOR.BOTTOM if head else MSO_ANCHOR.TOP
        for paragraph in cell.text_frame.paragraphs:
            paragraph.alignment = PP_ALIGN.RIGHT if planned.right else PP_ALIGN.LEFT
        line = charts.MUTED if head else charts.GRID
        cell._tc.get_or_add_tcPr().insert(
            0,
            parse_xml(
                f'<a:lnB {nsdecls("a")} w="9525"><a:solidFill>'
                f'<a:srgbClr val="{line[1:].upper()}"/></a:solidFill></a:lnB>'
            ),
        )

    def _fill_frame(
        self,
        frame: TextFrame,
        paragraphs: Sequence[Paragraph],
        anchor: Any,
        *,
        inset: bool = False,
    ) -> None:
        frame.word_wrap = True
        if anchor is not None:
            _margins(frame, inset=inset)
            frame.auto_size = MSO_AUTO_SIZE.NONE
            frame.vertical_anchor = anchor
        for number, planned in enumerate(paragraphs):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            if planned.gap:
                paragraph.space_after = Pt(planned.gap)
            run = paragraph.add_run()
            run.text = planned.said
            font = run.font
            font.size, font.bold = Pt(planned.size), planned.bold
            font.color.rgb = rgb(planned.colour)
            font.language_id = self._language


def _points(box: Box) -> tuple[Any, Any, Any, Any]:
    return Pt(box.x), Pt(box.y), Pt(box.width), Pt(box.height)


def _margins(frame: TextFrame, *, inset: bool) -> None:
    frame.margin_left = frame.margin_right = Pt(BOX_PADDING if inset else 0)
    frame.margin_top = frame.margin_bottom = Pt(BOX_PADDING_ABOVE if inset else 0)


def _hatch(fill: FillFormat) -> None:
    """Thin stripes: of what was not released."""
    fill.patterned()
    fill.pattern = MSO_PATTERN.LIGHT_UPWARD_DIAGONAL
    fill.fore_color.rgb = rgb(looks.STRIPE)
    fill.back_color.rgb = rgb(looks.PAPER)
