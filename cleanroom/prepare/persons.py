"""From the rows of a people file to persons (PROTOCOL.md, "Person").

Rows that share a pid are one *raw pid*. A token held by more than ``HOT`` raw pids is dropped; raw
pids that share any other token, of whatever kind, are merged, transitively, under the smallest
pid. Afterwards every token of a kind belongs to exactly one person. Attributes come from the row
with the latest ``as_of``, and of equal ones from the last row.

Persons are numbered in file order, by the first row of the raw pid that they are named after.
Everything runs on whole arrays: rows whose upper 64 bits are unique, nearly all of them, are found
by one sort and take part in nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cleanroom.tables import MISSING_DATE

HOT: Final = 3
NO_PERSON: Final = 0xFFFFFFFF
_NO_TOKEN: Final = 0xFFFFFFFFFFFFFFFF

Mode = Literal["threshold", "dp"]
Pair = tuple[np.ndarray, np.ndarray]
"""Upper and lower halves of 128-bit values: two uint64 arrays of equal length."""


@dataclass(frozen=True)
class BatchTokens:
    """One token per row: uint64 ``hi`` and ``lo``, and bool ``valid``."""

    hi: np.ndarray
    lo: np.ndarray
    valid: np.ndarray


@dataclass(frozen=True)
class PeopleBatch:
    """Consecutive rows of the people file; every array has ``rows`` elements.

    ``pid``: keyed hashes of the raw ids, None in every batch when the mapping names no pid column.
    ``tokens`` by kind. ``as_of``: days (int32, ``MISSING_DATE`` allowed). ``attributes``: stored
    integers by column name, ``as_of`` too if it is a column of the agreement.
    """

    rows: int
    pid: Pair | None
    tokens: Mapping[str, BatchTokens]
    as_of: np.ndarray | None
    attributes: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class PersonTokens:
    """The table ``ids:<kind>``: uint32 ``person``, uint64 ``hi`` and ``lo``; each token once."""

    person: np.ndarray
    hi: np.ndarray
    lo: np.ndarray


@dataclass(frozen=True)
class PersonStats:
    """Counts for the owner's own desk. ``hot`` and ``surplus``, by kind: tokens dropped because
    too many pids hold them, and in DP mode because their person has a later one."""

    rows: int
    duplicate_rows: int
    merged_pids: int
    without_token: int
    hot: Mapping[str, int]
    surplus: Mapping[str, int]


class Persons:
    """The persons: ``count`` of them; ``pid_hi``, ``pid_lo`` and each array of ``attributes`` have
    one element per person; ``tokens`` by kind."""

    def __init__(
        self,
        pid: Pair,
        attributes: dict[str, np.ndarray],
        tokens: dict[str, PersonTokens],
        stats: PersonStats,
        raw: tuple[Pair, np.ndarray | None],
    ) -> None:
        self.count = len(pid[0])
        self.pid_hi, self.pid_lo = pid
        self.attributes = attributes
        self.tokens = tokens
        self.stats = stats
        self._raw, self._person_of_raw = raw
        self._order: np.ndarray | None = None
        self._sorted = np.empty(0, np.uint64)

    def person_of(self, hi: np.ndarray, lo: np.ndarray) -> np.ndarray:
        """Persons (uint32) of raw pids, ``NO_PERSON`` for pids that are not among the people."""
        raw_hi, raw_lo = self._raw
        if self._order is None:
            self._order = np.argsort(raw_hi).astype(np.uint32)
            self._sorted = raw_hi[self._order]
        found = np.full(len(hi), NO_PERSON, np.uint32)
        near = np.argsort(hi)  # neighbours look at the same memory
        at = np.searchsorted(self._sorted, hi[near])
        while near.size:  # a second round only where two pids share their upper half
            inside = at < len(self._sorted)
            near, at = near[inside], at[inside]
            same = self._sorted[at] == hi[near]
            near, at = near[same], at[same]
            raw = self._order[at]
            hit = raw_lo[raw] == lo[near]
            found[near[hit]] = _through(self._person_of_raw, raw[hit])
            near, at = near[~hit], at[~hit] + 1
        return found


def pid_from_token(hi: np.ndarray, lo: np.ndarray, key: bytes) -> Pair:
    """pid = AES-256(key, token): a keyed permutation, so distinct tokens stay distinct.

    The token is one block, big-endian ``hi`` then ``lo``; ``key`` has 32 bytes.
    """
    blocks = np.empty((len(hi), 2), ">u8")
    blocks[:, 0], blocks[:, 1] = hi, lo
    # Single blocks under a permutation are what is wanted; there is no message to hide patterns of.
    encryptor = Cipher(AES256(key), ECB()).encryptor()  # noqa: S305
    sealed = encryptor.update(blocks.data.cast("B")) if len(hi) else b""
    result = np.frombuffer(sealed, ">u8").reshape(-1, 2).astype(np.uint64)
    return np.ascontiguousarray(result[:, 0]), np.ascontiguousarray(result[:, 1])


class PersonIndex:
    """Collects the rows of the people file, then makes persons of them.

    ``kinds`` in the agreement's order. ``pid_key`` (32 bytes) makes pids when there is no pid
    column: of the first valid token of a row, or, in rows without any, of the row's number, so
    those pids are stable over re-seals of an unchanged file only.
    """

    def __init__(self, kinds: Sequence[str], pid_key: bytes) -> None:
        self._kinds = tuple(kinds)
        self._pid_key = pid_key
        self._batches: list[PeopleBatch] = []
        self._rows = 0

    def add(self, batch: PeopleBatch) -> None:
        """Append rows. The arrays are kept and must not change afterwards."""
        if set(batch.tokens) != set(self._kinds):
            raise ValueError("a batch has tokens of every kind")
        pid = batch.pid or self._derived(batch)
        self._batches.append(
            PeopleBatch(batch.rows, pid, batch.tokens, batch.as_of, batch.attributes)
        )
        self._rows += batch.rows

    def _derived(self, batch: PeopleBatch) -> Pair:
        hi = np.full(batch.rows, _NO_TOKEN, np.uint64)
        lo = np.arange(self._rows, self._rows + batch.rows, dtype=np.uint64)
        for kind in reversed(self._kinds):
            tokens = batch.tokens[kind]
            hi = np.where(tokens.valid, tokens.hi, hi)
            lo = np.where(tokens.valid, tokens.lo, lo)
        return pid_from_token(hi, lo, self._pid_key)

    def finish(self, mode: Mode) -> Persons:
        """The persons; empties the index. In DP mode there is exactly one kind, and each person
        keeps one token: that of the latest ``as_of``, of equal ones the smallest."""
        if mode == "dp" and len(self._kinds) != 1:
            raise ValueError("differential privacy links by exactly one kind")
        batches, self._batches = self._batches, []
        row_pid = _joined([b.pid for b in batches if b.pid is not None])
        as_of = _days(batches)
        held = {kind: _held([b.tokens[kind] for b in batches]) for kind in self._kinds}
        raw_of_row, first = _raw_pids(row_pid)
        raw_pid = row_pid if first is None else (row_pid[0][first], row_pid[1][first])
        del row_pid
        edges, hot = [], {}
        for kind, tokens in held.items():
            held[kind], pairs, hot[kind] = _settle(tokens, raw_of_row, as_of)
            edges.append(pairs)
        person_of_raw, roots = _merged(np.concatenate(edges, axis=1), raw_pid)
        pid = raw_pid if roots is None else (raw_pid[0][roots], raw_pid[1][roots])
        person_of_row = _composed(raw_of_row, person_of_raw)
        best = None
        if person_of_row is not None:
            best = _latest_rows(person_of_row, as_of, len(pid[0]))
        result: dict[str, PersonTokens] = {}
        surplus = {}
        for kind in self._kinds:
            tokens = held.pop(kind)
            person = _through(person_of_row, tokens.row)
            kept = _one_each(tokens, person, as_of, len(pid[0])) if mode == "dp" else None
            surplus[kind] = 0 if kept is None else len(person) - len(kept)
            result[kind] = PersonTokens(*_taken(kept, person, tokens.hi, tokens.lo))
        stats = PersonStats(
            rows=self._rows,
            duplicate_rows=self._rows - len(raw_pid[0]),
            merged_pids=len(raw_pid[0]) - len(pid[0]),
            without_token=_without_token(result, len(pid[0])),
            hot=hot,
            surplus=surplus,
        )
        attributes = _attributes(batches, best)
        self._rows = 0
        return Persons(pid, attributes, result, stats, (raw_pid, person_of_raw))


@dataclass(frozen=True)
class _Held:
    """The valid tokens of one kind and the rows (uint32) that hold them."""

    row: np.ndarray
    hi: np.ndarray
    lo: np.ndarray

    def take(self, kept: np.ndarray) -> "_Held":
        return _Held(self.row[kept], self.hi[kept], self.lo[kept])


def _joined(pairs: Sequence[Pair]) -> Pair:
    if not pairs:
        return np.empty(0, np.uint64), np.empty(0, np.uint64)
    return np.concatenate([hi for hi, _ in pairs]), np.concatenate([lo for _, lo in pairs])


def _days(batches: Sequence[PeopleBatch]) -> np.ndarray | None:
    if all(batch.as_of is None for batch in batches):
        return None
    unknown = (np.full(b.rows, MISSING_DATE, np.int32) for b in batches)
    return np.concatenate(
        [n if b.as_of is None else b.as_of for b, n in zip(batches, unknown, strict=True)]
    )


def _held(batches: Sequence[BatchTokens]) -> _Held:
    hi, lo = _joined([(batch.hi, batch.lo) for batch in batches])
    row = np.arange(len(hi), dtype=np.uint32)
    if all(bool(batch.valid.all()) for batch in batches):
        return _Held(row, hi, lo)
    return _Held(row, hi, lo).take(np.concatenate([batch.valid for batch in batches]))


def _attributes(batches: Sequence[PeopleBatch], best: np.ndarray | None) -> dict[str, np.ndarray]:
    names = batches[0].attributes if batches else ()
    columns = ((name, np.concatenate([b.attributes[name] for b in batches])) for name in names)
    return {name: values if best is None else values[best] for name, values in columns}


def _through(mapping: np.ndarray | None, index: np.ndarray) -> np.ndarray:
    """``mapping[index]``, where None is the identity."""
    return index if mapping is None else mapping[index]


def _composed(first: np.ndarray | None, then: np.ndarray | None) -> np.ndarray | None:
    return then if first is None else _through(then, first)


def _taken(kept: np.ndarray | None, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    return arrays if kept is None else tuple(array[kept] for array in arrays)


def _starts(*keys: np.ndarray) -> np.ndarray:
    """Where a new run of equal keys begins, in arrays that are sorted by the keys."""
    new = np.ones(len(keys[0]), bool)
    if len(new):
        new[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return new


def _equal(hi: np.ndarray, lo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions whose pair occurs more than once, by pair and then ascending; and the pair's
    number, counted from 0."""
    ordered = np.sort(hi)
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    del ordered
    if not repeated.size:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    at = np.flatnonzero(pl.Series(hi).is_in(pl.Series(repeated).implode()).to_numpy())
    at = at[np.lexsort((lo[at], hi[at]))]
    group = np.cumsum(_starts(hi[at], lo[at])) - 1
    more = np.bincount(group)[group] > 1
    at, group = at[more], group[more]
    return at, np.cumsum(_starts(group)) - 1


