"""A catalogue of three parties with every kind of column that a question can name."""

import msgspec

from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec, DatasetSpec, Identifier
from cleanroom.tables import Type

AGE = ("18-24", "25-34", "35-44", "45+")
CITY = ("tier 1", "tier 2", "tier 3")
CHANNELS = ("feed", "search", "friend")
KINDS = ("order", "pay", "refund")
SHOWN = ("imp", "view", "click")
CAMPAIGNS = ("spring", "autumn")
VIEWS_CAP = 12
TOLD = ("share", "click", "first_order")
TESTS = ("spring", "autumn")
ARMS = ("control", "small", "large")
CATEGORIES = ("serum", "cream", "phone")
BRANDS = ("ours", "theirs")
DEVICES = ("app", "web")
PLACES = ("home", "store")
STYLES = ("plain", "bold")

PHONE = Identifier("phone", "phone-cn11/1", "plain")
EMAIL = Identifier("email", "email-basic/1", "plain")
DEVICE = Identifier("device", "device-id/1", "plain")


def category(*values: str, missing: bool = True) -> ColumnSpec:
    return ColumnSpec(Type.CATEGORY, values, missing=missing)


PLATFORM = DatasetSpec(
    "platform",
    "members",
    "2025-01-01",
    "2026-01-01",
    {
        "people": {
            "a_age": category(*AGE),
            "a_city": category(*CITY, missing=False),
            "is_fan": ColumnSpec(Type.BOOL, missing=False),
            "first_buy": ColumnSpec(Type.DATE),
        },
        "exposures": {
            "ts": ColumnSpec(Type.DATETIME),
            "until": ColumnSpec(Type.DATETIME),
            "channel": category(*CHANNELS),
            "kind": category(*SHOWN, missing=False),
            "campaign": category(*CAMPAIGNS),
            "n": ColumnSpec(Type.INTEGER, cap=VIEWS_CAP),
        },
        "referrals": {
            "ts": ColumnSpec(Type.DATETIME),
            "kind": category(*TOLD, missing=False),
        },
        "arms": {
            "test": category(*TESTS, missing=False),
            "arm": category(*ARMS),
            "opp_ts": ColumnSpec(Type.DATETIME),
        },
    },
)
BRAND = DatasetSpec(
    "brand",
    "orders",
    "2025-03-01",
    "2026-01-01",
    {
        "people": {"stage": category("new", "loyal"), "is_customer": ColumnSpec(Type.BOOL)},
        "conversions": {
            "ts": ColumnSpec(Type.DATETIME),
            "kind": category(*KINDS, missing=False),
            "paid": ColumnSpec(Type.MONEY, cap=50_000),
            "list_price": ColumnSpec(Type.MONEY, cap=50_000),
            "category": category(*CATEGORIES),
            "brand": category(*BRANDS),
            "device": category(*DEVICES),
            "place": category(*PLACES),
            "x_style": category(*STYLES),
        },
    },
)
PARTNER = DatasetSpec(
    "partner", "visits", "2025-01-01", "2026-01-01", {"people": {"a_age": category(*AGE)}}
)
CATALOGUE = Catalogue(
    "ab" * 16,
    ("platform", "brand", "partner"),
    (PHONE, EMAIL, DEVICE),
    (PLATFORM, BRAND, PARTNER),
)


def with_fields(**fields: object) -> Catalogue:
    return msgspec.structs.replace(CATALOGUE, **fields)


def brand_with(table: str, name: str, spec: ColumnSpec | None) -> Catalogue:
    """The catalogue with one of the brand's columns changed, or taken away."""
    columns = {**BRAND.tables[table]}
    columns.pop(name, None)
    if spec is not None:
        columns[name] = spec
    changed = msgspec.structs.replace(BRAND, tables={**BRAND.tables, table: columns})
    return with_fields(datasets=(PLATFORM, changed, PARTNER))
