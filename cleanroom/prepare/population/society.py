"""People as they are, before any party knows of them."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels
from cleanroom.prepare.population.chance import Chance, happens, pick, pick_by

Array = npt.NDArray[Any]

ADULT: Final = 14
COMMUNITY: Final = 64
"""Neighbours who know each other and are a little alike."""

# Shares of the ages from, to (exclusive).
_AGES: Final = ((8, 14, 0.03), (14, 18, 0.05), (18, 25, 0.17), (25, 30, 0.16), (30, 35, 0.17),
                (35, 40, 0.14), (40, 50, 0.16), (50, 75, 0.12))  # fmt: skip
_TIERS: Final = (0.12, 0.20, 0.22, 0.22, 0.24)
_REGIONS: Final = (0.31, 0.15, 0.17, 0.14, 0.12, 0.05, 0.06)
_FEMALE: Final = 0.54
_INTERESTS: Final = np.array(
    [[0.30, 0.08, 0.14, 0.10, 0.20, 0.18], [0.06, 0.32, 0.06, 0.22, 0.18, 0.16]]
)
_SPENDING: Final = np.array(
    [[0.2, 0.4, 0.4], [0.25, 0.45, 0.3], [0.3, 0.5, 0.2], [0.4, 0.45, 0.15], [0.5, 0.4, 0.1]]
)
_SCALE: Final = 0.65  # brings the average appetite near 1
_MOST_APPETITE: Final = 6.0


@dataclass(frozen=True)
class Society:
    """One chunk of people; arrays have one entry a person. ``first``: number of the first one.

    ``activity``: how much a person is online, 1 on average. ``appetite``: how much it wants what
    the brand sells, 1 on average. Both drive what is seen and what is bought.
    """

    first: int
    age: Array
    gender: Array
    tier: Array
    region: Array
    system: Array
    interest: Array
    spending: Array
    activity: Array
    appetite: Array
    fan: Array
    on_platform: Array
    on_partner: Array

    @property
    def size(self) -> int:
        """How many."""
        return len(self.age)

    @property
    def number(self) -> Array:
        """The number of each person over all chunks."""
        return np.arange(self.first, self.first + self.size, dtype=np.int64)


def make(chance: Chance, first: int, size: int) -> Society:
    """People ``first``, ``first`` + 1, ..."""
    rng = chance.of("society")
    band = pick(rng, [share for *_, share in _AGES], size)
    youngest, oldest = (np.array([age[side] for age in _AGES])[band] for side in (0, 1))
    age = youngest + (rng.random(size) * (oldest - youngest)).astype(np.int64)
    gender = (rng.random(size) >= _FEMALE).astype(np.uint8)
    tier = pick(rng, _TIERS, size)
    interest = pick_by(rng, _INTERESTS, gender)
    spending = pick_by(rng, _SPENDING, tier)
    system = (rng.random(size) >= 0.30 + 0.05 * (4 - tier)).astype(np.uint8)
    activity = rng.gamma(2.0, 0.5, size)
    appetite = _appetite(rng, size, gender, tier, interest, spending) * np.sqrt(activity)
    appetite = np.minimum(appetite * _SCALE, _MOST_APPETITE) * (age >= ADULT)
    presence = np.where(age < ADULT, 0.45, np.where(age >= 60, 0.70, 0.90))
    return Society(
        first, age, gender, tier, pick(rng, _REGIONS, size), system, interest, spending,
        activity, appetite,
        fan=happens(rng, np.minimum(0.06 * appetite, 0.5)),
        on_platform=happens(rng, presence),
        on_partner=happens(rng, np.full(size, 0.55) - 0.2 * (age < ADULT)),
    )  # fmt: skip


def _appetite(
    rng: np.random.Generator,
    size: int,
    gender: Array,
    tier: Array,
    interest: Array,
    spending: Array,
) -> Array:
    """What a person's traits, its community and the rest make of it."""
    community = rng.normal(0.0, 0.25, -(-size // COMMUNITY))
    score = (
        0.55 * (interest < 2)
        + 0.25 * (gender == 0)
        + 0.10 * (2.0 - tier)
        + 0.20 * (spending - 1.0)
        + community[np.arange(size) // COMMUNITY]
        + rng.normal(0.0, 0.6, size)
    )
    weight: Array = np.exp(score)
    return weight


def age_band(age: Array) -> Array:
    """Coded bands: 0 below the first one, which is for children."""
    return np.searchsorted(labels.AGE_EDGES, age, side="right").astype(np.uint8)
