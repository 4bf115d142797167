"""Workbooks and decks made once for the tests that only read them."""

from collections.abc import Callable

import pytest
from office_material import HOSTILE, book
from report_material import Papers, papers

from cleanroom.report.office import press
from cleanroom.report.office.deck import deck
from cleanroom.report.office.front import Book
from cleanroom.report.office.workbook import workbook

KINDS = ("threshold", "dp", "hostile")


@pytest.fixture(scope="session")
def hostile_papers() -> Papers:
    return papers("dp", labels=HOSTILE, scale=40)


@pytest.fixture(scope="session")
def books(threshold: Papers, dp: Papers, hostile_papers: Papers) -> dict[str, Book]:
    """By kind and language: "dp.en"."""
    made = dict(zip(KINDS, (threshold, dp, hostile_papers), strict=True))
    return {
        f"{kind}.{language}": book(one, language)
        for kind, one in made.items()
        for language in ("en", "zh_CN")
    }


@pytest.fixture(scope="session")
def xlsx(books: dict[str, Book]) -> Callable[[str], bytes]:
    made = {name: press.workbooks([workbook(one)])[0] for name, one in books.items()}
    return made.__getitem__


@pytest.fixture(scope="session")
def pptx(books: dict[str, Book]) -> Callable[[str], bytes]:
    made = {name: press.decks([deck(one)])[0] for name, one in books.items()}
    return made.__getitem__


@pytest.fixture(params=[f"{kind}.{language}" for kind in KINDS for language in ("en", "zh_CN")])
def name(request: pytest.FixtureRequest) -> str:
    """Each kind of report in each language."""
    return str(request.param)
