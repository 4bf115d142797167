"""The match doctor: reads everything as sealing would, writes nothing, says what is wrong.

Sealing stops at the first thing it cannot do; the doctor goes on, counts, keeps a few masked
examples with their lines, and says what to do about each problem. All of it stays at the desk.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cleanroom.prepare import problems, survey
from cleanroom.prepare.events import EventReader
from cleanroom.prepare.findings import SHOWN, Example, Fault, Findings, KindFindings, TableFindings
from cleanroom.prepare.flow import THREADS
from cleanroom.prepare.mask import mask
from cleanroom.prepare.read import open_source
from cleanroom.prepare.stream import Report
from cleanroom.prepare.survey import Population
from cleanroom.prepare.terms import Terms

Array = npt.NDArray[Any]


def look(terms: Terms, report: Report) -> Findings:
    """All findings, with problems in order of weight.

    Raises only what cannot be read at all: files that are missing or of another format, columns
    that are not there.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        people = survey.population(terms, pool, report)
        tables = [people.sealed_findings(), *_events(terms, people, pool, report)]
    found = Findings(
        tables=tuple(tables),
        identifiers=people.table.identifiers,
        kinds=tuple(_with_examples(terms, people)),
        persons=people.findings(),
    )
    return msgspec.structs.replace(found, problems=tuple(problems.of(found, terms)))


def _events(
    terms: Terms, people: Population, pool: ThreadPoolExecutor, report: Report
) -> Iterator[TableFindings]:
    index = people.index()
    for name in terms.mapping.tables:
        reader = EventReader(terms, name, index)
        for _ in reader.read(pool, report):
            continue  # the rows are not kept, only what is found in them
        yield reader.findings()


def _with_examples(terms: Terms, people: Population) -> Iterator[KindFindings]:
    """Findings by kind, with lines of hot and repeated identifiers from a second look."""
    for kind in people.kind_findings():
        counts = people.persons.kinds[kind.kind]
        columns = [one.column for one in people.table.identifiers if one.kind == kind.kind]
        yield msgspec.structs.replace(
            kind,
            duplicates=_shown(terms, people, columns, counts.repeated_at, kind.duplicates.count),
            hot_rows=_shown(terms, people, columns, counts.hot_at, kind.hot_rows.count),
        )


def _shown(
    terms: Terms, people: Population, columns: list[str], positions: Array, count: int
) -> Fault:
    """The first of some positions of tokens, as masked examples."""
    size = len(people.table.people.key_hi)
    wanted: dict[str, list[int]] = {}
    for position in positions[:SHOWN].tolist():
        row = position % size
        if people.table.row_numbers is not None:
            row = int(people.table.row_numbers[row])
        wanted.setdefault(columns[position // size], []).append(row)
    examples = [
        example for column, rows in wanted.items() for example in _look_up(terms, column, rows)
    ]
    return Fault(count, tuple(examples))


def _look_up(terms: Terms, column: str, rows: Iterable[int]) -> Iterator[Example]:
    """Examples of a column of people at some rows of the file (from 0), in ascending order."""
    waiting = sorted(rows)
    source = open_source(terms.mapping.people.file, [column])
    before = 0
    for block in source.blocks([column]):
        read = block()
        height = read.frame.height
        here = [row - before for row in waiting if row < before + height]
        values = read.frame[column].gather(np.array(here, np.uint32)).fill_null("").to_list()
        for line, value in zip(read.places(here), values, strict=True):
            yield Example(line, mask(value))
        waiting = waiting[len(here) :]
        before += height
        if not waiting:
            return
