"""Kind ``arm``: who of each random arm bought afterwards (A08)."""

from itertools import product

import msgspec
from msgspec import Struct

from cleanroom.disclosure.boxes import NO, YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.common import day, event_kinds, spelled
from cleanroom.disclosure.shapes import COUNT, Measure, Shape
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

CONVERTED, NOT_CONVERTED, UNMATCHED = "converted", "not converted", "unmatched"


class ArmQuestion(Struct, frozen=True, forbid_unknown_fields=True, tag="arm", tag_field="kernel"):
    """Subjects of one test by arm and outcome.

    A subject's arm and opportunity are those of its first row in the test whose time lies in the
    data period (ties: the arm that comes first in the domain). Converted: an event of the right
    kind at the opportunity or up to ``window_days`` days after it. ``unmatched``: not in the data
    of who brings conversions, so the outcome is unknown; there is no such cell where one party
    brings both. ``sales_value``: also what was paid in that window, at most the cap per person, and
    its square as a share of the cap: paid²/cap, to the nearest hundredth. Both lie in [0, cap].
    """

    arms: str  # party that brings arms
    conversions: str  # party that brings conversions
    test: str  # value of arms.test
    between: tuple[str, ...] = ()  # values of arms.arm whose subjects are asked about; () = all
    window_days: int = 14
    order_kinds: tuple[str, ...] = ()  # domain values of conversions.kind that count; () = all
    sales_value: bool = False


def canonical(question: ArmQuestion, catalogue: Catalogue) -> ArmQuestion:
    """The one form of a question: sets in public order, no window longer than the data.

    Raises ``disclosure.*``.
    """
    catalogue.column(f"{question.arms}.arms.opp_ts")
    test = catalogue.column(f"{question.arms}.arms.test")[3]
    catalogue.column(f"{question.conversions}.conversions.ts")
    if question.test not in test.domain:
        raise DisclosureError("disclosure.value", column=f"{question.arms}.arms.test")
    if question.window_days < 0:
        raise DisclosureError("disclosure.window")
    tried, bought = (catalogue.dataset(p) for p in (question.arms, question.conversions))
    longest = max(0, (day(bought.end) - day(tried.start)).days)
    kinds = event_kinds(question.order_kinds, f"{question.conversions}.conversions", catalogue)
    return msgspec.structs.replace(
        question,
        between=_between(question, catalogue),
        order_kinds=kinds,
        window_days=min(question.window_days, longest),
    )


def _between(question: ArmQuestion, catalogue: Catalogue) -> tuple[str, ...]:
    known = arms(question, catalogue)
    if not set(question.between) <= set(known):
        raise DisclosureError("disclosure.value", column=f"{question.arms}.arms.arm")
    chosen = tuple(arm for arm in known if arm in question.between)
    return () if len(chosen) == len(known) else chosen


def arms(question: ArmQuestion, catalogue: Catalogue) -> tuple[str, ...]:
    """All arms that the agreement names, whether asked about or not."""
    return catalogue.column(f"{question.arms}.arms.arm")[3].domain


def outcomes(question: ArmQuestion) -> tuple[str, ...]:
    """What may have become of a subject."""
    known = (CONVERTED, NOT_CONVERTED)
    return known if question.arms == question.conversions else (*known, UNMATCHED)


def shape(question: ArmQuestion, catalogue: Catalogue) -> Shape:
    """Each arm by outcome. Raises ``disclosure.cap``."""
    measures = [COUNT]
    if question.sales_value:
        paid = catalogue.column(f"{question.conversions}.conversions.paid")[3]
        if paid.type is not Type.MONEY or paid.cap <= 0:
            raise DisclosureError("disclosure.cap", column="paid")
        measures += [Measure(name, paid.cap, "money") for name in ("sales", "sales_squared")]
    asked = question.between or arms(question, catalogue)
    return Shape(("arm", "outcome"), tuple(product(asked, outcomes(question))), tuple(measures))


def boxes(question: ArmQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means."""
    tried: list[str | int] = [question.arms, question.test]
    size = len(arms(question, catalogue)) + 1  # or in none
    arm = atoms.named("arm " + spelled(tried), size)
    bought: list[str | int] = [question.conversions, question.window_days, *question.order_kinds]
    outcome = atoms.named("bought after " + spelled([*tried, *bought]), 2)
    subject, known = atoms.member(question.arms), atoms.member(question.conversions)
    for label, result in shape(question, catalogue).cells:
        box = {subject: YES, arm: frozenset({label})}
        if result == UNMATCHED:
            # whatever counts as a purchase, those who are unknown where it is are the same people
            yield box | {known: NO}
        else:
            yield box | {known: YES, outcome: YES if result == CONVERTED else NO}


def used(question: ArmQuestion) -> list[str]:
    """Columns that the question looks at."""
    columns = [f"{question.arms}.arms.{name}" for name in ("arm", "test")]
    if question.order_kinds:
        columns.append(f"{question.conversions}.conversions.kind")
    if question.sales_value:
        columns.append(f"{question.conversions}.conversions.paid")
    return columns
