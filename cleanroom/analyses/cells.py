"""Reading a release: which number stands for which cell, and sums that carry their noise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import Shape, shape
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release, Vector
from cleanroom.statistics.counts import sum_of_cells
from cleanroom.statistics.noise import Noise


@dataclass(frozen=True)
class Sum:
    """One cell, or several added up. ``value`` is None when none of them was released; ``withheld``
    says how many were not, so that a sum can say "at least".
    """

    value: float | None
    noise: Noise
    withheld: int = 0

    @property
    def whole(self) -> bool:
        """Whether every cell of the sum was released."""
        return self.value is not None and not self.withheld


@dataclass(frozen=True)
class Measured:
    """One measure over the cells of a question, in their order. ``rest``: all people of the
    question whose cell was not released, as one number; None when there is none.
    """

    values: tuple[int | None, ...]
    noise: Noise
    rest: int | None = None

    def at(self, position: int) -> Sum:
        """One cell."""
        return self.over([position])

    def over(self, positions: Iterable[int]) -> Sum:
        """Some cells added up, signed as they came."""
        chosen = [self.values[position] for position in positions]
        released = [value for value in chosen if value is not None]
        if not released:
            return Sum(None, self.noise, len(chosen))
        total = sum_of_cells(released, self.noise)
        return Sum(total.value, total.noise, len(chosen) - len(released))

    def gathered(self, positions: Sequence[int]) -> Sum:
        """The same; the rest completes it where every withheld cell is among ``positions``.

        Only for groups that everybody belongs to who may be in the rest: a merged value of an
        attribute puts people into the rest who are in none of the cells.
        """
        hidden = {i for i, value in enumerate(self.values) if value is None}
        if self.rest is None or not hidden or not hidden <= set(positions):
            return self.over(positions)
        shown = [self.values[position] for position in positions]
        numbers = [value for value in shown if value is not None]
        total = sum_of_cells([*numbers, self.rest], self.noise)
        return Sum(total.value, total.noise)

    @property
    def others(self) -> Sum | None:
        """Everybody whose cell was not released."""
        return None if self.rest is None else Sum(self.rest, self.noise)

    def shown(self, positions: Iterable[int]) -> Sum:
        """Those of some cells that were released."""
        return self.over(i for i in positions if self.values[i] is not None)


@dataclass(frozen=True)
class Answer:
    """A question with the numbers that came back for it."""

    shape: Shape
    mode: Literal["dp", "threshold"]
    vectors: dict[str, Measured]

    @property
    def cells(self) -> tuple[tuple[str, ...], ...]:
        """Labels of the cells, one per dimension."""
        return self.shape.cells

    @property
    def people(self) -> Measured:
        """The count of people, which every question asks for."""
        return self.vectors["people"]


def answer(question: Question, catalogue: Catalogue, release: Release) -> Answer:
    """Put a released answer beside the public cells of its question.

    ValueError when they don't belong together: the caller checked the release against the question
    when it came through the wall.
    """
    asked = shape(question, catalogue)
    names = [vector.measure for vector in release.vectors]
    sizes = {len(vector.values) for vector in release.vectors}
    if names != [measure.name for measure in asked.measures] or sizes != {len(asked.cells)}:
        raise ValueError("the release does not answer this question")
    return Answer(asked, release.mode, {v.measure: _measured(v) for v in release.vectors})


def _measured(vector: Vector) -> Measured:
    return Measured(vector.values, Noise(float(vector.sigma), vector.rounding), vector.rest)


def others(positions: Sequence[int], position: int) -> list[int]:
    """``positions`` without one of them."""
    return [other for other in positions if other != position]
