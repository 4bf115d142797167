"""Kind ``first_channel``: new customers by the channel before their first order (A04)."""

from typing import Literal

import msgspec
from msgspec import Struct

from cleanroom.disclosure.boxes import NO, YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.common import day, event_kinds, spelled
from cleanroom.disclosure.shapes import COUNT, Measure, Shape
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

NO_CHANNEL = "none"
UNMATCHED = "unmatched"


class FirstChannelQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="first_channel", tag_field="kernel"
):
    """New customers by the channel of the exposure that went before their first order.

    New: first order in the data on a day in [new_since, new_until). Channel: among the person's
    exposures up to that order and not more than ``window_days`` days before it (or, with
    ``while_active``, whose [ts, until] holds the order's day), the first or last by start, ties by
    the highest campaign. ``none`` when there is no such exposure, ``unmatched`` when the customer
    is not in the exposing party's data.
    """

    exposures: str  # party that brings exposures
    conversions: str  # party that brings conversions
    new_since: str  # ISO date
    new_until: str
    touch: Literal["first", "last"] = "last"
    window_days: int = 14
    while_active: bool = False
    order_kinds: tuple[str, ...] = ()  # domain values of conversions.kind that count; () = all
    first_order_value: bool = False  # also sum what was paid on the day of the first order


def canonical(question: FirstChannelQuestion, catalogue: Catalogue) -> FirstChannelQuestion:
    """Dates inside the period and a window no longer than the data, so that no two spellings ask
    for the same people."""
    shown, bought = (catalogue.dataset(p) for p in (question.exposures, question.conversions))
    catalogue.column(f"{question.exposures}.exposures.channel")
    catalogue.column(f"{question.conversions}.conversions.ts")
    since, until = day(question.new_since), day(question.new_until)
    if not day(bought.start) <= since < until <= day(bought.end):
        raise DisclosureError("disclosure.dates")
    if question.window_days < 0:
        raise DisclosureError("disclosure.window")
    longest = max(0, (day(bought.end) - day(shown.start)).days)
    return msgspec.structs.replace(
        question,
        order_kinds=event_kinds(
            question.order_kinds, f"{question.conversions}.conversions", catalogue
        ),
        window_days=0 if question.while_active else min(question.window_days, longest),
    )


def shape(question: FirstChannelQuestion, catalogue: Catalogue) -> Shape:
    """The channels, then none, then unmatched."""
    channel = catalogue.column(f"{question.exposures}.exposures.channel")[3]
    cells = tuple((label,) for label in (*channel.levels(), NO_CHANNEL, UNMATCHED))
    measures = [COUNT]
    if question.first_order_value:
        paid = catalogue.column(f"{question.conversions}.conversions.paid")[3]
        if paid.type is not Type.MONEY or paid.cap <= 0:
            raise DisclosureError("disclosure.cap", column="paid")
        measures.append(Measure("first_order_value", paid.cap, "money"))
    return Shape(("channel",), cells, tuple(measures))


def boxes(question: FirstChannelQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means."""
    bought = [question.conversions, question.new_since, question.new_until, *question.order_kinds]
    newcomer = {
        atoms.member(question.conversions): YES,
        atoms.named("newcomer " + spelled(bought), 2): YES,
    }
    shown = [question.touch, question.window_days, question.while_active]
    *channels, _ = shape(question, catalogue).cells
    touch = atoms.named("touch " + spelled([question.exposures, *bought, *shown]), len(channels))
    exposed = atoms.member(question.exposures)
    for (label,) in channels:
        yield newcomer | {exposed: YES, touch: frozenset({label})}
    # whatever counts as a touch, those who are unknown where it was shown are the same people
    yield newcomer | {exposed: NO}


def used(question: FirstChannelQuestion) -> list[str]:
    """Columns that the question looks at."""
    columns = [f"{question.exposures}.exposures.channel"]
    if question.order_kinds:
        columns.append(f"{question.conversions}.conversions.kind")
    if question.first_order_value:
        columns.append(f"{question.conversions}.conversions.paid")
    return columns
