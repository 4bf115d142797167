"""LibreOffice and poppler open workbooks and decks, and show what the pages show."""

import csv
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pytest
from office_material import HOSTILE, book
from report_material import papers

from cleanroom.report.office import press
from cleanroom.report.office.deck import deck
from cleanroom.report.office.front import Book
from cleanroom.report.office.workbook import workbook

SOFFICE, PDFTOTEXT = shutil.which("soffice"), shutil.which("pdftotext")
SECONDS = 240
# All sheets, cells as they are shown, quoted where needed, UTF-8.
SHEETS_AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"

pytestmark = [
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed"),
    pytest.mark.skipif(PDFTOTEXT is None, reason="poppler (pdftotext) is not installed"),
]


@pytest.fixture(scope="module")
def books() -> dict[str, Book]:
    made = {
        "threshold": papers("threshold"),
        "hostile": papers("dp", labels=HOSTILE, scale=40),
    }
    return {
        f"{kind}.{language}": book(one, language)
        for kind, one in made.items()
        for language in ("en", "zh_CN")
    }


@pytest.fixture(scope="module")
def folder(books: dict[str, Book], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Each report as XLSX and PPTX, and what LibreOffice makes of them."""
    folder = tmp_path_factory.mktemp("office")
    names = list(books)
    sheets = press.workbooks([workbook(one) for one in books.values()])
    slides = press.decks([deck(one) for one in books.values()])
    for name, one, other in zip(names, sheets, slides, strict=True):
        (folder / f"{name}.xlsx").write_bytes(one)
        (folder / f"{name}.pptx").write_bytes(other)
    workbooks = [f"{name}.xlsx" for name in names]
    convert(folder, SHEETS_AS_CSV, folder / "csv", workbooks)
    convert(folder, "pdf", folder / "sheets", workbooks)
    convert(folder, "pdf", folder / "slides", [f"{name}.pptx" for name in names])
    convert(folder, "xlsx", folder / "again", workbooks)
    yield folder
    shutil.rmtree(folder)


def convert(folder: Path, wanted: str, into: Path, names: Sequence[str]) -> None:
    assert SOFFICE is not None
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [SOFFICE, "--headless", profile, "--convert-to", wanted, "--outdir", str(into)]
    subprocess.run([*command, *names], cwd=folder, check=True, capture_output=True, timeout=SECONDS)


def text_of(pdf: Path) -> str:
    assert PDFTOTEXT is not None
    done = subprocess.run(
        [PDFTOTEXT, "-layout", str(pdf), "-"], check=True, capture_output=True, timeout=SECONDS
    )
    return done.stdout.decode("utf-8")


def squeezed(said: str) -> str:
    """Without spaces: programs break lines, and set space between scripts."""
    return "".join(said.split())


@pytest.mark.parametrize("kind", ["threshold", "hostile"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_cells_show_what_pages_show(
    kind: str, language: str, books: dict[str, Book], folder: Path
) -> None:
    found = books[f"{kind}.{language}"]
    planned = workbook(found).sheets[1:-2]
    for sheet, item in zip(planned, found.report.items, strict=True):
        path = folder / "csv" / f"{kind}.{language}-{sheet.name}.csv"
        rows = list(csv.reader(path.read_text("utf-8").splitlines()))
        shown = {cell for row in rows for cell in row}
        for table in item.result.tables:
            for row in table.rows:
                said = {found.wording.value(value) for value in row.values}
                assert said <= shown
        assert "#NAME?" not in shown
        assert not any(cell.startswith(("Err:", "#")) for cell in shown)


@pytest.mark.parametrize("kind", ["threshold", "hostile"])
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_slides_open_with_their_sentences(
    kind: str, language: str, books: dict[str, Book], folder: Path
) -> None:
    found = books[f"{kind}.{language}"]
    pages = text_of(folder / "slides" / f"{kind}.{language}.pdf").split("\f")[:-1]
    assert len(pages) == len(deck(found).slides)
    for page, item in zip(pages[2:-1], found.report.items, strict=True):
        assert squeezed(item.analysis) in squeezed(page)
        assert squeezed(found.mode) in squeezed(page)
    assert squeezed(found.agreement.title) in squeezed(pages[0])


def test_printed_sheets_have_no_page_without_words(books: dict[str, Book], folder: Path) -> None:
    for name, found in books.items():
        pages = text_of(folder / "sheets" / f"{name}.pdf").split("\f")[:-1]
        assert len(pages) >= len(found.report.items) + 3
        assert all(page.strip() for page in pages)


def test_numbers_and_texts_survive_another_program(books: dict[str, Book], folder: Path) -> None:
    for name in books:
        ours = openpyxl.load_workbook(folder / f"{name}.xlsx")
        theirs = openpyxl.load_workbook(folder / "again" / f"{name}.xlsx")
        assert ours.sheetnames == theirs.sheetnames
        for sheet in ours:
            for row in sheet.iter_rows():
                for cell in row:
                    other = theirs[sheet.title][cell.coordinate]
                    assert other.data_type != "f"
                    assert other.value == cell.value
            assert len(theirs[sheet.title]._charts) == len(sheet._charts)
