"""Earlier answers put to use: a cell that was given before is given again, and a question whose
cells are sums of released cells is answered by adding them up (disclosure 1.5). Neither draws noise
anew, so neither can be averaged.
"""

from collections.abc import Callable, Iterable, Sequence

from cleanroom.disclosure.boxes import Predicate
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import COUNT
from cleanroom.disclosure.predicates import counts_only, filled, predicates, splits
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Vector
from cleanroom.disclosure.widths import together
from cleanroom.sandbox.inside.state import Stored


class Given:
    """All answers by what their cells mean. Of a cell drawn twice the first draw counts."""

    def __init__(self, catalogue: Catalogue, known: Iterable[Stored]) -> None:
        self._catalogue = catalogue
        self._cells: dict[Predicate, tuple[int, bool]] = {}
        self._splits: list[tuple[Stored, tuple[Predicate, ...]]] = []
        for stored in known:
            self.add(stored)

    def add(self, stored: Stored) -> None:
        """Remember the counts of one more answer."""
        counts = stored.vectors[0]
        meanings = predicates(stored.question, self._catalogue)
        for meaning, noisy, withheld in zip(meanings, counts.noisy, counts.withheld, strict=True):
            self._cells.setdefault(meaning, (noisy, withheld))
        if splits(stored.question, self._catalogue):
            self._splits.append((stored, meanings))

    def of(self, question: Question) -> dict[int, tuple[int, bool]]:
        """Cells of a question that were drawn before: their noisy count, and whether withheld."""
        meanings = predicates(question, self._catalogue)
        return {i: self._cells[m] for i, m in enumerate(meanings) if m in self._cells}

    def added_up(self, question: Question, published: Callable[[Stored], Vector]) -> Vector | None:
        """The counts of a question from one released answer, or None when no answer has all of it.

        ``published``: an answer's counts as everybody knows them. The noise of m cells together is
        sqrt(m) times as wide, and each of them was rounded.
        """
        if not counts_only(question, self._catalogue):
            return None
        wanted = predicates(question, self._catalogue)
        for stored, meanings in self._splits:
            parts = filled(wanted, meanings)
            if parts is None:
                continue
            counts = published(stored)
            if all(counts.values[i] is not None for cells in parts for i in cells):
                return _added(counts, parts, zero=None if stored.members else 0)
        return None


def _added(counts: Vector, parts: Sequence[tuple[int, ...]], *, zero: int | None) -> Vector:
    """Sums of published cells. ``zero`` stands for a cell that the question itself leaves empty."""
    values = tuple(sum(counts.values[i] or 0 for i in cells) if cells else zero for cells in parts)
    most = max(1, *(len(cells) for cells in parts))
    # the rounding of one of them is the reader's to add, as for every released number
    spread = together(counts.sigma, counts.rounding, most)
    return Vector(COUNT.name, values, spread, counts.rounding)
