"""Mapping, dataset description and identifiers of a made-up population, as files."""

import json
from collections.abc import Iterable, Iterator

import msgspec

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.prepare.population.meanings import DATASETS, OPT_OUT, SHEETS, Column
from cleanroom.tables import TABLES, Type
from cleanroom.trust.dataset_rules import check_dataset


def mapping(party: str, ending: str) -> str:
    """The mapping of a party's files, which end in ``ending``, as TOML."""
    return "\n".join(_mapping(party, ending)) + "\n"


def _mapping(party: str, ending: str) -> Iterator[str]:
    yield f"dataset = {_quoted(DATASETS[party][0])}"
    if party in OPT_OUT:
        file, *lines = OPT_OUT[party]
        yield from ("", "[[opt_out]]", f'file = "{file}.{ending}"', *lines)
    for table, sheet in SHEETS[party].items():
        yield from ("", f"[{table}]", f'file = "{sheet.file}.{ending}"')
        yield from (f"{key} = {_quoted(column)}" for key, column in sheet.persons.items())
        yield from sheet.more
        for name, column in sheet.columns.items():
            yield f"columns.{name} = {_column(column)}"


def _column(column: Column) -> str:
    if not (column.values or column.constant or column.hashed):
        return _quoted(column.source)
    parts = [f"column = {_quoted(column.source)}"] if column.source else []
    if column.constant:
        parts.append(f"constant = {_quoted(column.constant)}")
    if column.values:
        pairs = (f"{_quoted(a)} = {_quoted(b)}" for a, b in column.values.items())
        parts.append(f"values = {{ {', '.join(pairs)} }}")
    if column.hashed:
        parts.append("hashed = true")
    return f"{{ {', '.join(parts)} }}"


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)


def dataset(party: str) -> bytes:
    """The dataset description as JSON."""
    name, start, end = DATASETS[party]
    tables = {
        table: {ours: _spec(table, ours, column) for ours, column in sheet.columns.items()
                if (table, ours) != ("people", "as_of")}
        for table, sheet in SHEETS[party].items()
    }  # fmt: skip
    spec = check_dataset(DatasetSpec(party, name, start, end, tables))
    plain = msgspec.to_builtins(spec)
    return json.dumps(plain, ensure_ascii=False, indent=1).encode() + b"\n"


def _spec(table: str, name: str, column: Column) -> ColumnSpec:
    known = TABLES[table].column(name)
    assert known is not None
    domain = column.domain if known.type is Type.CATEGORY else ()
    return ColumnSpec(known.type, domain, column.cap, column.missing)


def identifiers(kinds: Iterable[Identifier]) -> str:
    """How people are matched, as ``agreement draft --identifiers`` reads it."""
    return "\n".join(
        f'[[identifiers]]\nkind = "{one.kind}"\nrecipe = "{one.recipe}"\n'
        f'token_base = "{one.token_base}"\n'
        for one in kinds
    )
