"""From rows to persons: one pid is one person, and so are pids that share an identifier.

PROTOCOL.md, "Person". On the party's own rows only: an identifier that more than 3 pids hold is
hot and dropped; pids that share any other identifier are merged, so that every token belongs to
exactly one person. In differential-privacy mode a person keeps one token: that of the latest
``as_of``, among equals the smallest.

Memory grows with the number of rows of the table of people (16 bytes for a pid and each token, and
what its stored columns take), not with the width of the file. Where nearly all keys differ, as in
most lists of customers, only the few rows that repeat one are treated one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.prepare.equal import Equal, first_of_run, last_of_run, pair_sorted, repeated
from cleanroom.prepare.merging import Labels, Shared, Tokens, merged, same_pid, shared

Array = npt.NDArray[Any]

LEFT_OUT: Final = 2**32 - 1
"""Number of a person who is not sealed."""

NO_CONSENT, OPTED_OUT, UNDER_14 = 1, 2, 4
"""Bits of a row's reasons to be left out. Consent and age count as of the latest rows of a pid, an
opt-out in whichever row it is. A person is left out when any of its pids is."""
REASONS: Final = (UNDER_14, OPTED_OUT, NO_CONSENT)


@dataclass(frozen=True)
class People:
    """The table of people as read; arrays have one entry a row, uint64 for halves of keys.

    Rows with equal keys are one pid. ``as_of`` is in days (the lowest number where missing),
    ``reasons`` are bits.
    """

    key_hi: Array
    key_lo: Array
    kinds: Mapping[str, Tokens]
    as_of: Array | None = None
    reasons: Array | None = None


@dataclass(frozen=True)
class KindCounts:
    """Of one kind: distinct identifiers without the hot ones, positions beyond the first of each,
    hot identifiers; the positions that hold hot ones, and those that repeat another."""

    distinct: int
    duplicates: int
    hot: int
    hot_at: Array
    repeated_at: Array


@dataclass(frozen=True)
class Persons:
    """Who is sealed, numbered from 0. None stands for 0, 1, 2, ...

    ``rows`` and ``keys``: for each person the row with its attributes and the row with its pid.
    ``of_row``: the person of each row, or ``LEFT_OUT``. ``pid_rows``: a row of each pid.
    ``tokens``: by kind, the positions of the tokens that are sealed.
    """

    count: int
    rows: Array | None
    keys: Array | None
    of_row: Array | None
    pid_rows: Array | None
    tokens: Mapping[str, Array | None]
    kinds: Mapping[str, KindCounts]
    pids: int
    merged: int
    left_out: Mapping[int, int]  # reason -> persons, each under the first of REASONS


def build(people: People, *, one_token: bool) -> Persons:
    """Persons of the rows. ``one_token``: differential-privacy mode."""
    pid, same = same_pid(people.key_hi, people.key_lo)
    joined = {
        kind: shared(tokens, pid, same if tokens.hi is people.key_hi else None)
        for kind, tokens in people.kinds.items()
    }
    person, of_several = merged(pid, [one.edges for one in joined.values()])
    crowded = person.crowded()
    reasons = _reasons(people, same, person, crowded)
    roots = person.roots()
    kept = _kept(roots, reasons)
    of_row = _numbers(person, kept)
    tokens = {
        kind: _sealed(people, kind, joined[kind], person, of_row, one_token=one_token)
        for kind in people.kinds
    }
    pids, persons = _count(pid, pid.roots()), _count(person, roots)
    return Persons(
        count=persons if kept is None else len(kept),
        rows=_latest(people.as_of, person, crowded, kept),
        keys=_smallest(people, person, of_several, kept),
        of_row=of_row,
        pid_rows=pid.roots(),
        tokens=tokens,
        kinds={kind: _counts(people.kinds[kind], one) for kind, one in joined.items()},
        pids=pids,
        merged=pids - persons,
        left_out=_left_out(roots, reasons),
    )


def _count(labels: Labels, roots: Array | None) -> int:
    return labels.size if roots is None else len(roots)


def _reasons(people: People, same: Equal, person: Labels, crowded: Array) -> Array | None:
    """Why each person is left out, as bits at its first row; None where nobody is."""
    if people.reasons is None or not people.reasons.any():
        return None
    bits = people.reasons.copy()
    if people.as_of is not None and len(same.rows):
        as_of = people.as_of[same.rows]
        latest = np.maximum.reduceat(as_of, same.start)[same.groups]
        bits[same.rows[as_of < latest]] &= OPTED_OUT
    if len(crowded):
        assert person.of is not None
        own = bits[crowded]
        bits[crowded] = 0
        np.bitwise_or.at(bits, person.of[crowded], own)
    return bits


def _left_out(roots: Array | None, reasons: Array | None) -> dict[int, int]:
    if reasons is None:
        return dict.fromkeys(REASONS, 0)
    bits = reasons if roots is None else reasons[roots]
    counts = {}
    for reason in REASONS:
        counts[reason] = int(np.count_nonzero(bits & reason))
        bits = bits[bits & reason == 0]
    return counts


def _kept(roots: Array | None, reasons: Array | None) -> Array | None:
    """First rows of the persons who are sealed; None: all rows."""
    if reasons is None:
        return roots
    return np.flatnonzero(reasons == 0) if roots is None else roots[reasons[roots] == 0]


def _numbers(person: Labels, kept: Array | None) -> Array | None:
    """The number of each row's person."""
    if kept is None:
        return None
    numbers = np.full(person.size, LEFT_OUT, np.uint32)
    numbers[kept] = np.arange(len(kept), dtype=np.uint32)
    return numbers if person.of is None else numbers[person.of]


