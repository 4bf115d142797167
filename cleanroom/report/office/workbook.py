"""The report as a workbook: cover, a sheet per analysis, privacy, method and ledger."""

import re

from cleanroom.report.office import plans, record_sheets
from cleanroom.report.office.analysis_sheet import analysis_sheet
from cleanroom.report.office.front import Book

NAME_MOST = 31  # characters that a sheet's name may have
_FORBIDDEN = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")


def workbook(book: Book) -> plans.Workbook:
    """The plan of the workbook in one language."""
    say, items = book.wording.say, book.report.items
    titles = [book.wording.sentence(item.result.title) for item in items]
    names = [sheet_name(f"{number} {title}") for number, title in enumerate(titles, 1)]
    sheets = [
        record_sheets.cover(sheet_name(say("office.cover")), book, names),
        *(analysis_sheet(name, book, item) for name, item in zip(names, items, strict=True)),
        record_sheets.privacy(sheet_name(say("office.privacy")), book),
        record_sheets.method(sheet_name(say("office.record")), book),
    ]
    return plans.Workbook(book.about(), tuple(sheets))


def sheet_name(wanted: str) -> str:
    """A name that programs accept: no reserved sign, not too long."""
    return _FORBIDDEN.sub(" ", wanted)[:NAME_MOST].strip()
