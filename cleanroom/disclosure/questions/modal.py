"""Kind ``modal``: the scene or the kind of goods that each person has most often (A12, A16)."""

from itertools import pairwise, product
from math import prod

import msgspec
from msgspec import Struct

from cleanroom.disclosure.boxes import YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.questions import segments
from cleanroom.disclosure.questions.common import day, event_kinds, spelled
from cleanroom.disclosure.questions.price import coarse
from cleanroom.disclosure.shapes import COUNT, MAX_CELLS, Shape
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

DAYPART, BAND = "daypart", "band"
DAYPART_HOURS = (6, 9, 12, 14, 18)  # where one part of the day ends and the next begins
DAYPARTS = ("00-06", "06-09", "09-12", "12-14", "14-18", "18-24")
TABLES = ("exposures", "conversions")
DIMENSIONS_MOST, EDGES_MOST, EDGE_MOST = 3, 9, 10**12


class ModalQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="modal", tag_field="kernel"
):
    """People by the combination that most of their events have; of equally frequent ones the one
    with the latest event, then the last in the order of the cells.

    An *event* is a row of ``events`` (``party.exposures`` or ``party.conversions``) on a day in
    [since, until), of the kinds and the category named, with a value in every dimension. A
    dimension is a category of that table, ``daypart`` or ``band``: the price of a piece (``paid`` /
    ``qty``, a missing quantity is 1, both above 0) from one of ``band_edges`` to below the next.
    ``segment``: see ``segments``; its moment is the first event.
    """

    events: str
    dimensions: tuple[str, ...]
    since: str  # ISO date
    until: str
    kinds: tuple[str, ...] = ()  # domain values of kind that count; () = all
    category: str = ""  # domain value of conversions.category; "" = all
    band_edges: tuple[int, ...] = ()  # hundredths
    segment: str = ""
    order_kinds: tuple[str, ...] = ()  # of orders of the segment ``party.conversions``

    @property
    def party(self) -> str:
        """Who brings the events."""
        return self.events.partition(".")[0]

    @property
    def table(self) -> str:
        """Exposures or conversions."""
        return self.events.partition(".")[2]


def canonical(question: ModalQuestion, catalogue: Catalogue) -> ModalQuestion:
    """The one form: dimensions and sets in order, nothing named that changes nothing.

    Raises ``disclosure.*``.
    """
    if question.table not in TABLES:
        raise DisclosureError("disclosure.column", column=question.events)
    catalogue.column(f"{question.events}.ts")
    segments.check(question.segment, catalogue, owner=question.party, around=True)
    dataset = catalogue.dataset(question.party)
    since, until = day(question.since), day(question.until)
    if not day(dataset.start) <= since < until <= day(dataset.end):
        raise DisclosureError("disclosure.dates")
    chosen = tuple(sorted(set(question.dimensions)))
    if not 1 <= len(chosen) <= DIMENSIONS_MOST:
        raise DisclosureError("disclosure.columns", most=DIMENSIONS_MOST)
    for name in chosen:
        _check_dimension(question, name, catalogue)
    if question.category:
        reference = f"{question.events}.category"
        if question.category not in catalogue.column(reference)[3].domain:
            raise DisclosureError("disclosure.value", column=reference)
    orders = segments.is_order(question.segment)
    return msgspec.structs.replace(
        question,
        dimensions=chosen,
        kinds=event_kinds(question.kinds, question.events, catalogue),
        band_edges=_edges(question) if BAND in chosen else (),
        order_kinds=event_kinds(question.order_kinds, question.segment, catalogue)
        if orders
        else (),
    )


def _check_dimension(question: ModalQuestion, name: str, catalogue: Catalogue) -> None:
    if name == DAYPART:
        return
    if name == BAND:
        catalogue.column(f"{question.events}.paid")
        return
    spec = catalogue.column(f"{question.events}.{name}")[3]
    if spec.type is not Type.CATEGORY:
        raise DisclosureError("disclosure.column", column=f"{question.events}.{name}")


def _edges(question: ModalQuestion) -> tuple[int, ...]:
    """As finely as prices are told; a finer edge would single out few people."""
    found = {coarse(edge) for edge in question.band_edges if 0 < edge <= EDGE_MOST}
    odd = [edge for edge in question.band_edges if not 0 < edge <= EDGE_MOST]
    if odd or not 1 <= len(found) <= EDGES_MOST:
        raise DisclosureError("disclosure.parameter", analysis="modal", parameter="band_edges")
    return tuple(sorted(found))


def levels(question: ModalQuestion, name: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The values of a dimension."""
    if name == DAYPART:
        return DAYPARTS
    if name == BAND:
        edges = [str(edge) for edge in question.band_edges]
        inner = [f"{low}-{high}" for low, high in pairwise(edges)]
        return (f"<{edges[0]}", *inner, f">={edges[-1]}")
    spec: ColumnSpec = catalogue.column(f"{question.events}.{name}")[3]
    return spec.domain


def spots(question: ModalQuestion, catalogue: Catalogue) -> tuple[tuple[str, ...], ...]:
    """All combinations of the dimensions. Raises ``disclosure.too_many_cells``."""
    found = [levels(question, name, catalogue) for name in question.dimensions]
    known = segments.labels(question.segment, question.party, catalogue)
    if prod(map(len, found)) * len(known) > MAX_CELLS:
        raise DisclosureError("disclosure.too_many_cells", most=MAX_CELLS)
    return tuple(product(*found))


def shape(question: ModalQuestion, catalogue: Catalogue) -> Shape:
    """Each combination by segment."""
    known = segments.labels(question.segment, question.party, catalogue)
    cells = tuple((*spot, segment) for spot in spots(question, catalogue) for segment in known)
    return Shape((*question.dimensions, "segment"), cells, (COUNT,))


def boxes(question: ModalQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means. The most frequent combination says nothing of fewer dimensions."""
    events = [
        *(question.events, question.since, question.until, question.category),
        *(len(question.kinds), *question.kinds),
        *(len(question.dimensions), *question.dimensions, *question.band_edges),
    ]
    found = spots(question, catalogue)
    name = "modal " + spelled(events)
    modal = atoms.named(name, len(found) + 1)  # or none
    moment = f"{name} {spelled(question.order_kinds)}"
    known = segments.labels(question.segment, question.party, catalogue)
    for place in range(len(found)):
        for label in known:
            yield {
                atoms.member(question.party): YES,
                modal: frozenset({str(place)}),
            } | segments.box(question.segment, label, moment, catalogue, atoms)


def used(question: ModalQuestion) -> list[str]:
    """Columns that the question looks at."""
    chosen = [name for name in question.dimensions if name not in (DAYPART, BAND)]
    chosen += ["paid"] if BAND in question.dimensions else []
    chosen += ["kind"] if question.kinds else []
    chosen += ["category"] if question.category else []
    columns = [f"{question.events}.{name}" for name in dict.fromkeys(chosen)]
    orders = [f"{question.segment}.kind"] if question.order_kinds else []
    return [*segments.used(question.segment), *orders, *columns]
