"""Kernels: plain SQL that says, per person, which cells it touches and what it adds there.

A kernel returns one row per person and cell: ``person``, ``cell`` (position in the question's
public cells, or the position after the last one for people of the question who are in none of its
cells) and ``amount_1``... for measures beside the count. Bounding and counting are done here for
all of them, so that a kernel can't forget.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import Shape, shape
from cleanroom.disclosure.question import (
    ArmQuestion,
    AttributeQuestion,
    CohortQuestion,
    EdgeQuestion,
    FirstChannelQuestion,
    FrequencyQuestion,
    MatchQuestion,
    ModalQuestion,
    PathQuestion,
    PhasesQuestion,
    PriceQuestion,
    Question,
    StagesQuestion,
    SuppressionQuestion,
    WeeklyQuestion,
)
from cleanroom.errors import SandboxError
from cleanroom.sandbox.inside import members
from cleanroom.sandbox.inside.database import Connection, rows
from cleanroom.sandbox.inside.kernels import (
    arm,
    attribute,
    cohort,
    edge,
    first_channel,
    frequency,
    match,
    modal,
    path,
    phases,
    price,
    stages,
    suppression,
    weekly,
)
from cleanroom.sandbox.inside.kernels.sql import Query


@dataclass(frozen=True)
class Exact:
    """True numbers over the cells, for the gate's eyes only: one list per measure, in the shape's
    order, the first of persons.
    """

    vectors: list[list[int]]


@dataclass(frozen=True)
class Persons:
    """The same person by person, as threshold mode needs it.

    ``columns``: cells of each person (``members.spread``); ``largest``: for each measure beside the
    count the two largest amounts of one person in each cell.
    """

    exact: Exact
    columns: tuple[members.Cells, ...]
    largest: list[list[tuple[int, int]]]


_QUERIES: dict[type[Question], Callable[..., Query]] = {
    MatchQuestion: match.query,
    AttributeQuestion: attribute.query,
    FirstChannelQuestion: first_channel.query,
    ArmQuestion: arm.query,
    FrequencyQuestion: frequency.query,
    SuppressionQuestion: suppression.query,
    PriceQuestion: price.query,
    PathQuestion: path.query,
    CohortQuestion: cohort.query,
    StagesQuestion: stages.query,
    EdgeQuestion: edge.query,
    WeeklyQuestion: weekly.query,
    ModalQuestion: modal.query,
    PhasesQuestion: phases.query,
}


def query(question: Question, catalogue: Catalogue) -> Query:
    """The kernel's statement for a canonical question."""
    return _QUERIES[type(question)](question, catalogue)


def run(connection: Connection, question: Question, catalogue: Catalogue) -> Exact:
    """Count persons and add up their bounded amounts per cell."""
    wanted = shape(question, catalogue)
    bounded = _bounded(query(question, catalogue), wanted)
    sums = "".join(f", SUM(amount_{n})" for n in range(1, len(wanted.measures)))
    statement = f"SELECT cell, COUNT(*){sums} FROM ({bounded.text}) GROUP BY cell"
    last = len(wanted.cells)
    vectors = [[0] * last for _ in wanted.measures]
    for cell, count, *amounts in rows(connection, statement, bounded.values):
        if cell is None or not 0 <= cell <= last:
            raise SandboxError("sandbox.failed")
        if cell == last:
            continue
        for vector, amount in zip(vectors, [count, *amounts], strict=True):
            vector[cell] = int(amount)
    return Exact(vectors)


def run_by_person(
    connection: Connection, question: Question, catalogue: Catalogue, people: int
) -> Persons:
    """The same with everybody's cells. ``people``: persons of the session."""
    wanted = shape(question, catalogue)
    bounded = _bounded(query(question, catalogue), wanted)
    found = connection.execute(bounded.text, bounded.values).fetchnumpy()
    if any(np.ma.is_masked(column) for column in found.values()):
        raise SandboxError("sandbox.failed")  # nothing is NULL here
    person = np.asarray(found["person"], "<u4")
    cell = np.asarray(found["cell"], "<i8")
    last = len(wanted.cells)
    if len(cell) and not (cell.min() >= 0 and cell.max() <= last and person.max() < people):
        raise SandboxError("sandbox.failed")
    counts = np.bincount(cell, minlength=last + 1)[:last].tolist()
    vectors, largest = [counts], []
    for number in range(1, len(wanted.measures)):
        amounts = np.asarray(found[f"amount_{number}"], "<i8")
        sums = np.zeros(last + 1, "<i8")
        np.add.at(sums, cell, amounts)
        vectors.append(sums[:last].tolist())
        largest.append(_two_largest(cell, amounts, last))
    columns = members.spread(person, cell, people, last, wanted.cells_per_person)
    return Persons(Exact(vectors), columns, largest)


def _two_largest(cell: np.ndarray, amounts: np.ndarray, cells: int) -> list[tuple[int, int]]:
    """Per cell the largest amount of one person and the second largest, 0 where there is none."""
    order = np.lexsort((amounts, cell))
    cell, amounts = cell[order], amounts[order]
    ends = np.searchsorted(cell, np.arange(cells), side="right")
    starts = np.searchsorted(cell, np.arange(cells), side="left")
    found = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        first, second = [0, 0, *amounts[max(start, end - 2) : end].tolist()][:-3:-1]
        found.append((first, second))
    return found


def _bounded(kernel: Query, wanted: Shape) -> Query:
    """Each person's cells, at most as many as the price assumes, and in each what the person adds,
    clipped to [0, cap]. Where there are too many the first ones stay: which ones these are depends
    on the person alone.
    """
    amounts, caps = [], []
    for number, measure in enumerate(wanted.measures[1:], 1):
        clipped = f"COALESCE(LEAST(GREATEST(amount_{number}, 0), ?), 0)"
        amounts.append(f", CAST({clipped} AS BIGINT) AS amount_{number}")
        caps.append(measure.cap)
    # the kernel stands first: other dialects move its parts there, and question marks keep places
    text = f"WITH kernel AS ({kernel.text}) SELECT person, cell{''.join(amounts)} FROM kernel"
    if wanted.cells_per_person > 1:
        place = "ROW_NUMBER() OVER (PARTITION BY person ORDER BY cell)"
        text += f" QUALIFY {place} <= {wanted.cells_per_person}"
    return Query(text, [*kernel.values, *caps])
