"""Kind ``attribute``: people by what one or more parties know of them (A03)."""

from itertools import product
from math import prod

import msgspec
from msgspec import Struct

from cleanroom.disclosure.boxes import NO, YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.common import Filter, filters, in_order
from cleanroom.disclosure.shapes import COUNT, MAX_CELLS, Shape
from cleanroom.errors import DisclosureError

MAX_COLUMNS = 3


class AttributeQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="attribute", tag_field="kernel"
):
    """People of all ``base`` parties by up to three of their attributes; with ``versus`` each cell
    is split in two: those who are also in ``versus``, and those who are not.
    """

    base: tuple[str, ...]
    columns: tuple[str, ...]  # party.people.column
    versus: str = ""
    where: tuple[Filter, ...] = ()


def canonical(question: AttributeQuestion, catalogue: Catalogue) -> AttributeQuestion:
    """The one form of a question. Raises ``disclosure.*``."""
    base = in_order(question.base, catalogue.parties)
    columns = tuple(sorted(set(question.columns)))
    if not base or not 1 <= len(columns) <= MAX_COLUMNS:
        raise DisclosureError("disclosure.columns", most=MAX_COLUMNS)
    for column in columns:
        catalogue.attribute(column)
    if question.versus and (question.versus in base or question.versus not in catalogue.parties):
        raise DisclosureError("disclosure.party", party=question.versus)
    return msgspec.structs.replace(
        question, base=base, columns=columns, where=filters(question.where, catalogue)
    )


def shape(question: AttributeQuestion, catalogue: Catalogue) -> Shape:
    """One cell for each combination of levels. Raises ``disclosure.*``."""
    _check_brought(question, catalogue)
    levels = [catalogue.attribute(column).levels() for column in question.columns]
    dimensions = question.columns
    if question.versus:
        levels.append((question.versus, "not " + question.versus))
        dimensions = (*question.columns, "versus")
    if prod(len(labels) for labels in levels) > MAX_CELLS:
        raise DisclosureError("disclosure.too_many_cells", most=MAX_CELLS)
    return Shape(dimensions, tuple(product(*levels)), (COUNT,))


def _check_brought(question: AttributeQuestion, catalogue: Catalogue) -> None:
    """Columns belong to parties that all the people asked about have, so nobody is left out."""
    used = (*question.columns, *(item.column for item in question.where))
    for reference in used:
        if catalogue.column(reference)[0] not in question.base:
            raise DisclosureError("disclosure.column", column=reference)


def boxes(question: AttributeQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means."""
    everybody = {atoms.member(party): YES for party in question.base}
    for item in question.where:
        everybody[atoms.column(item.column, catalogue)] = frozenset(item.values)
    for labels in shape(question, catalogue).cells:
        box = dict(everybody)
        for reference, label in zip(question.columns, labels, strict=False):
            atom = atoms.column(reference, catalogue)
            box[atom] = box.get(atom, frozenset({label})) & {label}
        if question.versus:
            box[atoms.member(question.versus)] = YES if labels[-1] == question.versus else NO
        yield box


def used(question: AttributeQuestion) -> list[str]:
    """Columns that the question looks at."""
    return [*question.columns, *(item.column for item in question.where)]
