"""The arithmetic of return and cost per new customer by channel.

Costs are public, so a return carries only the noise of the amount, a cost per customer only that of
the count. Intervals hold noise only: what is described is what was counted and paid.
"""

from collections.abc import Iterable, Mapping, Sequence

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Value
from cleanroom.disclosure.cells import NO_CHANNEL, UNMATCHED
from cleanroom.statistics.interval import two_sided_z
from cleanroom.statistics.ratios import ratio_interval

CENTS = 100
# A cost per customer is hidden when 95 % of the noise on their number reaches further than this.
NOISE_MOST = 0.10


class Returns:
    """The cells of one answer by channel. ``costs``: whole units of the currency by channel."""

    def __init__(self, cells: Answer, costs: Mapping[str, int], k: int) -> None:
        self._cells, self._k = cells, k
        self._floor = figures.floor(cells.mode, k)
        self._place = {label: place for place, (label,) in enumerate(cells.cells)}
        self._money = cells.vectors["first_order_value"]
        self.channels = [label for label in self._place if label in costs]
        self._costs = costs

    def _places(self, channels: Iterable[str]) -> list[int]:
        return [self._place[channel] for channel in channels]

    def customers(self, channels: Sequence[str]) -> Sum:
        """New customers of some channels together."""
        return self._cells.people.over(self._places(channels))

    def show(self, total: Sum) -> Value:
        """A count as readers see it."""
        return figures.people(total, self._cells.mode, self._k)

    def cost(self, channels: Sequence[str]) -> Value:
        """What the channels cost."""
        cents = CENTS * sum(self._costs[channel] for channel in channels)
        return Value("money", "shown", cents, step=CENTS)

    def _cents(self, channels: Sequence[str]) -> float:
        return self.cost(channels).value or 0.0

    def _enough(self, channels: Sequence[str]) -> bool:
        value = self.customers(channels).value
        return value is not None and value >= max(self._floor, 1)

    def sales(self, channels: Sequence[str]) -> Value:
        """What new customers of the channels paid on the day of their first order."""
        total = self._money.over(self._places(channels))
        if total.value is None or total.withheld:
            return figures.withheld("money")
        half = two_sided_z(figures.LEVEL) * total.noise.sd
        if not self._enough(channels) or total.value <= half:
            return figures.too_few("money")
        step = max(figures.step_within(half), 1.0)
        return Value("money", "shown", total.value, total.value - half, total.value + half, step)

    def roas(self, channels: Sequence[str]) -> Value:
        """The same per unit of cost."""
        sales = self.sales(channels)
        if not sales.shown or sales.value is None or sales.low is None or sales.high is None:
            return Value("number", sales.status)
        cents = self._cents(channels)
        low, high = sales.low / cents, sales.high / cents
        step = figures.step_within((high - low) / 2)
        return Value("number", "shown", sales.value / cents, low, high, step)

    def cost_per_customer(self, channels: Sequence[str]) -> Value:
        """Cost by new customers; hidden when the noise on their number exceeds ``NOISE_MOST``."""
        count = self.customers(channels)
        if count.value is None or count.withheld:
            return figures.withheld("money")
        half = two_sided_z(figures.LEVEL) * count.noise.sd
        cents = self._cents(channels)
        interval = ratio_interval(cents, count.value, 0.0, count.noise.variance, figures.LEVEL)
        if interval is None or not self._enough(channels) or half > NOISE_MOST * count.value:
            return figures.too_few("money")
        step = max(figures.step_within(interval.width / 2), 1.0)
        return Value("money", "shown", cents / count.value, interval.low, interval.high, step)

    def line(self, channels: Sequence[str]) -> tuple[Value, ...]:
        """One row of the table."""
        return (
            self.cost(channels),
            self.show(self.customers(channels)),
            self.cost_per_customer(channels),
            self.sales(channels),
            self.roas(channels),
        )

    @property
    def best(self) -> str | None:
        """The channel with the highest return, where any is told and there are several."""
        told = {channel: self.roas([channel]) for channel in self.channels}
        shown = {name: value.value or 0.0 for name, value in told.items() if value.shown}
        return max(shown, key=shown.__getitem__) if len(shown) > 1 else None

    @property
    def unpaid(self) -> list[str]:
        """Channels without a cost."""
        known = (*self.channels, NO_CHANNEL, UNMATCHED)
        return [label for label in self._place if label not in known]

    @property
    def unmatched_share(self) -> Value:
        """Share of all new customers whose channel nobody can know, coded at the bottom."""
        here = self._place[UNMATCHED]
        others = [place for place in self._place.values() if place != here]
        people = self._cells.people
        share = figures.share(people.at(here), people.over(others), sampling=False)
        return figures.absence(share)

    @property
    def withheld(self) -> int:
        """Channels with a cost whose count or amount was not released."""
        return sum(
            self._cells.people.values[place] is None or self._money.values[place] is None
            for place in self._places(self.channels)
        )