def _raw_pids(pid: Pair) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The raw pid (uint32) of each row, and each raw pid's first row; None: one row each."""
    at, group = _equal(*pid)
    if not at.size:
        return None, None
    leaders = at[_starts(group)]
    is_first = np.ones(len(pid[0]), bool)
    is_first[at] = False
    is_first[leaders] = True
    raw_of_row = np.cumsum(is_first, dtype=np.uint32)
    raw_of_row -= np.uint32(1)
    raw_of_row[at] = raw_of_row[leaders][group]
    return raw_of_row, np.flatnonzero(is_first)


def _as_of(as_of: np.ndarray | None, rows: np.ndarray) -> np.ndarray:
    return np.zeros(len(rows), np.int64) if as_of is None else as_of[rows].astype(np.int64)


def _settle(
    tokens: _Held, raw_of_row: np.ndarray | None, as_of: np.ndarray | None
) -> tuple[_Held, np.ndarray, int]:
    """Each token that is not hot once, with its latest row; the edges (2 x m) between raw pids
    that share it; how many tokens were hot."""
    at, group = _equal(tokens.hi, tokens.lo)
    if not at.size:
        return tokens, np.empty((2, 0), np.uint32), 0
    raw = _through(raw_of_row, tokens.row[at])
    order = np.lexsort((raw, group))
    distinct = _starts(group[order], raw[order])
    members, groups = raw[order][distinct], group[order][distinct]
    hot = np.bincount(groups) > HOT
    follows = ~_starts(groups) & ~hot[groups]
    right = np.flatnonzero(follows)
    edges = np.stack([members[right - 1], members[right]])
    order = np.lexsort((-_as_of(as_of, tokens.row[at]), group))
    latest = at[order][_starts(group[order]) & ~hot[group[order]]]
    kept = np.ones(len(tokens.row), bool)
    kept[at] = False
    kept[latest] = True
    return tokens.take(kept), edges, int(hot.sum())


