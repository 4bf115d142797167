"""Paths (A05), phases of Double 11 (A17), stages and their changes (A14), first touches (A10)."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels
from cleanroom.prepare.population.orders import key
from cleanroom.prepare.population.plan import DAY, seconds
from cleanroom.prepare.population.resolve import NOBODY
from cleanroom.prepare.population.truth import definitions as d
from cleanroom.prepare.population.truth.adding import Counts
from cleanroom.prepare.population.truth.view import CELLS, NEVER, NO_CHANNEL, View, tally

Array = npt.NDArray[Any]

GROUPS: Final = ("朋友圈", "视频号", "搜索", "朋友推荐", "其他")
_OTHER: Final = len(GROUPS) - 1
GROUP_OF: Final = np.array(
    [GROUPS.index(name) if name in GROUPS else _OTHER for name in labels.CHANNELS]
)


def paths(view: View) -> Counts:
    """In which order the platform's persons first met groups of channels, and who then paid."""
    since, until = (seconds(day) for day in d.DOUBLE_11)
    size = view.platform.count
    paid = view.next_pay(view.brand_of, np.full(size, since))
    paid = np.where(paid < until, paid, NEVER)
    seen = view.seen
    rows = (seen["ts"] >= since) & (seen["ts"] <= np.minimum(paid, until - 1)[seen["of"]])
    first = np.full((size, len(GROUPS)), NEVER)
    np.minimum.at(first, (seen["of"][rows], GROUP_OF[seen["channel"][rows]]), seen["ts"][rows])
    order = np.argsort(first, axis=1, kind="stable")
    met = np.take_along_axis(first, order, axis=1) < NEVER
    code = np.zeros(size, np.int64)
    for place in range(len(GROUPS)):
        code = code * (len(GROUPS) + 1) + np.where(met[:, place], order[:, place] + 1, 0)
    return {
        "converted": _named(code[paid < NEVER]),
        "not_converted": _named(code[paid == NEVER]),
        "last_touch": tally(CELLS, view.touch(*_converters(view, since, until), d.TOUCH_DAYS)),
        "first_touch": tally(
            CELLS, view.touch(*_converters(view, since, until), d.TOUCH_DAYS, last=False)
        ),
    }


def _named(codes: Array) -> dict[str, int]:
    """Counts by path; the empty one is nobody met."""
    found = {}
    for code, count in zip(*np.unique(codes, return_counts=True), strict=True):
        steps, rest = [], int(code)
        for _ in GROUPS:
            rest, step = divmod(rest, len(GROUPS) + 1)
            steps.append(step)
        found[" > ".join(GROUPS[step - 1] for step in reversed(steps) if step)] = int(count)
    return found


def _converters(view: View, since: int, until: int) -> tuple[Array, Array]:
    """Persons of the platform with a payment in a period, and the first one's time."""
    paid = view.next_pay(view.brand_of, np.full(view.platform.count, since))
    person = np.flatnonzero(paid < until)
    return person, paid[person]


def phases(view: View) -> Counts:
    """In which phases of the event persons saw something, and what they then bought."""
    mask = np.zeros(view.platform.count, np.int64)
    for bit, (_, since, until) in enumerate(d.PHASES):
        rows = (view.seen["ts"] >= seconds(since)) & (view.seen["ts"] < seconds(until))
        mask[np.unique(view.seen["of"][rows])] |= 1 << bit
    start, stop = seconds(d.PHASES[0][1]), seconds(d.PHASES[-1][2])
    size = view.platform.count
    begin, end = view.count_pays(view.brand_of, np.full(size, start), np.full(size, stop - 1))
    total = np.concatenate([[0], np.cumsum(view.pays["paid"])])
    sales = np.minimum(total[end] - total[begin], d.VALUE_CAP)
    first = np.append(view.first_pay, NEVER)[view.brand_of]
    new = (view.brand_of != NOBODY) & (first >= start) & (first < stop)
    found: Counts = {}
    for code in range(1 << len(d.PHASES)):
        rows = mask == code
        names = [name for bit, (name, _, _) in enumerate(d.PHASES) if code >> bit & 1]
        found["+".join(names)] = {
            "persons": int(rows.sum()),
            "buyers": int((end > begin)[rows].sum()),
            "new_customers": int(new[rows].sum()),
            "sales_clipped": int(sales[rows].sum()),
        }
    return found


