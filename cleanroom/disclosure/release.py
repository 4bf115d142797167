"""Releases: all that comes out of the sandbox. Numbers over public cells, nothing else."""

from typing import Literal

from msgspec import Struct

from cleanroom.disclosure.price import Price

# Why a question was refused, as far as that may be said: policy, counters and released numbers
# decide the first ones, the agreement the others. What depends on data is only ever "withheld".
PUBLIC_REASONS = (
    *("match_first", "min_match", "budget", "analyses", "cells"),
    *("analysis", "party", "column", "columns", "filters", "value", "cap", "dates", "window"),
    *("two_parties", "too_many_cells", "too_long", "parameter"),
)


class Vector(Struct, frozen=True, forbid_unknown_fields=True):
    """One measure over the cells of the question, in their order.

    ``values``: noisy whole numbers, None where withheld. ``sigma``: standard deviation of the noise
    in the same unit; ``rounding``: values are multiples of it (1 = not rounded). ``rest``: everyone
    in the withheld cells together, where that may be said.
    """

    measure: str
    values: tuple[int | None, ...]
    sigma: int
    rounding: int
    rest: int | None = None


class Release(Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to one question. ``reason`` is public: budget, cells, match, withheld..."""

    question_key: str
    mode: Literal["dp", "threshold"]
    status: Literal["released", "refused"]
    vectors: tuple[Vector, ...]
    price: Price  # charged by this answer; nothing for a replay
    replayed: bool = False
    reason: str = ""
