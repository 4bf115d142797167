"""The arithmetic of recommendations: how many, how well, and what they brought.

A cell (d, c) of the first answer holds n referrers with d referees each, c of them converted: d n
and c n of them. So intervals of sums over referrers are clustered by referrer of themselves.
"""

import math
from collections.abc import Sequence

import numpy as np

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Unit, Value
from cleanroom.disclosure.questions.edge import AGAIN, NOT_REFERRED
from cleanroom.statistics.delta import Numbers, count_variance, propagated
from cleanroom.statistics.differences import Difference, two_proportion_difference
from cleanroom.statistics.noise import Noise
from cleanroom.statistics.verdict import Verdict, verdict

DECISION_WIDTH = 0.10  # ten points of a share


class Referrers:
    """People in both datasets by referees and converted ones."""

    def __init__(self, found: Answer, k: int) -> None:
        self._people, self._mode, self._k = found.people, found.mode, k
        self._cells = [(int(d), int(c)) for d, c in found.cells]
        self.most = max(d for d, _ in self._cells)

    def _places(self, referees: Sequence[int]) -> list[int]:
        return [i for i, (d, _) in enumerate(self._cells) if d in referees]

    def _show(self, total: Sum) -> Value:
        return figures.people(total, self._mode, self._k)

    def referrers(self, *referees: int) -> Sum:
        """People with so many referees; with any when none are named."""
        return self._people.over(self._places(referees or range(1, self.most + 1)))

    @property
    def without(self) -> Value:
        """Customers without a counted referee."""
        return self._show(self.referrers(0))

    @property
    def customers(self) -> Value:
        """Everybody in both datasets."""
        return self._show(self._people.gathered(range(len(self._cells))))

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return sum(value is None for value in self._people.values)

    @property
    def others(self) -> Value | None:
        """Everybody whose cell was not released."""
        return None if self._people.others is None else self._show(self._people.others)

    def line(self, *referees: int) -> tuple[Value, ...]:
        """Referrers, their referees, converted ones, and these as a share."""
        chosen = referees or tuple(range(1, self.most + 1))
        counts = (self._weighted(chosen, 0), self._weighted(chosen, 1))
        return (self._show(self.referrers(*chosen)), *map(self._show, counts), self.share(*chosen))

    def _weighted(self, referees: Sequence[int], end: int) -> Sum:
        """Referees (end 0) or converted ones (end 1) of some referrers."""
        places = [i for i in self._places(referees) if self._cells[i][end]]
        values = [self._people.values[i] for i in places]
        weights = [self._cells[i][end] for i in places]
        known = [(w, v) for w, v in zip(weights, values, strict=True) if v is not None]
        if not known:
            return Sum(None, self._people.noise, len(values))
        variance = sum(w * w for w, _ in known) * self._people.noise.variance
        total = math.fsum(w * v for w, v in known)
        return Sum(total, Noise(math.sqrt(variance)), len(values) - len(known))

    def share(self, *referees: int) -> Value:
        """Converted referees of all referees, over those numbers of referees all of whose cells
        were released: one cell less would move the share.
        """
        chosen = [self._places([d]) for d in referees or range(1, self.most + 1)]
        known = [places for places in chosen if self._people.over(places).whole]
        if not known:
            return figures.withheld("share")
        return self._ratio([i for places in known for i in places], 1, 0, "share")

    @property
    def invitations(self) -> Value:
        """Counted referees per customer."""
        return self._per_customer(0)

    @property
    def k(self) -> Value:
        """Converted referees per customer: invitations times conversion."""
        return self._per_customer(1)

    def _per_customer(self, end: int) -> Value:
        everybody = range(len(self._cells))
        hidden = [i for i in everybody if self._people.values[i] is None]
        if hidden and self._people.rest is None:
            return figures.withheld("number")
        known = [i for i in everybody if i not in hidden]
        found = self._ratio(known, end, None, "number")
        lacking = any(self._cells[i][end] for i in hidden)
        if not lacking or not found.shown:
            return found
        return Value("number", "shown", found.value, found.low, None, found.step, "at_least")

    def _ratio(self, places: Sequence[int], above: int, below: int | None, unit: str) -> Value:
        """A weighted sum per another (or per head), with sampling and noise."""
        top = np.array([self._cells[i][above] for i in places], np.float64)
        heads = np.ones(len(places))
        bottom = heads if below is None else np.array([self._cells[i][below] for i in places])
        values = [float(self._people.values[i] or 0) for i in places]
        if below is None and self._people.rest is not None:  # customers all the same
            values.append(float(self._people.rest))
            top, bottom = np.append(top, 0.0), np.append(bottom, 1.0)
        variances = count_variance(values, self._people.noise.variance)

        def ratio(x: Numbers) -> Numbers | None:
            size = float(bottom @ x)
            return np.array([float(top @ x) / size]) if size > 0 else None

        found = propagated(ratio, values, variances)
        size = float(bottom @ np.array(values))
        noise = 2 * math.sqrt(float(bottom**2 @ np.asarray(variances)))
        as_unit: Unit = "share" if unit == "share" else "number"
        if found is None or size <= max(noise, figures.floor(self._mode, self._k)):
            return figures.too_few(as_unit)
        interval = found[0].interval(figures.LEVEL)
        most = 1.0 if unit == "share" else math.inf
        low, value, high = (min(max(n, 0.0), most) for n in
                            (interval.low, found[0].value, interval.high))  # fmt: skip
        step = figures.step_within(interval.width / 2)
        return Value(as_unit, "shown", value, low, high, step)


