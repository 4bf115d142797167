"""What people buy from the brand: occasions to buy, and those that follow from the first.

An order is a dictionary of arrays, one entry an order: ``person`` (position in the chunk), ``ts``
(when it is paid, seconds), ``deposit`` (when a pre-sale deposit was paid, or -1), ``paid`` (False:
only the deposit), ``source`` (how the customer came) and ``cause`` (what brought it about: nothing
planted, the campaign of that number, or ``FRIEND``).
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels, plan, season
from cleanroom.prepare.population.chance import Chance, copies, happens
from cleanroom.prepare.population.plan import BRAND_START, DAY, END, Effects, seconds
from cleanroom.prepare.population.society import Society

Array = npt.NDArray[Any]
Columns = dict[str, Array]

FRIEND: Final = 255
"""The cause of an order that a recommendation brought about."""

_BEFORE: Final = 0.05  # customers since before the data, for an appetite of 1
_BACK: Final = 0.75  # of those, who buy again in it
_NEW: Final = 0.17  # first orders that nothing here brings about, for an appetite of 1
_MOST_REPEATS: Final = 8
_GAP_DAYS: Final = 35.0  # scale of Gamma(2): 70 days on average
_PRESALES: Final = (
    ("2024-10-20 20:00", "2024-10-31 20:00"),
    ("2025-10-20 20:00", "2025-10-31 20:00"),
)
_PRESALE_SHARE: Final = 0.6
_UNPAID: Final = 0.08
_LAST: Final = seconds(END) - 1


def concatenate(parts: list[Columns]) -> Columns:
    """Tables of equal columns one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def take(columns: Columns, rows: Array) -> Columns:
    """Some rows of a table."""
    return {name: values[rows] for name, values in columns.items()}


def new(person: Array, ts: Array, source: int | Array, cause: int | Array = 0) -> Columns:
    """Orders without pre-sale."""
    size = len(person)
    return {
        "person": person.astype(np.int64),
        "ts": ts.astype(np.int64),
        "deposit": np.full(size, -1, np.int64),
        "paid": np.ones(size, bool),
        "source": np.broadcast_to(np.asarray(source, np.uint8), size).copy(),
        "cause": np.broadcast_to(np.asarray(cause, np.uint8), size).copy(),
    }


def unprompted(chance: Chance, society: Society, effects: Effects) -> tuple[Columns, Array]:
    """Orders that nothing planted brings about, and who was a customer before the data begins."""
    rng = chance.of("unprompted")
    before = happens(rng, np.minimum(_BEFORE * society.appetite, 0.6))
    buys = np.where(before, _BACK, np.minimum(_NEW * society.appetite, 0.8))
    person = np.flatnonzero(happens(rng, buys))
    source = np.where(before[person], labels.BEFORE, labels.UNPROMPTED).astype(np.uint8)
    first = new(person, season.moments(rng, len(person), BRAND_START), source)
    all_of_them = concatenate([first, repeats(rng, society, first, effects)])
    return _presold(rng, all_of_them), before


def repeats(
    rng: np.random.Generator, society: Society, first: Columns, effects: Effects
) -> Columns:
    """The orders that follow these first ones, each with the same chance of another."""
    source, fan = first["source"], society.fan[first["person"]]
    chance = plan.REPEAT + effects.fan_repeat * fan + 0.06 * (source == labels.BEFORE)
    chance = chance + effects.referred_repeat * (source == labels.REFERRED)
    chance = chance + effects.paid_repeat * is_paid(source)
    many = np.floor(np.log(1.0 - rng.random(len(source))) / np.log(chance)).astype(np.int64)
    of, number = copies(np.minimum(many, _MOST_REPEATS))
    gap = np.maximum(rng.gamma(2.0, _GAP_DAYS, len(of)), 1.0)
    total = np.cumsum(gap)
    begins = np.flatnonzero(number == 0)
    since = np.repeat(total[begins] - gap[begins], np.diff(np.append(begins, len(of))))
    day = first["ts"][of] // DAY + (total - since).astype(np.int64)
    follow = new(first["person"][of], season.at_day(rng, day), source[of], first["cause"][of])
    return take(follow, follow["ts"] <= _LAST)


def is_paid(source: Array) -> Array:
    """Whether customers came by an advertisement."""
    found: Array = (source == labels.FEED_AD) | (source == labels.VIDEO_AD)
    return found


def _presold(rng: np.random.Generator, orders: Columns) -> Columns:
    """Many orders of the weeks before Double 11 are deposits first and paid when it begins."""
    orders = dict(orders)
    ts, deposit, paid = (orders[name].copy() for name in ("ts", "deposit", "paid"))
    for start, end in ((seconds(a), seconds(b)) for a, b in _PRESALES):
        share = np.where((ts >= start) & (ts < end), _PRESALE_SHARE, 0.0)
        sold = np.flatnonzero(happens(rng, share))
        deposit[sold] = ts[sold]
        eleventh = (end // DAY + 11) * DAY  # the end is on 31 October
        begin = np.where(rng.random(len(sold)) < 0.6, end, eleventh)
        ts[sold] = begin + rng.exponential(3 * 3600.0, len(sold)).astype(np.int64)
        paid[sold] = rng.random(len(sold)) >= _UNPAID
    return {**orders, "ts": ts, "deposit": deposit, "paid": paid}


class Calendar:
    """Looks up when people buy."""

    def __init__(self, orders: Columns) -> None:
        real = orders["paid"]
        self._keys = np.sort(key(orders["person"][real], orders["ts"][real]))

    def buys(self, person: Array, start: Array, end: Array) -> Array:
        """Bool: whether these people buy in [start, end)."""
        return np.searchsorted(self._keys, key(person, start)) < np.searchsorted(
            self._keys, key(person, end)
        )


def key(person: Array, ts: Array) -> Array:
    """One number that orders by person, then time."""
    numbers: Array = (person.astype(np.int64) << 32) | ts.astype(np.int64)
    return numbers


def with_source(orders: Columns, size: int) -> Columns:
    """Orders with the source of each person's earliest one; ``size`` people."""
    order = np.argsort(key(orders["person"], orders["ts"]), kind="stable")
    person, first = np.unique(orders["person"][order], return_index=True)
    source = np.zeros(size, np.uint8)
    source[person] = orders["source"][order][first]
    before = orders["source"] == labels.BEFORE
    source[orders["person"][before]] = labels.BEFORE
    return {**orders, "source": source[orders["person"]]}
