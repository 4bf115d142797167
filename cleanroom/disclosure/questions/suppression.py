"""Kind ``suppression``: people who saw something, by why they need not have (A07)."""

import msgspec

from cleanroom.disclosure.boxes import NO, YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions import campaign
from cleanroom.disclosure.questions.campaign import (
    CONVERTED,
    NOT_CONVERTED,
    UNMATCHED,
    CampaignQuestion,
    Spelled,
    canonical_fields,
    views_cap,
)
from cleanroom.disclosure.questions.common import day, event_kinds, spelled
from cleanroom.disclosure.shapes import COUNT, Measure, Shape
from cleanroom.errors import DisclosureError

RECENT, EXISTING = "bought recently", "existing customer"
ABOVE_CAP, NO_RESPONSE, USEFUL = "above cap", "no response", "useful"
CLASSES = (RECENT, EXISTING, ABOVE_CAP, NO_RESPONSE, USEFUL)  # in the order they are tried
MATCHED = "matched"


class SuppressionQuestion(
    CampaignQuestion, frozen=True, forbid_unknown_fields=True, tag="suppression", tag_field="kernel"
):
    """People by the first class that fits, and all their views, each person's up to the agreed cap.

    ``bought recently``: an order at most ``recent_days`` days before the first view. ``existing
    customer``: any order before the first view. ``above cap``: more than ``cap`` views. ``no
    response``: at least ``no_response_after`` views, no purchase, and no exposure row of
    ``response_kinds`` in the same campaign and days. ``useful``: everybody else. A class whose
    number is 0 (``existing`` false) is not asked for.

    ``unmatched``: not in the data of who brings conversions, so no order of theirs is known.
    ``outcome``: the matched are split by whether there was a purchase.
    """

    recent_days: int = 30
    existing: bool = True
    cap: int = 10
    no_response_after: int = 5
    response_kinds: tuple[str, ...] = ()  # domain values of exposures.kind; () = only purchases
    outcome: bool = False


def canonical(question: SuppressionQuestion, catalogue: Catalogue) -> SuppressionQuestion:
    """The one form of a question: no class that nobody is left for, and nothing said that decides
    nothing. Raises ``disclosure.*``.
    """
    fields = canonical_fields(question, catalogue)
    _check_numbers(question, views_cap(question, catalogue))
    event_kinds(question.response_kinds, f"{question.exposures}.exposures", catalogue)
    sold = catalogue.dataset(question.conversions)
    longest = (day(question.until) - day(sold.start)).days  # how far back an order may lie
    existing = longest > 0 and (question.existing or question.recent_days >= longest)
    recent = question.recent_days if question.recent_days < longest else 0
    after = 0 if _everybody_responds(question, catalogue) else question.no_response_after
    after = 0 if 0 < question.cap < after else after
    if not (after or question.outcome):
        fields |= {"bought_since": question.since, "bought_until": sold.end}
    if not (after or question.outcome or recent or existing):
        fields["order_kinds"] = ()
    return msgspec.structs.replace(
        question,
        recent_days=recent,
        existing=existing,
        no_response_after=after,
        response_kinds=tuple(sorted(set(question.response_kinds))) if after else (),
        **fields,
    )


def _everybody_responds(question: SuppressionQuestion, catalogue: Catalogue) -> bool:
    """Whether every view is itself a response."""
    kind = catalogue.dataset(question.exposures).tables["exposures"].get("kind")
    every = kind.domain if kind and not kind.missing else ()
    views = question.shown_kinds or every
    return bool(views) and set(views) <= set(question.response_kinds)


def _check_numbers(question: SuppressionQuestion, most: int) -> None:
    """A class above more views than one person can add would have nothing to add."""
    limits = {"recent_days": None, "cap": most - 1, "no_response_after": most}
    for name, limit in limits.items():
        number = getattr(question, name)
        if number < 0 or (limit is not None and number > limit):
            raise DisclosureError("disclosure.parameter", analysis="suppression", parameter=name)


def classes(question: SuppressionQuestion) -> tuple[str, ...]:
    """The classes asked for, in the order in which they are tried."""
    numbers = (question.recent_days, question.existing, question.cap, question.no_response_after)
    return tuple(name for name, on in zip(CLASSES, (*numbers, True), strict=True) if on)


def shape(question: SuppressionQuestion, catalogue: Catalogue) -> Shape:
    """Classes of the matched, then of the unmatched. Raises ``disclosure.cap``."""
    cells = []
    for name in classes(question):
        if not question.outcome:
            cells.append((name, MATCHED))
            continue
        if name != NO_RESPONSE:  # a purchase is a response
            cells.append((name, CONVERTED))
        cells.append((name, NOT_CONVERTED))
    if question.exposures != question.conversions:
        needs_orders = (RECENT, EXISTING)
        cells += [(name, UNMATCHED) for name in classes(question) if name not in needs_orders]
    impressions = Measure("impressions", views_cap(question, catalogue), "impressions")
    outcome = "outcome" if question.outcome else "matched"
    return Shape(("class", outcome), tuple(cells), (COUNT, impressions))


def boxes(question: SuppressionQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means."""
    seen, member = atoms.member(question.exposures), atoms.member(question.conversions)
    limits = [question.cap, question.no_response_after]
    responses: Spelled = [len(question.response_kinds), *question.response_kinds]
    views: Spelled = [*question.shown, *limits, *responses]
    bought: Spelled = [*question.ordered, question.bought_since, question.bought_until]
    orders = bought if question.no_response_after else question.ordered
    # of the unmatched no order is known, whatever would be one
    unknown = atoms.named("class of unmatched " + spelled(views), len(CLASSES) + 1)
    customers = [question.recent_days, question.existing]
    reason = atoms.named("class " + spelled([*views, *orders, *customers]), len(CLASSES) + 1)
    outcome = atoms.named("order after view " + spelled([*question.shown, 0, *bought]), 2)
    for name, result in shape(question, catalogue).cells:
        if result == UNMATCHED:
            yield {seen: YES, member: NO, unknown: frozenset({name})}
            continue
        box = {seen: YES, member: YES, reason: frozenset({name})}
        if question.outcome:
            box[outcome] = YES if result == CONVERTED else NO
        yield box


def used(question: SuppressionQuestion) -> list[str]:
    """Columns that the question looks at."""
    columns = campaign.used(question)
    kind = f"{question.exposures}.exposures.kind"
    return [*columns, kind] if question.response_kinds and kind not in columns else columns
