"""The arithmetic of habits: how many people have each combination most often, and who they are.

Cells: combination by segment. Shares are of all people with a habit. Where people are split in two,
the index of a combination is its share in the focus against its share in both (``profile_levels``),
with p-values corrected for all combinations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Measured, others
from cleanroom.analyses.profile_levels import Level, Profile
from cleanroom.analyses.result import Value
from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.statistics.verdict import Verdict
from cleanroom.tables import Type

ORDER = (Verdict.CLEAR, Verdict.TENDENCY, Verdict.NONE_SEEN, Verdict.TOO_FEW)


@dataclass(frozen=True)
class Spot:
    """One combination: people, share of all, share of the focus among them, and its index."""

    labels: tuple[str, ...]
    people: Value
    share: Value
    rate: Value
    level: Level | None


class Habits:
    """The cells of one answer. ``focus`` and ``rest``: labels of the segment that are compared."""

    def __init__(self, cells: Answer, names: Sequence[str], k: int, focus: str, rest: str) -> None:
        self._cells, self._k = cells, k
        self._segments = list(dict.fromkeys(labels[-1] for labels in cells.cells))
        combinations = list(dict.fromkeys(labels[:-1] for labels in cells.cells))
        self._everyone = range(len(combinations))
        self._floor = figures.floor(cells.mode, k)
        self.profile: Profile | None = None
        self._pair: tuple[int, int] | None = None
        if focus:
            self._pair = self._segments.index(focus), self._segments.index(rest)
            self.profile = self._compare(names)
        self.spots = tuple(self._spot(i, labels) for i, labels in enumerate(combinations))

    def _places(self, spot: int) -> list[int]:
        first = spot * len(self._segments)
        return list(range(first, first + len(self._segments)))

    def _compare(self, names: Sequence[str]) -> Profile:
        """Focus and rest of each combination as levels of a column."""
        assert self._pair is not None
        measured = self._cells.people
        values = tuple(
            measured.values[self._places(i)[side]] for i in self._everyone for side in self._pair
        )
        people = Measured(values, measured.noise)
        pairs = Answer(self._cells.shape, self._cells.mode, {"people": people})
        column = ColumnSpec(Type.CATEGORY, tuple(names), missing=False)
        return Profile(pairs, column, self._k, missing_is_level=False)

    def _spot(self, i: int, labels: tuple[str, ...]) -> Spot:
        people = self._cells.people
        here = people.over(self._places(i))
        rest = people.over(p for j in others(list(self._everyone), i) for p in self._places(j))
        share = figures.share(here, rest, sampling=True, floor=self._floor)
        rate = figures.not_applicable("share")
        if self._pair is not None:
            one, other = (people.at(self._places(i)[side]) for side in self._pair)
            rate = figures.share(one, other, sampling=True, floor=self._floor)
        level = self.profile.levels[i] if self.profile else None
        return Spot(labels, figures.people(here, self._cells.mode, self._k), share, rate, level)

    @property
    def everybody(self) -> Value:
        """All people with a habit."""
        places = range(len(self._cells.cells))
        return figures.people(self._cells.people.over(places), self._cells.mode, self._k)

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return self._cells.people.over(range(len(self._cells.cells))).withheld

    @property
    def largest(self) -> Spot | None:
        """The combination that most people have, of those that are shown."""
        shown = [spot for spot in self.spots if spot.share.shown]
        return max(shown, key=lambda spot: spot.share.value or 0.0, default=None)

    def cumulative(self, last: int) -> Value:
        """Share of people with this combination or one before it; all of them have the last."""
        rest = [p for i in self._everyone if i > last for p in self._places(i)]
        if not rest:
            return figures.not_applicable("share")
        part = [p for i in self._everyone if i <= last for p in self._places(i)]
        people = self._cells.people
        return figures.share(people.over(part), people.over(rest), sampling=True)

    @property
    def verdict(self) -> Verdict | None:
        """The strongest word that any combination got; None where nothing was compared."""
        if self.profile is None:
            return None
        given = {level.verdict for level in self.profile.levels}
        return next((word for word in ORDER if word in given), Verdict.WITHHELD)
