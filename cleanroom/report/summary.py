"""Page one: the sentence that answers the business, and the figures to take away."""

from collections.abc import Iterator, Sequence

from cleanroom.analyses.result import Card
from cleanroom.report.document import Item
from cleanroom.statistics.verdict import Verdict

CARDS = 5
_MATCHING = "A01"

_EVIDENCE = {"causal": 2, "associated": 1, "descriptive": 0}
_VERDICTS = {Verdict.CLEAR: 3, Verdict.TENDENCY: 2, Verdict.NONE_SEEN: 1}
_NO_ANSWER = (Verdict.TOO_FEW, Verdict.WITHHELD)


def headline(items: Sequence[Item]) -> int | None:
    """Place of the analysis whose sentence stands on page one; None without analyses.

    One that was answered comes before one that was not, then stronger evidence, then a clearer
    verdict, then anything but the matching, which every session begins with, then the plan's order.
    """
    places = range(len(items))
    return min(places, key=lambda place: (_weakness(items[place]), place), default=None)


def _weakness(item: Item) -> tuple[bool, int, int, bool]:
    verdict = item.result.verdict
    answered = verdict not in _NO_ANSWER and all(
        release.status == "released" for release in item.releases
    )
    strength = _VERDICTS.get(verdict, 0) if verdict else 0
    return not answered, -_EVIDENCE[item.result.evidence], -strength, item.analysis == _MATCHING


def cards(items: Sequence[Item]) -> list[tuple[int, Card]]:
    """At most five cards, each with the place of its analysis: the first card of every analysis,
    the headline's before the others, then the second ones. Cards without a figure come last.
    """
    dealt = list(_dealt(items))
    shown = [one for one in dealt if one[1].value.shown]
    return [*shown, *(one for one in dealt if not one[1].value.shown)][:CARDS]


def _dealt(items: Sequence[Item]) -> Iterator[tuple[int, Card]]:
    first = headline(items)
    order = sorted(range(len(items)), key=lambda place: (place != first, place))
    for turn in range(max((len(item.result.cards) for item in items), default=0)):
        for place in order:
            if turn < len(items[place].result.cards):
                yield place, items[place].result.cards[turn]
