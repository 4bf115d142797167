"""The arithmetic of frequency: reach, hazard, trend, and where impressions stop paying.

Cells: frequency by what is known of orders. The hazard of a frequency f is the number of people who
bought after f impressions per people who had at least f and no purchase before. None of it is an
effect: whoever sees more differs from who sees less (see A06's sentences).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cleanroom.analyses import figures, weighted
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Name, Value
from cleanroom.analyses.weighted import Weighted
from cleanroom.disclosure.questions.campaign import CONVERTED, NOT_CONVERTED, UNMATCHED
from cleanroom.disclosure.questions.frequency import EXISTING, NEW
from cleanroom.statistics.hazard import Step, Trend, hazard_trend


@dataclass(frozen=True)
class Line:
    """One frequency. ``hazard`` and ``worth`` (of the purchases per impression, in money) are none
    for the last one, which holds more than one number of impressions.
    """

    name: Name
    count: Value
    at_least: Value
    buyers: Value
    hazard: Value
    worth: Value | None


class Frequencies:
    """The cells of one answer by their meaning.

    ``apart``: unmatched people are in no rate. ``cost``: of one impression, ``value``: of one
    purchase, both in hundredths; 0 where not given.
    """

    def __init__(self, cells: Answer, k: int, *, apart: bool, cost: float, value: int) -> None:
        self._cells, self._k, self._cost, self._value = cells, k, cost, value
        self._places: dict[tuple[int, str, str], int] = {}
        self._labels: list[str] = []
        for place, (label, *split) in enumerate(cells.cells):
            if label not in self._labels:
                self._labels.append(label)
            customer = split[0] if len(split) > 1 else ""
            self._places[len(self._labels), customer, split[-1]] = place
        self.top = len(self._labels)
        self._outcomes = (NOT_CONVERTED,) if apart else (NOT_CONVERTED, UNMATCHED)
        self.lines = tuple(self._line(f) for f in range(1, self.top + 1))

    def _at(
        self, frequencies: Iterable[int], outcomes: Sequence[str] = (), customer: str = ""
    ) -> list[int]:
        """Positions of cells, in order."""
        wanted = set(frequencies)
        return [
            place
            for (f, group, outcome), place in self._places.items()
            if f in wanted
            and (not outcomes or outcome in outcomes)
            and (not customer or group == customer)
        ]

    def _from(self, f: int) -> range:
        return range(f, self.top + 1)

    def _together(self, positions: Sequence[int]) -> Sum:
        """Several cells as a group: the rest completes it. One cell is what was released of it."""
        people = self._cells.people
        return people.over(positions) if len(positions) < 2 else people.gathered(positions)

    def _show(self, positions: Sequence[int]) -> Value:
        return figures.people(self._together(positions), self._cells.mode, self._k)

    def _share(self, part: Sequence[int], rest: Sequence[int]) -> Value:
        floor = figures.floor(self._cells.mode, self._k)
        one, other = self._together(part), self._together(rest)
        return figures.share(one, other, sampling=True, floor=floor)

    def _line(self, f: int) -> Line:
        bought = self._at([f], [CONVERTED])
        hazard = figures.not_applicable("share")
        if f < self.top:
            hazard = self._share(
                bought, [*self._at([f], self._outcomes), *self._still_there(f + 1)]
            )
        worth = None if not self._value else self._worth(hazard)
        everybody = self._show(self._at(self._from(f)))
        label = Name(self._labels[f - 1])
        return Line(label, self._show(self._at([f])), everybody, self._show(bought), hazard, worth)

    def _still_there(self, f: int) -> list[int]:
        """People with at least f impressions and no purchase before."""
        return self._at(self._from(f), (CONVERTED, *self._outcomes))

    def _worth(self, hazard: Value) -> Value:
        """What the purchases after one impression are worth, per impression."""
        if not hazard.shown or hazard.value is None:
            return Value("money", hazard.status)
        low, high = (
            None if end is None else end * self._value for end in (hazard.low, hazard.high)
        )
        step = max(hazard.step * self._value, 1.0)
        step = figures.step_within(step)
        return Value(
            "money", "shown", hazard.value * self._value, low, high, max(step, 1.0), hazard.bound
        )

    # --- everybody --------------------------------------------------------------------------------

    @property
    def _all(self) -> list[int]:
        return self._at(self._from(1))

    @property
    def reach(self) -> Value:
        """People with at least one impression."""
        return self._show(self._all)

    @property
    def buyers(self) -> Value:
        """People with a purchase."""
        return self._show(self._at(self._from(1), [CONVERTED]))

    def bought_share(self, customer: str = "") -> Value:
        """Share of people with a purchase; of new or existing customers only, where named."""
        part = self._at(self._from(1), [CONVERTED], customer)
        outcomes = self._outcomes if not customer else (NOT_CONVERTED,)
        return self._share(part, self._at(self._from(1), outcomes, customer))

    @property
    def customers(self) -> tuple[str, ...]:
        """New and existing, where people were split by that."""
        return (NEW, EXISTING) if self._at([1], (), NEW) else ()

    def of_customers(self, customer: str) -> tuple[Value, Value, Value]:
        """People reached, people with a purchase, their share."""
        return (
            self._show(self._at(self._from(1), (), customer)),
            self._show(self._at(self._from(1), [CONVERTED], customer)),
            self.bought_share(customer),
        )

    @property
    def unmatched_share(self) -> Value | None:
        """Share of people of whose orders nothing is known, coded at the bottom; None where there
        can't be any.
        """
        unmatched = self._at(self._from(1), [UNMATCHED])
        if not unmatched:
            return None
        known = self._at(self._from(1), (CONVERTED, NOT_CONVERTED))
        rest = self._together(known)
        return figures.absence(figures.share(self._together(unmatched), rest, sampling=False))

    @property
    def others(self) -> Value | None:
        """Everybody whose cell was not released, where that was."""
        others = self._cells.people.others
        return None if others is None else figures.people(others, self._cells.mode, self._k)

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return self._cells.people.over(self._all).withheld

    # --- impressions ------------------------------------------------------------------------------

    def _capped(self, cap: int) -> Weighted:
        """Impressions if each person had at most ``cap``, a number below the last frequency."""
        weights = {place: float(min(f, cap)) for (f, _, _), place in self._places.items()}
        return weighted.over(self._cells.people, "people", weights)

    @property
    def _total(self) -> Weighted:
        """All impressions up to purchases: of people at the last frequency those added up, else as
        few as they can be.
        """
        least = self._capped(self.top)
        amounts = self._cells.vectors.get("impressions")
        last = self._at([self.top])
        if amounts is None or None in (amounts.values[place] for place in last):
            return Weighted(least.parts, lacking=True)
        weights = {place: float(f) for (f, _, _), place in self._places.items() if f < self.top}
        known = weighted.over(self._cells.people, "people", {**weights, **dict.fromkeys(last, 0.0)})
        return known.plus(weighted.all_of(amounts, "impressions", last))

    @property
    def mean(self) -> Value:
        """Impressions per person up to a purchase."""
        reach = weighted.all_of(self._cells.people, "people", self._all)
        return weighted.ratio(self._total, reach, "number")

    def used_with(self, cap: int) -> Value:
        """Share of impressions that a cap per person leaves."""
        return weighted.ratio(self._capped(cap), self._total, "share")

    def above(self, cap: int) -> Value:
        """Share of impressions above ``cap`` per person."""
        return weighted.complement(self.used_with(cap))

    def bought_by(self, cap: int) -> Value:
        """Share of people with a purchase who had at most ``cap`` impressions before."""
        people = self._cells.people
        part = weighted.all_of(people, "people", self._at(range(1, cap + 1), [CONVERTED]))
        whole = weighted.all_of(people, "people", self._at(self._from(1), [CONVERTED]))
        return weighted.ratio(part, whole, "share")

    # --- hazard -----------------------------------------------------------------------------------

    @property
    def trend(self) -> Trend | None:
        """Whether the hazard rises or falls with frequency, as far as all its cells are known."""
        steps: list[Step] = []
        for f in range(1, self.top):
            bought = self._together(self._at([f], [CONVERTED]))
            others = self._together(self._at([f], self._outcomes))
            if not (bought.whole and others.whole):
                break
            assert bought.value is not None
            assert others.value is not None
            variances = (bought.noise.variance, others.noise.variance)
            steps.append(Step(bought.value, others.value, *variances))
        beyond = self._together(self._still_there(len(steps) + 1))
        if not beyond.whole or beyond.value is None:
            return None
        return hazard_trend(steps, beyond.value, beyond.noise.variance, figures.LEVEL)

    @property
    def known(self) -> int:
        """How many frequencies, from the first on, have a hazard with a low end."""
        bare = (f for f, line in enumerate(self.lines) if line.hazard.low is None)
        return next(bare, len(self.lines) - 1)

    @property
    def break_even(self) -> float | None:
        """The hazard at which purchases are worth what impressions cost; None without costs."""
        return self._cost / self._value if self._cost and self._value else None

    @property
    def cap(self) -> int | None:
        """The largest frequency whose purchases are worth an impression's cost even at the low end
        of the interval: 0 when none is, None where that was not asked or cannot be told.
        """
        if self.break_even is None or not self.known:
            return None
        worth = [
            f
            for f, line in enumerate(self.lines, 1)
            if line.hazard.shown and (line.hazard.low or 0.0) >= self.break_even
        ]
        return max(worth, default=0)
