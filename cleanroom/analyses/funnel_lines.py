"""The arithmetic of stages: a square table of people by stage before and after."""

from collections.abc import Callable

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Value
from cleanroom.statistics.interval import Interval
from cleanroom.statistics.margins import MarginTest, stuart_maxwell

DECISION_WIDTH = 0.10


class Flows:
    """The cells of one answer: ``size`` stages, from 0, before by after."""

    def __init__(self, cells: Answer, size: int, k: int) -> None:
        self._cells, self.size, self._k = cells, size, k

    def _over(self, wanted: Callable[[int, int], bool]) -> Sum:
        return self._cells.people.over(
            here * self.size + there
            for here in range(self.size)
            for there in range(self.size)
            if wanted(here, there)
        )

    def flow(self, here: int, there: int) -> Value:
        """People from one stage to another."""
        return self._show(self._over(lambda a, b: (a, b) == (here, there)))

    def _show(self, total: Sum) -> Value:
        return figures.people(total, self._cells.mode, self._k)

    def before(self, stage: int) -> Value:
        """People of a stage before."""
        return self._show(self._over(lambda a, b: a == stage))

    def after(self, stage: int) -> Value:
        """People of a stage after."""
        return self._show(self._over(lambda a, b: b == stage))

    @property
    def everybody(self) -> Value:
        """All people of the question."""
        return self._show(self._cells.people.gathered(range(self.size**2)))

    def up_rate(self, stage: int) -> Value:
        """Share of the people of a stage who were in a higher one afterwards."""
        part = self._over(lambda a, b: a == stage and b > a)
        return self._share(part, self._over(lambda a, b: a == stage and b <= a))

    @property
    def up(self) -> Value:
        """Share of all people who moved up."""
        return self._share(self._over(lambda a, b: b > a), self._over(lambda a, b: b <= a))

    @property
    def down(self) -> Value:
        """Share of all people who moved down."""
        return self._share(self._over(lambda a, b: b < a), self._over(lambda a, b: b >= a))

    def _share(self, part: Sum, rest: Sum) -> Value:
        floor = figures.floor(self._cells.mode, self._k)
        return figures.share(part, rest, sampling=True, floor=floor)

    @property
    def up_of_movers(self) -> Value:
        """Of those who moved, the share who moved up."""
        return self._share(self._over(lambda a, b: b > a), self._over(lambda a, b: b < a))

    def movers_interval(self, level: float) -> Interval | None:
        """Interval of that share at another level."""
        if not self.up_of_movers.shown:
            return None
        up, down = self._over(lambda a, b: b > a), self._over(lambda a, b: b < a)
        return figures.share_interval(up, down, level, sampling=True)

    @property
    def margins(self) -> MarginTest | None:
        """Whether the stages are distributed differently; None where a cell is missing."""
        people = self._cells.people
        values = [value for value in people.values if value is not None]
        if len(values) < self.size**2:
            return None
        rows = [values[n * self.size : (n + 1) * self.size] for n in range(self.size)]
        return stuart_maxwell(rows, people.noise)
