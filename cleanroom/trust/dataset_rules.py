"""The rules of what one party says it will bring: period, tables, columns, domains, caps.

They need no agreement, so a party can check its own dataset before it shows it to anybody.
"""

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec
from cleanroom.disclosure.cells import NO_CHANNEL, UNMATCHED
from cleanroom.errors import TrustError
from cleanroom.tables import MAX_DOMAIN, TABLES, Type
from cleanroom.trust.instants import is_day
from cleanroom.trust.names import is_label, is_name

# Hundredths of the currency: what all people of a country spend still fits 64 bits with its noise.
MAX_CAP = 10_000_000_000
MAX_COLUMNS = 256  # of one table
_CAPPED = (Type.INTEGER, Type.MONEY)
# Cells of new customers without a channel have these labels.
_RESERVED = {("exposures", "channel"): frozenset({NO_CHANNEL, UNMATCHED})}


def require(condition: bool, rule: str, where: str = "") -> None:
    """Raise ``trust.agreement_rule`` (facts ``rule``, ``where``) unless the condition holds.

    ``where`` is a position or a name that was checked already, never a text that could deceive.
    """
    if not condition:
        raise TrustError("trust.agreement_rule", rule=rule, where=where or "agreement")


def check_dataset(dataset: DatasetSpec) -> DatasetSpec:
    """One party's dataset. Raises ``trust.agreement_rule``, ``trust.period``, ``trust.domain``."""
    require(is_label(dataset.name), "dataset-name")
    days = (dataset.start, dataset.end)
    if not all(is_day(day) for day in days) or dataset.start >= dataset.end:
        raise TrustError("trust.period", dataset=dataset.name)
    require(bool(dataset.tables), "tables", dataset.name)
    for table, columns in dataset.tables.items():
        require(table in TABLES, "table-known", dataset.name)
        require(len(columns) <= MAX_COLUMNS, "columns-at-most", table)
        # The engine's SQL does not tell names apart by case.
        folded = {name.casefold() for name in columns}
        require(len(folded) == len(columns), "columns-distinct", table)
        needed = {column.name for column in TABLES[table].columns if column.required}
        require(needed <= set(columns), "columns-required", table)
        for name, spec in columns.items():
            _check_column(table, name, spec)
    return dataset


def _check_column(table: str, name: str, spec: ColumnSpec) -> None:
    require(is_name(name), "column-name", table)
    place = f"{table}.{name}"
    known = TABLES[table].column(name)
    # A family such as ``a_`` stands for columns with something after the underscore.
    named = known is not None and (not known.family or len(name) > len(known.name))
    require(known is not None and named, "column-known", place)
    require(known is not None and spec.type is known.type, "column-type", place)
    if spec.type is Type.CATEGORY:
        _check_domain(table, name, spec.domain)
    else:
        require(not spec.domain, "domain-only-of-categories", place)
    most = MAX_CAP if spec.type in _CAPPED else 0
    require(0 <= spec.cap <= most, "cap", place)


def _check_domain(table: str, name: str, domain: tuple[str, ...]) -> None:
    """A category's domain: 1 to 4096 different labels. Raises ``trust.domain``."""
    place = f"{table}.{name}"
    sound = 0 < len(domain) <= MAX_DOMAIN and len(set(domain)) == len(domain)
    if not sound or not all(is_label(value) for value in domain):
        raise TrustError("trust.domain", column=place, most=MAX_DOMAIN)
    require(not set(domain) & _RESERVED.get((table, name), frozenset()), "domain-reserved", place)
