"""The arithmetic of coming back: shares of first-time buyers by cohort, by segment, by days.

Cells: segment by cohort by group of days until the next order, the last being not yet. A cohort is
*complete* for some days when its last buyers had so many days before the data end; only then is the
share of those who came back within them told.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Value
from cleanroom.disclosure.questions.cohort import CohortQuestion, begins, gap_labels
from cleanroom.disclosure.questions.segments import UNMATCHED
from cleanroom.statistics.differences import Difference, two_proportion_difference
from cleanroom.statistics.ratios import ratio_interval
from cleanroom.statistics.shares import Split

PER = 100  # buyers to whom refunds and praise are related


class Loyalty:
    """The cells of one answer by their meaning."""

    def __init__(self, cells: Answer, question: CohortQuestion, data_end: str, k: int) -> None:
        self._cells, self._k = cells, k
        self.gaps = gap_labels(question)
        self.edges = question.gaps
        self.segments = tuple(dict.fromkeys(segment for segment, _, _ in cells.cells))
        self.cohorts = tuple(dict.fromkeys(cohort for _, cohort, _ in cells.cells))
        starts = [*begins(question), date.fromisoformat(question.until)]
        end = date.fromisoformat(data_end)
        # who came on the last day of a cohort had the days after it, up to the last of the data
        self._days_left = [(end - after).days for _, after in pairwise(starts)]

    def _places(
        self, segments: Iterable[int], cohorts: Iterable[int], gaps: Iterable[int]
    ) -> list[int]:
        cohorts, gaps = list(cohorts), list(gaps)
        return [
            (s * len(self.cohorts) + c) * len(self.gaps) + g
            for s in segments
            for c in cohorts
            for g in gaps
        ]

    @property
    def everyone(self) -> range:
        """All segments."""
        return range(len(self.segments))

    @property
    def compared(self) -> list[int]:
        """Segments that are known values."""
        return [i for i, label in enumerate(self.segments) if label not in ("", UNMATCHED)]

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return self._cells.people.over(range(len(self._cells.cells))).withheld

    def complete(self, days: int) -> list[int]:
        """Cohorts of which everybody had so many days."""
        return [i for i, left in enumerate(self._days_left) if left >= days]

    def count(self, segments: Iterable[int], cohorts: Iterable[int], gap: int) -> Value:
        """Buyers whose next order came in one group of days."""
        return self._people(self._places(segments, cohorts, [gap]))

    def buyers(self, segments: Iterable[int], cohorts: Iterable[int]) -> Value:
        """First-time buyers."""
        return self._people(self._places(segments, cohorts, range(len(self.gaps))))

    def _people(self, places: Sequence[int]) -> Value:
        return figures.people(self._cells.people.over(places), self._cells.mode, self._k)

    def _sides(self, segments: Iterable[int], cohorts: Iterable[int], days: int) -> tuple[Sum, Sum]:
        """Those who came back within some days, and all others."""
        segments, cohorts = list(segments), list(cohorts)
        last = self.edges.index(days) + 1
        people = self._cells.people
        back = people.over(self._places(segments, cohorts, range(last)))
        rest = people.over(self._places(segments, cohorts, range(last, len(self.gaps))))
        return back, rest

    def back(self, segments: Iterable[int], cohorts: Sequence[int], days: int) -> Value:
        """Share that came back within some days; none where a cohort is not complete."""
        if not cohorts or not set(cohorts) <= set(self.complete(days)):
            return figures.not_applicable("share")
        back, rest = self._sides(segments, cohorts, days)
        floor = figures.floor(self._cells.mode, self._k)
        return figures.share(back, rest, sampling=True, floor=floor)

    def gap(
        self,
        one: tuple[Sequence[int], Sequence[int]],
        other: tuple[Sequence[int], Sequence[int]],
        days: int,
        level: float,
    ) -> Difference | None:
        """Gap between the shares of two groups, each (segments, cohorts)."""
        splits = [self._split(*group, days) for group in (one, other)]
        known = [split for split in splits if split is not None]
        if len(known) < len(splits):
            return None
        return two_proportion_difference(known[0], known[1], level)

    def hidden(self, groups: Sequence[tuple[Sequence[int], Sequence[int]]]) -> bool:
        """Whether cells of these groups are not released."""
        return any(
            not self._cells.people.over(self._places(s, c, range(len(self.gaps)))).whole
            for s, c in groups
        )

    def _split(self, segments: Sequence[int], cohorts: Sequence[int], days: int) -> Split | None:
        back, rest = self._sides(segments, cohorts, days)
        if not (back.whole and rest.whole):
            return None
        split = figures.split(back, rest)
        floor = figures.floor(self._cells.mode, self._k)
        return split if split is not None and split.part >= floor else None

    def per_hundred(
        self, measure: str, segments: Iterable[int], cohorts: Sequence[int]
    ) -> Value | None:
        """Refunds or praise per 100 first-time buyers; None when they were not asked for."""
        events = self._cells.vectors.get(measure)
        if events is None:
            return None
        if not cohorts:
            return figures.not_applicable("number")
        places = self._places(segments, cohorts, range(len(self.gaps)))
        total, count = events.over(places), self._cells.people.over(places)
        if total.value is None or count.value is None or total.withheld or count.withheld:
            return figures.withheld("number")
        interval = ratio_interval(
            total.value, count.value, total.noise.variance, count.noise.variance, figures.LEVEL
        )
        if interval is None or count.value < max(1, figures.floor(self._cells.mode, self._k)):
            return figures.too_few("number")
        value, low, high = (
            max(0.0, PER * n) for n in (total.value / count.value, interval.low, interval.high)
        )
        step = max(figures.step_within((high - low) / 2), 0.1)
        return Value("number", "shown", value, low, high, step)
