"""When people buy and look: weeks, sales events and hours of the day."""

import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population.plan import BRAND_START, DAY, END, days

Array = npt.NDArray[Any]

FIRST: Final = days(BRAND_START)
COUNT: Final = days(END) - FIRST

# Month and day of the first day, number of days, how many times as busy.
_EVENTS: Final = (
    ((3, 1), 8, 2.0),
    ((6, 1), 18, 2.2),
    ((6, 18), 1, 3.0),
    ((10, 20), 23, 2.6),
    ((10, 31), 2, 2.5),
    ((11, 11), 1, 6.0),
    ((12, 10), 3, 2.5),
)
_WEEKDAYS: Final = (0.95, 0.9, 0.9, 0.95, 1.05, 1.15, 1.15)
_HOURS: Final = (
    *(0.9, 0.4, 0.2, 0.1, 0.1, 0.2, 0.5, 1.0, 1.3, 1.5, 1.6, 1.6),
    *(1.8, 1.5, 1.3, 1.3, 1.4, 1.4, 1.6, 2.0, 2.8, 2.9, 2.4, 1.6),
)
_RUSH: Final = 2 * 3600  # seconds after midnight in which half of a sale's main day is sold


def _weights() -> Array:
    first = datetime.date.fromisoformat(BRAND_START)
    dates = [first + datetime.timedelta(position) for position in range(COUNT)]
    weights = np.array([_WEEKDAYS[date.weekday()] for date in dates])
    for (month, day), length, times in _EVENTS:
        for year in (2024, 2025):
            begin = (datetime.date(year, month, day) - first).days
            weights[begin : begin + length] *= times
    return weights


WEIGHTS: Final = _weights()
_HOUR_EDGES: Final = np.cumsum(_HOURS) / np.sum(_HOURS)
_MAIN_DAYS: Final = (days("2024-11-11"), days("2025-11-11"))


def moments(rng: np.random.Generator, size: int, start: str, end: str = END) -> Array:
    """Seconds since 1970 between two days, at the busy times more often."""
    begin, stop = days(start) - FIRST, days(end) - FIRST
    edges = np.cumsum(WEIGHTS[begin:stop])
    found = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    day = np.minimum(found, len(edges) - 1) + begin + FIRST
    return at_day(rng, day)


def at_day(rng: np.random.Generator, day: Array) -> Array:
    """A time of these days; on the main day of Double 11 often just after midnight."""
    hour = np.searchsorted(_HOUR_EDGES, rng.random(len(day)), side="right")
    second = np.minimum(hour, 23) * 3600 + rng.integers(0, 3600, len(day))
    rush = np.isin(day, _MAIN_DAYS) & (rng.random(len(day)) < 0.5)
    second = np.where(rush, rng.integers(0, _RUSH, len(day)), second)
    moments: Array = day.astype(np.int64) * DAY + second
    return moments


# The share of the list price that is usual on a day, in percent: public, like a price calendar.
USUAL: Final = (
    ("2024-10-20", "2024-11-12", 74),
    ("2024-12-10", "2024-12-13", 84),
    ("2024-06-01", "2024-06-20", 80),
    ("2024-03-01", "2024-03-11", 88),
    ("2025-03-01", "2025-03-11", 88),
    ("2025-06-01", "2025-06-20", 80),
    ("2025-10-20", "2025-11-13", 74),
    ("2025-12-10", "2025-12-13", 84),
)
USUAL_ELSE: Final = 95


def _usual() -> Array:
    percent = np.full(COUNT, USUAL_ELSE)
    for start, end, value in USUAL:
        percent[days(start) - FIRST : days(end) - FIRST] = value
    return percent


_USUAL_PERCENT: Final = _usual()


def usual_percent(ts: Array) -> Array:
    """Percent of the list price that is usual at these times."""
    found: Array = _USUAL_PERCENT[np.clip(ts // DAY - FIRST, 0, COUNT - 1)]
    return found
