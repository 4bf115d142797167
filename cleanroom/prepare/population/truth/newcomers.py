"""New customers by channel (A04), how good they are (A15), what they pay (A11)."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels, season
from cleanroom.prepare.population.conversions import BENCHMARKS, TIERS
from cleanroom.prepare.population.plan import DAY
from cleanroom.prepare.population.truth import definitions as d
from cleanroom.prepare.population.truth.adding import Counts
from cleanroom.prepare.population.truth.view import CELLS, NEVER, View, tally

Array = npt.NDArray[Any]

SPANS: Final = {
    "2025": (d.NEW_SINCE, d.NEW_UNTIL),
    "double_11": d.DOUBLE_11,
    **{f"2025-Q{number}": span for number, span in enumerate(d.QUARTERS, 1)},
}


def new_customers(view: View) -> Counts:
    """By channel, for the year and its quarters; last and first touch."""
    found: Counts = {}
    for name, (since, until) in SPANS.items():
        platform, brand, ts = view.newcomers(since, until)
        last = view.touch(platform, ts, d.TOUCH_DAYS)
        first = view.touch(platform, ts, d.TOUCH_DAYS, last=False)
        value = _first_day_value(view, brand, ts)
        found[name] = {
            "last_touch": tally(CELLS, last),
            "first_touch": tally(CELLS, first),
            "first_order_value": _sums(last, value),
            "first_order_value_clipped": _sums(last, np.minimum(value, d.VALUE_CAP)),
        }
    return found


def sources(view: View) -> Counts:
    """New customers of the same spans by what really brought them."""
    found = {}
    for name, (since, until) in SPANS.items():
        _, brand, ts = view.newcomers(since, until)
        found[name] = tally(labels.SOURCES, _source(view, brand, ts))
    return found


def _first_day_value(view: View, brand: Array, ts: Array) -> Array:
    """What persons of the brand paid on the day of their first payment."""
    day = ts // DAY * DAY
    begin, end = view.count_pays(brand, day, day + DAY - 1)
    total = np.concatenate([[0], np.cumsum(view.pays["paid"])])
    value: Array = total[end] - total[begin]
    return value


def _sums(cells: Array, values: Array) -> dict[str, int]:
    return {name: int(values[cells == cell].sum()) for cell, name in enumerate(CELLS)}


def quality(view: View) -> Counts:
    """Of new customers with 90 days behind them: how many buy again on a later day and send
    something back within these days; by channel, and by what really brought them."""
    platform, brand, ts = view.newcomers(d.NEW_SINCE, d.MATURE_UNTIL)
    cells = view.touch(platform, ts, d.TOUCH_DAYS)
    end = ts + d.QUALITY_DAYS * DAY
    again = view.next_pay(brand, (ts // DAY + 1) * DAY) <= end
    back = _within(view, labels.REFUND, brand, ts, end)
    source = _source(view, brand, ts)
    fan = _fan(view, brand)
    return {
        "by_channel": _rates(CELLS, cells, again, back),
        "by_planted_source": _rates(labels.SOURCES, source, again, back),
        "by_fan": _rates(("not fan", "fan"), fan, again, back),
    }


def _within(view: View, kind: int, brand: Array, start: Array, end: Array) -> Array:
    """Whether these persons have a row of this kind in [start, end]."""
    keys = view.keys_of(kind)
    low, high = view.bounds(keys, brand, start, end)
    found: Array = high > low
    return found


def _source(view: View, brand: Array, ts: Array) -> Array:
    """The planted source of the payment at these times."""
    begin, _ = view.count_pays(brand, ts, ts)
    source: Array = view.pays["source"][begin] if len(begin) else np.zeros(0, np.uint8)
    return source


def _fan(view: View, brand: Array) -> Array:
    """Whether the person of the row with a sealed person's attributes follows the brand."""
    roster = view.chunk.rosters["brand"]
    fan: Array = view.chunk.society.fan[roster.row_person[view.brand.row]][brand].astype(np.uint8)
    return fan


def _rates(names: tuple[str, ...], codes: Array, again: Array, back: Array) -> Counts:
    return {
        name: {
            "new_customers": int((codes == code).sum()),
            "bought_again": int(again[codes == code].sum()),
            "sent_back": int(back[codes == code].sum()),
        }
        for code, name in enumerate(names)
    }


def premium(view: View) -> Counts:
    """What new customers of the year pay for a piece, as logarithms against public prices.

    Per buyer, means over its payments; per segment, sums over buyers. ``total`` = ln(paid / qty /
    benchmark of the category), clipped to [-1, 1] in ``clipped``; ``mix`` = ln(list / benchmark);
    ``season`` = ln(usual share of the list price that day); ``like_for_like`` is the rest.
    """
    platform, brand, ts = view.newcomers(d.NEW_SINCE, d.NEW_UNTIL)
    pays = view.pays
    benchmark = BENCHMARKS[pays["sku"] // TIERS]
    total = np.log(pays["paid"] / pays["qty"] / benchmark)
    mix = np.log(pays["list"] / benchmark)
    usual = np.log(season.usual_percent(pays["ts"]) / 100.0)
    parts = {"total": total, "mix": mix, "season": usual, "like_for_like": total - mix - usual}
    begin, end = view.count_pays(brand, ts, np.full(len(brand), NEVER - 1))
    means = {name: _means(values, begin, end) for name, values in parts.items()}
    segments = {
        "by_channel": (CELLS, view.touch(platform, ts, d.TOUCH_DAYS)),
        "by_planted_source": (labels.SOURCES, _source(view, brand, ts)),
        "by_fan": (("not fan", "fan"), _fan(view, brand)),
    }
    return {
        how: {name: _moments(means, codes == code) for code, name in enumerate(names)}
        for how, (names, codes) in segments.items()
    }


def _means(values: Array, begin: Array, end: Array) -> Array:
    total = np.concatenate([[0.0], np.cumsum(values)])
    mean: Array = (total[end] - total[begin]) / (end - begin)
    return mean


def _moments(means: dict[str, Array], rows: Array) -> Counts:
    clipped = np.clip(means["total"][rows], -1.0, 1.0)
    sums = {name: float(values[rows].sum()) for name, values in means.items()}
    return {
        "buyers": int(rows.sum()),
        "sums": {**sums, "clipped": float(clipped.sum())},
        "squares": {
            "clipped": float((clipped**2).sum()),
            "like_for_like": float((means["like_for_like"][rows] ** 2).sum()),
        },
    }
