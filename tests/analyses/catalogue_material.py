"""An agreement on everything: two parties that bring every table and column there is."""

from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec, DatasetSpec, Identifier
from cleanroom.tables import TABLES, Column, Type

DOMAINS = {
    "kind": ("imp", "pay", "refund", "share", "click", "join", "first_order"),
    "channel": ("feed", "search", "friend"),
    "category": ("cream", "serum"),
    "brand": ("north", "south"),
    "campaign": ("spring", "autumn"),
    "test": ("spring", "autumn"),
    "arm": ("test", "control"),
    "stage": ("aware", "interested", "bought", "loyal"),
    "device": ("phone", "tablet", "pc"),
    "place": ("home", "work", "shop", "outside"),
}
FAMILIES = {"a_": ("a_age_band", "a_gender", "a_city_tier"), "x_": ("x_size",)}
LEVELS = ("low", "middle", "high")


def _spec(column: Column) -> ColumnSpec:
    if column.type is Type.CATEGORY:
        return ColumnSpec(Type.CATEGORY, DOMAINS.get(column.name, LEVELS))
    cap = 100_000 if column.type in (Type.MONEY, Type.INTEGER) else 0
    return ColumnSpec(column.type, cap=cap)


def _columns(table: str) -> dict[str, ColumnSpec]:
    return {
        name: _spec(column)
        for column in TABLES[table].columns
        for name in (FAMILIES[column.name] if column.family else (column.name,))
    }


def everything() -> Catalogue:
    """Two parties with all of it, 2024 and 2025."""
    tables = {table: _columns(table) for table in TABLES}
    datasets = tuple(
        DatasetSpec(party, f"{party} data", "2024-01-01", "2026-01-01", tables)
        for party in ("platform", "brand")
    )
    phone = Identifier("phone", "phone-cn11/1", "plain")
    return Catalogue("ab" * 16, ("platform", "brand"), (phone,), datasets)


def without(known: Catalogue, table: str, column: str = "") -> Catalogue:
    """The same, but nobody brings a table, or one of its columns."""
    datasets = []
    for dataset in known.datasets:
        tables = {name: dict(columns) for name, columns in dataset.tables.items()}
        if column:
            del tables[table][column]
        else:
            del tables[table]
        datasets.append(
            DatasetSpec(dataset.party, dataset.name, dataset.start, dataset.end, tables)
        )
    return Catalogue(known.agreement_id, known.parties, known.identifiers, tuple(datasets))
