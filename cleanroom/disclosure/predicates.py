"""What cells mean, across questions.

Two questions may share a cell, and the cells of one may add up to the cells of another. Both are
decided here from the questions alone, so that no second draw of noise is made for people whose
number was given before (disclosure 1.5) and anybody can check that an answer was due for nothing.
"""

from collections.abc import Sequence
from math import prod

from cleanroom.disclosure.boxes import Atoms, Predicate
from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import COUNT, shape
from cleanroom.disclosure.question import KINDS, Question


def predicates(question: Question, catalogue: Catalogue) -> tuple[Predicate, ...]:
    """The box of each public cell of a question, in the order of its shape.

    Raises ``disclosure.*`` when the question can't be asked.
    """
    question = canonical(question, catalogue)
    atoms = Atoms()
    boxes = KINDS[type(question)].boxes(question, catalogue, atoms)
    return tuple(atoms.box(box) for box in boxes)


def sums(
    question: Question, earlier: Question, catalogue: Catalogue
) -> tuple[tuple[int, ...], ...] | None:
    """For each cell of ``question`` the cells of ``earlier`` that add up to it.

    None unless that holds for every cell, whatever the data are. A cell that the question itself
    leaves empty has no parts. Only counts add up like this: an amount may mean something else in
    another question.
    """
    if not (counts_only(question, catalogue) and splits(earlier, catalogue)):
        return None
    return filled(predicates(question, catalogue), predicates(earlier, catalogue))


def counts_only(question: Question, catalogue: Catalogue) -> bool:
    """Whether a question asks for nothing but people, each in one cell at most."""
    wanted = shape(question, catalogue)
    return wanted.measures == (COUNT,) and wanted.cells_per_person == 1


def splits(question: Question, catalogue: Catalogue) -> bool:
    """Whether the cells of a question are disjoint, so that they can be added up."""
    return shape(question, catalogue).cells_per_person == 1


def filled(
    wholes: Sequence[Predicate], parts: Sequence[Predicate]
) -> tuple[tuple[int, ...], ...] | None:
    """For each box the disjoint boxes that fill it; None unless every box is filled."""
    found: list[tuple[int, ...]] = []
    for whole in wholes:
        cells = () if whole.nobody else _parts(whole, parts)
        if cells is None:
            return None
        found.append(cells)
    return tuple(found)


def _parts(whole: Predicate, parts: Sequence[Predicate]) -> tuple[int, ...] | None:
    """Disjoint boxes that fill a box: those within it, when their volumes add up to its own."""
    inside = tuple(i for i, part in enumerate(parts) if not part.nobody and part.within(whole))
    sizes = dict(whole.sizes)
    for i in inside:
        sizes |= dict(parts[i].sizes)
    volume = sum(_volume(parts[i], sizes) for i in inside)
    return inside if volume == _volume(whole, sizes) else None


def _volume(box: Predicate, sizes: dict[str, int]) -> int:
    allowed = {atom: len(values) for atom, values in box.allowed}
    return prod(allowed.get(atom, size) for atom, size in sizes.items())
