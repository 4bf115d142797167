"""The partner: a marketplace that delivers. Its orders of all brands, and its own advertising."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels, orders, season
from cleanroom.prepare.population.chance import Chance, copies, happens, pick, pick_by
from cleanroom.prepare.population.orders import Columns
from cleanroom.prepare.population.plan import DAY, END, START, seconds
from cleanroom.prepare.population.society import Society

Array = npt.NDArray[Any]

_ORDERS: Final = 0.8  # in the year, of a person of activity 1
_VISITS: Final = 0.8
_OTHERS: Final = np.array([0.30, 0.24, 0.46])  # of the orders of other brands
_REFUNDED: Final = 0.06
_CHANNELS: Final = (0.45, 0.35, 0.20)
_KINDS: Final = (0.85, 0.15)  # seen, clicked
_LAST: Final = seconds(END) - 1


def conversions(chance: Chance, society: Society) -> Columns:
    """Payments and refunds at the marketplace: ``person``, ``ts``, ``kind``, ``order``, ``brand``,
    ``category``, ``qty``, ``paid``, ``place`` (how it was delivered)."""
    rng = chance.of("market")
    of, _ = copies(rng.poisson(_ORDERS * society.activity * society.on_partner))
    size = len(of)
    own = happens(rng, np.minimum(0.08 * society.appetite[of], 0.5))
    brand = np.where(own, 0, 1 + pick(rng, tuple(_OTHERS), size))
    shares = np.array([[0.24, 0.2, 0.1, 0.06, 0.12, 0.16, 0.12]])
    category = pick_by(rng, shares, np.zeros(size, np.int64))
    benchmark = np.array([one.benchmark for one in labels.CATEGORIES])[category]
    ts = season.moments(rng, size, START)
    price = benchmark * season.usual_percent(ts) / 100.0 * np.exp(rng.normal(-0.1, 0.3, size))
    qty = 1 + pick(rng, (0.88, 0.12), size).astype(np.int64)
    paid = {
        "person": of.astype(np.int64),
        "ts": ts,
        "kind": np.full(size, labels.PAY, np.uint8),
        "order": np.arange(size),
        "brand": brand.astype(np.uint8),
        "category": category,
        "qty": qty,
        "paid": np.rint(price).astype(np.int64) * qty,
        "place": pick(rng, (0.45, 0.2, 0.27, 0.08), size),
    }
    back = orders.take(paid, rng.random(size) < _REFUNDED)
    back = {
        **back,
        "ts": back["ts"] + DAY + rng.exponential(4.0 * DAY, len(back["ts"])).astype(int),
    }
    back["kind"] = np.full(len(back["ts"]), labels.REFUND, np.uint8)
    found = orders.concatenate([paid, back])
    found = orders.take(found, found["ts"] <= _LAST)
    return orders.take(found, np.argsort(found["ts"], kind="stable"))


def exposures(chance: Chance, society: Society) -> Columns:
    """What is seen on the marketplace: ``person``, ``ts``, ``kind``, ``channel``, ``device``."""
    rng = chance.of("market visits")
    of, _ = copies(rng.poisson(_VISITS * society.activity * society.on_partner))
    size = len(of)
    found = {
        "person": of.astype(np.int64),
        "ts": season.moments(rng, size, START),
        "kind": pick(rng, _KINDS, size),
        "channel": pick(rng, _CHANNELS, size),
        "device": society.system[of],
    }
    return orders.take(found, np.argsort(found["ts"], kind="stable"))
