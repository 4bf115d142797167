"""From findings to what a person should do: problems, the heaviest first.

Each problem's key names two sentences in ``resources/text/<language>/doctor.toml``, ``what`` and
``do``, which its facts fill.
"""

from collections.abc import Iterator
from typing import Final

from cleanroom.disclosure.catalogue import DatasetSpec
from cleanroom.prepare.findings import (
    ColumnFindings,
    Findings,
    IdentifierFindings,
    KindFindings,
    Problem,
    TableFindings,
)
from cleanroom.prepare.terms import Terms
from cleanroom.tables import TABLES

_FEW: Final = 50
"""Percent of present values; fewer valid ones look like a wrong recipe or a wrong column."""
_OFTEN: Final = 10
"""Percent of rows; more of them without a known person look like the wrong file."""


def of(found: Findings, terms: Terms) -> list[Problem]:
    """Problems of the findings; those that stop the sealing come first."""
    all_of_them = [
        *_missing_parts(terms),
        *(problem for table in found.tables for problem in _table(table, terms)),
        *(problem for column in found.identifiers for problem in _identifier(column)),
        *(problem for kind in found.kinds for problem in _kind(kind)),
        *_persons(found),
    ]
    return sorted(all_of_them, key=lambda problem: not problem.blocks)


def _missing_parts(terms: Terms) -> Iterator[Problem]:
    """What the agreement expects and the mapping does not bring."""
    mapping, dataset = terms.mapping, terms.dataset
    if mapping.dataset != dataset.name:
        yield _blocks("dataset_differs", mapped=mapping.dataset, agreed=dataset.name)
    for table, columns in dataset.tables.items():
        mapped = mapping.people if table == "people" else mapping.tables.get(table)
        if mapped is None:
            yield _blocks("unmapped_table", table=table)
            continue
        for column in sorted(set(columns) - set(mapped.columns)):
            yield _blocks("unmapped_column", table=table, column=column)
    kinds = {one.kind for one in mapping.people.identifiers}
    for agreed in terms.identifiers:
        if agreed.kind not in kinds:
            yield _blocks("unmapped_identifier", kind=agreed.kind)


def _blocks(key: str, **facts: str | int) -> Problem:
    return Problem(key, facts, blocks=True)


def _tells(key: str, **facts: str | int) -> Problem:
    return Problem(key, facts)


def _table(table: TableFindings, terms: Terms) -> Iterator[Problem]:
    mapping, file = terms.mapping, table.file
    mapped = mapping.people if table.table == "people" else mapping.tables[table.table]
    if table.wrong_width:
        lines = ", ".join(map(str, table.wrong_width_lines))
        facts: dict[str, str | int] = {"file": file, "rows": table.wrong_width, "lines": lines}
        yield Problem("row_width", facts, blocks=table.wrong_width > mapped.bad_rows)
    if table.rows == 0:
        yield _blocks("no_rows", file=file)
    nobody = table.without_person
    if nobody.count:
        key = "row_without_person" if table.table == "people" else "event_without_person"
        yield _tells(key, file=file, rows=nobody.count, line=nobody.line)
    unknown = table.unknown_person
    if unknown.count * 100 > table.rows * _OFTEN:
        share = unknown.count * 100 // table.rows
        yield _tells("unknown_person", file=file, percent=share, line=unknown.line)
    late, dataset = table.outside_period, terms.dataset
    if late.count:
        yield _tells(
            "outside_period",
            file=file,
            rows=late.count,
            line=late.line,
            start=dataset.start,
            end=dataset.end,
        )
    for column in table.columns:
        yield from _column(column, table, dataset)
    if table.not_agreed:
        yield _tells("not_agreed", file=file, columns=", ".join(table.not_agreed))


def _column(
    column: ColumnFindings, table: TableFindings, dataset: DatasetSpec
) -> Iterator[Problem]:
    file, name = table.file, column.column
    known = TABLES[table.table].column(name)
    required = known is not None and known.required
    may_miss = dataset.tables[table.table][name].missing and not required
    wrong, strange, missing = column.unreadable, column.outside, column.missing
    if strange.count:
        yield _blocks(
            "outside_domain",
            file=file,
            column=name,
            values=column.outside_values,
            rows=strange.count,
            line=strange.line,
        )
    if wrong.count:
        yield _blocks("unreadable_value", file=file, column=name, rows=wrong.count, line=wrong.line)
    if missing.count and not may_miss:
        yield _blocks(
            "missing_value", file=file, column=name, rows=missing.count, line=missing.line
        )
    elif column.rows and missing.count == column.rows:
        yield _tells("always_missing", file=file, column=name)


def _identifier(found: IdentifierFindings) -> Iterator[Problem]:
    column, recipe, wrong, blank = found.column, found.recipe, found.malformed, found.blank_hashes
    if not found.reachable:
        yield _blocks("token_base", column=column, given=found.given, base=found.token_base)
    present = found.valid + wrong.count
    if present and found.valid * 100 < present * _FEW:
        share = found.valid * 100 // present
        yield _tells("few_valid", column=column, recipe=recipe, percent=share)
    elif wrong.count:
        yield _tells("malformed", column=column, recipe=recipe, rows=wrong.count, line=wrong.line)
    if blank.count:
        yield _tells("blank_hash", column=column, rows=blank.count, line=blank.line)
    if found.given != "raw":
        yield _tells("enumerable", column=column, given=found.given)
    forms = found.hashes
    if forms is not None and forms.wrong_length:
        yield _tells("hash_length", column=column, rows=forms.wrong_length)
    if forms is not None and min(
        forms.sha256_hex + forms.sha256_base64, forms.md5_hex + forms.md5_base64
    ):
        yield _tells("hash_mixed", column=column)


def _kind(found: KindFindings) -> Iterator[Problem]:
    if found.hot:
        hot = found.hot_rows
        yield _tells("hot", kind=found.kind, identifiers=found.hot, rows=hot.count, line=hot.line)


def _persons(found: Findings) -> Iterator[Problem]:
    persons = found.persons
    if persons.persons == 0:
        yield _blocks("nobody")
    if persons.merged:
        yield _tells("merged", pids=persons.merged)
    if persons.without_identifier:
        yield _tells("without_identifier", people=persons.without_identifier, all=persons.persons)