def _latest(
    as_of: Array | None, person: Labels, crowded: Array, kept: Array | None
) -> Array | None:
    """The row with each person's attributes: that of the latest ``as_of``, then the last one."""
    if kept is None:
        return None
    rows = kept.astype(np.uint32)
    if len(crowded):
        assert person.of is not None
        owner, row = pair_sorted(person.of[crowded], crowded)
        if as_of is not None:
            order = np.lexsort((as_of[row], owner))  # stable, so the last row stays last
            owner, row = owner[order], row[order]
        last = last_of_run(owner)
        _replace(rows, kept, owner[last], row[last])
    return rows


def _smallest(
    people: People, person: Labels, of_several: Array, kept: Array | None
) -> Array | None:
    """The row whose pid is each person's: of merged pids the smallest key, whatever the order of
    the rows, so that sealing the same people again names them alike."""
    if kept is None:
        return None
    rows = kept.astype(np.uint32)
    if len(of_several):
        assert person.of is not None
        several = np.zeros(person.size, bool)
        several[of_several] = True
        found = np.flatnonzero(several[person.of])
        owner = person.of[found]
        order = np.lexsort((people.key_lo[found], people.key_hi[found], owner))
        first = first_of_run(owner[order])
        _replace(rows, kept, owner[order][first], found[order][first])
    return rows


def _replace(rows: Array, kept: Array, owners: Array, new: Array) -> None:
    """Set the entries of those owners that are kept (both ascending)."""
    at = np.searchsorted(kept, owners)
    at[at == len(kept)] = 0
    there = kept[at] == owners if len(kept) else np.zeros(len(owners), bool)
    rows[at[there]] = new[there]


def _sealed(
    people: People,
    kind: str,
    joined: Shared,
    person: Labels,
    of_row: Array | None,
    *,
    one_token: bool,
) -> Array | None:
    """Positions of the tokens that persons keep, each token once; None: all."""
    tokens, size = people.kinds[kind], person.size
    keep = tokens.valid.copy()
    keep[joined.same.rows[joined.hot]] = False
    keep[joined.same.rows[_older(people, joined, size)]] = False
    if one_token:
        _one_each(people, tokens, person, keep)
    if of_row is not None:
        keep &= np.tile(of_row != LEFT_OUT, len(keep) // size)
    return None if keep.all() and len(keep) == size else np.flatnonzero(keep).astype(np.uint32)


def _older(people: People, joined: Shared, size: int) -> Array:
    """True for each repeated token but the latest of its group."""
    same = joined.same
    if people.as_of is None or len(same.rows) == 0:
        return same.repeats
    as_of = people.as_of[same.rows % size]
    order = np.lexsort((-as_of.astype(np.int64), same.groups))
    found = np.empty(len(order), bool)
    found[order] = same.repeats
    return found


def _one_each(people: People, tokens: Tokens, person: Labels, keep: Array) -> None:
    """Of the tokens of one person leave the one of the latest ``as_of``, then the smallest."""
    size = person.size
    at = np.flatnonzero(keep)
    if len(keep) == size:
        crowded = person.crowded()
        at = crowded[keep[crowded]]
    owner = person.at(at % size)
    several = np.zeros(size, bool)
    several[repeated(owner)] = True
    at = at[several[owner]]
    owner = person.at(at % size)
    keys = [tokens.lo[at], tokens.hi[at], owner]
    if people.as_of is not None:
        keys.insert(2, -people.as_of[at % size].astype(np.int64))
    order = np.lexsort(keys)
    keep[at[order][~first_of_run(owner[order])]] = False


def _counts(tokens: Tokens, joined: Shared) -> KindCounts:
    valid, hot = int(tokens.valid.sum()), joined.hot
    cold_groups = len(joined.same.start) - joined.hot_tokens
    duplicates = int((~hot).sum()) - cold_groups
    return KindCounts(
        distinct=valid - int(hot.sum()) - duplicates,
        duplicates=duplicates,
        hot=joined.hot_tokens,
        hot_at=np.sort(joined.same.rows[hot]),
        repeated_at=np.sort(joined.same.rows[joined.same.repeats & ~hot]),
    )
