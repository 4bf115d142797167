"""Which rows are one person: equal pids, then pids that share an identifier that is not hot."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.equal import Equal, components, equal, first_of_run, pair_sorted

Array = npt.NDArray[Any]

HOT_PIDS: Final = 3
"""An identifier that more pids hold says nothing about a person."""


@dataclass(frozen=True)
class Tokens:
    """All tokens of one kind: those of its first column, then of the next one; ``valid`` (bool)
    says where there is one. The row of position p is p modulo the number of rows."""

    hi: Array
    lo: Array
    valid: Array


@dataclass(frozen=True)
class Labels:
    """The group of each row, named by the group's first row; None: each row is its own."""

    size: int
    of: Array | None

    def at(self, rows: Array) -> Array:
        """The groups of some rows."""
        return rows if self.of is None else self.of[rows]

    def roots(self) -> Array | None:
        """The first row of each group, ascending; None: all rows."""
        if self.of is None:
            return None
        return np.flatnonzero(self.of == np.arange(self.size, dtype=self.of.dtype))

    def crowded(self) -> Array:
        """Rows whose group has more than one, ascending."""
        if self.of is None:
            return np.empty(0, np.intp)
        others = self.of != np.arange(self.size, dtype=self.of.dtype)
        many = np.zeros(self.size, bool)
        many[self.of[others]] = True
        return np.flatnonzero(many[self.of])


def same_pid(key_hi: Array, key_lo: Array) -> tuple[Labels, Equal]:
    """Rows with equal keys as one group."""
    found = equal(key_hi, key_lo)
    if len(found.rows) == 0:
        return Labels(len(key_hi), None), found
    of = np.arange(len(key_hi), dtype=np.uint32)
    of[found.rows] = found.first
    return Labels(len(key_hi), of), found


@dataclass(frozen=True)
class Shared:
    """Tokens of one kind that several positions hold. ``hot`` says of each position in
    ``same.rows`` whether its token is hot; ``edges`` join pids that share another one."""

    same: Equal
    hot: Array
    hot_tokens: int
    edges: tuple[Array, Array]


def shared(tokens: Tokens, pid: Labels, same: Equal | None = None) -> Shared:
    """Repeated tokens, and the pids that they join. ``same``: the repeated ones, if known."""
    if same is None:
        same = equal(tokens.hi, tokens.lo, tokens.valid)
    group, owner = pair_sorted(same.groups, pid.at(same.rows % pid.size))
    fresh = first_of_run(group) | first_of_run(owner)  # the first of each owner in each group
    group, owner = group[fresh].astype(np.intp), owner[fresh].astype(np.intp)
    hot = np.bincount(group, minlength=len(same.start)) > HOT_PIDS
    joined = (group[1:] == group[:-1]) & ~hot[group[1:]]
    edges = owner[:-1][joined], owner[1:][joined]
    return Shared(same, hot[same.groups], int(hot.sum()), edges)


def merged(pid: Labels, edges: Iterable[tuple[Array, Array]]) -> tuple[Labels, Array]:
    """Persons: pids joined by edges; and the persons (their first rows) of more than one pid."""
    pairs = list(edges)
    left = np.concatenate([a for a, _ in pairs]) if pairs else np.empty(0, np.intp)
    right = np.concatenate([b for _, b in pairs]) if pairs else np.empty(0, np.intp)
    if len(left) == 0:
        return pid, np.empty(0, np.intp)
    nodes = np.unique(np.concatenate([left, right]))
    smallest = components(len(nodes), np.searchsorted(nodes, left), np.searchsorted(nodes, right))
    roots = nodes[smallest]
    of = np.arange(pid.size, dtype=np.uint32) if pid.of is None else pid.of.copy()
    touched = np.zeros(pid.size, bool)
    touched[nodes] = True
    rows = np.flatnonzero(touched[of])
    of[rows] = roots[np.searchsorted(nodes, of[rows])]
    return Labels(pid.size, of), np.unique(roots)
