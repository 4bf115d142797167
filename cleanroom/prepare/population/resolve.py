"""Who is one person, in one party's list and over all parties: the protocol's rules on numbers.

The same rules that sealing and matching follow on tokens (PROTOCOL, "Person"), written a second
time and without them, because here an identifier is a number that is equal or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cleanroom.prepare.population import identifiers as ids
from cleanroom.prepare.population.rosters import CONSENTED, MISSING, Roster

Array = npt.NDArray[Any]

HOT_ACCOUNTS: Final = 3
UNDER_14, OPTED_OUT, NO_CONSENT = 4, 2, 1
REASONS: Final = (UNDER_14, OPTED_OUT, NO_CONSENT)
NOBODY: Final = -1


@dataclass(frozen=True)
class Resolved:
    """A party's persons. ``group``: of each account, its person before anybody is left out.

    ``of_account``: the sealed person, or -1; ``row``: of each sealed person, the row with its
    attributes; ``tokens``: kind -> identifiers (ascending) and whose they are. ``left_out``:
    persons by the heaviest reason. ``hot``: kind -> hot identifiers.
    """

    accounts: int
    group: Array
    groups: int
    of_account: Array
    count: int
    row: Array
    tokens: Mapping[str, tuple[Array, Array]]
    hot: Mapping[str, Array]
    left_out: Mapping[int, int]


def resolve(roster: Roster, kinds: Sequence[str] = ids.KINDS) -> Resolved:
    """Persons of a list, matched by these kinds of identifiers."""
    accounts = len(roster.person)
    found = {kind: _holders(roster, kind) for kind in kinds}
    edges = [_edges(token, account, hot) for token, account, hot in found.values()]
    groups, group = _components(accounts, edges)
    out = _left_out(roster, group, groups)
    kept = np.flatnonzero(out == 0)
    person_of_group = np.full(groups, NOBODY, np.int64)
    person_of_group[kept] = np.arange(len(kept))
    of_account = person_of_group[group]
    tokens = {}
    for kind, (token, account, hot) in found.items():
        person = of_account[account]
        good = (person != NOBODY) & ~np.isin(token, hot)
        token, first = np.unique(token[good], return_index=True)
        tokens[kind] = token, person[good][first]
    left_out, rest = {}, out[out > 0]
    for reason in REASONS:
        left_out[reason] = int(np.count_nonzero(rest & reason))
        rest = rest[rest & reason == 0]
    hot_tokens = {kind: hot for kind, (_, _, hot) in found.items()}
    row = _latest_row(roster, of_account)
    return Resolved(
        accounts, group, groups, of_account, len(kept), row, tokens, hot_tokens, left_out
    )


def _holders(roster: Roster, kind: str) -> tuple[Array, Array, Array]:
    """Pairs of identifier and account, ordered, each once; and which identifiers are hot."""
    values = roster.tokens[kind]
    there = np.flatnonzero(values != ids.NONE)
    token, account = values[there], roster.account[there]
    order = np.lexsort((account, token))
    token, account = token[order], account[order]
    fresh = np.ones(len(token), bool)
    fresh[1:] = (token[1:] != token[:-1]) | (account[1:] != account[:-1])
    token, account = token[fresh], account[fresh]
    each, counts = np.unique(token, return_counts=True)
    return token, account, each[counts > HOT_ACCOUNTS]


def _edges(token: Array, account: Array, hot: Array) -> tuple[Array, Array]:
    """Accounts that share an identifier that is not hot."""
    same = np.flatnonzero(token[1:] == token[:-1])
    same = same[~np.isin(token[same], hot)]
    return account[same], account[same + 1]


def _components(size: int, edges: Sequence[tuple[Array, Array]]) -> tuple[int, Array]:
    left = np.concatenate([a for a, _ in edges])
    right = np.concatenate([b for _, b in edges])
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
    count, label = connected_components(graph, directed=False)
    return int(count), label.astype(np.int64)


def _left_out(roster: Roster, group: Array, groups: int) -> Array:
    """Bits of ``REASONS`` of each group. Consent and age count as of an account's latest rows, a
    refusal in whichever row it is."""
    latest = np.full(len(roster.person), np.iinfo(np.int64).min)
    np.maximum.at(latest, roster.account, roster.as_of)
    current = roster.as_of == latest[roster.account]
    bits = np.where(roster.opted_out, OPTED_OUT, 0)
    bits[current & (roster.consent != CONSENTED)] |= NO_CONSENT
    bits[current & roster.child] |= UNDER_14
    out = np.zeros(groups, np.int64)
    np.bitwise_or.at(out, group[roster.account], bits)
    return out


def _latest_row(roster: Roster, of_account: Array) -> Array:
    """The row of the latest ``as_of`` of each sealed person, the last one of equals."""
    person = of_account[roster.account]
    row = np.flatnonzero(person != NOBODY)
    row = row[np.lexsort((row, roster.as_of[row], person[row]))]
    last = np.ones(len(row), bool)
    last[:-1] = person[row][1:] != person[row][:-1]
    found: Array = row[last]  # one for each person, in order
    return found


@dataclass(frozen=True)
class Linked:
    """Persons over the parties. ``of``: the sealed person of each party, or -1; ``winner``: the
    rank of the kind that linked it to the founder; ``hits``: bits of all kinds that hit.

    The first entry of the last two is empty. One sealed person may belong to two persons.
    """

    of: tuple[Array, ...]
    winner: tuple[Array, ...]
    hits: tuple[Array, ...]

    @property
    def count(self) -> int:
        """How many persons there are."""
        return len(self.of[0])


def link(parties: Sequence[Resolved], kinds: Sequence[str] = ids.KINDS) -> Linked:
    """Persons over the parties, in this order: the first is the anchor."""
    of = [np.arange(parties[0].count)]
    founder = [np.arange(parties[0].count)]  # sealed person of a party -> person it founded
    winner, hits = [np.zeros(0, np.uint8)], [np.zeros(0, np.uint8)]
    for j in range(1, len(parties)):
        people = len(of[0])
        theirs = np.full(people, NOBODY, np.int64)
        rank_of, hit = np.zeros(people, np.uint8), np.zeros(people, np.uint8)
        for rank in reversed(range(len(kinds))):
            for f in range(j):
                mine, other = _pairs(parties[f], parties[j], kinds[rank])
                person = founder[f][mine]
                person, other = person[person != NOBODY], other[person != NOBODY]
                theirs[person], rank_of[person] = other, rank
                hit[person] |= 1 << rank
        alone = np.setdiff1d(np.arange(parties[j].count), theirs)
        of = [_more(values, len(alone), NOBODY) for values in of]
        winner = [winner[0], *(_more(values, len(alone), 0) for values in winner[1:])]
        hits = [hits[0], *(_more(values, len(alone), 0) for values in hits[1:])]
        of.append(np.concatenate([theirs, alone]))
        winner.append(_more(rank_of, len(alone), 0))
        hits.append(_more(hit, len(alone), 0))
        founded = np.full(parties[j].count, NOBODY, np.int64)
        founded[alone] = people + np.arange(len(alone))
        founder.append(founded)
    return Linked(tuple(of), tuple(winner), tuple(hits))


def _more(values: Array, count: int, value: int) -> Array:
    return np.concatenate([values, np.full(count, value, values.dtype)])


def _pairs(mine: Resolved, theirs: Resolved, kind: str) -> tuple[Array, Array]:
    """Persons of both who share an identifier, ordered by it; every pair once."""
    token, person = mine.tokens[kind]
    other_token, other = theirs.tokens[kind]
    _, left, right = np.intersect1d(token, other_token, assume_unique=True, return_indices=True)
    found = np.unique(np.stack([person[left], other[right]], axis=1), axis=0)
    return found[:, 0], found[:, 1]


def ambiguous(mine: Resolved, theirs: Resolved, kind: str) -> Array:
    """Sealed persons of ``theirs`` whose link would hang on the order of tokens, which are keyed:
    a person of ``mine`` reaches them and another one by the same kind."""
    left, right = _pairs(mine, theirs, kind)
    repeated = np.zeros(len(left), bool)
    repeated[1:] = left[1:] == left[:-1]
    found: Array = np.unique(right[repeated])
    return found


def clear(
    rosters: Sequence[Roster], kinds: Sequence[str] = ids.KINDS
) -> tuple[tuple[Resolved, ...], int]:
    """Persons of all parties, after the few identifiers are blanked that would make a link hang
    on keys; and how many those were. Changes the rosters."""
    resolved = [resolve(rosters[0], kinds)]
    blanked = 0
    for roster in rosters[1:]:
        own = resolve(roster, kinds)
        while rows := [
            (kind, found)
            for kind in kinds
            for earlier in resolved
            if len(found := _rows_of(roster, own, kind, ambiguous(earlier, own, kind)))
        ]:
            for kind, found in rows:
                roster.tokens[kind][found] = ids.NONE
                if kind == "phone":
                    roster.phone_state[found] = MISSING
                blanked += len(found)
            own = resolve(roster, kinds)
        resolved.append(own)
    return tuple(resolved), blanked


def _rows_of(roster: Roster, own: Resolved, kind: str, persons: Array) -> Array:
    """Rows of these persons that have an identifier of the kind that is not hot."""
    of_row = own.of_account[roster.account]
    token = roster.tokens[kind]
    there = np.isin(of_row, persons) & (token != ids.NONE) & ~np.isin(token, own.hot[kind])
    found: Array = np.flatnonzero(there)
    return found
