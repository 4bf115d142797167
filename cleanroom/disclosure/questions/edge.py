"""Kind ``edge``: who recommended whom, and what came of it (A13).

An edge is two people, so every number here is made to stand for enough of both ends by the cells
themselves. Each referee has one referrer, and each cell counts people of one end of whom no two
share the other:

- ``referrers``: people by how many referees they have and how many of these converted. Each of n
  referrers in a cell (d, c) brings d referees and c converted ones, so these are d n and c n.
- ``referees``: new customers by which of its referrer's referees they are, the first, the second...
  A referrer has one of each, so n people in a cell have n referrers.

An edge is a row of its referrer. Which edges count is decided from the referrer's own rows first:
its first ``most`` referees; then each referee keeps its first referrer. So another's rows never
change which of mine count, and one sealed pid moves at most 2 ``most`` + 1 people: itself, and
whom it recommended before and after all its rows were changed (``people_moved``).
"""

from typing import Literal

import msgspec
from msgspec import Struct

from cleanroom.disclosure.boxes import YES, Atoms, Boxes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.common import day, event_kinds, spelled
from cleanroom.disclosure.shapes import COUNT, Measure, Shape
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

REFEREES_MOST = 5
NOT_REFERRED = "not referred"
AGAIN, ONCE = "again", "once"


class EdgeQuestion(Struct, frozen=True, forbid_unknown_fields=True, tag="edge", tag_field="kernel"):
    """People in both parties' data, as referrers or as referees.

    Edge: the first row of ``referrals`` from one pid to another, of the kinds named, on a day in
    [since, until). Of a referrer the first ``most`` edges count, ties by the smaller referee; of
    these a referee keeps the first, ties by the smaller referrer. Converted: the referee's first
    order in the data lies at the edge's time or at most ``window_days`` days after it.

    ``referees``: those whose first order lies on a day in [since, until); referred if they
    converted. ``repeat_days``: split by whether there is an order on a later day, at most so many
    days after the first; 0 = no split. ``first_order_value``: also what was paid on the day of the
    first order.
    """

    referrals: str  # party that brings referrals
    conversions: str  # party that brings conversions
    since: str  # ISO date
    until: str
    count: Literal["referrers", "referees"] = "referrers"
    most: int = REFEREES_MOST
    window_days: int = 30
    edge_kinds: tuple[str, ...] = ()  # domain values of referrals.kind that count; () = all
    order_kinds: tuple[str, ...] = ()  # domain values of conversions.kind that count; () = all
    repeat_days: int = 0
    first_order_value: bool = False


def canonical(question: EdgeQuestion, catalogue: Catalogue) -> EdgeQuestion:
    """The one form: windows no longer than the data; what only referees have is dropped for
    referrers. Raises ``disclosure.*``.
    """
    told, bought = (catalogue.dataset(p) for p in (question.referrals, question.conversions))
    catalogue.column(f"{question.referrals}.referrals.ts")
    catalogue.column(f"{question.conversions}.conversions.ts")
    since, until = day(question.since), day(question.until)
    for dataset in (told, bought):
        if not day(dataset.start) <= since < until <= day(dataset.end):
            raise DisclosureError("disclosure.dates")
    if question.window_days < 0 or question.repeat_days < 0:
        raise DisclosureError("disclosure.window")
    if not 1 <= question.most <= REFEREES_MOST:
        raise DisclosureError("disclosure.parameter", analysis="edge", parameter="most")
    longest = (day(bought.end) - since).days
    referees = question.count == "referees"
    return msgspec.structs.replace(
        question,
        window_days=min(question.window_days, longest),
        edge_kinds=event_kinds(question.edge_kinds, f"{question.referrals}.referrals", catalogue),
        order_kinds=event_kinds(
            question.order_kinds, f"{question.conversions}.conversions", catalogue
        ),
        # between two orders lie at most all days but one
        repeat_days=min(question.repeat_days, max(longest - 1, 1)) if referees else 0,
        first_order_value=question.first_order_value and referees,
    )


def people_moved(most: int) -> int:
    """Whom one sealed pid can move: itself, and as many as it may recommend, before and after."""
    return 2 * most + 1


def shape(question: EdgeQuestion, catalogue: Catalogue) -> Shape:
    """Referrers by referees and converted ones, nobody first; or referees by their place among
    their referrer's, the others last. Raises ``disclosure.cap``.
    """
    moved = people_moved(question.most)
    if question.count == "referrers":
        cells = [(str(d), str(c)) for d in range(question.most + 1) for c in range(d + 1)]
        return Shape(("referees", "converted"), tuple(cells), (COUNT,), people_moved=moved)
    places = [(str(place),) for place in range(1, question.most + 1)] + [(NOT_REFERRED,)]
    measures = [COUNT]
    if question.first_order_value:
        paid = catalogue.column(f"{question.conversions}.conversions.paid")[3]
        if paid.type is not Type.MONEY or paid.cap <= 0:
            raise DisclosureError("disclosure.cap", column="paid")
        measures.append(Measure("first_order_value", paid.cap, "money"))
    if not question.repeat_days:
        return Shape(("place",), tuple(places), tuple(measures), people_moved=moved)
    cells = [(*place, again) for place in places for again in (AGAIN, ONCE)]
    return Shape(("place", "again"), tuple(cells), tuple(measures), people_moved=moved)


def boxes(question: EdgeQuestion, catalogue: Catalogue, atoms: Atoms) -> Boxes:
    """What each cell means."""
    both = {atoms.member(question.referrals): YES, atoms.member(question.conversions): YES}
    kinds = question.order_kinds
    told = [question.referrals, question.since, question.until, question.most]
    told += [len(question.edge_kinds), *question.edge_kinds, question.window_days]
    edges = spelled([*told, question.conversions, *kinds])
    cells = shape(question, catalogue).cells
    if question.count == "referrers":
        atom = atoms.named("referrer " + edges, len(cells))
        for labels in cells:
            yield both | {atom: frozenset({" ".join(labels)})}
        return
    # the same people as the new customers of kind ``first_channel``
    orders = [question.conversions, question.since, question.until, *kinds]
    both[atoms.named("newcomer " + spelled(orders), 2)] = YES
    referred = atoms.named("referred " + edges, question.most + 1)
    later = atoms.named("again " + spelled([question.repeat_days, *orders]), 2)
    for place, *again in cells:
        box = both | {referred: frozenset({place})}
        if again:
            box[later] = frozenset(again)
        yield box


def used(question: EdgeQuestion) -> list[str]:
    """Columns that the question looks at."""
    sold = f"{question.conversions}.conversions"
    columns = [f"{question.referrals}.referrals.kind"] if question.edge_kinds else []
    columns += [f"{sold}.kind"] if question.order_kinds else []
    return [*columns, f"{sold}.paid"] if question.first_order_value else columns
