"""The public cells of a question: what the numbers of its answer will stand for, in order."""

from dataclasses import dataclass
from itertools import combinations, product
from math import prod

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.question import (
    AttributeQuestion,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
)
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

NO_CHANNEL = "none"
UNMATCHED = "unmatched"
MAX_CELLS = 10_000  # of one question


@dataclass(frozen=True)
class Measure:
    """One vector of numbers over the cells. ``cap`` bounds what one person adds (1 for counts)."""

    name: str
    cap: int
    unit: str  # people, money


@dataclass(frozen=True)
class Shape:
    """Cells in order, each a tuple of labels, one label per dimension; and the measures asked."""

    dimensions: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    measures: tuple[Measure, ...]
    cells_per_person: int = 1  # L0


COUNT = Measure("people", 1, "people")


def regions(parties: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Every non-empty set of parties, alone first, in the order of the agreement."""
    sizes = range(1, len(parties) + 1)
    return tuple(group for size in sizes for group in combinations(parties, size))


def _match(question: MatchQuestion, catalogue: Catalogue) -> Shape:
    named = regions(question.parties)
    if question.by == "membership":
        return Shape(("parties",), tuple(("+".join(group),) for group in named), (COUNT,))
    alone = tuple((group[0], "") for group in named[:2])
    both = "+".join(named[2])
    kinds = tuple(identifier.kind for identifier in catalogue.identifiers)
    if question.by == "winner":
        linked = tuple((both, kind) for kind in kinds)
    else:
        linked = tuple((both, "+".join(group)) for group in regions(kinds))
    return Shape(("parties", "identifier"), alone + linked, (COUNT,))


def _attribute(question: AttributeQuestion, catalogue: Catalogue) -> Shape:
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


def _first_channel(question: FirstChannelQuestion, catalogue: Catalogue) -> Shape:
    channel = catalogue.column(f"{question.exposures}.exposures.channel")[3]
    cells = tuple((label,) for label in (*channel.levels(), NO_CHANNEL, UNMATCHED))
    measures = [COUNT]
    if question.first_order_value:
        paid = catalogue.column(f"{question.conversions}.conversions.paid")[3]
        if paid.type is not Type.MONEY or paid.cap <= 0:
            raise DisclosureError("disclosure.cap", column="paid")
        measures.append(Measure("first_order_value", paid.cap, "money"))
    return Shape(("channel",), cells, tuple(measures))


def shape(question: Question, catalogue: Catalogue) -> Shape:
    """The cells and measures of a question. Raises ``disclosure.*`` when it can't be asked.

    They belong to the question's canonical form, as the numbers of its answer do: however it was
    spelled, labels and numbers stand in the same order.
    """
    question = canonical(question, catalogue)
    if isinstance(question, MatchQuestion):
        return _match(question, catalogue)
    if isinstance(question, AttributeQuestion):
        return _attribute(question, catalogue)
    return _first_channel(question, catalogue)
