"""The workbook as another library reads it: numbers, words, charts, nothing that runs."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from office_material import HOSTILE, as_number
from openpyxl.cell.cell import Cell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from cleanroom.analyses.result import Value
from cleanroom.report import charts
from cleanroom.report.office.front import Book
from cleanroom.report.office.workbook import NAME_MOST, sheet_name

Made = Callable[[str], bytes]


def opened(data: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(data), rich_text=True)


def row_of(sheet: Worksheet, said: str, column: int = 1, after: int = 0) -> int:
    """The first row after ``after`` whose cell says just this."""
    for row in range(after + 1, sheet.max_row + 1):
        if sheet.cell(row, column).value == said:
            return row
    raise AssertionError(said)


def all_cells(book: Workbook) -> list[Cell]:
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row]


def said_in(book: Workbook) -> list[str]:
    return [cell.value for cell in all_cells(book) if isinstance(cell.value, str)]


def check_figure(cells: list[Cell], value: Value, found: Book) -> None:
    """Figure and both ends of its interval, as pages show them."""
    main, *ends = cells
    wording = found.wording
    if not value.shown:
        assert main.value == wording.value(value)
        assert [end.value for end in ends] == [None] * len(ends)
        absent = value.status in ("withheld", "below")
        assert (main.fill.patternType == "lightUp") is absent
        return
    assert main.value == pytest.approx(as_number(wording.value(value)), abs=1e-9)
    assert main.data_type == "n"
    assert main.fill.patternType is None
    assert ("≥" in main.number_format) is (value.bound == "at_least")
    shown = wording.range(value)
    for end, exact in zip(ends, (value.low, value.high), strict=bool(ends)):
        assert (end.value is None) is (exact is None)
        if end.value is not None and shown:
            assert end.value == pytest.approx(
                as_number(wording.value(Value(value.unit, "shown", exact, step=value.step))),
                abs=1e-9,
            )


def test_sheets(name: str, books: dict[str, Book], xlsx: Made) -> None:
    found, book = books[name], opened(xlsx(name))
    titles = [found.wording.sentence(item.result.title) for item in found.report.items]
    analyses = book.sheetnames[1:-2]
    assert analyses == [sheet_name(f"{n} {title}") for n, title in enumerate(titles, 1)]
    say = found.wording.say
    around = [book.sheetnames[0], *book.sheetnames[-2:]]
    assert around == [say("office.cover"), say("office.privacy"), say("office.record")]
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert str(sheet.page_setup.paperSize) == sheet.PAPERSIZE_A4
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        high = 1 if sheet is book.worksheets[0] else 0
        assert (sheet.page_setup.fitToWidth or 1) == 1
        assert (1 if sheet.page_setup.fitToHeight is None else sheet.page_setup.fitToHeight) == high
    for sheet in book.worksheets[1:-2]:
        assert sheet.freeze_panes == "B3"


def test_numbers_are_those_of_the_report(name: str, books: dict[str, Book], xlsx: Made) -> None:
    found, book = books[name], opened(xlsx(name))
    seen = 0
    for sheet, item in zip(book.worksheets[1:-2], found.report.items, strict=True):
        assert sheet["A2"].value == found.wording.sentence(item.result.finding)
        after = 0
        for table in item.result.tables:
            after = row_of(sheet, found.wording.sentence(table.title), after=after)
            heads = [cell.value for cell in sheet[after + 1] if cell.value is not None]
            names = [found.wording.sentence(column.heading) for column in table.columns]
            places = [heads.index(one) for one in names]
            for number, row in enumerate(table.rows, after + 2):
                cells = list(sheet[number])
                assert cells[0].value == found.wording.label(row.label)
                for value, place, following in zip(
                    row.values, places, [*places[1:], len(heads) - table.compared], strict=True
                ):
                    assert following - place in (1, 3)
                    check_figure(cells[place:following], value, found)
                    seen += 1
                if row.verdict:
                    verdict = found.wording.say(f"verdict.{row.verdict}")
                    assert cells[len(heads) - 1].value == verdict
    assert seen > 50


def test_key_figures(name: str, books: dict[str, Book], xlsx: Made) -> None:
    found, book = books[name], opened(xlsx(name))
    for sheet, item in zip(book.worksheets[1:-2], found.report.items, strict=True):
        row = row_of(sheet, found.wording.say("office.figures"))
        for card in item.result.cards:
            row = row_of(sheet, found.wording.sentence(card.title), after=row)
            check_figure(list(sheet[row])[1:4], card.value, found)


def test_charts_are_drawn_from_cells(name: str, books: dict[str, Book], xlsx: Made) -> None:
    found, book = books[name], opened(xlsx(name))
    for sheet, item in zip(book.worksheets[1:-2], found.report.items, strict=True):
        assert len(sheet._charts) == len(item.result.charts)
        for drawn, chart in zip(sheet._charts, item.result.charts, strict=True):
            expected = [[mark.values[n] for mark in chart.marks] for n in range(_series(chart))]
            for series, values in zip(drawn.series, expected, strict=True):
                cells = _range(book, series.val.numRef.f)
                for cell, value in zip(cells, values, strict=False):
                    assert (cell.value is None) is not value.shown
                    if value.shown:
                        said = as_number(found.wording.value(value))
                        assert cell.value == pytest.approx(said, abs=1e-9)
                labels = _range(
                    book, series.cat.strRef.f if series.cat.strRef else series.cat.numRef.f
                )
                for cell, mark in zip(labels, chart.marks, strict=False):
                    label = "".join(found.wording.label(mark.label).split())
                    assert "".join(str(cell.value).split()).startswith(label)


def _series(chart: Any) -> int:
    return max(1, len(chart.series))


def _range(book: Workbook, formula: str) -> list[Cell]:
    name, _, area = formula.rpartition("!")
    return [row[0] for row in book[name.strip("'")][area.replace("$", "")]]


def test_colours_are_those_of_the_page(xlsx: Made) -> None:
    book = opened(xlsx("threshold.en"))
    points = book.worksheets[1]._charts[0].series[0].dPt
    fills = [f"#{point.spPr.solidFill.srgbClr.lower()}" for point in points]
    assert fills == [charts.TONES[tone] for tone in ("plain", "strong", "plain")]


def test_nothing_computes_or_links(name: str, xlsx: Made) -> None:
    book = opened(xlsx(name))
    for cell in all_cells(book):
        assert cell.data_type in ("s", "n")
        assert cell.hyperlink is None
    assert not book.defined_names
    assert book.vba_archive is None


def test_strings_of_parties_are_there_as_they_are(xlsx: Made) -> None:
    for language in ("en", "zh_CN"):
        book = opened(xlsx(f"hostile.{language}"))
        said = said_in(book)
        labels = {HOSTILE.title, *HOSTILE.ages, *HOSTILE.channels}
        assert labels <= set(said)
        assert any(HOSTILE.platform in one for one in said)


def test_what_looks_like_a_formula_stays_text_when_edited(xlsx: Made) -> None:
    book = opened(xlsx("hostile.en"))
    marked = {cell.value for cell in all_cells(book) if cell.quotePrefix}
    assert {"=1+1", "@SUM(A1)", "-2+3", "＝1+1", HOSTILE.title, HOSTILE.brand} <= marked
    plain = [cell.value for cell in all_cells(book) if not cell.quotePrefix]
    assert not any(isinstance(one, str) and one.startswith(("=", "+", "-", "@")) for one in plain)


def test_cover_privacy_and_method(name: str, books: dict[str, Book], xlsx: Made) -> None:
    found, book = books[name], opened(xlsx(name))
    say = found.wording.say
    cover, privacy, method = (
        {cell.value for row in book.worksheets[n].iter_rows() for cell in row} for n in (0, -2, -1)
    )
    mode = found.agreement.policy.mode
    assert {found.agreement.title, found.mode, found.headline(), say("sign.check_text")} <= cover
    assert {found.mode, say("session.heading"), say(f"mode_note.{mode}")} <= privacy
    assert (say("session.attacker") in privacy) is (mode == "dp")
    assert {found.report.agreement_sha256, found.report.session.id} <= method
    assert say("office.event_closed") in method
    row = row_of(book.worksheets[-2], say("office.analysis"))
    first = found.report.items[0].result.privacy
    numbers = [cell.value for cell in book.worksheets[-2][row + 1]]
    assert (numbers[1], numbers[4], numbers[5]) == (first.k, first.cells, first.withheld)


def test_what_the_file_says_of_itself(books: dict[str, Book], xlsx: Made) -> None:
    about = opened(xlsx("dp.zh_CN")).properties
    assert about.title == books["dp.zh_CN"].agreement.title
    assert about.created is not None
    assert about.created.isoformat() == "2026-07-01T09:00:00"


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("1 人群画像：年龄段（TGI）", "1 人群画像：年龄段（TGI）"),
        ("1 a/b[c]:*?\\'", "1 a b c"),
        ("1 " + "x" * 40, "1 " + "x" * 29),
    ],
)
def test_names_of_sheets(wanted: str, given: str) -> None:
    assert sheet_name(wanted) == given
    assert len(given) <= NAME_MOST
