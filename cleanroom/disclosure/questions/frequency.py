"""Kind ``frequency``: how often people saw something before they bought (A06)."""

import msgspec

from cleanroom.disclosure.boxes import NO, YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions import campaign
from cleanroom.disclosure.questions.campaign import (
    CONVERTED,
    NOT_CONVERTED,
    UNMATCHED,
    VIEWS_MOST,
    CampaignQuestion,
    canonical_fields,
    views_cap,
)
from cleanroom.disclosure.questions.common import day, spelled
from cleanroom.disclosure.shapes import COUNT, Measure, Shape
from cleanroom.errors import DisclosureError

NEW, EXISTING = "new", "existing"


class FrequencyQuestion(
    CampaignQuestion, frozen=True, forbid_unknown_fields=True, tag="frequency", tag_field="kernel"
):
    """People by the number of their views up to the purchase (up to the end, where there is none).

    ``window_days``: only what lies at most so many days after the first view counts, views and
    purchase alike; 0 = everything. ``customers``: split by whether they had ordered before their
    first view. ``unmatched``: not in the data of who brings conversions, so nothing is known of
    their orders. ``impressions``: also add the views up, each person's up to the agreed cap.
    """

    window_days: int = 0
    top: int = 10  # frequencies 1, 2, ... and "top or more"
    customers: bool = False
    impressions: bool = False

    @property
    def two_parties(self) -> bool:
        """Whether somebody can be unmatched."""
        return self.exposures != self.conversions


def canonical(question: FrequencyQuestion, catalogue: Catalogue) -> FrequencyQuestion:
    """The one form of a question: no window that holds all the data. Raises ``disclosure.*``."""
    if not 2 <= question.top <= VIEWS_MOST:
        raise DisclosureError("disclosure.parameter", analysis="frequency", parameter="top")
    if question.window_days < 0:
        raise DisclosureError("disclosure.window")
    fields = canonical_fields(question, catalogue)
    last = max(question.until, str(fields["bought_until"]))
    longest = (day(last) - day(question.since)).days
    window = question.window_days if question.window_days < longest else 0
    return msgspec.structs.replace(question, window_days=window, **fields)


def labels(question: FrequencyQuestion) -> tuple[str, ...]:
    """The frequencies."""
    return (*(str(views) for views in range(1, question.top)), f"{question.top}+")


def known(question: FrequencyQuestion) -> tuple[tuple[str, ...], ...]:
    """How people of one frequency are split whose orders are known, in order."""
    outcomes = ((CONVERTED,), (NOT_CONVERTED,))
    if not question.customers:
        return outcomes
    return tuple((customer, *outcome) for customer in (NEW, EXISTING) for outcome in outcomes)


def shape(question: FrequencyQuestion, catalogue: Catalogue) -> Shape:
    """Each frequency by what is known of orders, then those of whom nothing is."""
    splits = known(question)
    if question.two_parties:
        splits = (*splits, (UNMATCHED,) * len(splits[0]))
    cells = tuple((label, *split) for label in labels(question) for split in splits)
    customer = ("customer",) if question.customers else ()
    measures = [COUNT]
    if question.impressions:
        measures.append(Measure("impressions", views_cap(question, catalogue), "impressions"))
    return Shape(("frequency", *customer, "outcome"), cells, tuple(measures))


def boxes(question: FrequencyQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means. "3 or more" is 3, 4, ... up to the largest frequency of any question,
    so that fewer frequencies are sums of more.
    """
    bought = [*question.ordered, question.bought_since, question.bought_until]
    parameters = [*question.shown, question.window_days, *bought]
    seen, member = atoms.member(question.exposures), atoms.member(question.conversions)
    # of the unmatched no purchase ends the count, whatever would be one
    everything = atoms.named(
        "views " + spelled([*question.shown, question.window_days]), VIEWS_MOST + 1
    )
    until = atoms.named("views until order " + spelled(parameters), VIEWS_MOST + 1)
    outcome = atoms.named("order after view " + spelled(parameters), 2)
    customer = atoms.named("order before view " + spelled([*question.shown, *question.ordered]), 2)
    for label, *split in shape(question, catalogue).cells:
        first = question.top if label.endswith("+") else int(label)
        last = VIEWS_MOST if label.endswith("+") else first
        views = frozenset(str(number) for number in range(first, last + 1))
        if split[-1] == UNMATCHED:
            yield {seen: YES, member: NO, everything: views}
            continue
        box = {seen: YES, member: YES, until: views}
        box[outcome] = YES if split[-1] == CONVERTED else NO
        if question.customers:
            box[customer] = YES if split[0] == EXISTING else NO
        yield box


def used(question: FrequencyQuestion) -> list[str]:
    """Columns that the question looks at."""
    return campaign.used(question)
