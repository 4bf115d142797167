"""What must hold in a mapping beyond its types, and whether it brings what was agreed."""

from collections.abc import Callable, Iterator
from typing import NoReturn

from cleanroom.disclosure.catalogue import DatasetSpec, Identifier
from cleanroom.errors import InputError
from cleanroom.prepare.mapping import ColumnMap, Mapping, PeopleMap, TableMap
from cleanroom.prepare.mapping_place import Place
from cleanroom.tables import TABLES

Find = Callable[..., Place]


def check(mapping: Mapping, find: Find) -> None:
    """Refuse a mapping that contradicts itself. ``find`` gives the place of a path of keys.

    Raises ``input.mapping_source``, ``input.mapping_bins``, ``input.mapping_persons``,
    ``input.mapping_identifiers``, ``input.mapping_under_14``, ``input.mapping_opt_out``.
    """
    if not mapping.people.identifiers:
        _refuse("input.mapping_identifiers", find("people"))
    under_14 = mapping.people.under_14
    if under_14 and bool(under_14.values) == (under_14.below is not None):
        _refuse("input.mapping_under_14", find("people", "under_14"))
    for table, name, column in _columns(mapping):
        if (column.column is None) == (column.constant is None):
            _refuse("input.mapping_source", find(table, "columns", name))
        if column.bins and not _fit(column):
            _refuse("input.mapping_bins", find(table, "columns", name))
    for name, events in mapping.tables.items():
        wanted = TABLES[name].person_columns
        if set(events.persons) != set(wanted):
            _refuse("input.mapping_persons", find(name), keys=", ".join(wanted) or "-")
    kinds = {identifier.kind for identifier in mapping.people.identifiers}
    for listed in mapping.opt_out:
        if listed.kind not in kinds | {"pid"}:
            known = ", ".join(["pid", *sorted(kinds)])
            _refuse("input.mapping_opt_out", find("opt_out"), kind=listed.kind, known=known)


def _columns(mapping: Mapping) -> Iterator[tuple[str, str, ColumnMap]]:
    tables: dict[str, PeopleMap | TableMap] = {"people": mapping.people, **mapping.tables}
    for table, mapped in tables.items():
        for name, column in mapped.columns.items():
            yield table, name, column


def _fit(column: ColumnMap) -> bool:
    bins = column.bins
    assert bins is not None
    if not all(edge.is_finite() for edge in bins.edges):
        return False  # what is no number has no order
    rising = all(low < high for low, high in zip(bins.edges, bins.edges[1:], strict=False))
    return rising and len(bins.edges) > 0 and len(bins.labels) == len(bins.edges) + 1


def _refuse(code: str, place: Place, **facts: object) -> NoReturn:
    raise InputError(code, file=place.file, line=place.line, where=place.where, **facts)


def check_agreed(
    mapping: Mapping, dataset: DatasetSpec, identifiers: tuple[Identifier, ...]
) -> None:
    """Refuse a mapping that does not bring what the agreement says this party brings.

    Raises ``input.dataset_differs``, ``input.unmapped_table``, ``input.unmapped_column``,
    ``input.unmapped_identifier``, ``input.recipe_differs``.
    """
    if mapping.dataset != dataset.name:
        raise InputError("input.dataset_differs", mapped=mapping.dataset, agreed=dataset.name)
    for table, columns in dataset.tables.items():
        mapped = mapping.people if table == "people" else mapping.tables.get(table)
        if mapped is None:
            raise InputError("input.unmapped_table", table=table)
        for name in columns:
            if name not in mapped.columns:
                raise InputError("input.unmapped_column", table=table, column=name)
    for agreed in identifiers:
        ours = [one for one in mapping.people.identifiers if one.kind == agreed.kind]
        if not ours:
            raise InputError("input.unmapped_identifier", kind=agreed.kind)
        for one in ours:
            if one.recipe not in (None, agreed.recipe):
                raise InputError(
                    "input.recipe_differs",
                    column=one.column,
                    mapped=one.recipe,
                    agreed=agreed.recipe,
                )
