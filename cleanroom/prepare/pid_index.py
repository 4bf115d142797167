"""Looks up 128-bit keys among millions: a sorted list with a directory on the leading bits.

Keys are keyed hashes, so their leading bits are even: with about one key for each entry of the
directory nearly every look-up reads one place or two.
"""

from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

UNKNOWN: Final = 2**32 - 2
"""What ``find`` returns for a key that is not there."""


class PidIndex:
    """Keys (uint64 halves, each key once) and the number (uint32) of each. Read-only, so safe to
    use on several threads. 28 bytes a key."""

    def __init__(self, hi: Array, lo: Array, numbers: Array) -> None:
        order = np.argsort(hi)
        # One entry more, so that a look-up behind the last key reads a place that is there.
        self._hi = np.append(hi[order], np.uint64(0))
        self._lo = np.append(lo[order], np.uint64(0))
        self._numbers = np.append(numbers[order].astype(np.uint32), np.uint32(UNKNOWN))
        bits = max(1, len(hi).bit_length())
        self._shift = np.uint64(64 - bits)
        sizes = np.bincount((self._hi[:-1] >> self._shift).astype(np.intp), minlength=1 << bits)
        self._start = np.append(np.uint32(0), np.cumsum(sizes, dtype=np.uint32))

    def find(self, hi: Array, lo: Array) -> Array:
        """The numbers (uint32) of the keys, ``UNKNOWN`` for those that are not there."""
        found = np.full(len(hi), UNKNOWN, np.uint32)
        bucket = (hi >> self._shift).astype(np.intp)
        place, end = self._start[bucket].astype(np.intp), self._start[bucket + 1]
        rows = np.flatnonzero(place < end)
        while len(rows):
            at = place[rows]
            same = (self._hi[at] == hi[rows]) & (self._lo[at] == lo[rows])
            found[rows[same]] = self._numbers[at[same]]
            place[rows] += 1
            rows = rows[~same]
            rows = rows[place[rows] < end[rows]]
        return found

    def contains(self, hi: Array, lo: Array) -> Array:
        """Whether the keys are there, as bool."""
        return cast(Array, self.find(hi, lo) != UNKNOWN)
