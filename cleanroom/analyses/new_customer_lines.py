"""The arithmetic of new customers by channel.

Cells: one per channel, then ``none`` (no exposure in the window), then ``unmatched`` (the customer
is not in the exposing party's data). Shares are of matched new customers, for of the others nobody
can know a channel; the share of all new customers stands beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Name, Term, Value
from cleanroom.analyses.words import level as level_name
from cleanroom.analyses.words import term
from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.statistics.interval import Interval
from cleanroom.statistics.noise import Noise

# A share known only to within ± 5 points decides nothing about a target line.
DECISION_WIDTH = 0.10


@dataclass(frozen=True)
class Line:
    """One channel, or none: count, share of matched, share of all, average first order."""

    name: Term | Name
    count: Value
    share: Value
    share_of_all: Value
    average: Value | None

    @property
    def figures(self) -> tuple[Value, ...]:
        """The row of the table."""
        return _row(self.count, self.share, self.share_of_all, self.average)


class NewCustomers:
    """The cells of one answer by their meaning."""

    def __init__(self, cells: Answer, channel: ColumnSpec, k: int) -> None:
        self._cells, self._k = cells, k
        names = [level_name(label, channel) for label in channel.levels()]
        self._channels = list(range(len(names)))
        self._none = len(names)
        self._unmatched = self._none + 1
        self._matched = [*self._channels, self._none]
        self._everybody = [*self._matched, self._unmatched]
        self._names: list[Term | Name] = [*names, term("no_channel")]
        self.lines = tuple(self._line(position) for position in self._matched)

    def show(self, total: Sum) -> Value:
        """A count as readers see it."""
        return figures.people(total, self._cells.mode, self._k)

    def _sum(self, positions: Iterable[int]) -> Sum:
        return self._cells.people.over(positions)

    def _share(self, part: list[int], whole: list[int]) -> Value:
        rest = [position for position in whole if position not in part]
        return self._share_of(self._together(part), self._together(rest))

    def _share_of(self, part: Sum, rest: Sum) -> Value:
        floor = figures.floor(self._cells.mode, self._k)
        return figures.share(part, rest, sampling=True, floor=floor)

    def _together(self, positions: list[int]) -> Sum:
        """Several cells as a group: the rest completes it. One cell is what was released of it."""
        if len(positions) == 1:
            return self._sum(positions)
        return self._cells.people.gathered(positions)

    @property
    def _has_money(self) -> bool:
        """Whether first orders were asked for."""
        return "first_order_value" in self._cells.vectors

    def _average(self, positions: list[int]) -> Value | None:
        """Average first order of some cells, or None when it wasn't asked."""
        if not self._has_money:
            return None
        money = self._cells.vectors["first_order_value"]
        count = self._sum(positions)
        if count.value is not None and count.value < figures.floor(self._cells.mode, self._k):
            return figures.too_few("money")
        return figures.average(money.over(positions), count)

    def _line(self, position: int) -> Line:
        here = [position]
        return Line(
            self._names[position],
            self.show(self._sum(here)),
            self._share(here, self._matched),
            figures.presence(self._share(here, self._everybody)),
            self._average(here),
        )

    @property
    def matched(self) -> Sum:
        """New customers who are in the exposing party's data."""
        return self._together(self._matched)

    @property
    def any_share(self) -> Value:
        """Share of matched new customers with any channel."""
        return self._share(self._channels, self._matched)

    def any_interval(self, level: float) -> Interval | None:
        """Interval of that share at another level."""
        if not self.any_share.shown:
            return None
        part, rest = self._together(self._channels), self._sum([self._none])
        return figures.share_interval(part, rest, level, sampling=True)

    @property
    def any_average(self) -> Value | None:
        """Average first order of those with any channel."""
        return self._average(self._channels)

    @property
    def unmatched_share(self) -> Value:
        """Share of all new customers whose channel nobody can know, coded at the bottom."""
        return figures.absence(self._share([self._unmatched], self._everybody))

    @property
    def largest(self) -> Line | None:
        """The channel with the largest share that is shown."""
        shown = [line for line in self.lines[:-1] if line.share.shown]
        return max(shown, key=lambda line: line.share.value or 0.0, default=None)

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return self._sum(self._everybody).withheld

    @property
    def withheld_sums(self) -> int:
        """Cells whose amount was not released although their people were counted."""
        if not self._has_money:
            return 0
        money = self._cells.vectors["first_order_value"]
        both = zip(self._cells.people.values, money.values, strict=True)
        return sum(count is not None and amount is None for count, amount in both)

    @property
    def any_line(self) -> tuple[Value, ...]:
        """The row of all channels together."""
        count = self._together(self._channels)
        of_all = figures.presence(self._share(self._channels, self._everybody))
        return _row(self.show(count), self.any_share, of_all, self.any_average)

    @property
    def matched_line(self) -> tuple[Value, ...]:
        """The row of all matched new customers."""
        of_all = figures.presence(self._share(self._matched, self._everybody))
        average = self._average(self._matched)
        return _row(self.show(self.matched), figures.not_applicable("share"), of_all, average)

    @property
    def unmatched_line(self) -> tuple[Value, ...]:
        """The row of those who are not in the exposing party's data."""
        here = [self._unmatched]
        count, average = self.show(self._sum(here)), self._average(here)
        return _row(count, figures.not_applicable("share"), self.unmatched_share, average)

    @property
    def all_line(self) -> tuple[Value, ...]:
        """The row of all new customers."""
        nothing = figures.not_applicable("share")
        count, average = self.show(self._together(self._everybody)), self._average(self._everybody)
        return _row(count, nothing, nothing, average)

    @property
    def others_line(self) -> tuple[Value, ...] | None:
        """The row of everybody whose cell was not released, where that was."""
        people = self._cells.people
        others = people.others
        if others is None:
            return None
        of_matched = figures.not_applicable("share")
        if people.values[self._unmatched] is not None:  # then they are all matched
            of_matched = self._share_of(others, people.shown(self._matched))
        of_all = figures.presence(self._share_of(others, people.shown(self._everybody)))
        average = figures.not_applicable("money") if self._has_money else None
        return _row(self.show(others), of_matched, of_all, average)

    def needed(self, target: float) -> Value:
        """How many more new customers through channels would reach the target line.

        With a people through channels and n without, a + d = x (a + d + n) gives
        d = n x/(1-x) - a, whose noise has variance Vn (x/(1-x))^2 + Va. Interval: noise only.
        """
        channels, without = self._together(self._channels), self._sum([self._none])
        if not (channels.whole and without.whole):
            return figures.withheld("people")
        assert channels.value is not None
        assert without.value is not None
        odds = target / (1 - target)
        sd = (without.noise.variance * odds**2 + channels.noise.variance) ** 0.5
        missing = Sum(without.value * odds - channels.value, Noise(sd))
        needed = figures.people(missing, "threshold", 0)
        # the line is reached: nobody is missing
        return replace(needed, status="none") if needed.status == "below" else needed


def _row(count: Value, share: Value, of_all: Value, average: Value | None) -> tuple[Value, ...]:
    return (count, share, of_all) if average is None else (count, share, of_all, average)
