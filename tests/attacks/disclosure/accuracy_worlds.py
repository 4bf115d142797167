"""What accuracy is measured on: the shipped sample, and made-up people in numbers that a platform
has. Seeds are fixed; noise is not.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from attack_worlds import BOTH, AttackWorld
from gate_material import DAY, START
from inside_material import catalogue_of, open_database
from room_material import Rows, dataset
from scenario_material import make, open_here

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.question import (
    AttributeQuestion,
    Filter,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
)
from cleanroom.tables import Type

SAMPLES = Path(__file__).parents[3] / "resources" / "samples" / "scenario_a"
MATCH = MatchQuestion(BOTH)
Asked = list[tuple[str, Question]]
CATEGORIES: dict[str, tuple[int, float]] = {  # values, and how unequal they are
    "a_gender": (2, 0.1),
    "a_age": (6, 0.4),
    "a_city": (5, 0.5),
    "a_region": (31, 0.8),
    "a_interest": (18, 0.9),
    "a_device": (8, 1.0),
}
STAGES, CHANNELS = 4, 5
UNKNOWN = 0.06  # share of people of whom a value is not known


@contextmanager
def scenario_a() -> Iterator[AttackWorld]:
    """The shipped sample through the real sealing desk."""
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder), SAMPLES)
        agreement = made.signed.agreement
        yield AttackWorld(open_here(made), agreement.catalogue())
        made.close()


def population(matched: int, platform: int, brand: int) -> AttackWorld:
    """A platform with six attributes and exposures, a brand with a stage and first orders."""
    dice = np.random.default_rng(20)
    people = {name: _category(values) for name, (values, _) in CATEGORIES.items()}
    agreed = catalogue_of(
        {
            "platform": dataset(
                "platform",
                {
                    "people": people,
                    "exposures": {
                        "ts": ColumnSpec(Type.DATETIME, missing=False),
                        "channel": _category(CHANNELS, missing=False),
                    },
                },
            ),
            "brand": dataset(
                "brand",
                {
                    "people": {"stage": _category(STAGES)},
                    "conversions": {
                        "ts": ColumnSpec(Type.DATETIME, missing=False),
                        "paid": ColumnSpec(Type.MONEY, cap=50_000),
                    },
                },
            ),
        }
    )
    tokens = dice.integers(1, 1 << 63, (2, platform + brand - matched), dtype="<u8")
    shown, bought = dice.random(platform) < 0.5, dice.random(brand) < 0.8
    rows = {
        "platform": Rows(
            platform,
            {name: _drawn(platform, *how, dice) for name, how in CATEGORIES.items()},
            {"email": (np.arange(platform, dtype="<u4"), *tokens[:, :platform])},
            {
                "exposures": {
                    "person": np.flatnonzero(shown),
                    "ts": START + DAY * dice.integers(0, 180, np.count_nonzero(shown)),
                    "channel": np.maximum(1, _drawn(np.count_nonzero(shown), CHANNELS, 0.8, dice)),
                }
            },
        ),
        "brand": Rows(
            brand,
            {"stage": _drawn(brand, STAGES, 0.8, dice)},
            {"email": (np.arange(brand, dtype="<u4"), *tokens[:, platform - matched :])},
            {
                "conversions": {
                    "person": np.flatnonzero(bought),
                    "ts": START + DAY * dice.integers(0, 180, np.count_nonzero(bought)),
                    "paid": dice.integers(1000, 80_000, np.count_nonzero(bought)),
                }
            },
        ),
    }
    return AttackWorld(open_database(agreed, rows), agreed)


def _category(values: int, *, missing: bool = True) -> ColumnSpec:
    return ColumnSpec(Type.CATEGORY, tuple(f"v{i}" for i in range(values)), missing=missing)


def _drawn(people: int, values: int, slope: float, dice: np.random.Generator) -> np.ndarray:
    """Codes; shares fall like 1 / rank^slope."""
    shares = np.arange(1, values + 1) ** -slope
    codes = 1 + dice.choice(values, people, p=shares / shares.sum())
    codes[dice.random(people) < UNKNOWN] = 0
    return codes.astype("u1")


def profiles(world: AttackWorld) -> Asked:
    """Every attribute of the first party: its own people by who is matched, and the matched ones
    alone.
    """
    first, second = world.catalogue.parties[:2]
    found: Asked = []
    for reference in world.catalogue.references():
        if not reference.startswith(f"{first}.people."):
            continue
        spec = world.catalogue.column(reference)[3]
        if spec.type not in (Type.CATEGORY, Type.BOOL):
            continue
        found.append(("A03", AttributeQuestion((first,), (reference,), second)))
        found.append(("A03", AttributeQuestion((first, second), (reference,))))
    return found


def _column(name: str) -> str:
    return f"platform.people.{name}"


def sixty() -> Asked:
    """Sixty analyses that an analyst asks in this order: overlap, profiles, crossings, profiles of
    a part, and new customers by month and by quarter.
    """
    names, stage = list(CATEGORIES), "brand.people.stage"
    asked: Asked = [("A01", MATCH)]
    asked += [("A03", AttributeQuestion(BOTH, (_column(name),))) for name in names]
    asked += [("A03", AttributeQuestion(("platform",), (_column(n),), "brand")) for n in names[:5]]
    asked.append(("A03", AttributeQuestion(BOTH, (stage,))))
    months = [f"2026-{m:02d}-01" for m in range(1, 8)]
    periods = [
        *pairwise(months),
        (months[0], months[3]),
        (months[3], months[6]),
    ]
    asked += [("A04", FirstChannelQuestion(*BOTH, *period)) for period in periods]
    asked += [
        ("A03", AttributeQuestion(BOTH, tuple(_column(n) for n in pair)))
        for pair in combinations(("a_gender", "a_age", "a_city"), 2)
    ]
    asked += [
        ("A03", AttributeQuestion(BOTH, (_column(name), stage))) for name in ("a_gender", "a_city")
    ]
    parts = [
        Filter(_column("a_gender"), ("v0",)),
        Filter(_column("a_gender"), ("v1",)),
        Filter(_column("a_age"), ("v0", "v1")),
        Filter(_column("a_age"), ("v2", "v3", "v4", "v5")),
        Filter(_column("a_city"), ("v0",)),
        Filter(_column("a_city"), ("v1", "v2", "v3", "v4")),
        Filter(stage, ("v0",)),
        Filter(stage, ("v1", "v2", "v3")),
    ]
    for part in parts:
        for name in ("a_age", "a_gender", "a_city", "a_device", "a_interest"):
            if part.column != _column(name):
                asked.append(("A03", AttributeQuestion(BOTH, (_column(name),), where=(part,))))
    return asked[:60]
