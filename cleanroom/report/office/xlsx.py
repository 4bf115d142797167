"""A planned workbook as an XLSX file: no formulas, links or macros, every string only text.

The same plan gives the same bytes: nothing of the moment or the machine goes in.
"""

import io
from datetime import datetime
from typing import Any

import xlsxwriter.workbook
import xlsxwriter.worksheet
from xlsxwriter.format import Format
from xlsxwriter.utility import quote_sheetname, xl_range_abs

from cleanroom.errors import SandboxError
from cleanroom.report import charts
from cleanroom.report.office import looks, package
from cleanroom.report.office.plans import About, Cell, Plot, Series, Sheet, SheetChart, Workbook
from cleanroom.report.tables import harmless

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_A4 = 9
_CHART_FONT = 10
_COLUMNS_PER_SERIES = 3  # value and both whiskers
_REFERENCE = {
    "fill": {"color": looks.PAPER},
    "border": {"color": charts.TARGET, "width": 1.25, "dash_type": "dash"},
}


def xlsx(plan: Workbook) -> bytes:
    """The file. Raises ``sandbox.failed`` for a text that no cell can hold."""
    out = io.BytesIO()
    font = {"font_name": looks.FONTS[plan.about.language], "font_size": looks.SIZE}
    workbook = xlsxwriter.workbook.Workbook(out, {**_OPTIONS, "default_format_properties": font})
    workbook.set_properties(_properties(plan.about))
    formats = _Formats(workbook)
    for sheet in plan.sheets:
        written = workbook.add_worksheet(sheet.name)
        _page(written, sheet)
        _rows(written, sheet, formats)
        for chart in sheet.charts:
            _insert(workbook, written, sheet.name, chart, str(font["font_name"]))
    workbook.close()
    return package.repack(out.getvalue())


def created(about: About) -> datetime:
    """When the report was made, as the libraries of workbooks and decks take it."""
    return datetime.fromisoformat(about.created).replace(tzinfo=None)


def _properties(about: About) -> dict[str, Any]:
    return {
        "title": about.title,
        "subject": about.subject,
        "author": about.author,
        "comments": about.program,
        "created": created(about),
    }


class _Formats:
    """The formats of one workbook, each made once."""

    def __init__(self, workbook: xlsxwriter.workbook.Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[str, str, bool, bool], Format] = {}

    def of(self, cell: Cell) -> Format:
        """A text that looks like a formula is marked, so that it stays text when it is edited."""
        quoted = isinstance(cell.content, str) and harmless(cell.content) != cell.content
        key = (cell.look, cell.number, cell.total, quoted)
        if key not in self._made:
            properties = {"text_wrap": True, "valign": "top", **looks.LOOKS[cell.look]}
            properties |= looks.TOTAL if cell.total else {}
            properties |= {"num_format": cell.number} if cell.number else {}
            properties |= {"quote_prefix": True} if quoted else {}
            self._made[key] = self._workbook.add_format(properties)
        return self._made[key]


def _page(written: xlsxwriter.worksheet.Worksheet, sheet: Sheet) -> None:
    """Widths, what stays when scrolling, and how it is printed."""
    for column, width in enumerate(sheet.widths):
        written.set_column(column, column, width)
    written.hide_gridlines(2)
    if sheet.frozen:
        written.freeze_panes(sheet.frozen, 1)
    written.set_landscape()
    written.set_paper(_A4)
    written.fit_to_pages(1, 1 if sheet.whole else 0)
    written.set_h_pagebreaks(list(sheet.breaks))
    written.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    written.set_footer("&R&P / &N")


