"""The deck as another reader sees it: titles, charts, notes, everything inside its slide."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl
import pytest
from office_material import HOSTILE, as_number
from pptx import Presentation
from pptx.util import Pt

from cleanroom.analyses.result import Chart
from cleanroom.report.office import fit, plans
from cleanroom.report.office.deck import deck
from cleanroom.report.office.front import Book
from cleanroom.report.office.plans import SLIDE_HEIGHT, SLIDE_WIDTH

Made = Callable[[str], bytes]


def opened(data: bytes) -> Any:
    return Presentation(io.BytesIO(data))


def said_on(slide: Any) -> list[str]:
    said = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
    tables = [shape.table for shape in slide.shapes if shape.has_table]
    return said + [cell.text for table in tables for row in table.rows for cell in row.cells]


def charts_on(slide: Any) -> list[Any]:
    return [shape for shape in slide.shapes if shape.has_chart]


def test_one_slide_per_analysis(name: str, books: dict[str, Book], pptx: Made) -> None:
    found, slides = books[name], list(opened(pptx(name)).slides)
    sentence = found.wording.sentence
    titles = [slide.shapes.title.text_frame.text for slide in slides]
    findings = [sentence(item.result.finding) for item in found.report.items]
    check = found.wording.say("sign.check")
    assert titles == [found.agreement.title, found.headline(), *findings, check]


def test_protection_and_evidence_on_every_slide(
    name: str, books: dict[str, Book], pptx: Made
) -> None:
    found = books[name]
    say, slides = found.wording.say, list(opened(pptx(name)).slides)
    for slide, item in zip(slides[2:-1], found.report.items, strict=True):
        said = "\n".join(said_on(slide))
        assert found.mode in said
        assert found.stamp(item.result) in said
        assert say(f"evidence_note.{item.result.evidence}") in said
        assert say(f"sampling.{item.result.sampling}") in said
    assert found.mode in said_on(slides[0])
    assert found.report.agreement_sha256 in said_on(slides[-1])


def test_charts_hold_the_figures_of_the_report(
    name: str, books: dict[str, Book], pptx: Made
) -> None:
    found = books[name]
    slides = list(opened(pptx(name)).slides)[2:-1]
    drawn = 0
    for slide, item in zip(slides, found.report.items, strict=True):
        by_title = {found.wording.sentence(one.title): one for one in item.result.charts}
        shapes = charts_on(slide)
        assert bool(shapes) is bool(item.result.charts)
        for shape in shapes:
            chart = by_title[shape.chart.chart_title.text_frame.text]
            check_chart(shape, chart, found)
            drawn += 1
    assert drawn >= 2


def check_chart(shape: Any, chart: Chart, found: Book) -> None:
    assert shape._element.nvGraphicFramePr.cNvPr.get("descr") == found.wording.sentence(chart.alt)
    for place, series in enumerate(shape.chart.plots[0].series):
        for mark, shown in zip(chart.marks, series.values, strict=False):
            value = mark.values[place]
            assert (shown is None) is not value.shown
            if value.shown:
                expected = as_number(found.wording.value(value))
                assert shown == pytest.approx(expected, abs=1e-9)
    labels = [str(label) for label in shape.chart.plots[0].categories]
    for mark, label in zip(chart.marks, labels, strict=False):
        assert "".join(label.split()).startswith("".join(found.wording.label(mark.label).split()))


def test_whiskers_are_the_intervals(books: dict[str, Book], pptx: Made) -> None:
    slides = list(opened(pptx("dp.en")).slides)
    series = charts_on(slides[2])[0].chart.plots[0].series[0]._element
    names = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
    bars = series.find("c:errBars", names)
    assert bars.getnext().tag.endswith("}cat")
    values = [mark.values[0] for mark in books["dp.en"].report.items[0].result.charts[0].marks]
    for end, sign in (("plus", 1), ("minus", -1)):
        lengths = [float(one.text) for one in bars.findall(f"c:{end}//c:v", names)]
        for length, value in zip(lengths, values, strict=True):
            exact = value.high if sign > 0 else value.low
            assert value.value is not None
            assert exact is not None
            assert length == pytest.approx(sign * (exact - value.value), abs=value.step)


def test_the_workbook_behind_a_chart_has_the_same_figures(pptx: Made) -> None:
    for name in ("threshold.en", "hostile.zh_CN"):
        for slide in opened(pptx(name)).slides:
            for shape in charts_on(slide):
                check_workbook(shape.chart)


def check_workbook(chart: Any) -> None:
    blob = chart.part.chart_workbook.xlsx_part.blob
    sheet = openpyxl.load_workbook(io.BytesIO(blob))["Sheet1"]
    plot = chart.plots[0]
    for column, series in enumerate(plot.series, 2):
        assert sheet.cell(1, column).value == series.name
        cells = [sheet.cell(row, column).value for row in range(2, 2 + len(series.values))]
        assert cells == list(series.values)
    labels = [sheet.cell(row, 1) for row in range(2, 2 + len(list(plot.categories)))]
    assert [cell.value for cell in labels] == [str(label) for label in plot.categories]
    assert {cell.data_type for cell in labels} == {"s"}


def test_notes_say_what_can_be_said(name: str, books: dict[str, Book], pptx: Made) -> None:
    found = books[name]
    slides = list(opened(pptx(name)).slides)[2:-1]
    for slide, item in zip(slides, found.report.items, strict=True):
        notes = slide.notes_slide.notes_text_frame.text
        for line in (*item.result.can_say, *item.result.cannot_say, *item.result.notes):
            assert found.wording.sentence(line) in notes


def test_everything_lies_on_its_slide(name: str, pptx: Made) -> None:
    made = opened(pptx(name))
    assert (made.slide_width, made.slide_height) == (Pt(SLIDE_WIDTH), Pt(SLIDE_HEIGHT))
    assert made.slide_width * 9 == made.slide_height * 16
    for slide in made.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= made.slide_width
            assert shape.top + shape.height <= made.slide_height
    for layout in made.slide_layouts:
        for shape in layout.placeholders:
            assert shape.left + shape.width <= made.slide_width


def boxes(slide: plans.Slide) -> Iterator[plans.TextBox]:
    yield slide.title
    yield from slide.texts


def test_texts_fit_into_their_boxes(name: str, books: dict[str, Book]) -> None:
    for slide in deck(books[name]).slides:
        for box in boxes(slide):
            beside = plans.BOX_PADDING if box.fill or box.hatched else 0
            above = plans.BOX_PADDING_ABOVE if box.fill or box.hatched else 0
            needed = sum(
                fit.height([one.said], box.box.width - 2 * beside, one.size, bold=one.bold)
                + one.gap
                for one in box.paragraphs
            )
            assert needed + 2 * above <= box.box.height + 0.01, box.paragraphs[0].said
        for table in slide.tables:
            assert sum(table.heights) <= table.box.height + 0.01
            assert table.box.y + table.box.height <= SLIDE_HEIGHT


def test_boxes_do_not_lie_over_each_other(name: str, books: dict[str, Book]) -> None:
    for slide in deck(books[name]).slides:
        places = [one.box for one in (*boxes(slide), *slide.charts, *slide.tables)]
        for number, one in enumerate(places):
            for other in places[number + 1 :]:
                apart = (
                    one.x + one.width <= other.x + 0.01
                    or other.x + other.width <= one.x + 0.01
                    or one.y + one.height <= other.y + 0.01
                    or other.y + other.height <= one.y + 0.01
                )
                assert apart, (one, other)


def test_strings_of_parties_are_there_as_they_are(pptx: Made) -> None:
    for language in ("en", "zh_CN"):
        slides = list(opened(pptx(f"hostile.{language}")).slides)
        said = "\n".join(one for slide in slides for one in said_on(slide))
        for one in (HOSTILE.title, HOSTILE.platform, HOSTILE.brand):
            assert one in said
        labels = "".join(
            str(label)
            for slide in slides
            for shape in charts_on(slide)
            for label in shape.chart.plots[0].categories
        )
        for one in (*HOSTILE.ages, *HOSTILE.channels):
            assert one in labels.replace("\n", "")


def test_withheld_figures_are_hatched(books: dict[str, Book], pptx: Made) -> None:
    found = books["threshold.en"]
    withheld = found.wording.say("value.withheld")
    cells = [
        cell
        for slide in opened(pptx("threshold.en")).slides
        for shape in slide.shapes
        if shape.has_table
        for row in shape.table.rows
        for cell in row.cells
        if cell.text == withheld
    ]
    assert cells
    for cell in cells:
        assert cell._tc.tcPr.find(".//{*}pattFill") is not None


def test_what_the_file_says_of_itself(books: dict[str, Book], pptx: Made) -> None:
    about = opened(pptx("dp.zh_CN")).core_properties
    assert about.title == books["dp.zh_CN"].agreement.title
    assert about.created is not None
    assert about.created.isoformat().startswith("2026-07-01T09:00:00")
    assert about.modified == about.created
