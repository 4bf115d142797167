"""Friends' recommendations: who shares, who clicks, joins and buys, over two generations.

Edges are dictionaries of arrays: ``sender``, ``friend`` (positions in the chunk), ``ts``, ``kind``.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels, orders
from cleanroom.prepare.population.chance import Chance, copies
from cleanroom.prepare.population.exposures import Columns, events
from cleanroom.prepare.population.orders import Calendar
from cleanroom.prepare.population.plan import DAY, END, START, Effects, seconds
from cleanroom.prepare.population.society import COMMUNITY, Society

Array = npt.NDArray[Any]

GENERATIONS: Final = 2
_SHARES: Final = 0.20
_FAN_SHARES: Final = 0.20  # more, of fans
_MORE: Final = 2.5  # friends beyond the first
_MOST: Final = 8
_CLICKS: Final = 0.40
_JOINS: Final = 0.5
_BUYS: Final = 0.17  # of those who clicked and never bought, for an appetite of 1
_FIRST, _LAST = seconds(START), seconds(END) - 1


@dataclass(frozen=True)
class Recommended:
    """What came of recommendations. ``joined``: who became a member."""

    edges: Columns
    exposures: Columns
    orders: Columns
    joined: Array


def run(chance: Chance, society: Society, bought: Columns, effects: Effects) -> Recommended:
    """Shares of people who ``bought``, and of the friends who then did."""
    edges: list[Columns] = []
    seen: list[Columns] = []
    made: list[Columns] = []
    joined: list[Array] = []
    senders = _first_orders(bought)
    for generation in range(GENERATIONS):
        rng = chance.of(f"referrals {generation}")
        shared = _shares(rng, society, senders)
        clicked = orders.take(shared, rng.random(len(shared["ts"])) < _CLICKS)
        clicked["ts"] = clicked["ts"] + rng.exponential(6 * 3600.0, len(clicked["ts"])).astype(int)
        clicked = _first_of_friend(orders.take(clicked, clicked["ts"] <= _LAST))
        joins = orders.take(clicked, rng.random(len(clicked["ts"])) < _JOINS)
        calendar = Calendar(orders.concatenate([bought, *made]))
        direct, origin = _orders(rng, society, clicked, calendar, effects)
        more = orders.repeats(rng, society, direct, effects)
        made += [direct, more]
        edges += [_edge(shared, 0, labels.SHARE_EDGE), _edge(clicked, 0, labels.CLICK_EDGE)]
        edges += [_edge(joins, 120, labels.JOIN_EDGE)]
        edges += [{**_edge(orders.take(clicked, origin), 0, labels.ORDER_EDGE), "ts": direct["ts"]}]
        joined.append(joins["friend"])
        seen += [
            events(rng, society, one["friend"], one["ts"] - 1, kind, labels.FRIEND)
            for one, kind in ((shared, labels.VIEW), (clicked, labels.CLICK))
        ]
        senders = direct
    edge = orders.concatenate(edges)
    return Recommended(
        orders.take(edge, edge["ts"] <= _LAST),
        orders.concatenate(seen),
        orders.concatenate(made),
        np.concatenate(joined),
    )


def _first_orders(bought: Columns) -> Columns:
    """Each person's first order of the year."""
    rows = np.flatnonzero(bought["paid"] & (bought["ts"] >= _FIRST))
    rows = rows[np.argsort(orders.key(bought["person"][rows], bought["ts"][rows]), kind="stable")]
    person = bought["person"][rows]
    fresh = np.ones(len(person), bool)
    fresh[1:] = person[1:] != person[:-1]
    return orders.take(bought, rows[fresh])


def _shares(rng: np.random.Generator, society: Society, senders: Columns) -> Columns:
    """Who of these tells whom, some days after the order. Friends are neighbours."""
    person = senders["person"]
    willing = _SHARES + _FAN_SHARES * society.fan[person]
    tells = society.on_platform[person] & (rng.random(len(person)) < willing)
    person, ts = person[tells], senders["ts"][tells]
    of, _ = copies(np.minimum(1 + rng.poisson(_MORE, len(person)), _MOST))
    step = rng.integers(1, COMMUNITY, len(of))
    base = person[of] // COMMUNITY * COMMUNITY
    width = np.minimum(COMMUNITY, society.size - base)
    friend = base + (person[of] - base + step) % width
    when = ts[of] + DAY + rng.exponential(4.0 * DAY, len(of)).astype(np.int64)
    good = society.on_platform[friend] & (friend != person[of]) & (when <= _LAST)
    return {"sender": person[of][good], "friend": friend[good], "ts": when[good]}


def _first_of_friend(clicked: Columns) -> Columns:
    """Whoever is told twice counts for whom it followed first."""
    order = np.argsort(orders.key(clicked["friend"], clicked["ts"]), kind="stable")
    friend = clicked["friend"][order]
    fresh = np.ones(len(friend), bool)
    fresh[1:] = friend[1:] != friend[:-1]
    return orders.take(clicked, order[fresh])


def _orders(
    rng: np.random.Generator,
    society: Society,
    clicked: Columns,
    calendar: Calendar,
    effects: Effects,
) -> tuple[Columns, Array]:
    """First orders of friends who clicked, and of which click each is."""
    friend, ts = clicked["friend"], clicked["ts"]
    never = ~calendar.buys(friend, np.zeros(len(ts), np.int64), ts)
    buys = never & (rng.random(len(ts)) < np.minimum(_BUYS * society.appetite[friend], 0.7))
    when = ts + 300 + np.minimum(rng.exponential(1.5 * DAY, len(ts)), 8.0 * DAY).astype(np.int64)
    origin = np.flatnonzero(buys & (when <= _LAST))
    cause = orders.FRIEND if effects.friends else 0
    return orders.new(friend[origin], when[origin], labels.REFERRED, cause), origin


def _edge(pairs: Columns, later: int, kind: int) -> Columns:
    size = len(pairs["ts"])
    return {
        "sender": pairs["sender"],
        "friend": pairs["friend"],
        "ts": pairs["ts"] + later,
        "kind": np.full(size, kind, np.uint8),
    }
