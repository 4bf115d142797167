"""The arithmetic of impressions that could be spared, by the first class that fits a person.

Of people who bought recently, and of existing customers, all impressions; above the cap those above
it; without a response those after as many as were tried. Impressions of one person count up to the
agreed cap. People in a cell that was not released lack in every sum but the number of people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cleanroom.analyses import figures, weighted
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Value
from cleanroom.analyses.weighted import Weighted
from cleanroom.disclosure.questions.campaign import CONVERTED, NOT_CONVERTED, UNMATCHED
from cleanroom.disclosure.questions.suppression import (
    ABOVE_CAP,
    CLASSES,
    EXISTING,
    NO_RESPONSE,
    RECENT,
    USEFUL,
)

UNKNOWN = "unknown"
KEYS = {
    RECENT: "recent",
    EXISTING: "existing",
    ABOVE_CAP: "above_cap",
    NO_RESPONSE: "no_response",
    USEFUL: "useful",
    UNKNOWN: "unknown",
}


@dataclass(frozen=True)
class Prices:
    """What impressions cost in hundredths: of one impression, or of all of them; 0 if not given."""

    each: float = 0.0
    total: int = 0


@dataclass(frozen=True)
class Line:
    """One class: people, their share, their impressions, those that could be spared, their cost."""

    key: str
    people: Value
    share: Value
    impressions: Value
    spared: Value
    money: Value | None

    @property
    def figures(self) -> tuple[Value, ...]:
        """The row of the table."""
        found = (self.people, self.share, self.impressions, self.spared)
        return found if self.money is None else (*found, self.money)


class Spared:
    """The cells of one answer by their meaning. ``apart``: unmatched people without a class of
    their own stand apart; else they count as people without orders.
    """

    def __init__(
        self, cells: Answer, k: int, limits: dict[str, int], prices: Prices, *, apart: bool
    ) -> None:
        """``limits``: impressions of a person above cap or without response that are not spared."""
        self._cells, self._k, self._limits, self._prices = cells, k, limits, prices
        self._places: dict[str, list[int]] = {}
        for place, (name, state) in enumerate(cells.cells):
            kept = name if state != UNMATCHED or name == ABOVE_CAP or not apart else UNKNOWN
            self._places.setdefault(kept, []).append(place)
        order = [*CLASSES, UNKNOWN]
        self.classes = tuple(name for name in order if name in self._places)
        self.lines = tuple(self._line(name) for name in self.classes)

    @property
    def _all(self) -> list[int]:
        return list(range(len(self._cells.cells)))

    def _together(self, positions: Sequence[int]) -> Sum:
        """Several cells as a group: the rest completes it. One cell is what was released of it."""
        people = self._cells.people
        return people.over(positions) if len(positions) < 2 else people.gathered(positions)

    def _show(self, positions: Sequence[int]) -> Value:
        return figures.people(self._together(positions), self._cells.mode, self._k)

    def _amount(self, positions: Iterable[int], keep: int) -> Weighted:
        """Impressions of some cells less ``keep`` of each person, where both were released."""
        amounts, people = self._cells.vectors["impressions"], self._cells.people
        chosen = list(positions)
        whole = [i for i in chosen if None not in (amounts.values[i], people.values[i])]
        shown = weighted.all_of(amounts, "impressions", whole)
        if keep:
            shown = shown.plus(weighted.all_of(people, "people", whole).times(-keep))
        return Weighted(shown.parts, lacking=len(whole) < len(chosen))

    def _spared(self, name: str) -> Weighted:
        if name in (USEFUL, UNKNOWN):
            return weighted.NOTHING
        return self._amount(self._places[name], self._limits.get(name, 0))

    @property
    def _spared_in_all(self) -> Weighted:
        return weighted.added(self._spared(name) for name in self.classes)

    @property
    def _impressions(self) -> Weighted:
        return self._amount(self._all, 0)

    def _line(self, name: str) -> Line:
        positions = self._places[name]
        rest = [place for place in self._all if place not in positions]
        floor = figures.floor(self._cells.mode, self._k)
        share = figures.share(
            self._together(positions), self._together(rest), sampling=False, floor=floor
        )
        spared = self._spared(name)
        return Line(
            KEYS[name],
            self._show(positions),
            figures.absence(share) if name == UNKNOWN else share,
            weighted.amount(self._amount(positions, 0), "number"),
            weighted.amount(spared, "number") if spared != weighted.NOTHING else _EMPTY,
            None if not self.priced else self._cost(spared),
        )

    # --- money ------------------------------------------------------------------------------------

    @property
    def priced(self) -> bool:
        """Whether a cost was given."""
        return bool(self._prices.each or self._prices.total)

    def _cost(self, part: Weighted) -> Value:
        """What some of the impressions cost."""
        if part == weighted.NOTHING:
            return figures.not_applicable("money")
        if self._prices.each:
            return weighted.amount(part.times(self._prices.each), "money")
        share = weighted.ratio(part, self._impressions, "share")
        if not share.shown or share.value is None:
            return Value("money", share.status)
        total = self._prices.total
        low, high = (None if end is None else end * total for end in (share.low, share.high))
        step = max(figures.step_within(share.step * total), 1.0)
        return Value("money", "shown", share.value * total, low, high, step, share.bound)

    # --- everybody --------------------------------------------------------------------------------

    @property
    def reach(self) -> Value:
        """People with at least one impression."""
        return self._show(self._all)

    @property
    def impressions(self) -> Value:
        """All impressions, each person's up to the agreed cap."""
        return weighted.amount(self._impressions, "number")

    @property
    def spared(self) -> Value:
        """Impressions that could be spared."""
        return weighted.amount(self._spared_in_all, "number")

    @property
    def _useful(self) -> Weighted:
        """Those that are left: what is missing in both sums can only add to it."""
        return self._impressions.plus(self._spared_in_all.times(-1))

    @property
    def useful(self) -> Value:
        """Impressions that are left."""
        return weighted.amount(self._useful, "number")

    @property
    def useful_cost(self) -> Value:
        """What those cost."""
        return self._cost(self._useful)

    @property
    def share(self) -> Value:
        """Share of impressions that could be spared."""
        return weighted.ratio(self._spared_in_all, self._impressions, "share")

    @property
    def per_person(self) -> Value:
        """Impressions that could be spared, per person reached."""
        reach = weighted.all_of(self._cells.people, "people", self._all)
        return weighted.ratio(self._spared_in_all, reach, "number")

    @property
    def mean(self) -> Value:
        """Impressions per person reached."""
        reach = weighted.all_of(self._cells.people, "people", self._all)
        return weighted.ratio(self._impressions, reach, "number")

    @property
    def money(self) -> Value:
        """What the impressions cost that could be spared."""
        return self._cost(self._spared_in_all)

    @property
    def cost(self) -> Value:
        """What all impressions cost."""
        if self._prices.total:
            return Value("money", "shown", float(self._prices.total))
        return self._cost(self._impressions)

    @property
    def unmatched_share(self) -> Value | None:
        """Share of people of whose orders nothing is known, coded at the bottom; None where there
        can't be any.
        """
        unmatched = [i for i, (_, state) in enumerate(self._cells.cells) if state == UNMATCHED]
        if not unmatched:
            return None
        rest = self._together([i for i in self._all if i not in unmatched])
        return figures.absence(figures.share(self._together(unmatched), rest, sampling=False))

    def purchases(self, name: str) -> tuple[Value, Value, Value]:
        """Of the matched people of a class: all, those with a purchase, their share."""
        bought, not_bought = (
            [i for i, cell in enumerate(self._cells.cells) if cell == (name, state)]
            for state in (CONVERTED, NOT_CONVERTED)
        )
        floor = figures.floor(self._cells.mode, self._k)
        share = figures.not_applicable("share")
        if bought:
            part, rest = self._together(bought), self._together(not_bought)
            share = figures.share(part, rest, sampling=True, floor=floor)
        count = self._show(bought) if bought else figures.not_applicable("people")
        return self._show([*bought, *not_bought]), count, share

    @property
    def others(self) -> Value | None:
        """Everybody whose cell was not released, where that was."""
        others = self._cells.people.others
        return None if others is None else figures.people(others, self._cells.mode, self._k)

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return self._cells.people.over(self._all).withheld

    @property
    def withheld_sums(self) -> int:
        """Cells whose impressions were not released although their people were counted."""
        both = zip(
            self._cells.people.values, self._cells.vectors["impressions"].values, strict=True
        )
        return sum(count is not None and amount is None for count, amount in both)


_EMPTY = figures.not_applicable("number")
