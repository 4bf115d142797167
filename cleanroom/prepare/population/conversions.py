"""From orders to the rows of the brand's table: carts, deposits, payments, refunds, reviews.

Rows are dictionaries of arrays: ``person``, ``ts``, ``kind``, ``order`` (its number in the chunk),
``sku``, ``qty``, ``list`` and ``paid`` (hundredths), ``shop``, ``device``, ``place``, ``version``,
``shade``, ``review`` (-1: none), and what only the truth knows: ``source``, ``cause``.

A payment is the whole price of the line, also where a deposit went before; a deposit is a part of
it. A refund is the amount that was paid back, above nought.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels, orders, plan, season
from cleanroom.prepare.population.chance import Chance, copies, pick, pick_by
from cleanroom.prepare.population.orders import Columns
from cleanroom.prepare.population.plan import DAY, END, Effects, seconds
from cleanroom.prepare.population.society import Society

Array = npt.NDArray[Any]

LIST_PRICES: Final = np.array(labels.LIST_PRICES)
BENCHMARKS: Final = np.array([category.benchmark for category in labels.CATEGORIES])
TIERS: Final = len(labels.TIERS)

_SECOND_LINE: Final = 0.25
_BY_GENDER: Final = np.array(
    [[0.30, 0.24, 0.12, 0.08, 0.12, 0.09, 0.05], [0.14, 0.04, 0.08, 0.03, 0.15, 0.34, 0.22]]
)
_TIER_SHARES: Final = np.array(
    [[0.40, 0.42, 0.18], [0.30, 0.45, 0.25], [0.18, 0.44, 0.38]]
)  # by spending
_CHEAPER: Final = np.array([0.62, 0.30, 0.08])  # customers of advertisements choose like that
_QUANTITIES: Final = (0.86, 0.11, 0.03)
_PRICE_SPREAD: Final = 0.05
_SHOPS: Final = (0.38, 0.48, 0.14)
_STORE: Final = 2
_CARTS: Final = 0.30
_DEPOSIT_PERCENT: Final = 10
_REVIEWED: Final = 0.40
_LAST: Final = seconds(END) - 1


def rows(chance: Chance, society: Society, bought: Columns, effects: Effects) -> Columns:
    """All rows of these orders, in order of time."""
    rng = chance.of("conversions")
    lines = _lines(rng, society, bought, effects)
    paid = orders.take(lines, bought["paid"][lines["order"]])
    parts = [
        _of(orders.take(paid, np.arange(len(paid["ts"]))), labels.PAY),
        _deposits(bought, lines),
        _carts(rng, paid),
        _refunds(rng, society, paid, effects),
        _reviews(rng, paid, effects),
    ]
    found = orders.concatenate(parts)
    found = orders.take(found, found["ts"] <= _LAST)
    return orders.take(found, np.argsort(found["ts"], kind="stable"))


def _lines(
    rng: np.random.Generator, society: Society, bought: Columns, effects: Effects
) -> Columns:
    """One or two lines of each order, with goods and prices."""
    order, _ = copies(1 + (rng.random(len(bought["ts"])) < _SECOND_LINE))
    person, source = bought["person"][order], bought["source"][order]
    category = pick_by(rng, _BY_GENDER, society.gender[person])
    shares = np.concatenate([_TIER_SHARES, _CHEAPER[None]])
    tier = pick_by(rng, shares, np.where(orders.is_paid(source), 3, society.spending[person]))
    sku = category.astype(np.int64) * TIERS + tier
    qty = 1 + pick(rng, _QUANTITIES, len(order)).astype(np.int64)
    usual = season.usual_percent(bought["ts"][order]) / 100.0
    premium = effects.referred_price * (source == labels.REFERRED)
    premium = premium + effects.fan_price * society.fan[person]
    spread = rng.normal(0.0, _PRICE_SPREAD, len(order))
    unit = LIST_PRICES[sku] * usual * np.exp(premium + spread)
    shop = pick(rng, _SHOPS, len(bought["ts"]))[order]
    return {
        "person": person,
        "ts": bought["ts"][order],
        "order": order,
        "sku": sku.astype(np.uint8),
        "qty": qty,
        "list": LIST_PRICES[sku],
        "paid": np.rint(unit).astype(np.int64) * qty,
        "shop": shop,
        "device": society.system[person],
        "place": (shop == _STORE).astype(np.uint8),
        "version": pick(rng, (0.7, 0.2, 0.1), len(order)).astype(np.int8),
        "shade": np.where(category == 1, pick(rng, (0.3, 0.3, 0.25, 0.15), len(order)), -1).astype(
            np.int8
        ),
        "source": source,
        "cause": bought["cause"][order],
    }


def _of(lines: Columns, kind: int) -> Columns:
    size = len(lines["ts"])
    return {**lines, "kind": np.full(size, kind, np.uint8), "review": np.full(size, -1, np.int8)}


def _deposits(bought: Columns, lines: Columns) -> Columns:
    """A tenth of the price, when it was put down."""
    at = bought["deposit"][lines["order"]]
    held = orders.take(lines, at >= 0)
    part = held["paid"] * _DEPOSIT_PERCENT // 100
    return _of({**held, "ts": at[at >= 0], "paid": part}, labels.DEPOSIT)


def _carts(rng: np.random.Generator, paid: Columns) -> Columns:
    put = orders.take(paid, rng.random(len(paid["ts"])) < _CARTS)
    before = (rng.random(len(put["ts"])) * 2 * DAY).astype(np.int64) + 30
    return _of({**put, "ts": put["ts"] - before, "paid": put["paid"] * 0}, labels.CART)


def _refunds(
    rng: np.random.Generator, society: Society, paid: Columns, effects: Effects
) -> Columns:
    """Lines sent back some days later; more of those bought in a sale."""
    source = paid["source"]
    chance = plan.REFUND + 0.03 * (season.usual_percent(paid["ts"]) < 80)
    chance = chance + effects.referred_refund * (source == labels.REFERRED)
    chance = chance + effects.paid_refund * orders.is_paid(source)
    back = orders.take(paid, rng.random(len(source)) < chance)
    later = DAY + rng.exponential(4.0 * DAY, len(back["ts"])).astype(np.int64)
    return _of({**back, "ts": back["ts"] + later}, labels.REFUND)


def _reviews(rng: np.random.Generator, paid: Columns, effects: Effects) -> Columns:
    """What is written about a line, some days later."""
    said = orders.take(paid, rng.random(len(paid["ts"])) < _REVIEWED)
    size = len(said["ts"])
    good = plan.GOOD_REVIEW + effects.referred_good_review * (said["source"] == labels.REFERRED)
    bad = np.where(rng.random(size) < 0.6, 1, 2)
    review = np.where(rng.random(size) < good, 0, bad).astype(np.int8)
    later = 3 * DAY + (rng.random(size) * 15 * DAY).astype(np.int64)
    written = _of({**said, "ts": said["ts"] + later, "paid": said["paid"] * 0}, labels.REVIEW)
    return {**written, "review": review}
