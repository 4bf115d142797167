"""The arithmetic of segment sizing: half of the people choose a rule, the other half judge it.

The halves are made from the released numbers (``statistics.thinning``). Of the choosing half each
combination gets a shrunk index 100 (s + a)/(e + a), where e = S b/B people would be expected and
a = 10 pulls small combinations to 100. Those at or above the target make the rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Value
from cleanroom.statistics.counts import sum_of_cells
from cleanroom.statistics.differences import two_proportion_difference
from cleanroom.statistics.index import index, index_interval
from cleanroom.statistics.interval import Interval
from cleanroom.statistics.noise import Noise
from cleanroom.statistics.shares import Split
from cleanroom.statistics.thinning import halves

SHRINKAGE = 10  # people of the seed: a
STEPS_MOST = 10

Labels = tuple[str, ...]
Counts = dict[Labels, tuple[float, float]]  # seed and others of each combination


@dataclass(frozen=True)
class Line:
    """One line of the rule: for each column the values that fit, and the combinations they make."""

    values: tuple[tuple[str, ...], ...]
    combinations: tuple[Labels, ...]


class Segments:
    """All combinations of one answer: cells 2i are in the seed, 2i + 1 are not.

    ``key`` names the release. Combinations with a missing value, with a cell that was not released
    or, with differential privacy, of fewer than about k people are in no rule.
    """

    def __init__(self, found: Answer, target: int, k: int, key: str) -> None:
        self._found, self._k = found, k
        people = found.people
        self._noise = people.noise
        self.all: Counts = {}
        for place in range(0, len(found.cells), 2):
            seed, others = people.values[place], people.values[place + 1]
            if seed is not None and others is not None:
                self.all[found.cells[place][:-1]] = (float(seed), float(others))
        values = [value for pair in self.all.values() for value in pair]
        first, second, self._half = halves(values, self._noise, key)
        self._choosing = self._paired(first)
        self._judging = self._paired(second)
        floor = figures.floor(found.mode, k)
        usable = [
            one for one, pair in self.all.items() if "" not in one and max(sum(pair), 0) >= floor
        ]
        chosen, whole = self._sums(self._choosing, self.all)
        self.index = {one: self._shrunk(one, chosen, whole) for one in usable}
        self.ranked = sorted(usable, key=lambda one: (-self.index[one], one))
        self.chosen = [one for one in self.ranked if self.index[one] >= target]

    def _paired(self, values: Sequence[float]) -> Counts:
        pairs = zip(values[::2], values[1::2], strict=True)
        return dict(zip(self.all, pairs, strict=True))

    @staticmethod
    def _sums(counts: Counts, over: Sequence[Labels] | Counts) -> tuple[float, float]:
        """Seed, and everybody."""
        seed = sum(counts[one][0] for one in over)
        return seed, seed + sum(counts[one][1] for one in over)

    def _shrunk(self, one: Labels, seed: float, whole: float) -> float:
        mine, others = self._choosing[one]
        expected = seed * max(mine + others, 0) / whole if whole > 0 else 0.0
        return 100 * (max(mine, 0) + SHRINKAGE) / (max(expected, 0) + SHRINKAGE)

    def judged(self, chosen: Sequence[Labels]) -> tuple[Split, Split]:
        """Inside and outside of a rule: seed and others of the judging half."""
        inside = set(chosen)
        rest = [one for one in self.all if one not in inside]
        seed, others = (self._split(chosen, rest, side) for side in (0, 1))
        return seed, others

    def _split(self, inside: Sequence[Labels], outside: Sequence[Labels], side: int) -> Split:
        part, rest = self._half_sum(inside, side), self._half_sum(outside, side)
        return Split(part.value or 0.0, rest.value or 0.0, part.noise, rest.noise)

    def _half_sum(self, over: Sequence[Labels], side: int) -> Sum:
        if not over:
            return Sum(0.0, Noise(0.0))
        total = sum_of_cells([self._judging[one][side] for one in over], self._half)
        return Sum(total.value, total.noise)

    def expected(self, chosen: Sequence[Labels]) -> tuple[float | None, Interval | None]:
        """Index of a rule on the judging half with its 95 % interval."""
        pair = self.judged(chosen)
        return index(*pair), index_interval(*pair, figures.LEVEL)

    def loose(self, chosen: Sequence[Labels]) -> Interval | None:
        """The same at 90 %."""
        return index_interval(*self.judged(chosen), figures.LOOSE_LEVEL)

    def p_value(self, chosen: Sequence[Labels]) -> float | None:
        """Of no difference between seed and others, on the judging half."""
        gap = two_proportion_difference(*self.judged(chosen), figures.LEVEL)
        return None if gap is None else gap.p_value

    def index_figure(self, chosen: Sequence[Labels]) -> Value:
        """The index as a figure."""
        value, interval = self.expected(chosen)
        if value is None or interval is None:
            return figures.too_few("index")
        return figures.index_value(value, interval)

    def reach(self, chosen: Sequence[Labels]) -> tuple[Value, Value]:
        """Shares of the seed and of the whole base that a rule reaches, on the judging half."""
        inside = set(chosen)
        outside = [one for one in self.all if one not in inside]
        seed = (self._half_sum(chosen, 0), self._half_sum(outside, 0))
        whole = tuple(self._both(over) for over in (chosen, outside))
        return (
            figures.share(*seed, sampling=True),
            figures.share(whole[0], whole[1], sampling=True),
        )

    def _both(self, over: Sequence[Labels]) -> Sum:
        seed, others = self._half_sum(over, 0), self._half_sum(over, 1)
        return Sum((seed.value or 0) + (others.value or 0), seed.noise.over(2))

    def people(self, over: Sequence[Labels], *, seed: bool = True) -> Value:
        """Everybody of some combinations, or only those outside of the seed; all people count."""
        numbers = [n for one in over for n in self.all[one][0 if seed else 1 :]]
        if not numbers:
            return figures.not_applicable("people")
        total = sum_of_cells(numbers, self._noise)
        return figures.people(Sum(total.value, total.noise), self._found.mode, self._k)

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return sum(value is None for value in self._found.people.values)

    def steps(self) -> list[int]:
        """How many of the best combinations to take: about ten sizes, that of the rule among
        them.
        """
        count = len(self.ranked)
        even = {-(-count * step // STEPS_MOST) for step in range(1, STEPS_MOST + 1)}
        return sorted((even | {len(self.chosen)}) - {0})

    def lines(self) -> list[Line]:
        """The rule in as few lines as merging the values of one column makes."""
        if not self.chosen:
            return []
        ways = [self._merged(place) for place in range(len(self.chosen[0]))]
        return min(ways, key=len)

    def _merged(self, place: int) -> list[Line]:
        groups: dict[Labels, list[Labels]] = {}
        for one in self.chosen:
            groups.setdefault(one[:place] + one[place + 1 :], []).append(one)
        lines = []
        for rest, members in groups.items():
            columns: list[tuple[str, ...]] = [(label,) for label in rest]
            columns.insert(place, tuple(one[place] for one in members))
            lines.append(Line(tuple(columns), tuple(members)))
        return lines
