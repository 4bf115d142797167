"""Plain SQL with bound values, and the small pieces that kernels share."""

from dataclasses import dataclass

from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.question import Filter

DAY = 86400


@dataclass(frozen=True)
class Query:
    """A statement and the values for its question marks, in order."""

    text: str
    values: list[object]


def party_index(catalogue: Catalogue, party: str) -> int:
    """Position of a party: its tables and columns carry it in their names."""
    return catalogue.parties.index(party)


def people_column(catalogue: Catalogue, reference: str) -> tuple[str, ColumnSpec]:
    """The column of ``persons`` for ``party.people.column``, and its specification."""
    party, _, name, spec = catalogue.column(reference)
    return f'"c{party_index(catalogue, party)}_{name}"', spec


def level_index(column: str, spec: ColumnSpec) -> str:
    """The position of a code among the column's levels."""
    return f"CAST({column} AS INTEGER)" + ("" if spec.missing else " - 1")


def condition(item: Filter, catalogue: Catalogue) -> Query:
    """A filter as a condition on ``persons``. Nobody with a merged value is kept."""
    column, spec = people_column(catalogue, item.column)
    code_of = dict(zip(spec.levels(), spec.codes(), strict=True))
    codes: list[object] = [code_of[value] for value in item.values]
    marks = ", ".join("?" for _ in codes)
    return Query(f"{column} IN ({marks})" if codes else "1 = 0", codes)


def day_of(column: str) -> str:
    """The calendar day (days since 1970) of a timestamp in seconds."""
    return f"CAST(FLOOR({column} / {DAY}.0) AS BIGINT)"


def kinds_condition(kinds: tuple[str, ...], party: str, catalogue: Catalogue) -> Query:
    """Conversions ``c`` of some kinds only, as a further condition; nothing when all count."""
    if not kinds:
        return Query("", [])
    kind = catalogue.dataset(party).tables["conversions"]["kind"]
    codes: list[object] = [kind.domain.index(value) + 1 for value in kinds]
    return Query(f" AND c.kind IN ({', '.join('?' for _ in codes)})", codes)
