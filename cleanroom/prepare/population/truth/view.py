"""What packages of one chunk would hold, as arrays over sealed persons.

Rows of accounts that are not sealed and rows outside of the data's period are gone, as they are
when real files are sealed.
"""

from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels
from cleanroom.prepare.population.orders import Columns, key, take
from cleanroom.prepare.population.plan import BRAND_START, DAY, END, START, Plan, seconds
from cleanroom.prepare.population.resolve import NOBODY, Resolved
from cleanroom.prepare.population.world import Chunk

Array = npt.NDArray[Any]

NEVER: Final = 1 << 31
"""Later than every event."""
NO_CHANNEL: Final = len(labels.CHANNELS)
UNMATCHED: Final = NO_CHANNEL + 1
CELLS: Final = (*labels.CHANNELS, "none", "unmatched")


class View:
    """One chunk through the eyes of the parties."""

    def __init__(self, chunk: Chunk, plan: Plan) -> None:
        self.chunk = chunk
        self.plan = plan
        self.platform = chunk.resolved["platform"]
        self.brand = chunk.resolved["brand"]
        self.linked = chunk.linked

    @cached_property
    def brand_of(self) -> Array:
        """Of each sealed person of the platform the one of the brand, or -1."""
        found: Array = self.linked.of[1][: self.platform.count]
        return found

    @cached_property
    def seen(self) -> Columns:
        """Exposures by person, time, campaign and channel."""
        found = _sealed(self.chunk.exposures, self.platform, START)
        order = np.lexsort((found["channel"], found["campaign"], found["ts"], found["of"]))
        return take(found, order)

    @cached_property
    def seen_keys(self) -> Array:
        """Person and time of each exposure, ascending."""
        return key(self.seen["of"], self.seen["ts"])

    @cached_property
    def sold(self) -> Columns:
        """The brand's conversions by person and time."""
        found = _sealed(self.chunk.conversions, self.brand, BRAND_START)
        return take(found, np.argsort(key(found["of"], found["ts"]), kind="stable"))

    @cached_property
    def pays(self) -> Columns:
        """Payments by person and time."""
        return take(self.sold, self.sold["kind"] == labels.PAY)

    @cached_property
    def pay_keys(self) -> Array:
        """Person and time of each payment, ascending."""
        return key(self.pays["of"], self.pays["ts"])

    @cached_property
    def first_pay(self) -> Array:
        """Of each sealed person of the brand the time of its first payment, or ``NEVER``."""
        return first_per_person(self.pays["of"], self.pays["ts"], self.brand.count)

    def next_pay(self, person: Array, since: Array) -> Array:
        """The first payment of persons of the brand (or -1) at or after these times."""
        if len(self.pay_keys) == 0:
            return np.full(len(person), NEVER)
        at = np.searchsorted(self.pay_keys, key(np.maximum(person, 0), since))
        at = np.minimum(at, len(self.pay_keys) - 1)
        found = self.pays["ts"][at]
        good = (self.pays["of"][at] == person) & (found >= since)
        return np.where(good, found, NEVER)

    def keys_of(self, kind: int) -> Array:
        """Person and time of each of the brand's rows of a kind, ascending."""
        rows = self.sold["kind"] == kind
        return key(self.sold["of"][rows], self.sold["ts"][rows])

    def bounds(self, keys: Array, person: Array, start: Array, end: Array) -> tuple[Array, Array]:
        """Positions from, to (exclusive) in ``keys`` of persons (or -1) in [start, end]."""
        first = np.searchsorted(keys, key(np.maximum(person, 0), start))
        last = np.searchsorted(keys, key(np.maximum(person, 0), end), side="right")
        return np.where(person < 0, 0, first), np.where(person < 0, 0, last)

    def count_pays(self, person: Array, start: Array, end: Array) -> tuple[Array, Array]:
        """Positions from, to (exclusive) in ``pays`` of persons' (or -1) rows in [start, end]."""
        return self.bounds(self.pay_keys, person, start, end)

    def touch(self, person: Array, ts: Array, days: int, *, last: bool = True) -> Array:
        """The channel of the last or first exposure of persons of the platform (or -1) in the
        ``days`` up to these times: of equal times that of the highest campaign, then channel.
        ``NO_CHANNEL`` where there is none, ``UNMATCHED`` for nobody."""
        mine = np.maximum(person, 0)
        begin = np.searchsorted(self.seen_keys, key(mine, ts - days * DAY))
        stop = np.searchsorted(self.seen_keys, key(mine, ts), side="right")
        at = stop - 1
        if not last and len(self.seen_keys):
            same = self.seen_keys[np.minimum(begin, len(self.seen_keys) - 1)]
            at = np.searchsorted(self.seen_keys, same, side="right") - 1
        channel = np.append(self.seen["channel"], 0)[at]
        found = np.where(stop > begin, channel, NO_CHANNEL)
        return np.where(person == NOBODY, UNMATCHED, found)

    def newcomers(self, since: str, until: str) -> tuple[Array, Array, Array]:
        """Persons whose first payment lies on a day in [since, until): of the platform (or -1), of
        the brand, and when. One of the brand may stand for two persons."""
        brand = self.linked.of[1]
        first = np.where(brand == NOBODY, NEVER, np.append(self.first_pay, NEVER)[brand])
        rows = np.flatnonzero((first >= seconds(since)) & (first < seconds(until)))
        return self.linked.of[0][rows], brand[rows], first[rows]


def _sealed(events: Columns, resolved: Resolved, start: str) -> Columns:
    """Rows of sealed persons in the period, with the person as ``of``."""
    of = resolved.of_account[events["account"]]
    ts = events["ts"]
    good = (of != NOBODY) & (ts >= seconds(start)) & (ts < seconds(END))
    return take({**events, "of": of}, good)


def first_per_person(of: Array, values: Array, size: int) -> Array:
    """The first value of each person in rows ordered by person; ``NEVER`` where there is none."""
    found = np.full(size, NEVER)
    fresh = np.ones(len(of), bool)
    fresh[1:] = of[1:] != of[:-1]
    found[of[fresh]] = values[fresh]
    return found


def tally(names: tuple[str, ...], codes: Array) -> dict[str, int]:
    """How often each label occurs."""
    counts = np.bincount(codes, minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True)}