def _rows(written: xlsxwriter.worksheet.Worksheet, sheet: Sheet, formats: _Formats) -> None:
    for number, row in enumerate(sheet.rows):
        written.set_row(number, row.height)
        for cell in row.cells:
            look = formats.of(cell)
            if cell.last > cell.first:
                written.merge_range(number, cell.first, number, cell.last, "", look)
            if isinstance(cell.content, str) and cell.content:
                if written.write_string(number, cell.first, cell.content, look) != 0:
                    raise SandboxError("sandbox.failed")  # too long for a cell
            elif isinstance(cell.content, float):
                written.write_number(number, cell.first, cell.content, look)
            else:
                written.write_blank(number, cell.first, None, look)


def _insert(
    workbook: xlsxwriter.workbook.Workbook,
    written: xlsxwriter.worksheet.Worksheet,
    name: str,
    placed: SheetChart,
    font: str,
) -> None:
    """A chart over its empty rows, drawn from its cells."""
    plot = placed.plot
    chart = workbook.add_chart({"type": plot.kind})
    for place, series in enumerate(plot.series):
        chart.add_series(_series(name, placed, series, place))
    _axes(chart, plot, font)
    chart.set_title({"none": True})
    legend = {"position": "top", "font": _font(font)} if plot.compared else {"none": True}
    chart.set_legend(legend)
    chart.set_size({"width": placed.width, "height": placed.height})
    chart.set_chartarea({"border": {"none": True}})
    chart.show_blanks_as("gap")
    options = {"description": plot.alt, "object_position": 1, "x_offset": 4, "y_offset": 4}
    written.insert_chart(placed.row, 0, chart, options)


def _series(name: str, placed: SheetChart, series: Series, place: int) -> dict[str, Any]:
    plot, column = placed.plot, 1 + place * _COLUMNS_PER_SERIES

    def cells(at: int) -> str:
        return f"={quote_sheetname(name)}!{xl_range_abs(placed.first, at, placed.last, at)}"

    main = series.colours[0] if series.colours else charts.INK
    options: dict[str, Any] = {
        "name": [name, placed.heading, column],
        "categories": cells(0),
        "values": cells(column),
        "fill": {"color": main},
        "gap": 60,
    }
    if plot.kind == "line":
        options |= {"line": {"color": main, "width": 2}, "marker": {"type": "circle", "size": 6}}
    elif not plot.compared:
        solid = len(series.colours) - plot.references
        options["points"] = [
            {"fill": {"color": colour}} if at < solid else _REFERENCE
            for at, colour in enumerate(series.colours)
        ]
    if any((*series.down, *series.up)):
        options["y_error_bars"] = {
            "type": "custom",
            "minus_values": cells(column + 1),
            "minus_data": list(series.down),
            "plus_values": cells(column + 2),
            "plus_data": list(series.up),
            "end_style": 0,
            "line": {"color": charts.INK, "width": 1},
        }
    return options


def _axes(chart: Any, plot: Plot, font: str) -> None:
    """Labels from top to bottom, figures below; bars begin at the base."""
    categories: dict[str, Any] = {
        "num_font": _font(font, charts.INK),
        "line": {"color": charts.MUTED},
        "major_tick_mark": "none",
        "label_position": "low",
        "interval_unit": 1,  # no label is left out
    }
    numbers: dict[str, Any] = {
        "num_font": _font(font),
        "num_format": plot.number_format,
        "min": plot.least,
        "max": plot.most,
        "major_unit": plot.tick,
        "major_gridlines": {"visible": True, "line": {"color": charts.GRID}},
        "line": {"none": True},
        "major_tick_mark": "none",
    }
    if plot.base:
        numbers["crossing"] = plot.base
    if plot.kind == "line":
        chart.set_x_axis(categories)
        chart.set_y_axis(numbers)
        return
    # Bars lie, and the library calls what runs from left to right x. With labels from top to
    # bottom the figures would stand above.
    categories["reverse"] = True
    numbers["label_position"] = "high"
    chart.set_x_axis(numbers)
    chart.set_y_axis(categories)


def _font(name: str, colour: str = charts.MUTED) -> dict[str, Any]:
    return {"name": name, "size": _CHART_FONT, "color": colour}
