"""What an analysis needs of an agreement: tables and columns, by the party that brings them."""

from collections.abc import Sequence

from msgspec import Struct

from cleanroom.disclosure.catalogue import Catalogue, DatasetSpec
from cleanroom.tables import TABLES, Type

ANY = "a_"  # a column of people with a public list of values, whatever its name


class Need(Struct, frozen=True, forbid_unknown_fields=True):
    """One table with columns. ``party``: the parameter that names the party that brings it; needs
    of one parameter are of one party. No ``table``: people alone are enough.

    ``columns`` are required; one that ends in an underscore stands for any of its family, ``ANY``
    for any column with a public list of values. ``more``: what parameters can also use.
    """

    party: str
    table: str = ""
    columns: tuple[str, ...] = ()
    more: tuple[str, ...] = ()


class Lack(Struct, frozen=True, forbid_unknown_fields=True):
    """What no party brings together: the columns that the party which has most of them lacks."""

    party: str
    columns: tuple[str, ...]  # table.column


def lacking(needs: Sequence[Need], catalogue: Catalogue) -> tuple[Lack, ...]:
    """What is missing in an agreement, for each parameter that names a party."""
    found = []
    for party in dict.fromkeys(need.party for need in needs):
        wanted = [need for need in needs if need.party == party]
        each = [_missing(wanted, dataset) for dataset in catalogue.datasets]
        least = min(each, key=len, default=_named(wanted))
        if least:
            found.append(Lack(party, tuple(least)))
    return tuple(found)


def _named(needs: Sequence[Need]) -> list[str]:
    return [f"{need.table}.{column}" for need in needs for column in need.columns]


def _missing(needs: Sequence[Need], dataset: DatasetSpec) -> list[str]:
    return [
        f"{need.table}.{column}"
        for need in needs
        for column in need.columns
        if not _brings(dataset, need.table, column)
    ]


def _brings(dataset: DatasetSpec, table: str, column: str) -> bool:
    columns = dataset.tables.get(table, {})
    if column == ANY:
        return any(spec.type in (Type.CATEGORY, Type.BOOL) for spec in columns.values())
    if column.endswith("_"):
        return any(name.startswith(column) for name in columns)
    return column in columns


def known(need: Need) -> bool:
    """Whether the common data model has all that is asked for."""
    if not need.table:
        return not need.columns
    table = TABLES.get(need.table)
    return table is not None and all(table.column(name) for name in (*need.columns, *need.more))
