"""How a CSV file is written: separator, quoting, header, found in its first records.

Every combination of separator and quoting is tried on a sample; the best one splits most records
into as many fields as the first. What the owner states in the mapping is taken as given.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cleanroom.prepare.read.split import LONGEST_RECORD, Quoting

SAMPLE: Final = 1 << 18
_RECORDS: Final = 200
SEPARATORS: Final = (",", ";", "\t", "|")
_EXCEL_HINT: Final = re.compile(r"\Asep=([,;\t|])\r?\n", re.IGNORECASE)

# What no name of a column looks like: numbers, dates, telephone numbers, addresses, digests.
_VALUE: Final = re.compile(
    r"[\s'+(]*[0-9][0-9\s().,:/+-]*|[^@\s]+@[^@\s]+\.[^@\s]+|(?:[0-9a-fA-F]{2}){8,}|\{?[0-9A-Fa-f-]{36}\}?"
)


@dataclass(frozen=True)
class Asked:
    """What the owner says about a file; None or empty: find out."""

    separator: str | None = None
    quote: str | None = None
    header: bool | None = None
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dialect:
    """How to read the records. ``skip``: bytes of UTF-8 and lines in front of the first one."""

    separator: str
    quote: str
    escape: str
    header: bool
    columns: tuple[str, ...]
    skip: int
    skip_lines: int

    @property
    def quoting(self) -> Quoting:
        """The same, for cutting."""
        return Quoting(self.separator.encode(), self.quote.encode(), self.escape.encode())


@dataclass(frozen=True)
class _Way:
    """One way to read the sample, and how well it fits."""

    separator: str
    quote: str
    escape: str
    records: list[list[str]]

    @property
    def fit(self) -> tuple[bool, float, int]:
        """More than one field; share of records as wide as the first; width."""
        width = len(self.records[0])
        same = sum(len(record) == width for record in self.records)
        return width > 1, round(same / len(self.records), 2), width


def find(sample: str, asked: Asked, *, complete: bool) -> Dialect | None:
    """The dialect of a file that begins with ``sample``, all of it when ``complete``; None when
    there is no record."""
    hint = _EXCEL_HINT.match(sample)
    separators = (asked.separator,) if asked.separator else SEPARATORS
    if hint:
        sample, separators = sample[hint.end() :], (asked.separator or hint[1],)
    ways = list(_ways(sample, separators, asked, complete=complete))
    if not ways:
        return None
    best = max(ways, key=lambda way: way.fit)  # the first of equals
    first = best.records[0]
    header = is_header(first, asked)
    taken, lines = _header_length(sample, best) if header else (0, 0)
    names = names_of(first if header else [""] * len(first))
    skip, skip_lines = (len(hint[0].encode()), 1) if hint else (0, 0)
    return Dialect(
        best.separator, best.quote, best.escape, header, names, skip + taken, skip_lines + lines
    )


def names_of(cells: Iterable[str]) -> tuple[str, ...]:
    """Names of columns, without the white space and marks that nobody sees. A column without a
    name, as data frames write their row numbers, is named for its place."""
    names = (cell.strip().strip("\ufeff\u200b").strip() for cell in cells)
    return tuple(name or f"column {place}" for place, name in enumerate(names, 1))


def _ways(
    sample: str, separators: Sequence[str], asked: Asked, *, complete: bool
) -> Iterable[_Way]:
    for separator in separators:
        for quote, escape in _quotings(sample, separator, asked):
            records = _records(sample, separator, quote, escape, complete=complete)
            if records:
                yield _Way(separator, quote, escape, records)


def _quotings(sample: str, separator: str, asked: Asked) -> list[tuple[str, str]]:
    """Possible quotes and escapes, the most likely one first."""
    if asked.quote is not None:
        return [(asked.quote, "")]
    found = [('"', "")]
    if '\\"' in sample:
        found.append(('"', "\\"))
    if '"' in sample:
        found.append(("", ""))
    # An apostrophe in front is common in spreadsheets; it is a quote only around whole fields.
    cells = sample.splitlines()[0].split(separator) if sample.strip() else []
    if all(len(cell) > 1 and cell[0] == cell[-1] == "'" for cell in cells):
        found.insert(0, ("'", ""))
    return found


class Reader(Protocol):
    """Records, and how many lines they took so far."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def reader(text: Iterable[str], separator: str, quote: str, escape: str) -> Reader:
    """Python's reader of such records; ``line_num`` counts lines."""
    csv.field_size_limit(LONGEST_RECORD)
    return csv.reader(
        text,
        delimiter=separator,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        escapechar=escape or None,
        doublequote=True,
    )


def lines(text: str) -> Iterable[str]:
    """The text line by line, each with its own kind of end."""
    return io.StringIO(text, newline="")


def _records(
    sample: str, separator: str, quote: str, escape: str, *, complete: bool
) -> list[list[str]]:
    found = []
    for record in reader(lines(sample), separator, quote, escape):
        if record:
            found.append(record)
        if len(found) > _RECORDS:
            return found
    # The last record of a cut sample may be cut, too.
    return found if complete or len(found) < 2 else found[:-1]


def is_header(first: Sequence[str], asked: Asked) -> bool:
    """Whether the first record names the columns: as stated, or because it has the wanted names,
    or because none of its cells is a value such as a number or an address."""
    if asked.header is not None:
        return asked.header
    names = names_of(first)
    if asked.wanted and set(asked.wanted) <= set(names):
        return True
    return any(first) and not any(_VALUE.fullmatch(name) for name in names)


def _header_length(sample: str, way: _Way) -> tuple[int, int]:
    """Bytes of UTF-8 and lines up to the end of the header."""
    source = lines(sample)
    found = reader(source, way.separator, way.quote, way.escape)
    while not next(found):
        pass
    text = "".join(line for _, line in zip(range(found.line_num), lines(sample), strict=False))
    return len(text.encode()), found.line_num
