"""Who gets credit for an order: models of attribution, on numbers of people by path.

A path is the order in which groups of channels were first met, each once. Arrays: ``converted`` and
``other`` hold people who ordered and who did not, one number per path; paths and groups are counted
from 0 and the empty path is not among them.
"""

from collections.abc import Sequence
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Paths = Sequence[tuple[int, ...]]

RULES = ("first", "last", "linear", "position", "decay")
MARKOV = "markov"
MODELS = (*RULES, MARKOV)
_ENDS = 0.4  # of the credit for the first and for the last step; the rest for those between


def weights(model: str, steps: int) -> list[float]:
    """The credit of each step of a path, in order; they add up to 1.

    position: 40 % for the first, 40 % for the last, 20 % for those between (a half each for two
    steps). decay: each step counts half of the one after it.
    """
    if model == "first":
        return [1.0] + [0.0] * (steps - 1)
    if model == "last":
        return [0.0] * (steps - 1) + [1.0]
    if model == "linear":
        return [1.0 / steps] * steps
    if model == "position":
        if steps <= 2:
            return [1.0 / steps] * steps
        return [_ENDS, *[(1 - 2 * _ENDS) / (steps - 2)] * (steps - 2), _ENDS]
    if model == "decay":
        halves = [0.5 ** (steps - 1 - place) for place in range(steps)]
        return [half / sum(halves) for half in halves]
    raise ValueError("no such model")


def weight_table(model: str, paths: Paths, groups: int) -> Numbers:
    """Credit of each group (column) for one order by each path (row)."""
    table = np.zeros((len(paths), groups))
    for row, path in enumerate(paths):
        table[row, list(path)] = weights(model, len(path))
    return table


def shares(orders: Numbers) -> Numbers | None:
    """Credits as shares of their sum; None where there is none."""
    total = float(orders.sum())
    return orders / total if total > 0 else None


class Chain:
    """The Markov chain of first order through groups, after Anderl, Becker, von Wangenheim and
    Schumann (International Journal of Research in Marketing 33, 2016): from the start to the first
    group met, from group to group, and from the last to the order or to nothing.
    """

    def __init__(self, paths: Paths, groups: int) -> None:
        self._groups = groups
        self._steps = np.zeros(((groups + 1) ** 2, len(paths)))  # the start is group ``groups``
        self._last = np.zeros((groups, len(paths)))
        for place, path in enumerate(paths):
            for here, there in zip((groups, *path), path, strict=False):
                self._steps[here * (groups + 1) + there, place] += 1
            self._last[path[-1], place] += 1

    def removal(self, converted: Numbers, other: Numbers) -> Numbers | None:
        """Share of orders lost when a group leads to nothing: 1 - P(order without it)/P(order)."""
        size = self._groups + 1
        moves = np.maximum(self._steps @ (converted + other), 0).reshape(size, size)
        ends, bought = (np.maximum(self._last @ n, 0) for n in (other, converted))
        out = moves.sum(axis=1)
        out[: self._groups] += ends + bought
        if out[self._groups] <= 0:
            return None
        scale = np.divide(1.0, out, out=np.zeros_like(out), where=out > 0)
        moves, order = moves * scale[:, None], np.append(bought, 0) * scale
        try:
            whole = _reaches(moves, order)
            without = [_reaches(*_without(moves, order, group)) for group in range(size - 1)]
        except np.linalg.LinAlgError:  # noise left groups that lead to each other only
            return None
        return 1 - np.array(without) / whole if whole > 0 else None


def _without(moves: Numbers, order: Numbers, group: int) -> tuple[Numbers, Numbers]:
    moves, order = moves.copy(), order.copy()
    moves[group], order[group] = 0, 0
    return moves, order


def _reaches(moves: Numbers, order: Numbers) -> float:
    """Probability of an order from the start, which stands last."""
    return float(np.linalg.solve(np.eye(len(order)) - moves, order)[-1])


class Shapley:
    """What each group adds to a value of sets of groups, on average over all orders of joining.

    ``within``: one row per set, 1 at the paths that meet nothing outside of it.
    """

    def __init__(self, paths: Paths, groups: int) -> None:
        self._groups = groups
        sets = [frozenset(path) for path in paths]
        self._coalitions = [
            frozenset(chosen)
            for size in range(groups + 1)
            for chosen in combinations(range(groups), size)
        ]
        self.within = np.array(
            [[met <= coalition for met in sets] for coalition in self._coalitions], np.float64
        )

    def of_rates(
        self, converted: Numbers, other: Numbers, untouched: tuple[float, float]
    ) -> Numbers | None:
        """A set is worth the rate of orders among people who met nothing outside of it, with the
        ``untouched`` (who ordered, who did not). None where a set has nobody.
        """
        orders = self.within @ converted + untouched[0]
        people = orders + self.within @ other + untouched[1]
        if people.min() < 1:
            return None
        return self.split(orders / people)

    def split(self, worth: Numbers) -> Numbers:
        """What each group adds, where ``worth`` is the value of each set."""
        value_of = dict(zip(self._coalitions, worth, strict=True))
        found = np.zeros(self._groups)
        for coalition in self._coalitions:
            size = len(coalition)
            rest = factorial(self._groups - size - 1) if size < self._groups else 0
            chance = factorial(size) * rest / factorial(self._groups)
            for group in set(range(self._groups)) - coalition:
                found[group] += chance * (value_of[coalition | {group}] - value_of[coalition])
        return found
