"""What advertising cost, by day: tables without persons, added up over all chunks."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels
from cleanroom.prepare.population.orders import Columns
from cleanroom.prepare.population.plan import DAY, END, START, days
from cleanroom.prepare.population.truth.definitions import PER_CLICK, PER_THOUSAND

Array = npt.NDArray[Any]

FIRST: Final = days(START)
COUNT: Final = days(END) - FIRST
_SITE_PER_THOUSAND: Final = 5_000
_REWARD: Final = 800  # hundredths for each friend who buys
_CONTENT: Final = {"公众号": 60_000, "直播": 250_000}  # hundredths a day


def advertising(exposures: Columns) -> Array:
    """Impressions and clicks of campaigns: (2, days, channels, campaigns)."""
    shape = (2, COUNT, len(labels.CHANNELS), len(labels.CAMPAIGN_NAMES))
    day = exposures["ts"] // DAY - FIRST
    paid = (exposures["campaign"] > 0) & (exposures["kind"] <= labels.CLICK)
    paid &= (day >= 0) & (day < COUNT)
    at = np.ravel_multi_index(
        tuple(
            values[paid].astype(np.int64)
            for values in (exposures["kind"], day, exposures["channel"], exposures["campaign"])
        ),
        shape,
    )
    return np.bincount(at, minlength=int(np.prod(shape))).reshape(shape)


def platform_table(counts: Array) -> Columns:
    """The platform's rows: ``day``, ``channel``, ``campaign``, ``imps``, ``clicks``, ``cost``."""
    imps, clicks = counts
    day, channel, campaign = np.nonzero(imps + clicks)
    each = np.array([PER_THOUSAND.get(name, 0) for name in labels.CHANNELS])
    shown, clicked = imps[day, channel, campaign], clicks[day, channel, campaign]
    return {
        "day": day + FIRST,
        "channel": channel.astype(np.uint8),
        "campaign": campaign.astype(np.uint8),
        "imps": shown,
        "clicks": clicked,
        "cost": shown * each[channel] // 1000 + clicked * PER_CLICK,
    }


def rewards(edges: Columns) -> Array:
    """Friends who bought, by day."""
    bought = edges["ts"][edges["kind"] == labels.ORDER_EDGE] // DAY - FIRST
    return np.bincount(bought[(bought >= 0) & (bought < COUNT)], minlength=COUNT)


def brand_table(bought: Array) -> Columns:
    """The brand's rows, rewards for recommendations and content: ``day``, ``channel``, ``cost``."""
    day = np.arange(COUNT) + FIRST
    friend = np.full(COUNT, labels.FRIEND, np.uint8)
    parts = [(day, friend, bought * _REWARD)]
    for name, cost in _CONTENT.items():
        channel = np.full(COUNT, labels.CHANNELS.index(name), np.uint8)
        parts.append((day, channel, np.full(COUNT, cost)))
    days_of, channels, costs = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {"day": days_of, "channel": channels, "cost": costs}


def visits(exposures: Columns) -> Array:
    """The partner's impressions and clicks: (2, days, channels)."""
    shape = (2, COUNT, len(labels.SITE_CHANNELS))
    day = exposures["ts"] // DAY - FIRST
    at = np.ravel_multi_index(
        (exposures["kind"].astype(np.int64), day, exposures["channel"].astype(np.int64)), shape
    )
    return np.bincount(at, minlength=int(np.prod(shape))).reshape(shape)


def partner_table(counts: Array) -> Columns:
    """The partner's rows: ``day``, ``channel``, ``imps``, ``clicks``, ``cost``."""
    imps, clicks = counts
    day, channel = np.nonzero(imps + clicks)
    return {
        "day": day + FIRST,
        "channel": channel.astype(np.uint8),
        "imps": imps[day, channel],
        "clicks": clicks[day, channel],
        "cost": imps[day, channel] * _SITE_PER_THOUSAND // 1000,
    }
