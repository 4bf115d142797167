"""What the kinds ``frequency`` and ``suppression`` share: contacts of one campaign, and orders."""

from msgspec import Struct

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.common import day, event_kinds
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

VIEWS_MOST = 20  # largest frequency that is told apart, and what one person adds without a cap
CONVERTED, NOT_CONVERTED, UNMATCHED = "converted", "not converted", "unmatched"

Fields = dict[str, object]
Spelled = list[str | int | bool]


class CampaignQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """People who saw something on a day in [since, until), and their orders.

    A *view* is a row of ``exposures`` of the campaign and the kinds named; ``by_n``: it counts as
    often as its column ``n`` says, once where that is missing and never where it is below 1. An
    *order* is a row of ``conversions`` of the kinds named. The *purchase* is the first order at or
    after the first view on a day in [bought_since, bought_until).
    """

    exposures: str  # party that brings exposures
    conversions: str  # party that brings conversions
    since: str  # ISO date
    until: str
    campaign: str = ""  # domain value of exposures.campaign; "" = all
    shown_kinds: tuple[str, ...] = ()  # domain values of exposures.kind that count; () = all
    by_n: bool = False
    order_kinds: tuple[str, ...] = ()  # domain values of conversions.kind that count; () = all
    bought_since: str = ""  # ISO date; "" = since
    bought_until: str = ""  # ISO date; "" = the end of the data

    @property
    def shown(self) -> Spelled:
        """The parameters that say which views count."""
        names = [self.exposures, self.since, self.until, self.campaign]
        return [*names, self.by_n, len(self.shown_kinds), *self.shown_kinds]

    @property
    def ordered(self) -> Spelled:
        """The parameters that say which orders count."""
        return [self.conversions, len(self.order_kinds), *self.order_kinds]


def canonical_fields(question: CampaignQuestion, catalogue: Catalogue) -> Fields:
    """The one form of the shared fields: every date said, and none that changes nothing.

    Raises ``disclosure.dates``, ``disclosure.value``, ``disclosure.column``.
    """
    shown, bought = (catalogue.dataset(p) for p in (question.exposures, question.conversions))
    catalogue.column(f"{question.exposures}.exposures.ts")
    catalogue.column(f"{question.conversions}.conversions.ts")
    if question.by_n:
        views_cap(question, catalogue)
    if question.campaign:
        reference = f"{question.exposures}.exposures.campaign"
        if question.campaign not in catalogue.column(reference)[3].domain:
            raise DisclosureError("disclosure.value", column=reference)
    since, until = day(question.since), day(question.until)
    first, last = (
        day(question.bought_since or question.since),
        day(question.bought_until or bought.end),
    )
    first = max(first, since)
    if not day(shown.start) <= since < until <= day(shown.end):
        raise DisclosureError("disclosure.dates")
    if not first < last <= day(bought.end):
        raise DisclosureError("disclosure.dates")
    sold = f"{question.conversions}.conversions"
    return {
        "shown_kinds": event_kinds(
            question.shown_kinds, f"{question.exposures}.exposures", catalogue
        ),
        "order_kinds": event_kinds(question.order_kinds, sold, catalogue),
        "bought_since": first.isoformat(),
        "bought_until": last.isoformat(),
    }


def views_cap(question: CampaignQuestion, catalogue: Catalogue) -> int:
    """Most views that one person adds to a sum: the agreed cap of ``n``, or 20 where rows count.

    Raises ``disclosure.column``, ``disclosure.cap``.
    """
    if not question.by_n:
        return VIEWS_MOST
    spec = catalogue.column(f"{question.exposures}.exposures.n")[3]
    if spec.type is not Type.INTEGER or spec.cap <= 0:
        raise DisclosureError("disclosure.cap", column="n")
    return spec.cap


def used(question: CampaignQuestion) -> list[str]:
    """Columns that the shared fields look at."""
    chosen = {"campaign": question.campaign, "kind": question.shown_kinds, "n": question.by_n}
    columns = [f"{question.exposures}.exposures.{name}" for name, on in chosen.items() if on]
    if question.order_kinds:
        columns.append(f"{question.conversions}.conversions.kind")
    return columns
