"""The six tables that parties share: their columns, types and how values are coded.

Packages and the sandbox hold whole numbers only. A category is the position of its value in the
domain that the agreement lists, counted from 1; 0 means that the value is missing. No text of a
party ever crosses into the sandbox.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import DTypeLike


class Type(StrEnum):
    """What a column holds."""

    CATEGORY = "category"  # position in the declared domain, from 1
    BOOL = "bool"  # 1 false, 2 true
    DATE = "date"  # days since 1970-01-01
    DATETIME = "datetime"  # seconds since 1970-01-01 00:00, wall clock of the agreement's time zone
    INTEGER = "integer"
    MONEY = "money"  # hundredths of the agreement's currency unit


MISSING_CODE = 0
MISSING_DATE = -(2**31)
MISSING_LONG = -(2**63)
MAX_DOMAIN = 4096


@dataclass(frozen=True)
class Column:
    """One column of a table. A ``family`` stands for any column whose name begins with it."""

    name: str
    type: Type
    required: bool = False
    family: bool = False


@dataclass(frozen=True)
class Table:
    """A table; ``personal`` tables have rows that belong to a person (``pid``)."""

    name: str
    columns: tuple[Column, ...]
    personal: bool = True
    person_columns: tuple[str, ...] = ("pid",)

    def column(self, name: str) -> Column | None:
        """The column or the family that a name belongs to, or None."""
        for column in self.columns:
            if name == column.name or (column.family and name.startswith(column.name)):
                return column
        return None


def _table(name: str, *columns: Column, **options: object) -> Table:
    return Table(name, columns, **options)  # type: ignore[arg-type]


_C, _D = Type.CATEGORY, Type.DATETIME

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table(
            "people",
            Column("as_of", Type.DATE),
            Column("a_", _C, family=True),
            Column("is_customer", Type.BOOL),
            Column("first_buy", Type.DATE),
            Column("is_fan", Type.BOOL),
            Column("stage", _C),
        ),
        _table(
            "exposures",
            Column("ts", _D, required=True),
            Column("until", _D),
            Column("kind", _C),
            Column("channel", _C),
            Column("campaign", _C),
            Column("placement", _C),
            Column("device", _C),
            Column("place", _C),
            Column("region", _C),
            Column("n", Type.INTEGER),
        ),
        _table(
            "conversions",
            Column("ts", _D, required=True),
            Column("kind", _C),
            Column("order_id", Type.INTEGER),
            Column("sku", _C),
            Column("brand", _C),
            Column("category", _C),
            Column("qty", Type.INTEGER),
            Column("list_price", Type.MONEY),
            Column("paid", Type.MONEY),
            Column("channel", _C),
            Column("device", _C),
            Column("place", _C),
            Column("x_", _C, family=True),
        ),
        _table(
            "arms",
            Column("test", _C, required=True),
            Column("arm", _C, required=True),
            Column("opp_ts", _D, required=True),
            Column("stratum", _C),
        ),
        _table(
            "referrals",
            Column("ts", _D, required=True),
            Column("kind", _C, required=True),
            Column("channel", _C),
            person_columns=("from_pid", "to_pid"),
        ),
        _table(
            "costs",
            Column("date", Type.DATE, required=True),
            Column("channel", _C),
            Column("campaign", _C),
            Column("imps", Type.INTEGER),
            Column("clicks", Type.INTEGER),
            Column("cost", Type.MONEY, required=True),
            personal=False,
            person_columns=(),
        ),
    )
}


def storage(kind: Type, domain_size: int = 0) -> np.dtype[np.generic]:
    """The little-endian integer type that a column is stored as."""
    if kind is Type.BOOL or (kind is Type.CATEGORY and domain_size < 255):
        return np.dtype("u1")
    chosen: DTypeLike = {Type.CATEGORY: "<u2", Type.DATE: "<i4"}.get(kind, "<i8")
    return np.dtype(chosen)


def missing_value(kind: Type) -> int:
    """The number that stands for a missing value."""
    if kind in (Type.CATEGORY, Type.BOOL):
        return MISSING_CODE
    return MISSING_DATE if kind is Type.DATE else MISSING_LONG