def stages(view: View) -> Counts:
    """The platform's persons by the stage they had reached before each of two days."""
    before, after = (_stage(view, seconds(day)) for day in d.STAGE_AT)
    counts = np.bincount(before * len(d.STAGES) + after, minlength=len(d.STAGES) ** 2)
    matrix = counts.reshape(len(d.STAGES), -1).tolist()
    return {
        name: dict(zip(d.STAGES, row, strict=True))
        for name, row in zip(d.STAGES, matrix, strict=True)
    }


def _stage(view: View, at: int) -> Array:
    since = at - d.STAGE_DAYS * DAY
    seen, sold = view.seen, view.sold
    stage = np.zeros(view.platform.count, np.int64)
    rows = (seen["ts"] >= since) & (seen["ts"] < at)
    passive = (seen["kind"] == labels.IMP) | (seen["kind"] == labels.VIEW)
    stage[seen["of"][rows & passive]] = 1
    stage[seen["of"][rows & ~passive]] = 2
    rows = (sold["ts"] >= since) & (sold["ts"] < at)
    own = np.zeros(view.brand.count + 1, np.int64)  # the last one stands for nobody
    own[sold["of"][rows & (sold["kind"] == labels.CART)]] = 2
    paid = rows & (sold["kind"] == labels.PAY)
    days = np.unique(key(sold["of"][paid], sold["ts"][paid] // DAY)) >> 32
    count = np.bincount(days, minlength=len(own))
    own = np.where(count >= 2, 4, np.where(count == 1, 3, own))
    found: Array = np.maximum(stage, own[view.brand_of])
    return found


def first_touches(view: View) -> Counts:
    """Persons by month and channel of their first exposure of the year; who paid soon after."""
    seen = view.seen
    _, rows = np.unique(seen["of"], return_index=True)
    # Of exposures at the same second the one of the highest campaign, then channel, counts.
    rows = np.searchsorted(view.seen_keys, view.seen_keys[rows], side="right") - 1
    person, ts, channel = (seen[name][rows] for name in ("of", "ts", "channel"))
    paid = view.next_pay(view.brand_of[person], ts) <= ts + d.TOUCH_DAYS * DAY
    month = (ts.astype("datetime64[s]").astype("datetime64[M]").astype(int) % 12) + 1
    return {
        f"2025-{number:02}": {
            "persons": tally(labels.CHANNELS, channel[month == number]),
            "converted": tally(labels.CHANNELS, channel[(month == number) & paid]),
        }
        for number in range(1, 13)
    }


def attributed(view: View) -> Counts:
    """Payments of Double 11 and their amounts by the channel of the last touch before each."""
    since, until = (seconds(day) for day in d.DOUBLE_11)
    brand = np.flatnonzero(view.brand_of != NOBODY)
    ordered = brand[np.argsort(view.brand_of[brand], kind="stable")]
    owner = view.brand_of[ordered]
    low = np.searchsorted(owner, view.pays["of"])
    high = np.searchsorted(owner, view.pays["of"], side="right")
    inside = (view.pays["ts"] >= since) & (view.pays["ts"] < until)
    rows = np.flatnonzero(inside & (high > low))
    repeat = (high - low)[rows]
    pay = np.repeat(rows, repeat)
    offset = np.arange(len(pay)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    person = ordered[low[pay] + offset]
    channel = view.touch(person, view.pays["ts"][pay], d.TOUCH_DAYS)
    names = CELLS[: NO_CHANNEL + 1]
    paid = view.pays["paid"][pay]
    return {
        "payments": tally(names, channel),
        "amount": {name: int(paid[channel == cell].sum()) for cell, name in enumerate(names)},
    }
