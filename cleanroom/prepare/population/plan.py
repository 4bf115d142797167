"""What is planted: the calendar, the campaigns, and the size of every effect.

Effects are causal: whoever runs a fair experiment on these people would find them. In the
zero-effect twin they are all nought, while people, identifiers, exposures and how much is bought
stay as they were.
"""

import datetime
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

DAY: Final = 86_400
PARTIES: Final = ("platform", "brand", "partner")
CHUNK: Final = 125_000
FEWEST: Final = 1_000
MOST: Final = 100_000_000

BRAND_START: Final = "2024-01-01"
START: Final = "2025-01-01"
END: Final = "2026-01-01"


def seconds(text: str) -> int:
    """Seconds since 1970 of an ISO date or date and time, wall clock."""
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
    return int(moment.timestamp())


def days(text: str) -> int:
    """Days since 1970 of an ISO date."""
    return seconds(text) // DAY


@dataclass(frozen=True)
class Campaign:
    """Paid advertising on the platform from ``start`` until ``end`` (ISO, exclusive).

    ``reach``: average share of platform users with an opportunity; ``holdout``: share of those
    drawn into the control group (0: no experiment); ``delivered``: share of the others who are
    shown anything. ``mean``: impressions beyond the first for a person of average activity.

    Who sees f impressions buys because of them with probability
    ``effect`` x appetite x (1 - exp(-f / ``tau``)).
    """

    name: str
    start: str
    end: str
    reach: float
    holdout: float
    effect: float
    tau: float
    mean: float
    delivered: float = 0.85
    feed_share: float = 0.6  # of the impressions: Moments; the rest: Channels


CAMPAIGNS: Final = (
    Campaign("38焕新", "2025-03-01", "2025-03-11", 0.16, 0.5, 0.002, 3.0, 2.0),
    Campaign("618", "2025-06-01", "2025-06-20", 0.22, 0.0, 0.003, 3.0, 3.0),
    Campaign("双11", "2025-10-20", "2025-11-13", 0.42, 0.3, 0.008, 3.0, 4.0),
)


@dataclass(frozen=True)
class Effects:
    """What being acquired in some way does to a customer. Probabilities and logarithms of prices
    are differences from a customer who came unprompted."""

    ads: bool = True  # False: who buys in a campaign would have bought without it
    friends: bool = True  # the same of recommendations
    referred_repeat: float = 0.14
    referred_refund: float = -0.03
    referred_good_review: float = 0.07
    referred_price: float = 0.05
    fan_repeat: float = 0.06
    fan_price: float = 0.04
    paid_repeat: float = -0.08  # acquired by an advertisement
    paid_refund: float = 0.03


NOTHING: Final = Effects(False, False, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)

# Probabilities of a customer who came unprompted and is no fan.
REPEAT: Final = 0.36
REFUND: Final = 0.07
GOOD_REVIEW: Final = 0.86


@dataclass(frozen=True)
class Plan:
    """How many people, which seed, which parties, with or without effects."""

    people: int
    seed: int
    parties: tuple[str, ...] = PARTIES[:2]
    null: bool = False
    chunk: int = field(default=CHUNK)

    @property
    def effects(self) -> Effects:
        """Those of this twin."""
        return NOTHING if self.null else Effects()

    def bounds(self) -> list[tuple[int, int]]:
        """First person of each chunk and of the next one; chunks are about equal."""
        count = -(-self.people // self.chunk)
        edges = [self.people * i // count for i in range(count + 1)]
        return list(pairwise(edges))
