"""The arithmetic of an event: strategies, their rates and returns, the uplift over a baseline."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Value
from cleanroom.disclosure.questions.phases import NEW, NO_ORDER, OUTCOMES, PHASES, strategies
from cleanroom.statistics.corrections import benjamini_hochberg
from cleanroom.statistics.differences import two_proportion_difference
from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.noise import Noise
from cleanroom.statistics.ratios import ratio_interval

# A gap of rates known only to within ± 2 points decides nothing about an event.
DECISION_WIDTH = 0.04


@dataclass(frozen=True)
class Gap:
    """The purchase rate of a strategy less that of people who saw nothing."""

    value: float
    at95: Interval
    at90: Interval
    adjusted_p: float


class Event:
    """The cells of one answer: strategy (nothing seen first) by outcome."""

    def __init__(self, cells: Answer, k: int, lengths: Sequence[int], costs: Sequence[int]) -> None:
        """``lengths``: days of the baseline and of the phases; ``costs`` of the phases, in
        hundredths, or none.
        """
        self._cells, self._k, self.lengths, self._costs = cells, k, lengths, costs
        self.names = strategies()
        self.gaps = self._gaps()
        self.overall = self._gap(self.seen)

    def _positions(self, chosen: Sequence[int], outcomes: Sequence[str] = OUTCOMES) -> list[int]:
        places = [OUTCOMES.index(outcome) for outcome in outcomes]
        return [strategy * len(OUTCOMES) + place for strategy in chosen for place in places]

    def _sum(self, chosen: Sequence[int], outcomes: Sequence[str] = OUTCOMES) -> Sum:
        return self._cells.people.over(self._positions(chosen, outcomes))

    @property
    def seen(self) -> list[int]:
        """The strategies with any phase."""
        return list(range(1, len(self.names)))

    def people(self, chosen: Sequence[int]) -> Value:
        """People of some strategies."""
        return figures.people(self._sum(chosen), self._cells.mode, self._k)

    def _share(self, part: Sum, rest: Sum) -> Value:
        floor = figures.floor(self._cells.mode, self._k)
        return figures.share(part, rest, sampling=True, floor=floor)

    def reach(self, strategy: int) -> Value:
        """Share of people who saw anything that saw just these phases."""
        others = [other for other in self.seen if other != strategy]
        return self._share(self._sum([strategy]), self._sum(others))

    def rate(self, chosen: Sequence[int]) -> Value:
        """Share of people of some strategies who bought."""
        bought = [outcome for outcome in OUTCOMES if outcome != NO_ORDER]
        return self._share(self._sum(chosen, bought), self._sum(chosen, [NO_ORDER]))

    def new_rate(self, chosen: Sequence[int]) -> Value:
        """Share of the buyers of some strategies who were new."""
        existing = [one for one in OUTCOMES if one not in (NEW, NO_ORDER)]
        return self._share(self._sum(chosen, [NEW]), self._sum(chosen, existing))

    def _gap(self, chosen: Sequence[int]) -> Gap | None:
        """The rate of some strategies less that of people who saw nothing; uncorrected."""
        bought = [outcome for outcome in OUTCOMES if outcome != NO_ORDER]
        sums = [(self._sum(group, bought), self._sum(group, [NO_ORDER])) for group in (chosen, [0])]
        splits = [figures.split(*pair) for pair in sums if pair[0].whole and pair[1].whole]
        pairs = [split for split in splits if split is not None]
        if len(pairs) < 2:
            return None
        at95, at90 = (
            two_proportion_difference(pairs[0], pairs[1], level)
            for level in (figures.LEVEL, figures.LOOSE_LEVEL)
        )
        if at95 is None or at90 is None:
            return None
        return Gap(at95.value, at95.interval, at90.interval, at95.p_value)

    def _gaps(self) -> dict[int, Gap]:
        """Every strategy against those who saw nothing, p-values by Benjamini and Hochberg."""
        found = {strategy: self._gap([strategy]) for strategy in self.seen}
        known = {strategy: gap for strategy, gap in found.items() if gap is not None}
        adjusted = benjamini_hochberg([gap.adjusted_p for gap in known.values()])
        return {
            strategy: replace(gap, adjusted_p=p)
            for (strategy, gap), p in zip(known.items(), adjusted, strict=True)
        }

    # --- money ------------------------------------------------------------------------------------

    @property
    def has_sales(self) -> bool:
        """Whether sales by phase were asked for."""
        return PHASES[0] in self._cells.vectors

    def _sales(self, measure: str, chosen: Sequence[int]) -> Sum:
        return self._cells.vectors[measure].over(self._positions(chosen))

    def sales(self, chosen: Sequence[int]) -> Sum:
        """What people of some strategies paid in all phases."""
        parts = [self._sales(phase, chosen) for phase in PHASES]
        values = [part.value for part in parts if part.value is not None]
        if len(values) < len(parts):
            return Sum(None, parts[0].noise, len(parts))
        noise = Noise(sum(part.noise.variance for part in parts) ** 0.5)
        return Sum(sum(values), noise, sum(part.withheld for part in parts))

    def money(self, total: Sum) -> Value:
        """A sum as readers see it."""
        if total.value is None or total.withheld:
            return figures.withheld("money")
        half = two_sided_z(figures.LEVEL) * total.noise.sd
        step = max(figures.step_within(half) if half else 1.0, 1.0)
        return Value("money", "shown", total.value, total.value - half, total.value + half, step)

    def return_on_cost(self, chosen: Sequence[int]) -> Value:
        """Sales per cost. All people who saw something in a phase share its cost equally."""
        total = self.sales(chosen)
        if total.value is None or total.withheld:
            return figures.withheld("number")
        cost = self._cost(chosen)
        if cost is None:
            return figures.too_few("number")
        interval = ratio_interval(
            total.value, cost[0], total.noise.variance, cost[1], figures.LEVEL
        )
        if interval is None:
            return figures.too_few("number")
        step = min(figures.step_within(interval.width / 2), 1.0)
        return Value("number", "shown", total.value / cost[0], interval.low, interval.high, step)

    def _cost(self, chosen: Sequence[int]) -> tuple[float, float] | None:
        """Cost of some strategies and its variance by noise; all strategies cost all there is."""
        if set(chosen) == set(self.seen):
            return float(sum(self._costs)), 0.0
        cost, variance = 0.0, 0.0
        for bit, spent in enumerate(self._costs):
            here = [strategy for strategy in self.seen if strategy >> bit & 1]
            mine = self._sum([strategy for strategy in chosen if strategy in here])
            everybody = self._sum(here)
            if not set(chosen) & set(here):
                continue
            if not (mine.whole and everybody.whole) or (everybody.value or 0) < 1:
                return None
            assert mine.value is not None
            assert everybody.value is not None
            share = mine.value / everybody.value
            cost += spent * share
            noise = mine.noise.variance * (1 - share) ** 2
            noise += (everybody.noise.variance - mine.noise.variance) * share**2
            variance += spent**2 * noise / everybody.value**2
        return (cost, variance) if cost > 0 else None

    def uplift(self, phase: int | None) -> Sum:
        """Sales of matched people above those of as many baseline days; all phases where None."""
        everybody = range(len(self.names))
        names = PHASES if phase is None else (PHASES[phase],)
        days = sum(self.lengths[1:]) if phase is None else self.lengths[1 + phase]
        before = self._sales("baseline", everybody)
        parts = [self._sales(name, everybody) for name in names]
        if not before.whole or not all(part.whole for part in parts):
            return Sum(None, before.noise, 1)
        scale = days / self.lengths[0]
        value = sum(part.value or 0.0 for part in parts) - scale * (before.value or 0.0)
        variance = sum(part.noise.variance for part in parts) + scale**2 * before.noise.variance
        return Sum(value, Noise(variance**0.5))

    def change(self, phase: int | None) -> Value:
        """The uplift as readers see it: with its sign."""
        total = self.uplift(phase)
        shown = self.money(total)
        return msgspec.structs.replace(shown, signed=True) if shown.shown else shown

    def phase_sales(self, place: int) -> Sum:
        """Sales of matched people in the baseline (0) or a phase (from 1)."""
        measure = ("baseline", *PHASES)[place]
        return self._sales(measure, range(len(self.names)))

    def daily(self, place: int) -> Value:
        """The same per day."""
        total, days = self.phase_sales(place), self.lengths[place]
        if total.value is None:
            return self.money(total)
        return self.money(Sum(total.value / days, Noise(total.noise.sd / days), total.withheld))
