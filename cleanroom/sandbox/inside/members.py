"""Who was in which cell of an answer: one small number per person, kept for the difference check.

A person of the session is a position in the roster; there is one column for each cell that a person
may touch (L0). The cell after the last public one stands for people who belong to the question but
to none of its cells; the largest number of the column for everybody else.
"""

from dataclasses import dataclass

import numpy as np

Cells = np.ndarray  # u1 or <u2, one entry per person


@dataclass(frozen=True, eq=False)
class Members:
    """Columns over the persons of a roster, which ``roster`` names by its digest. ``room``: people
    that the parties brought, of whom persons are made: at least as many.
    """

    roster: str
    room: int
    columns: tuple[Cells, ...]


def storage(cells: int) -> np.dtype:
    """How columns over so many public cells are stored."""
    return np.dtype("u1" if cells < 0xFF else "<u2")


def outside(column: Cells) -> int:
    """The number that stands for people who are none of the question's."""
    return int(np.iinfo(column.dtype).max)


def sizes(columns: tuple[Cells, ...], cells: int) -> list[int]:
    """Persons in each of so many cells."""
    total = np.zeros(cells, "<i8")
    for column in columns:
        total += np.bincount(column, minlength=outside(column) + 1)[:cells]
    return [int(count) for count in total]


def spread(
    person: np.ndarray, cell: np.ndarray, people: int, cells: int, most: int
) -> tuple[Cells, ...]:
    """Columns from pairs (person, cell), the n-th pair of a person in column n.

    ``most``: cells that a person may touch. The number of columns is public: it does not depend on
    who touches how many.
    """
    kind = storage(cells)
    columns = tuple(np.full(people, np.iinfo(kind).max, kind) for _ in range(most))
    if most == 1:
        columns[0][person] = cell
        return columns
    order = np.argsort(person, kind="stable")
    person, cell = person[order], cell[order]
    first = np.searchsorted(person, person, side="left")
    place = np.arange(len(person)) - first
    for number, column in enumerate(columns):
        chosen = place == number
        column[person[chosen]] = cell[chosen]
    return columns
