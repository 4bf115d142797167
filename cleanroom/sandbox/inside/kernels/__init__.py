"""Kernels: plain SQL that says, per person, which cell it touches and what it adds.

A kernel returns one row per person at most (L0 = 1): ``person``, ``cell`` (position in the
question's public cells) and ``amount_1``... for measures beside the count. Bounding and counting
are done here for all of them, so that a kernel can't forget.
"""

from dataclasses import dataclass

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import Shape, shape
from cleanroom.disclosure.question import AttributeQuestion, MatchQuestion, Question
from cleanroom.errors import SandboxError
from cleanroom.sandbox.inside.database import Connection, rows
from cleanroom.sandbox.inside.kernels import attribute, first_channel, match
from cleanroom.sandbox.inside.kernels.sql import Query


@dataclass(frozen=True)
class Exact:
    """True numbers over the cells, for the gate's eyes only.

    ``people``: persons per cell; ``vectors``: one list per measure, in the shape's order.
    """

    people: list[int]
    vectors: list[list[int]]


def query(question: Question, catalogue: Catalogue) -> Query:
    """The kernel's statement for a canonical question."""
    if isinstance(question, MatchQuestion):
        return match.query(question, catalogue)
    if isinstance(question, AttributeQuestion):
        return attribute.query(question, catalogue)
    return first_channel.query(question, catalogue)


def run(connection: Connection, question: Question, catalogue: Catalogue) -> Exact:
    """Count persons and add up their bounded amounts per cell."""
    wanted = shape(question, catalogue)
    kernel = query(question, catalogue)
    statement, values = _bounded(kernel, wanted)
    people = [0] * len(wanted.cells)
    vectors = [[0] * len(wanted.cells) for _ in wanted.measures]
    for cell, count, *amounts in rows(connection, statement, values):
        if cell is None or not 0 <= cell < len(people):
            raise SandboxError("sandbox.failed")
        people[cell] = count
        for vector, amount in zip(vectors, [count, *amounts], strict=True):
            vector[cell] = int(amount)
    return Exact(people, vectors)


def _bounded(kernel: Query, wanted: Shape) -> tuple[str, list[object]]:
    """Per cell: how many persons, and the sum of what each adds, clipped to [0, cap] per person."""
    sums, caps = [], []
    for number, measure in enumerate(wanted.measures[1:], 1):
        sums.append(f", SUM(LEAST(GREATEST(amount_{number}, 0), ?))")
        caps.append(measure.cap)
    # the kernel stands first: other dialects move its parts there, and question marks keep places
    counted = f"SELECT cell, COUNT(*){''.join(sums)} FROM kernel GROUP BY cell"
    return f"WITH kernel AS ({kernel.text}) {counted}", [*kernel.values, *caps]
