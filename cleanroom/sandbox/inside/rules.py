"""Threshold mode: which cells of a new answer may be shown (disclosure 1.1, PROTOCOL, gate).

In order: each cell by the noisy threshold; by its difference to everything shown before; then the
withheld cells together, *the rest*, must be enough people too, or the smallest shown cell joins
them, so that nothing can be told about them by subtraction. Sums must not be one or two people's.
Every look at a true number is blurred by noise of its own, and is remembered with the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cleanroom.disclosure.policy import Policy, tau
from cleanroom.sandbox.inside import noise
from cleanroom.sandbox.inside.difference import Common, overlaps, too_close
from cleanroom.sandbox.inside.kernels import Persons
from cleanroom.sandbox.inside.members import Cells, outside, sizes


@dataclass(frozen=True, eq=False)
class Shown:
    """An earlier answer in terms of today's persons.

    ``names``: for each of its cells and the one after the last the number of the shown cell that
    its people were in, the rest being the last one, or -1 where they were in none. ``sizes``:
    persons of each shown cell, as many as there were then.
    """

    columns: Sequence[Cells]
    names: np.ndarray
    sizes: np.ndarray


@dataclass(frozen=True)
class Candidate:
    """A new answer before the rules. ``settled``: cells whose fate an earlier answer decided, with
    whether they are withheld; their number is that answer's.
    """

    persons: Persons
    noisy: Sequence[int]
    settled: dict[int, bool]
    least: int  # k of this question
    spreads: Sequence[int] = ()  # standard deviation of the noise on each sum, in its unit


@dataclass(frozen=True)
class Verdict:
    """Withheld cells of each measure, and the noisy count of the rest where it may be shown."""

    withheld: list[tuple[bool, ...]]
    rest: int | None


def judge(new: Candidate, earlier: Sequence[Shown], policy: Policy) -> Verdict:
    """Apply all rules to a new answer."""
    columns, cells = new.persons.columns, len(new.noisy)
    people = np.array(sizes(columns, cells + 1))
    common = [overlaps(columns, shown.columns).merged(old=shown.names) for shown in earlier]
    hidden = {i for i in range(cells) if not _large_enough(new, i, people[i], policy)}
    undecided = set(range(cells)) - hidden - set(new.settled)
    hidden |= _close(people, common, earlier, policy) & undecided
    rest = None
    if len(columns) == 1:
        hidden, rest = _complete(new, people, hidden, policy)
        if rest is not None and _rest_is_close(people, hidden, common, earlier, policy):
            rest = None
    else:
        hidden |= _nearly_everybody(columns, people, new.least, policy)
    counts = tuple(i in hidden for i in range(cells))
    sums = (
        _few_people(counts, totals, largest, spread, policy)
        for totals, largest, spread in zip(
            new.persons.exact.vectors[1:], new.persons.largest, new.spreads, strict=True
        )
    )
    return Verdict([counts, *sums], rest)


def _few_people(
    hidden: Sequence[bool],
    totals: Sequence[int],
    largest: Sequence[tuple[int, int]],
    spread: int,
    policy: Policy,
) -> tuple[bool, ...]:
    """Which cells of a sum are withheld. What is left beside the largest amounts must be enough by
    its true number and, as for people, by a noisy one: otherwise the sum that vanishes would tell
    where one person's large amount is.
    """
    cells = [i for i, gone in enumerate(hidden) if not gone]
    rooms = [room for i in cells for room in _rooms(totals[i], largest[i], policy)]
    noisy = noise.add(rooms, spread)
    least = tau(0, spread)
    safe = [room >= 0 and seen >= least for room, seen in zip(rooms, noisy, strict=True)]
    withheld = list(hidden)
    for place, cell in enumerate(cells):
        withheld[cell] = not (safe[2 * place] and safe[2 * place + 1])
    return tuple(withheld)


def _rooms(total: int, largest: tuple[int, int], policy: Policy) -> tuple[int, int]:
    """By how much a sum passes the p % rule and the (2, k) rule, rounded down. One person moves
    neither by more than the cap.
    """
    first, second = largest
    beside = total - first - second
    limit = policy.dominance_two_percent * total // 100
    return beside + -policy.p_percent * first // 100, limit - first - second


def _large_enough(new: Candidate, cell: int, true: int, policy: Policy) -> bool:
    """The noisy threshold; of a cell that was given before only what was given decides. Its people
    may have become fewer since, and a look at their true number beside a noisy one that is known
    by now would tell exactly when they are too few.
    """
    withheld = new.settled.get(cell)
    if withheld is None:
        return _enough(true, new.noisy[cell], new.least, policy)
    return not withheld and new.noisy[cell] >= tau(new.least, policy.threshold_sigma)


def _enough(true: int, noisy: int, least: int, policy: Policy) -> bool:
    """The noisy threshold NT."""
    return true >= least and noisy >= tau(least, policy.threshold_sigma)


def _close(
    people: np.ndarray, common: Sequence[Common], earlier: Sequence[Shown], policy: Policy
) -> set[int]:
    """New cells that differ too little from a shown one."""
    close: set[int] = set()
    for table, shown in zip(common, earlier, strict=True):
        least, spread = policy.difference_min, policy.threshold_sigma
        close |= too_close(people, shown.sizes, table, least, spread)
    return close


def _complete(
    new: Candidate, people: np.ndarray, hidden: set[int], policy: Policy
) -> tuple[set[int], int | None]:
    """Let the smallest shown cells join the rest until it is enough people: all withheld cells,
    and the rest's noisy count. No count when nothing is withheld or everybody is too few.
    """
    cells = len(new.noisy)
    hidden = set(hidden)
    while hidden or people[cells]:
        together = int(people[cells] + sum(people[i] for i in hidden))
        if len(hidden) == 1 and not people[cells]:
            (noisy,) = (new.noisy[i] for i in hidden)  # no second chance for the same people
        else:
            (noisy,) = noise.add([together], policy.threshold_sigma)
        if _enough(together, noisy, new.least, policy):
            return hidden, noisy
        shown = set(range(cells)) - hidden
        if not shown:
            break
        hidden.add(min(shown, key=lambda i: (new.noisy[i], i)))
    return hidden, None


def _rest_is_close(
    people: np.ndarray,
    hidden: set[int],
    common: Sequence[Common],
    earlier: Sequence[Shown],
    policy: Policy,
) -> bool:
    """Whether the rest itself differs too little from something shown."""
    rest = np.full(len(people), -1)
    rest[[*hidden, len(people) - 1]] = 0
    together = people[rest == 0].sum(keepdims=True)
    tables = [table.merged(new=rest) for table in common]
    return bool(_close(together, tables, earlier, policy))


def _nearly_everybody(
    columns: Sequence[Cells], people: np.ndarray, least: int, policy: Policy
) -> set[int]:
    """Where a person may be in several cells: cells that all but a few of the people are in."""
    anywhere = columns[0] != outside(columns[0])
    for column in columns[1:]:
        anywhere |= column != outside(column)
    missing = (np.count_nonzero(anywhere) - people[:-1]).tolist()
    noisy = noise.add(missing, policy.threshold_sigma)
    pairs = enumerate(zip(missing, noisy, strict=True))
    return {i for i, (true, seen) in pairs if not _enough(true, seen, least, policy)}
