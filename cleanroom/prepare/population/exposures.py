"""What people see on the platform outside of campaigns: accounts, videos, searches, live shows.

Exposures are dictionaries of arrays, one entry an event: ``person`` (position in the chunk),
``ts``, ``until`` (-1: none), and positions of labels: ``kind``, ``channel``, ``campaign``,
``device``, ``place``.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.population import labels, season
from cleanroom.prepare.population.chance import Chance, copies, pick
from cleanroom.prepare.population.plan import DAY, END, START, seconds
from cleanroom.prepare.population.society import Society

Array = npt.NDArray[Any]
Columns = dict[str, Array]

_DAILY: Final = 0.7  # events of a person of activity 1 in the year
_CHANNELS: Final = (0.0, 0.38, 0.22, 0.20, 0.0, 0.0, 0.20)
_KINDS: Final = (0.0, 0.27, 0.65, 0.05, 0.03)
# Who has made up his mind searches: that is no effect of the search.
_SEARCHES: Final = (0.05, 0.16)  # of the orders at the beginning and the end of the year
_OPENS_APPLET: Final = (0.03, 0.10)
_PC: Final = 0.06
_PLACES: Final = (0.52, 0.22, 0.16, 0.10)


def events(
    rng: np.random.Generator,
    society: Society,
    person: Array,
    ts: Array,
    kind: int | Array,
    channel: int | Array,
    campaign: int = 0,
) -> Columns:
    """Exposures with a device and a place. Live shows are watched for a while."""
    size = len(person)
    channel = np.broadcast_to(np.asarray(channel, np.uint8), size).copy()
    watched = rng.exponential(900.0, size).astype(np.int64) + 10
    pc = rng.random(size) < _PC
    return {
        "person": person.astype(np.int64),
        "ts": ts.astype(np.int64),
        "until": np.where(channel == labels.LIVE, ts + watched, -1),
        "kind": np.broadcast_to(np.asarray(kind, np.uint8), size).copy(),
        "channel": channel,
        "campaign": np.full(size, campaign, np.uint8),
        "device": np.where(pc, 2, society.system[person]).astype(np.uint8),
        "place": pick(rng, _PLACES, size),
    }


def daily(chance: Chance, society: Society) -> Columns:
    """What is seen all year round, and follows no order."""
    rng = chance.of("daily")
    mean = _DAILY * society.activity * (1.0 + 1.5 * society.fan) * society.on_platform
    of, _ = copies(rng.poisson(mean))
    ts = season.moments(rng, len(of), START)
    kind, channel = pick(rng, _KINDS, len(of)), pick(rng, _CHANNELS, len(of))
    return events(rng, society, of, ts, kind, channel)


def before_orders(chance: Chance, society: Society, bought: Columns) -> list[Columns]:
    """Searches and visits of people who are about to buy, more of them as the year goes on."""
    rng = chance.of("before orders")
    begin, end = seconds(START), seconds(END)
    here = society.on_platform[bought["person"]] & (bought["ts"] >= begin + 3 * DAY)
    person, ts = bought["person"][here], bought["ts"][here]
    year = (ts - begin) / (end - begin)
    found = []
    for (first, last), channel, kind, lead in (
        (_SEARCHES, labels.SEARCH, labels.CLICK, 3.0 * DAY),
        (_OPENS_APPLET, labels.APPLET, labels.VIEW, 0.5 * DAY),
    ):
        does = rng.random(len(ts)) < first + (last - first) * year
        at = ts[does] - 60 - (rng.random(int(does.sum())) * lead).astype(np.int64)
        found.append(events(rng, society, person[does], at, kind, channel))
    return found
