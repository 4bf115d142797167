"""The arithmetic of a trend: rates by step, and a change split into mix and rate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Value
from cleanroom.statistics.delta import Estimate, Numbers, count_variance, propagated
from cleanroom.statistics.trend import Trend, proportion_trend


@dataclass(frozen=True)
class Change:
    """A change of the rate between two halves, in points, in all and by channel."""

    total: Estimate
    mix: list[Estimate]
    rate: list[Estimate]
    mix_total: Estimate
    rate_total: Estimate


class Trends:
    """The cells of one answer: step by channel by outcome (converted first)."""

    def __init__(self, cells: Answer, steps: int, channels: int, k: int) -> None:
        self._cells, self.steps, self.channels, self._k = cells, steps, channels, k
        half = steps // 2
        self.halves = (list(range(half)), list(range(steps - half, steps)))
        self.change = self._change() if half else None

    def _over(self, steps: Sequence[int], channels: Sequence[int], outcome: int) -> Sum:
        return self._cells.people.over(
            (step * self.channels + channel) * 2 + outcome for step in steps for channel in channels
        )

    def _pair(self, steps: Sequence[int], channels: Sequence[int]) -> tuple[Sum, Sum]:
        return self._over(steps, channels, 0), self._over(steps, channels, 1)

    @property
    def _all(self) -> range:
        return range(self.channels)

    def people(self, steps: Sequence[int], channels: Sequence[int] | None = None) -> Value:
        """People first exposed in some steps."""
        chosen = [
            (step * self.channels + channel) * 2 + outcome
            for step in steps
            for channel in (self._all if channels is None else channels)
            for outcome in (0, 1)
        ]
        return figures.people(self._cells.people.over(chosen), self._cells.mode, self._k)

    def rate(self, steps: Sequence[int], channels: Sequence[int] | None = None) -> Value:
        """Share of them who ordered."""
        part, rest = self._pair(steps, self._all if channels is None else channels)
        floor = figures.floor(self._cells.mode, self._k)
        return figures.share(part, rest, sampling=True, floor=floor)

    def part(self, steps: Sequence[int], channel: int) -> Value:
        """Share of the people of some steps who were first exposed through a channel."""
        others = [other for other in self._all if other != channel]
        sums = []
        for chosen in ([channel], others):
            cells = [
                (step * self.channels + one) * 2 + outcome
                for step in steps
                for one in chosen
                for outcome in (0, 1)
            ]
            sums.append(self._cells.people.over(cells))
        floor = figures.floor(self._cells.mode, self._k)
        return figures.share(sums[0], sums[1], sampling=True, floor=floor)

    @property
    def whole(self) -> bool:
        """Whether every cell was released: comparisons need them all."""
        positions = range(self.steps * self.channels * 2)
        return self._cells.people.over(positions).whole

    @property
    def trend(self) -> Trend | None:
        """The line through the rates of all steps."""
        if not self.whole:
            return None
        splits = [figures.split(*self._pair([step], self._all)) for step in range(self.steps)]
        return proportion_trend([split for split in splits if split is not None])

    def _change(self) -> Change | None:
        """Kitagawa (Journal of the American Statistical Association 50, 1955): with shares m and
        rates r of channels in both halves, the change of the rate is the sum of
        (m1 - m0)(r0 + r1)/2, the mix, and (m0 + m1)/2 (r1 - r0), the rates.
        """
        if not self.whole:
            return None
        sums = [
            self._over(steps, [channel], outcome)
            for steps in self.halves
            for channel in self._all
            for outcome in (0, 1)
        ]
        values = np.array([one.value or 0.0 for one in sums])
        variances = count_variance(values, sums[0].noise.variance)
        found = propagated(self._parts, values, variances)
        if found is None:
            return None
        count = self.channels
        return Change(found[0], found[3 : 3 + count], found[3 + count :], found[1], found[2])

    def _parts(self, numbers: Numbers) -> Numbers | None:
        """Total, mix, rate, then mix and rate by channel; None where a half has nobody. A channel
        that has nobody in one half counts there with its rate in the other.
        """
        table = numbers.reshape(2, self.channels, 2)
        people = np.maximum(table.sum(axis=2), 0)
        if people.sum(axis=1).min() < 1:
            return None
        some = people >= 1
        rate = np.divide(table[:, :, 0], people, out=np.zeros_like(people), where=some)
        rate = np.where(some, rate, np.where(some[::-1], rate[::-1], 0))
        share = people / people.sum(axis=1, keepdims=True)
        overall = (share * rate).sum(axis=1)
        # against the mean of the overall rates: moving to a better channel counts up, to a worse
        # one down, and the sum over channels stays the same
        mix = (share[1] - share[0]) * (rate.mean(axis=0) - overall.mean())
        moved = share.mean(axis=0) * (rate[1] - rate[0])
        totals = [overall[1] - overall[0], mix.sum(), moved.sum()]
        return np.concatenate([totals, mix, moved])


def points(one: Estimate) -> Value:
    """A change of a share as readers see it."""
    interval = one.interval(figures.LEVEL)
    step = figures.step_within(interval.width / 2)
    return Value("points", "shown", one.value, interval.low, interval.high, step)
