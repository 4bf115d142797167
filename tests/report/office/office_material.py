"""Books for the tests of workbooks and decks, and how to read what a cell says."""

import re

from report_material import Labels, Papers

from cleanroom.analyses.result import Value
from cleanroom.report.build import session_from_ledger
from cleanroom.report.contents import Sources
from cleanroom.report.document import VERSION, Report
from cleanroom.report.office.front import Book
from cleanroom.report.wording import Language, Wording, party_names
from cleanroom.trust import agreement as agreements

HOSTILE = Labels(
    title="=cmd|'/c calc'!A1",
    platform="</a:t><script>alert(1)</script>",
    brand="=HYPERLINK(1)",
    ages=("_x0041_", "{{ 7*7 }}", "=1+1", "'\"><b>&amp;", "../../etc", "http://x.test/"),
    channels=("@SUM(A1)", "-2+3", "＝1+1", "x" * 64),
    dataset="../../etc",
)


def book(made: Papers, language: Language) -> Book:
    """The report of some papers in one language."""
    inputs = made.inputs
    signed = agreements.read(inputs.agreement)
    report = Report(
        VERSION,
        inputs.program,
        inputs.created,
        signed.hash,
        session_from_ledger(inputs),
        inputs.packages,
        inputs.items,
    )
    agreement = signed.agreement
    wording = Wording(language, party_names(agreement), agreement.currency)
    return Book(Sources(report, agreement, inputs.ledger), wording)


def figures(found: Book) -> list[Value]:
    """Every figure of every table."""
    return [
        value
        for item in found.report.items
        for table in item.result.tables
        for row in table.rows
        for value in row.values
    ]


def as_number(said: str) -> float:
    """The number that a page shows: "≥ 62.5%" is 0.625, "¥1,220" is 1220."""
    digits = re.sub(r"[^0-9.\-]", "", said)
    return round(float(digits) / 100, 9) if said.endswith("%") else float(digits)
