"""The public cells of a question: what the numbers of its answer will stand for, in order."""

from dataclasses import dataclass
from itertools import combinations

MAX_CELLS = 10_000  # of one question


@dataclass(frozen=True)
class Measure:
    """One vector of numbers over the cells. ``cap`` bounds what one person adds (1 for counts)."""

    name: str
    cap: int
    unit: str  # people, money


@dataclass(frozen=True)
class Shape:
    """Cells in order, each a tuple of labels, one label per dimension; and the measures asked.

    ``people_moved``: how many people one sealed pid can move at most (g): one, but where a person's
    cell depends on rows of another, as with recommendations.
    """

    dimensions: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    measures: tuple[Measure, ...]
    cells_per_person: int = 1  # L0
    people_moved: int = 1  # g


COUNT = Measure("people", 1, "people")


def regions(parties: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Every non-empty set of parties, alone first, in the order of the agreement."""
    sizes = range(1, len(parties) + 1)
    return tuple(group for size in sizes for group in combinations(parties, size))
