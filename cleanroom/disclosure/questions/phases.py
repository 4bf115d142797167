"""Kind ``phases``: people by the phases of an event in which they saw something, and what they
bought (A17).
"""

from itertools import pairwise, product
from typing import Literal

import msgspec
from msgspec import Struct

from cleanroom.disclosure.boxes import NO, YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.common import day, event_kinds, spelled
from cleanroom.disclosure.shapes import COUNT, Measure, Shape
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

PHASES = ("lead-up", "event", "lead-out")
NEW, EXISTING, NO_ORDER, UNMATCHED = "new", "existing", "no order", "unmatched"
OUTCOMES = (NEW, EXISTING, NO_ORDER)

Sales = Literal["", "total", "phases"]


class PhasesQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="phases", tag_field="kernel"
):
    """People of the exposing party by strategy and outcome.

    Phases: days in [lead_since, event_since), [event_since, out_since) and [out_since, out_until).
    Strategy: the phases with an exposure. ``new``: first order in the data on a day of the phases;
    ``existing``: another order there; ``unmatched``: not in the data of who brings conversions;
    with ``unmatched_apart`` false, and where one party brings both, these people have no order.
    ``sales``: what each person paid in all phases ("total"), or from ``baseline_since`` to the
    first phase and in each phase ("phases"); each sum up to the agreed cap of ``paid``.
    """

    exposures: str  # party that brings exposures
    conversions: str  # party that brings conversions
    lead_since: str  # ISO date
    event_since: str
    out_since: str
    out_until: str
    touch_kinds: tuple[str, ...] = ()  # domain values of exposures.kind that count; () = all
    order_kinds: tuple[str, ...] = ()  # domain values of conversions.kind that count; () = all
    unmatched_apart: bool = True
    sales: Sales = ""
    baseline_since: str = ""  # ISO date, for sales by phase


def canonical(question: PhasesQuestion, catalogue: Catalogue) -> PhasesQuestion:
    """The one form of a question. Raises ``disclosure.*``."""
    shown, bought = (catalogue.dataset(p) for p in (question.exposures, question.conversions))
    catalogue.column(f"{question.exposures}.exposures.ts")
    catalogue.column(f"{question.conversions}.conversions.ts")
    days = [day(text) for text in edges(question)]
    if not (days[0] < days[1] < days[2] < days[3]):
        raise DisclosureError("disclosure.dates")
    if days[0] < day(shown.start) or days[3] > day(shown.end):
        raise DisclosureError("disclosure.dates")
    by_phase = question.sales == "phases"
    first = day(question.baseline_since) if by_phase else days[0]
    if first < day(bought.start) or days[3] > day(bought.end) or (by_phase and first >= days[0]):
        raise DisclosureError("disclosure.dates")
    exposures, conversions = (
        f"{question.exposures}.exposures",
        f"{question.conversions}.conversions",
    )
    return msgspec.structs.replace(
        question,
        touch_kinds=event_kinds(question.touch_kinds, exposures, catalogue),
        order_kinds=event_kinds(question.order_kinds, conversions, catalogue),
        unmatched_apart=question.unmatched_apart and question.exposures != question.conversions,
        baseline_since=question.baseline_since if by_phase else "",
    )


def edges(question: PhasesQuestion) -> tuple[str, str, str, str]:
    """The days at which phases begin, and the one after the last."""
    return question.lead_since, question.event_since, question.out_since, question.out_until


def strategies() -> tuple[str, ...]:
    """Every set of phases, as a label: the empty one first, the first phase counts one."""
    return tuple(
        "+".join(name for bit, name in enumerate(PHASES) if mask >> bit & 1)
        for mask in range(1 << len(PHASES))
    )


def shape(question: PhasesQuestion, catalogue: Catalogue) -> Shape:
    """Each strategy by outcome, then the unmatched. Raises ``disclosure.cap``."""
    cells = list(product(strategies(), OUTCOMES))
    if question.unmatched_apart:
        cells.append(("", UNMATCHED))
    measures = [COUNT]
    if question.sales:
        paid = catalogue.column(f"{question.conversions}.conversions.paid")[3]
        if paid.type is not Type.MONEY or paid.cap <= 0:
            raise DisclosureError("disclosure.cap", column="paid")
        names = ("sales",) if question.sales == "total" else ("baseline", *PHASES)
        measures += [Measure(name, paid.cap, "money") for name in names]
    return Shape(("strategy", "outcome"), tuple(cells), tuple(measures))


def boxes(question: PhasesQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means."""
    exposed, member = atoms.member(question.exposures), atoms.member(question.conversions)
    days = edges(question)
    seen = [
        atoms.named(
            "seen in days " + spelled([question.exposures, since, until, *question.touch_kinds]), 2
        )
        for since, until in pairwise(days)
    ]
    orders = spelled([question.conversions, days[0], days[3], *question.order_kinds])
    bought = atoms.named("order in days " + orders, 2)
    newcomer = atoms.named("newcomer " + orders, 2)
    for strategy, outcome in shape(question, catalogue).cells:
        if outcome == UNMATCHED:
            yield {exposed: YES, member: NO}
            continue
        phases = strategy.split("+")
        box = {exposed: YES}
        for name, atom in zip(PHASES, seen, strict=True):
            box[atom] = YES if name in phases else NO
        box[bought] = NO if outcome == NO_ORDER else YES
        if outcome != NO_ORDER:
            box[newcomer] = YES if outcome == NEW else NO
        if outcome != NO_ORDER or question.unmatched_apart:
            box[member] = YES  # nobody else has an order
        yield box


def used(question: PhasesQuestion) -> list[str]:
    """Columns that the question looks at."""
    columns = []
    if question.touch_kinds:
        columns.append(f"{question.exposures}.exposures.kind")
    if question.order_kinds:
        columns.append(f"{question.conversions}.conversions.kind")
    if question.sales:
        columns.append(f"{question.conversions}.conversions.paid")
    return columns
