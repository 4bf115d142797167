"""A native chart on a slide, with whiskers and with its own small workbook behind it."""

import io
from datetime import datetime
from typing import Any

import xlsxwriter.workbook
from pptx.chart.chart import Chart
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.enum.dml import MSO_LINE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.slide import Slide
from pptx.util import Pt
from xlsxwriter.utility import xl_range_abs

from cleanroom.report import charts
from cleanroom.report.office import package
from cleanroom.report.office.plans import Plot, Series, SlideChart
from cleanroom.report.tables import harmless

_KINDS = {"bar": XL_CHART_TYPE.BAR_CLUSTERED, "line": XL_CHART_TYPE.LINE_MARKERS}
_SHEET = "Sheet1"
_SIZE, _TITLE_SIZE = 11, 13  # points


def add_chart(slide: Slide, placed: SlideChart, created: datetime) -> None:
    """Draw it in its place. ``created``: what its workbook names as its time."""
    plot, box = placed.plot, placed.box
    data = CategoryChartData(number_format=plot.number_format)
    data.categories = list(plot.labels)
    for series in plot.series:
        data.add_series(series.name, series.values)
    place = (Pt(box.x), Pt(box.y), Pt(box.width), Pt(box.height))
    frame = slide.shapes.add_chart(_KINDS[plot.kind], *place, data)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", plot.alt)
    chart = frame.chart
    chart.part.chart_workbook.update_from_xlsx_blob(_workbook(plot, created))
    chart.font.size = Pt(_SIZE)
    chart.has_title = True
    chart.chart_title.text_frame.text = plot.title
    font = chart.chart_title.text_frame.paragraphs[0].runs[0].font
    font.size, font.bold, font.color.rgb = Pt(_TITLE_SIZE), True, rgb(charts.INK)
    chart.has_legend = plot.compared
    if plot.compared:
        chart.legend.position = XL_LEGEND_POSITION.TOP
        chart.legend.include_in_layout = False
        chart.legend.font.size = Pt(_SIZE)
    _axes(chart, plot, placed.size)
    _colours(chart, plot)
    for number, series in enumerate(plot.series):
        if any((*series.down, *series.up)):
            _whiskers(chart, plot, number)


def rgb(colour: str) -> RGBColor:
    """#rrggbb as the library takes it."""
    made: RGBColor = RGBColor.from_string(colour[1:].upper())
    return made


def _axes(chart: Chart, plot: Plot, size: float) -> None:
    """Labels from top to bottom, figures below; bars begin at the base."""
    labels, figures = chart.category_axis, chart.value_axis
    labels.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    labels.major_tick_mark = figures.major_tick_mark = XL_TICK_MARK.NONE
    labels.tick_labels.font.size = Pt(size)
    labels.tick_labels.font.color.rgb = rgb(charts.INK)
    labels.format.line.color.rgb = rgb(charts.MUTED)
    labels.has_major_gridlines = False
    figures.tick_labels.font.size = Pt(_SIZE)
    figures.tick_labels.font.color.rgb = rgb(charts.MUTED)
    figures.tick_labels.number_format = plot.number_format
    figures.tick_labels.number_format_is_linked = False
    figures.minimum_scale, figures.maximum_scale = plot.least, plot.most
    figures.major_unit = plot.tick
    figures.has_major_gridlines = True
    figures.major_gridlines.format.line.color.rgb = rgb(charts.GRID)
    figures.format.line.fill.background()
    # No label is left out, however many there are.
    every = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="1"/>')
    labels._element.find(f"{{{labels._element.nsmap['c']}}}noMultiLvlLbl").addprevious(every)
    if plot.kind == "bar":
        labels.reverse_order = True
        figures.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    if plot.base:
        figures.crosses_at = plot.base


def _colours(chart: Chart, plot: Plot) -> None:
    drawn = chart.plots[0]
    if plot.kind == "bar":
        drawn.gap_width, drawn.vary_by_categories = 60, False
        drawn.overlap = 0
    for series, mine in zip(drawn.series, plot.series, strict=True):
        if plot.kind == "line":
            series.smooth = False
            series.format.line.color.rgb = rgb(mine.colours[0])
            continue
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = rgb(mine.colours[0])
        for number, colour in enumerate(mine.colours):
            if plot.compared or mine.values[number] is None:
                continue
            look = series.points[number].format
            look.fill.solid()
            if number < len(mine.colours) - plot.references:
                look.fill.fore_color.rgb = rgb(colour)
            else:
                look.fill.fore_color.rgb = RGBColor(255, 255, 255)
                look.line.color.rgb = rgb(colour)
                look.line.width, look.line.dash_style = Pt(1.25), MSO_LINE.DASH


def _whiskers(chart: Chart, plot: Plot, number: int) -> None:
    """Error bars, which the library does not have."""
    series = plot.series[number]
    first = 1 + len(plot.series) + 2 * number
    ends = (("plus", first + 1, series.up), ("minus", first, series.down))
    lengths = "".join(_lengths(name, column, values) for name, column, values in ends)
    bars = parse_xml(
        f'<c:errBars {nsdecls("c", "a")}><c:errBarType val="both"/><c:errValType val="cust"/>'
        f'<c:noEndCap val="1"/>{lengths}<c:spPr><a:ln w="12700"><a:solidFill>'
        f'<a:srgbClr val="{charts.INK[1:].upper()}"/></a:solidFill></a:ln></c:spPr></c:errBars>'
    )
    element = chart.plots[0].series[number]._element
    element.find(f"{{{element.nsmap['c']}}}cat").addprevious(bars)


def _lengths(name: str, column: int, values: tuple[float, ...]) -> str:
    cells = xl_range_abs(1, column, len(values), column)
    points = "".join(
        f'<c:pt idx="{place}"><c:v>{length!r}</c:v></c:pt>'
        for place, length in enumerate(values)
        if length
    )
    return (
        f"<c:{name}><c:numRef><c:f>{_SHEET}!{cells}</c:f><c:numCache>"
        f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>{points}'
        f"</c:numCache></c:numRef></c:{name}>"
    )


def _workbook(plot: Plot, created: datetime) -> bytes:
    """What opens when somebody edits the data: labels, values, then lengths of whiskers."""
    out = io.BytesIO()
    workbook = xlsxwriter.workbook.Workbook(out, {"in_memory": True})
    workbook.set_properties({"created": created})
    sheet = workbook.add_worksheet(_SHEET)
    marked = workbook.add_format({"quote_prefix": True})
    figure = workbook.add_format({"num_format": plot.number_format})

    def write(row: int, column: int, said: str) -> None:
        sheet.write_string(row, column, said, marked if harmless(said) != said else None)

    for row, label in enumerate(plot.labels, 1):
        write(row, 0, label)
    columns = [(one.name, one.values) for one in plot.series]
    for series in plot.series:
        columns += _named_whiskers(series)
    for column, (name, values) in enumerate(columns, 1):
        write(0, column, name)
        for row, value in enumerate(values, 1):
            if value is not None:
                sheet.write_number(row, column, value, figure)
    workbook.close()
    return package.repack(out.getvalue())


def _named_whiskers(series: Series) -> list[tuple[str, Any]]:
    return [(f"{series.name} −", series.down), (f"{series.name} +", series.up)]
