"""Kind ``weekly``: people by week (or month) and channel of their first exposure, and who ordered
soon after (A10).
"""

from datetime import date, timedelta
from itertools import product
from typing import Literal

import msgspec
from msgspec import Struct

from cleanroom.disclosure.boxes import NO, YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.common import day, event_kinds, spelled
from cleanroom.disclosure.shapes import COUNT, MAX_CELLS, Shape
from cleanroom.errors import DisclosureError

STEPS_MOST = 120
CONVERTED, NOT_CONVERTED, UNMATCHED = "converted", "not converted", "unmatched"

Step = Literal["week", "month"]


class WeeklyQuestion(
    Struct, frozen=True, forbid_unknown_fields=True, tag="weekly", tag_field="kernel"
):
    """People whose first exposure in the data lies in one of ``steps`` weeks (or months) from
    ``since`` on.

    Channel: that of the first exposure, of equal times that of the highest campaign, then channel.
    Converted: an order at the first exposure or up to ``window_days`` days after it. ``unmatched``:
    not in the data of who brings conversions; with ``unmatched_apart`` false, and where one party
    brings both, these people count as not converted.
    """

    exposures: str  # party that brings exposures
    conversions: str  # party that brings conversions
    since: str  # ISO date; for months the first day of one
    steps: int
    step: Step = "week"
    window_days: int = 14
    touch_kinds: tuple[str, ...] = ()  # domain values of exposures.kind that count; () = all
    order_kinds: tuple[str, ...] = ()  # domain values of conversions.kind that count; () = all
    unmatched_apart: bool = True


def canonical(question: WeeklyQuestion, catalogue: Catalogue) -> WeeklyQuestion:
    """The one form of a question: no window longer than the data. Raises ``disclosure.*``."""
    shown, bought = (catalogue.dataset(p) for p in (question.exposures, question.conversions))
    for name in ("ts", "channel"):
        catalogue.column(f"{question.exposures}.exposures.{name}")
    catalogue.column(f"{question.conversions}.conversions.ts")
    if not 1 <= question.steps <= STEPS_MOST:
        raise DisclosureError("disclosure.parameter", analysis="weekly", parameter="steps")
    since = day(question.since)
    whole = question.step == "week" or since.day == 1
    if not whole or since < day(shown.start) or starts(question)[-1] > day(shown.end):
        raise DisclosureError("disclosure.dates")
    if question.window_days < 0:
        raise DisclosureError("disclosure.window")
    longest = max(0, (day(bought.end) - since).days)
    exposures, conversions = (
        f"{question.exposures}.exposures",
        f"{question.conversions}.conversions",
    )
    return msgspec.structs.replace(
        question,
        window_days=min(question.window_days, longest),
        touch_kinds=event_kinds(question.touch_kinds, exposures, catalogue),
        order_kinds=event_kinds(question.order_kinds, conversions, catalogue),
        unmatched_apart=question.unmatched_apart and question.exposures != question.conversions,
    )


def starts(question: WeeklyQuestion) -> list[date]:
    """The first day of every step, and the day after the last."""
    since = day(question.since)
    if question.step == "week":
        return [since + timedelta(weeks=number) for number in range(question.steps + 1)]
    months = [since.year * 12 + since.month - 1 + number for number in range(question.steps + 1)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def shape(question: WeeklyQuestion, catalogue: Catalogue) -> Shape:
    """Each step by channel by outcome, then the unmatched."""
    channel = catalogue.column(f"{question.exposures}.exposures.channel")[3]
    labels = [first.isoformat() for first in starts(question)[:-1]]
    cells = list(product(labels, channel.levels(), (CONVERTED, NOT_CONVERTED)))
    if question.unmatched_apart:
        cells.append(("", "", UNMATCHED))
    if len(cells) > MAX_CELLS:
        raise DisclosureError("disclosure.too_many_cells", most=MAX_CELLS)
    return Shape(("from", "channel", "outcome"), tuple(cells), (COUNT,))


def boxes(question: WeeklyQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means."""
    seen, member = atoms.member(question.exposures), atoms.member(question.conversions)
    levels = catalogue.column(f"{question.exposures}.exposures.channel")[3].levels()
    shown = [question.exposures, *question.touch_kinds]
    channel = atoms.named("channel of first exposure " + spelled(shown), len(levels) + 1)
    steps = [question.since, question.step, question.steps]
    first = atoms.named("first exposure " + spelled([*steps, *shown]), question.steps + 1)
    orders = [question.conversions, question.window_days, *question.order_kinds]
    bought = atoms.named("order after first exposure " + spelled([*shown, "", *orders]), 2)
    every = frozenset(day.isoformat() for day in starts(question)[:-1])
    for step, name, outcome in shape(question, catalogue).cells:
        if outcome == UNMATCHED:
            yield {seen: YES, member: NO, first: every}
            continue
        box = {seen: YES, first: frozenset({step}), channel: frozenset({name})}
        box[bought] = YES if outcome == CONVERTED else NO
        if outcome == CONVERTED or question.unmatched_apart:
            box[member] = YES  # nobody else has an order
        yield box


def used(question: WeeklyQuestion) -> list[str]:
    """Columns that the question looks at."""
    columns = [f"{question.exposures}.exposures.channel"]
    if question.touch_kinds:
        columns.append(f"{question.exposures}.exposures.kind")
    if question.order_kinds:
        columns.append(f"{question.conversions}.conversions.kind")
    return columns
