"""What an agreement lets questions talk about: parties, tables, columns with public domains."""

from collections.abc import Iterator

from msgspec import Struct

from cleanroom.errors import DisclosureError
from cleanroom.tables import TABLES, Type


class ColumnSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A column that a party brings, with its public domain (categories) or cap (amounts)."""

    type: Type
    domain: tuple[str, ...] = ()
    cap: int = 0  # MONEY and INTEGER: most that one person may add to a sum, in stored units
    missing: bool = True  # whether a value may be missing
    sensitive: bool = False

    def levels(self) -> tuple[str, ...]:
        """Labels of the cells this column splits people into; the first, empty one is "missing"."""
        values = ("false", "true") if self.type is Type.BOOL else self.domain
        return ("", *values) if self.missing else values

    def codes(self) -> tuple[int, ...]:
        """The stored codes that belong to ``levels``, in the same order."""
        count = 2 if self.type is Type.BOOL else len(self.domain)
        return tuple(range(0 if self.missing else 1, count + 1))


class DatasetSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One party's dataset for one data period [start, end), both ISO dates."""

    party: str
    name: str
    start: str
    end: str
    tables: dict[str, dict[str, ColumnSpec]]


class Identifier(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of identifier by which people are matched, with its recipe and token base."""

    kind: str
    recipe: str
    token_base: str


class Catalogue(Struct, frozen=True, forbid_unknown_fields=True):
    """Data parties in the order they join (the first is the anchor) and what each brings."""

    agreement_id: str
    parties: tuple[str, ...]
    identifiers: tuple[Identifier, ...]  # in order of priority
    datasets: tuple[DatasetSpec, ...]  # one per data party, in the order of ``parties``

    def dataset(self, party: str) -> DatasetSpec:
        """The dataset of a party. Raises ``disclosure.party``."""
        for dataset in self.datasets:
            if dataset.party == party:
                return dataset
        raise DisclosureError("disclosure.party", party=party)

    def column(self, reference: str) -> tuple[str, str, str, ColumnSpec]:
        """Split ``party.table.column`` and look it up. Raises ``disclosure.column``."""
        parts = reference.split(".")
        if len(parts) == 3:
            party, table, name = parts
            spec = self.dataset(party).tables.get(table, {}).get(name)
            if spec is not None:
                return party, table, name, spec
        raise DisclosureError("disclosure.column", column=reference)

    def attribute(self, reference: str) -> ColumnSpec:
        """A column that splits people into public cells: a category or a yes/no of ``people``.

        Raises ``disclosure.column``: other columns have no public list of values.
        """
        _, table, _, spec = self.column(reference)
        if table != "people" or spec.type not in (Type.CATEGORY, Type.BOOL):
            raise DisclosureError("disclosure.column", column=reference)
        return spec

    def references(self) -> Iterator[str]:
        """Every column as ``party.table.column``."""
        for dataset in self.datasets:
            for table, columns in dataset.tables.items():
                for name in columns:
                    yield f"{dataset.party}.{table}.{name}"


def known_column(table: str, name: str) -> bool:
    """Whether the common data model has such a column."""
    return table in TABLES and TABLES[table].column(name) is not None
