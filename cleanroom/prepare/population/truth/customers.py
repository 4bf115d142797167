"""Repeat purchases (A15), price bands (A12), times of day (A16), friends (A13)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels
from cleanroom.prepare.population.orders import key
from cleanroom.prepare.population.plan import DAY, END, seconds
from cleanroom.prepare.population.resolve import NOBODY
from cleanroom.prepare.population.truth import definitions as d
from cleanroom.prepare.population.truth.adding import Counts
from cleanroom.prepare.population.truth.view import NEVER, View, tally

Array = npt.NDArray[Any]


def loyalty(view: View) -> Counts:
    """The brand's persons by quarter of the first payment and days until one on a later day."""
    person = np.flatnonzero(view.first_pay < NEVER)
    first = view.first_pay[person]
    second = view.next_pay(person, (first // DAY + 1) * DAY)
    gap = second // DAY - first // DAY
    bucket = np.where(second == NEVER, len(d.GAPS) - 1, np.digitize(gap, d.GAP_EDGES))
    month = first.astype("datetime64[s]").astype("datetime64[M]").astype(int)
    quarter = month // 3
    return {
        f"{1970 + number // 4}-Q{number % 4 + 1}": tally(d.GAPS, bucket[quarter == number])
        for number in range((2024 - 1970) * 4, (2026 - 1970) * 4)
    }


def price_bands(view: View) -> Counts:
    """The brand's buyers of 2025 by the price band in which most of their payments lie; of equal
    ones the band of the latest of them. Also those of the platform."""
    rows = np.flatnonzero(view.pays["ts"] >= seconds(d.NEW_SINCE))
    of, ts = view.pays["of"][rows], view.pays["ts"][rows]
    band = np.digitize(view.pays["paid"][rows] // view.pays["qty"][rows], d.BAND_EDGES)
    count = np.zeros((view.brand.count, len(d.BANDS)), np.int64)
    np.add.at(count, (of, band), 1)
    latest = np.full(count.shape, -1, np.int64)
    # Of payments at the same second the highest band counts as the latest.
    np.maximum.at(latest, (of, band), ts * len(d.BANDS) + band)
    most = count == count.max(axis=1, keepdims=True)
    choice = np.where(most, latest, -1).argmax(axis=1)
    buyers = np.unique(of)
    matched = np.intersect1d(buyers, view.brand_of)
    return {
        "buyers": tally(d.BANDS, choice[buyers]),
        "also_platform": tally(d.BANDS, choice[matched]),
    }


def dayparts(view: View) -> Counts:
    """When and on what the brand's buyers of 2025 made their first payment of the year."""
    rows = np.flatnonzero(view.pays["ts"] >= seconds(d.NEW_SINCE))
    of = view.pays["of"][rows]
    fresh = np.ones(len(rows), bool)
    fresh[1:] = of[1:] != of[:-1]
    rows = rows[fresh]
    part = np.digitize(view.pays["ts"][rows] % DAY // 3600, d.DAYPART_EDGES)
    device = view.pays["device"][rows]
    return {
        name: tally(d.DAYPARTS, part[device == code]) for code, name in enumerate(labels.SYSTEMS)
    }


def friends(view: View) -> Counts:
    """Recommendations between sealed persons, and the customers who came by them."""
    edges, roster = view.chunk.edges, view.chunk.rosters["platform"]
    sender = view.platform.of_account[roster.first[edges["sender"]]]
    friend = view.platform.of_account[roster.first[edges["friend"]]]
    sealed = (sender != NOBODY) & (friend != NOBODY)
    good = sealed & (edges["ts"] < seconds(END))
    found: Counts = {"edges": tally(labels.EDGE_KINDS, edges["kind"][good])}
    found["senders"] = {}
    found["friends"] = {}
    for code, name in enumerate(labels.EDGE_KINDS):
        rows = good & (edges["kind"] == code)
        found["senders"][name] = len(np.unique(sender[rows]))
        found["friends"][name] = len(np.unique(friend[rows]))
    bought = good & (edges["kind"] == labels.ORDER_EDGE)
    referred = np.unique(friend[bought])
    found["quality"] = _quality(view, referred)
    return found


def _quality(view: View, referred: Array) -> Counts:
    """New customers of 2025 with 90 days behind them who are on the platform, too: those with an
    edge ``first_order`` and the others."""
    platform, brand, ts = view.newcomers(d.NEW_SINCE, d.MATURE_UNTIL)
    there = platform != NOBODY
    platform, brand, ts = platform[there], brand[there], ts[there]
    end = ts + d.QUALITY_DAYS * DAY
    is_referred = np.isin(platform, referred)
    again = view.next_pay(brand, (ts // DAY + 1) * DAY) <= end
    begin, stop = view.count_pays(brand, ts, end)
    total = np.concatenate([[0], np.cumsum(view.pays["paid"])])
    value = np.minimum(total[stop] - total[begin], d.VALUE_CAP)
    refunds = _counts(view, labels.REFUND, brand, ts, end)
    reviews = _counts(view, labels.REVIEW, brand, ts, end)
    praise = _counts(view, labels.REVIEW, brand, ts, end, review=0)
    return {
        name: {
            "new_customers": int(rows.sum()),
            "bought_again": int(again[rows].sum()),
            "sent_back": int((refunds > 0)[rows].sum()),
            "payments": int((stop - begin)[rows].sum()),
            "refunds": int(refunds[rows].sum()),
            "reviews": int(reviews[rows].sum()),
            "good_reviews": int(praise[rows].sum()),
            "value_clipped": int(value[rows].sum()),
        }
        for name, rows in (("referred", is_referred), ("others", ~is_referred))
    }


def _counts(
    view: View, kind: int, brand: Array, start: Array, end: Array, *, review: int | None = None
) -> Array:
    """Rows of a kind that persons of the brand have in [start, end]."""
    sold = view.sold
    rows = sold["kind"] == kind
    if review is not None:
        rows = rows & (sold["review"] == review)
    low, high = view.bounds(key(sold["of"][rows], sold["ts"][rows]), brand, start, end)
    found: Array = high - low
    return found
