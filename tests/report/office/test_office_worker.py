"""Behind its wall the drawing process makes the very same files."""

import sys
from collections.abc import Callable

import pytest

from cleanroom.report.drawing import Job
from cleanroom.report.office.deck import deck
from cleanroom.report.office.front import Book
from cleanroom.report.office.workbook import workbook
from cleanroom.session import reporting

Made = Callable[[str], bytes]
NAMES = ("threshold.en", "hostile.zh_CN")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the wall is built for Linux")
def test_the_locked_process_makes_the_same_files(
    books: dict[str, Book], xlsx: Made, pptx: Made
) -> None:
    planned = tuple(workbook(books[one]) for one in NAMES)
    slides = tuple(deck(books[one]) for one in NAMES)
    drawn = reporting.draw(Job((), workbooks=planned, decks=slides))
    assert drawn.workbooks == tuple(xlsx(one) for one in NAMES)
    assert drawn.decks == tuple(pptx(one) for one in NAMES)
