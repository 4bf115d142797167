"""Finds equal 128-bit keys among millions that are nearly all different.

Keys are tokens or pids: their upper halves are as good as random, so two keys with equal upper
halves are nearly always equal. One half is sorted to see which values repeat; only the rows that
have those are then looked at. Ten million different keys take about 0.3 s.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_FILTER_BITS: Final = 22
_MANY: Final = 100


@dataclass(frozen=True)
class Equal:
    """Rows whose key another row has, too, ordered by group and row; ``start`` has the position
    in ``rows`` of each group's first one."""

    rows: Array  # intp
    start: Array  # intp, one a group

    @cached_property
    def groups(self) -> Array:
        """The number of the group of each of ``rows``, from 0."""
        sizes = np.diff(np.append(self.start, len(self.rows)))
        return np.repeat(np.arange(len(self.start)), sizes)

    @property
    def first(self) -> Array:
        """The first row of its group, for each of ``rows``."""
        return self.rows[self.start][self.groups]

    @property
    def repeats(self) -> Array:
        """True for each of ``rows`` that is not the first of its group."""
        found = np.ones(len(self.rows), bool)
        found[self.start] = False
        return found


def equal(hi: Array, lo: Array, valid: Array | None = None) -> Equal:
    """Groups of at least two rows with the same key; fewer than 2^32 rows.

    Rows that are not ``valid`` (bool) belong to no group.
    """
    halves = hi if valid is None or valid.all() else hi[valid]
    rows = _where_in(hi, repeated(halves))
    if valid is not None:
        rows = rows[valid[rows]]
    rows = rows[np.argsort(hi[rows])]
    if not _runs_agree(hi[rows], lo[rows]):
        # Never among honest tokens: two upper halves met by chance.
        rows = rows[np.lexsort((lo[rows], hi[rows]))]
    begins = first_of_run(hi[rows]) | first_of_run(lo[rows])
    alone = begins & np.append(begins[1:], np.ones(min(len(rows), 1), bool))
    rows, group = pair_sorted(np.cumsum(begins)[~alone], rows[~alone])[::-1]
    return Equal(rows.astype(np.intp), np.flatnonzero(first_of_run(group)))


def _runs_agree(hi: Array, lo: Array) -> bool:
    """Whether the second half is equal wherever the first, ordered, half is."""
    return not ((hi[1:] == hi[:-1]) & (lo[1:] != lo[:-1])).any()


def first_of_run(ordered: Array) -> Array:
    """True where a value differs from the one before."""
    found = np.ones(len(ordered), bool)
    found[1:] = ordered[1:] != ordered[:-1]
    return found


def last_of_run(ordered: Array) -> Array:
    """True where a value differs from the one behind."""
    found = np.ones(len(ordered), bool)
    found[:-1] = ordered[1:] != ordered[:-1]
    return found


def pair_sorted(major: Array, minor: Array) -> tuple[Array, Array]:
    """Two columns of numbers below 2^32, ordered by the first and then the second.

    One sort of 64-bit numbers is several times as fast as ``lexsort``.
    """
    both = major.astype(np.uint64) << np.uint64(32) | minor.astype(np.uint64)
    both.sort()
    return both >> np.uint64(32), both & np.uint64(0xFFFFFFFF)


def repeated(values: Array) -> Array:
    """Values that occur at least twice, ascending."""
    ordered = np.sort(values)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return cast(Array, again[first_of_run(again)])


def _where_in(halves: Array, wanted: Array) -> Array:
    """Positions of values that are among ``wanted`` (ascending), or of all where that is many:
    sorting all is faster than looking up many."""
    if len(wanted) == 0:
        return np.empty(0, np.intp)
    if len(wanted) * _MANY > len(halves):
        return np.arange(len(halves))
    shift = np.uint64(64 - _FILTER_BITS)
    filtered = np.zeros(1 << _FILTER_BITS, bool)
    filtered[wanted >> shift] = True
    rows = np.flatnonzero(filtered[halves >> shift])
    found = np.searchsorted(wanted, halves[rows])
    found[found == len(wanted)] = 0
    return cast(Array, rows[wanted[found] == halves[rows]])


def components(size: int, left: Array, right: Array) -> Array:
    """The smallest node of the component of each node 0..size-1, for edges left-right.

    Each round hooks every root to the smallest root that it touches, then shortens all paths.
    """
    parent = np.arange(size)
    while True:
        a, b = parent[left], parent[right]
        apart = a != b
        if not apart.any():
            return parent
        left, right = left[apart], right[apart]
        np.minimum.at(parent, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        while True:
            shorter = parent[parent]
            if np.array_equal(shorter, parent):
                break
            parent = shorter
