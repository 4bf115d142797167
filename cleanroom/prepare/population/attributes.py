"""What parties write about their people: coded columns of the rows of their files.

Codes are those of a package: 0 where the value is missing, else the position of the label from 1.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels
from cleanroom.prepare.population.chance import scrambled
from cleanroom.prepare.population.plan import DAY, days, seconds
from cleanroom.prepare.population.society import age_band
from cleanroom.prepare.population.world import Chunk

Array = npt.NDArray[Any]

PLATFORM: Final = {
    "a_age_band": labels.AGE_BANDS,
    "a_gender": labels.GENDERS,
    "a_city_tier": labels.CITY_TIERS,
    "a_region": labels.REGIONS,
    "a_os": labels.SYSTEMS,
    "a_interest": labels.INTERESTS,
    "a_spend": labels.SPENDING,
}
BRAND: Final = {
    "a_level": labels.LEVELS,
    "a_skin": labels.SKINS,
    "stage": labels.STAGES,
}
PARTNER: Final = {"a_city_tier": labels.CITY_TIERS, "a_delivery": labels.DELIVERIES}

_UNKNOWN: Final = {"a_age_band": 12, "a_gender": 5, "a_interest": 18, "a_spend": 9}  # percent
_LOYAL_SINCE: Final = seconds("2025-01-01")
_LONG_AGO: Final = days("2019-01-01")
_LONG_AGO_DAYS: Final = np.uint64(days("2024-01-01") - _LONG_AGO)
_NEVER: Final = 1 << 31
_BUYERS_LEVELS: Final = (1, 2, 4)  # orders from which a member is silver, gold, black


def platform_codes(chunk: Chunk) -> dict[str, Array]:
    """Attributes of the platform's rows. What is unknown of a person is so in all its rows."""
    people, person = chunk.society, chunk.rosters["platform"].row_person
    codes = {
        "a_age_band": age_band(people.age),
        "a_gender": people.gender + 1,
        "a_city_tier": people.tier + 1,
        "a_region": people.region + 1,
        "a_os": people.system + 1,
        "a_interest": people.interest + 1,
        "a_spend": people.spending + 1,
    }
    for salt, (name, percent) in enumerate(_UNKNOWN.items()):
        unknown = scrambled(people.number, 100 + salt) % np.uint64(100) < percent
        codes[name] = np.where(unknown, 0, codes[name])
    return {name: values[person].astype(np.uint8) for name, values in codes.items()}


def brand_codes(chunk: Chunk) -> dict[str, Array]:
    """Attributes of the brand's rows, as of the end of the data. ``is_customer`` and ``is_fan``:
    1 false, 2 true; ``first_buy``: days since 1970, or -1."""
    people, person = chunk.society, chunk.rosters["brand"].row_person
    paid = chunk.conversions["kind"] == labels.PAY
    of, ts = chunk.conversions["person"][paid], chunk.conversions["ts"][paid]
    first = np.full(people.size, _NEVER)
    np.minimum.at(first, of, ts // DAY)
    first = np.where(first == _NEVER, -1, first)
    long_ago = _LONG_AGO + (scrambled(people.number, 140) % _LONG_AGO_DAYS).astype(np.int64)
    first = np.where(chunk.before, long_ago, first)
    count = np.bincount(of, minlength=people.size)
    recent = np.bincount(of[ts >= _LOYAL_SINCE], minlength=people.size)
    stage = np.where(recent >= 2, 4, np.where(count > 0, 3, np.where(people.fan, 2, 1)))
    skin = 1 + scrambled(people.number, 120) % np.uint64(len(labels.SKINS))
    unknown = scrambled(people.number, 121) % np.uint64(100) < 30
    codes = {
        "a_level": 1 + np.digitize(count, _BUYERS_LEVELS),
        "a_skin": np.where(unknown, 0, skin),
        "stage": stage,
        "is_customer": 1 + (first >= 0),
        "is_fan": 1 + people.fan,
    }
    coded = {name: values[person].astype(np.uint8) for name, values in codes.items()}
    return {**coded, "first_buy": first[person]}


def partner_codes(chunk: Chunk) -> dict[str, Array]:
    """Attributes of the partner's rows."""
    people, person = chunk.society, chunk.rosters["partner"].row_person
    own = chunk.market["brand"] == 0
    bought = np.zeros(people.size, bool)
    bought[chunk.market["person"][own]] = True
    delivery = 1 + scrambled(people.number, 130) % np.uint64(len(labels.DELIVERIES))
    codes = {"a_city_tier": people.tier + 1, "a_delivery": delivery, "is_customer": 1 + bought}
    return {name: values[person].astype(np.uint8) for name, values in codes.items()}