class Referees:
    """New customers, referred or not."""

    def __init__(self, found: Answer, k: int) -> None:
        self._found, self._k = found, k
        self.repeats = "again" in found.shape.dimensions

    def _places(self, referred: bool | None, again: bool | None = None) -> list[int]:
        return [
            i
            for i, cell in enumerate(self._found.cells)
            if (referred is None or (cell[0] != NOT_REFERRED) is referred)
            and (again is None or (cell[1] == AGAIN) is again)
        ]

    def count(self, referred: bool | None, again: bool | None = None) -> Sum:
        """New customers of one side; None: of both."""
        return self._found.people.over(self._places(referred, again))

    def show(self, referred: bool | None) -> Value:
        """The same as a figure."""
        total = self.count(referred)
        if referred is None:
            total = self._found.people.gathered(self._places(None))
        return figures.people(total, self._found.mode, self._k)

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return sum(value is None for value in self._found.people.values)

    @property
    def share(self) -> Value:
        """Referred of all new customers."""
        floor = figures.floor(self._found.mode, self._k)
        return figures.share(self.count(True), self.count(False), sampling=True, floor=floor)

    def again(self, referred: bool) -> Value:
        """Share of one side who ordered again."""
        parts = (self.count(referred, True), self.count(referred, False))
        floor = figures.floor(self._found.mode, self._k)
        return figures.share(*parts, sampling=True, floor=floor)

    def value(self, referred: bool, factor: float = 1.0) -> Sum:
        """What the first orders of one side were worth together, times a factor."""
        total = self._found.vectors["first_order_value"].over(self._places(referred))
        if total.value is None:
            return total
        noise = Noise(factor * total.noise.sd)
        return Sum(factor * total.value, noise, total.withheld)

    @property
    def has_value(self) -> bool:
        """Whether amounts were asked for."""
        return "first_order_value" in self._found.vectors

    def average(self, referred: bool) -> Value:
        """First order of one side, per new customer."""
        return figures.average(self.value(referred), self.count(referred))

    @property
    def verdict(self) -> Verdict:
        """Whether the two sides clearly order again at different rates."""
        sums = [self.count(r, a) for r in (True, False) for a in (True, False)]
        if not all(one.whole for one in sums):
            return Verdict.WITHHELD
        at95, at90 = self._gap(figures.LEVEL), self._gap(figures.LOOSE_LEVEL)
        return verdict(
            0.0,
            at95.interval if at95 else None,
            at90.interval if at90 else None,
            decision=DECISION_WIDTH,
        )

    def _gap(self, level: float) -> Difference | None:
        sides = [
            figures.split(self.count(side, True), self.count(side, False)) for side in (True, False)
        ]
        if sides[0] is None or sides[1] is None:
            return None
        return two_proportion_difference(sides[0], sides[1], level)

    @property
    def more(self) -> bool:
        """Whether the referred order again more often."""
        gap = self._gap(figures.LEVEL)
        return gap is not None and gap.value > 0
