"""Parameters against the agreement: what several analyses ask of theirs."""

from datetime import date
from typing import Any

from cleanroom.analyses.base import Analysis
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.tables import Type

Columns = dict[str, ColumnSpec]


def columns(
    analysis: Analysis[Any], catalogue: Catalogue, parameter: str, party: str, table: str
) -> Columns:
    """The columns of a party's table; ``disclosure.parameter`` when it doesn't bring one."""
    if party not in catalogue.parties or table not in catalogue.dataset(party).tables:
        raise analysis.refuse(parameter)
    return catalogue.dataset(party).tables[table]


def present(analysis: Analysis[Any], known: Columns, parameter: str, name: str) -> ColumnSpec:
    """One of the columns; ``disclosure.parameter`` when it isn't there."""
    if name not in known:
        raise analysis.refuse(parameter)
    return known[name]


def levels(
    analysis: Analysis[Any], known: Columns, parameter: str, name: str, chosen: tuple[str, ...]
) -> None:
    """Values of a category; ``disclosure.parameter`` for one that the agreement doesn't name."""
    if chosen and not set(chosen) <= set(present(analysis, known, parameter, name).domain):
        raise analysis.refuse(parameter)


def attribute(analysis: Analysis[Any], catalogue: Catalogue, party: str, column: str) -> ColumnSpec:
    """A column of people that splits them into public groups."""
    if party not in catalogue.parties:
        raise analysis.refuse("party")
    spec = catalogue.dataset(party).tables.get("people", {}).get(column)
    if spec is None or spec.type not in (Type.CATEGORY, Type.BOOL):
        raise analysis.refuse("column")
    return spec


def period(
    analysis: Analysis[Any],
    catalogue: Catalogue,
    party: str,
    days: tuple[str, str],
    names: tuple[str, str] = ("since", "until"),
) -> tuple[date, date]:
    """Two days, the first before the second, inside the party's data period."""
    dataset = catalogue.dataset(party)
    since, until = (day(analysis, name, text) for name, text in zip(names, days, strict=True))
    if since < date.fromisoformat(dataset.start):
        raise analysis.refuse(names[0])
    if not since < until <= date.fromisoformat(dataset.end):
        raise analysis.refuse(names[1])
    return since, until


def day(analysis: Analysis[Any], name: str, text: str) -> date:
    """A parameter that is a day; ``disclosure.parameter`` when it isn't."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise analysis.refuse(name) from None
    if found.isoformat() != text:
        raise analysis.refuse(name)
    return found
