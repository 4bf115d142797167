"""Tables as CSV for spreadsheets: UTF-8 with BOM, and no cell that a spreadsheet would run.

Counts are written as they were released, signed, so that they add up; shares, indices and averages
with the digits that their noise leaves. Every figure has its interval and its status beside it.
"""

import csv
import io
from collections.abc import Iterator

from cleanroom.analyses.result import Row, Table, Value
from cleanroom.report.document import Item
from cleanroom.report.wording import Wording, decimals, rounded

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CENTS = 100


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    first = text.lstrip(" \u00a0\u3000")
    return "'" + text if text.startswith(_FORMULA) or first.startswith(_FORMULA) else text


def files(number: int, item: Item, wording: Wording) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each table of one analysis."""
    language = wording.language.partition("_")[0]
    for table in item.result.tables:
        name = f"tables/{number:02d}-{item.analysis}-{table.id}.{language}.csv"
        yield name, to_csv(table, wording)


def to_csv(table: Table, wording: Wording) -> bytes:
    """One table in one language."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow(_heading(table, wording))
    for row in table.rows:
        writer.writerow(_line(table, row, wording))
    return (BOM + out.getvalue()).encode("utf-8")


def _heading(table: Table, wording: Wording) -> list[str]:
    heading = [harmless(wording.sentence(table.head))]
    for column in table.columns:
        name = wording.sentence(column.heading)
        heading.append(harmless(name))
        heading += [
            harmless(wording.say(f"table.{key}", name=name)) for key in ("low", "high", "status")
        ]
    return [*heading, harmless(wording.say("table.verdict"))] if table.compared else heading


def _line(table: Table, row: Row, wording: Wording) -> list[str]:
    line = [harmless(wording.label(row.label))]
    for value in row.values:
        line += [_number(value, value.value), _number(value, value.low)]
        line += [_number(value, value.high), harmless(_status(value, wording))]
    if table.compared:
        line.append(wording.say(f"verdict.{row.verdict}") if row.verdict else "")
    return line


def _number(value: Value, number: float | None) -> str:
    """A number as text; "" where there is none."""
    if number is None:
        return ""
    if value.unit == "people":
        return f"{number:.0f}"
    if value.unit == "money":
        step = value.step / _CENTS
        return f"{rounded(number / _CENTS, step):.{min(decimals(step), 2)}f}"
    if value.unit == "points":
        percent = value.step * 100
        return f"{rounded(number * 100, percent):.{decimals(percent)}f}"
    return f"{rounded(number, value.step):.{decimals(value.step)}f}"


def _status(value: Value, wording: Wording) -> str:
    said = wording.say(f"status.{value.status}", k=value.limit)
    if value.shown and value.bound:
        return wording.say(f"status.{value.bound}")
    return said
