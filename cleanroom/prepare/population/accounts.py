"""Names of accounts and orders, as parties write them."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from cleanroom.prepare.population import orders
from cleanroom.prepare.population.chance import Chance
from cleanroom.prepare.population.orders import Columns
from cleanroom.prepare.population.plan import Plan
from cleanroom.prepare.population.world import Chunk

Array = npt.NDArray[Any]
Sheets = dict[tuple[str, str], pl.DataFrame]
"""(party, name of the file without its ending) -> rows."""

UNKNOWN_ONE_IN: Final = 2_000
"""One more event of so many is of an account that nobody knows any more."""
_NAMES: Final = 9_000_000_000
_FIRST_NAME: Final = 1_000_000_000
_SPREADS: Final = {"platform": 2_654_435_761, "brand": 2_246_822_519, "partner": 3_266_489_917}
_PREFIX: Final = {"platform": "U", "brand": "M", "partner": ""}
_EACH: Final = 1_000_000_000  # accounts of one ordinal; 2: unknown ones
_UNKNOWN: Final = 2
_ORDERS: Final = 1 << 22  # of one chunk, at most


@dataclass(frozen=True)
class Pen:
    """What writing a chunk needs beside the chunk."""

    plan: Plan
    number: int
    begin: int  # of the phone numbers

    @property
    def chance(self) -> Chance:
        """The streams of the chunk."""
        return Chance(self.plan.seed, self.number)

    def order_names(self, order: Array, prefix: str) -> pl.Series:
        """Numbers of orders of the chunk, with letters before them."""
        number = order.astype(np.uint64) + np.uint64(self.number * _ORDERS)
        return prefix + _spread(number, _SPREADS["platform"])


def account_names(party: str, ordinal: Array, person: Array) -> pl.Series:
    """How a party names accounts of these persons (numbers over all chunks)."""
    number = ordinal.astype(np.uint64) * np.uint64(_EACH) + person.astype(np.uint64)
    return _PREFIX[party] + _spread(number, _SPREADS[party])


def _spread(number: Array, factor: int) -> pl.Series:
    """Ten digits that are different for different numbers, as the factor is coprime."""
    spread = number * np.uint64(factor) % np.uint64(_NAMES)
    return pl.Series(spread + np.uint64(_FIRST_NAME)).cast(pl.String)


def names_of_rows(chunk: Chunk, party: str) -> pl.Series:
    """The account of each row of a party's list."""
    return names_of(chunk, party, chunk.rosters[party].account)


def names_of(chunk: Chunk, party: str, account: Array) -> pl.Series:
    """Accounts of a party's list."""
    roster = chunk.rosters[party]
    person = chunk.society.number[roster.person[account]]
    return account_names(party, roster.ordinal[account], person)


def with_unknown(chunk: Chunk, party: str, events: Columns) -> tuple[Columns, pl.Series]:
    """Events and their accounts' names; some are there once more, under a name nobody knows."""
    again = np.arange(0, len(events["ts"]), UNKNOWN_ONE_IN)
    stranger = np.full(len(again), _UNKNOWN)
    unknown = account_names(party, stranger, chunk.society.first + again % chunk.society.size)
    names = pl.concat([names_of(chunk, party, events["account"]), unknown])
    return orders.concatenate([events, orders.take(events, again)]), names
