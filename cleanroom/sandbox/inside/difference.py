"""The difference check: no two published cells may differ by a few people.

Two cells A and B differ by d = |A xor B| persons. A published pair with small d would tell what
these few people are, and one with d = 0 would tell that nobody was taken away; so a new cell is
shown only when its difference to every cell shown before passes the noisy threshold (disclosure
1.1, as PROTOCOL corrects it). Cells that the questions themselves make equal never get here: their
number is reused.

One table of two answers covers all their pairs of cells: |A xor B| = |A| + |B| - 2 |A and B|.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cleanroom.disclosure.policy import tau
from cleanroom.sandbox.inside import noise
from cleanroom.sandbox.inside.members import Cells, outside

_DENSE = 1 << 22  # pairs of cells that are counted in one array
_SURE = 12  # noise never reaches so many standard deviations


@dataclass(frozen=True, eq=False)
class Common:
    """How many persons pairs of cells have in common, as three equally long arrays; pairs without
    any are left out.
    """

    new: np.ndarray
    old: np.ndarray
    people: np.ndarray

    def merged(self, new: np.ndarray | None = None, old: np.ndarray | None = None) -> "Common":
        """Cells renamed by their number, -1 for none; those of one name are counted together."""
        mine = self.new if new is None else new[self.new]
        theirs = self.old if old is None else old[self.old]
        kept = (mine >= 0) & (theirs >= 0)
        return _counted(mine[kept], theirs[kept], self.people[kept])


def overlaps(new: Sequence[Cells], old: Sequence[Cells]) -> Common:
    """Persons in common of each new and each old cell. Both number the same persons."""
    parts = [_pairs(a, b) for a in new for b in old]
    if len(parts) == 1:
        return parts[0]
    return _counted(
        np.concatenate([part.new for part in parts]),
        np.concatenate([part.old for part in parts]),
        np.concatenate([part.people for part in parts]),
    )


def _pairs(a: Cells, b: Cells) -> Common:
    both = (a != outside(a)) & (b != outside(b))
    left, right = a[both].astype("<i8"), b[both].astype("<i8")
    height = int(left.max(initial=0)) + 1
    width = int(right.max(initial=0)) + 1
    left *= width
    left += right
    if height * width <= _DENSE:
        table = np.bincount(left, minlength=height * width)
        keys = np.flatnonzero(table)
        counts = table[keys]
    else:
        keys, counts = np.unique(left, return_counts=True)
    return Common(keys // width, keys % width, counts)


def _counted(new: np.ndarray, old: np.ndarray, people: np.ndarray) -> Common:
    """Pairs that occur several times as one."""
    height, width = int(new.max(initial=0)) + 1, int(old.max(initial=0)) + 1
    keys = new * width + old
    if height * width <= _DENSE:
        total = np.zeros(height * width, "<i8")
        np.add.at(total, keys, people)
        keys = np.flatnonzero(total)
        total = total[keys]
    else:
        keys, place = np.unique(keys, return_inverse=True)
        total = np.zeros(len(keys), "<i8")
        np.add.at(total, place, people)
    return Common(keys // width, keys % width, total)


def follow(old: Sequence[np.ndarray], new: Sequence[np.ndarray]) -> np.ndarray:
    """For each earlier person its number today, or -1, by the ids that the parties gave people.

    Parties go in the agreement's order; somebody whom the first one doesn't have, or has under
    another id now, is followed by the id of the next. Nobody today is two earlier people: a party
    may give the ids of people whom nobody else has to people whom another party knows better.
    """
    today = np.full(len(old[0]), -1, "<i8")
    taken = np.zeros(len(new[0]), bool)
    for before, now in zip(old, new, strict=True):
        wanted = np.flatnonzero((today < 0) & (before != 0))
        if not len(wanted) or not len(now):
            continue
        order = np.argsort(now)
        place = np.searchsorted(now, before[wanted], sorter=order)
        found = order[np.minimum(place, len(now) - 1)]
        same = (now[found] == before[wanted]) & ~taken[found]
        today[wanted[same]] = found[same]
        taken[found[same]] = True
    return today


def moved(columns: Sequence[Cells], today: np.ndarray | None, people: int) -> Sequence[Cells]:
    """Columns of an earlier roster as columns of today's persons.

    ``today``: for each earlier person its number today, -1 for who is gone; None: the same roster.
    """
    if today is None:
        return columns
    there = today >= 0
    result = []
    for column in columns:
        carried = np.full(people, outside(column), column.dtype)
        carried[today[there]] = column[there]
        result.append(carried)
    return result


def too_close(
    new_sizes: np.ndarray, old_sizes: np.ndarray, common: Common, least: int, spread: int
) -> set[int]:
    """New cells that differ from an old one by fewer than ``least`` persons, or not clearly more.

    Sizes are by the number of the cell. Pairs that have nobody in common differ by all their
    people, who are enough.
    """
    apart = new_sizes[common.new] + old_sizes[common.old] - 2 * common.people
    limit = tau(least, spread)
    failed = {int(cell) for cell in common.new[apart < least]}
    unsure = (apart >= least) & (apart < limit + _SURE * spread)
    cells = common.new[unsure].tolist()
    drawn = noise.add(apart[unsure].tolist(), spread)
    return failed | {cell for cell, noisy in zip(cells, drawn, strict=True) if noisy < limit}