def _merged(edges: np.ndarray, pid: Pair) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The person (uint32) of each raw pid, and the raw pids that persons are named after; None:
    nothing to merge."""
    if not edges.size:
        return None, None
    involved, ends = np.unique(edges, return_inverse=True)
    left, right = ends.reshape(edges.shape)
    size = len(involved)
    graph = coo_matrix((np.ones(len(left), bool), (left, right)), shape=(size, size))
    component = connected_components(graph, directed=False)[1]
    order = np.lexsort((pid[1][involved], pid[0][involved], component))
    smallest = involved[order][_starts(component[order])]
    root = np.arange(len(pid[0]), dtype=np.uint32)
    root[involved] = smallest[component]
    is_root = np.ones(len(root), bool)
    is_root[involved] = root[involved] == involved
    number = np.cumsum(is_root, dtype=np.uint32)
    number -= np.uint32(1)
    return number[root], np.flatnonzero(is_root)


def _latest_rows(person: np.ndarray, as_of: np.ndarray | None, count: int) -> np.ndarray:
    """Per person the row of the latest ``as_of``, of equal ones the last."""
    best = np.empty(count, np.int64)
    best[person] = np.arange(len(person))
    several = np.flatnonzero((np.bincount(person, minlength=count) > 1)[person])
    order = several[np.lexsort((_as_of(as_of, several), person[several]))]
    last = np.roll(_starts(person[order]), -1)
    best[person[order][last]] = order[last]
    return best


def _one_each(
    tokens: _Held, person: np.ndarray, as_of: np.ndarray | None, count: int
) -> np.ndarray | None:
    """Positions of one token per person; None: nobody has two."""
    more = (np.bincount(person, minlength=count) > 1)[person]
    if not more.any():
        return None
    at = np.flatnonzero(more)
    days = _as_of(as_of, tokens.row[at])
    order = np.lexsort((tokens.lo[at], tokens.hi[at], -days, person[at]))
    kept = ~more
    kept[at[order][_starts(person[at][order])]] = True
    return np.flatnonzero(kept)


def _without_token(tokens: Mapping[str, PersonTokens], count: int) -> int:
    bare = np.ones(count, bool)
    for table in tokens.values():
        bare[table.person] = False
    return int(bare.sum())
