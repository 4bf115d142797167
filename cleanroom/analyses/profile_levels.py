"""The arithmetic of a profile: shares, index, interval and verdict of each level.

Target and complement are compared over the levels that were released in both, so a withheld cell
never shifts the shares of the others. p-values are those of the gap between the two shares, whose
null is an index of 100, corrected by Benjamini and Hochberg over the levels that can be compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum, others
from cleanroom.analyses.result import Name, Term, Tone, Value
from cleanroom.analyses.words import level as level_name
from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.statistics.corrections import benjamini_hochberg
from cleanroom.statistics.differences import two_proportion_difference
from cleanroom.statistics.independence import chi_square_independence
from cleanroom.statistics.index import index, index_interval
from cleanroom.statistics.shares import Split
from cleanroom.statistics.verdict import Verdict, verdict

# An interval wider than this many points of the index decides nothing: 80 or 120 would fit in.
DECISION_WIDTH = 40.0


@dataclass(frozen=True)
class Level:
    """One level of the column, with its figures; ``line`` is its row of the table."""

    name: Term | Name
    target_count: Value
    rest_count: Value
    target_share: Value
    rest_share: Value
    index: float
    index_figure: Value
    verdict: Verdict

    @property
    def line(self) -> tuple[Value, ...]:
        """Counts, shares, index."""
        counts = (self.target_count, self.rest_count)
        return (*counts, self.target_share, self.rest_share, self.index_figure)

    @property
    def tone(self) -> Tone:
        """Colour only where the difference is clear."""
        if self.verdict is not Verdict.CLEAR:
            return "plain"
        return "high" if self.index > 100 else "low"


class Profile:
    """All levels of one answer: cells 2i are in the target, 2i + 1 in its complement."""

    def __init__(self, cells: Answer, spec: ColumnSpec, k: int, missing_is_level: bool) -> None:
        self._cells, self._spec, self._k = cells, spec, k
        labels = spec.levels()
        everybody = range(len(labels))
        self._listed = [i for i in everybody if labels[i] or missing_is_level]
        self._beside = [i for i in everybody if i not in self._listed]
        self._compared = [i for i in self._listed if self._target(i).whole and self._rest(i).whole]
        if len(self._compared) < 2:
            self._compared = []
        pairs = {i: self._splits(i) for i in self._compared}
        self.levels = self._levels(labels, pairs)

    def _target(self, i: int) -> Sum:
        return self._cells.people.at(2 * i)

    def _rest(self, i: int) -> Sum:
        return self._cells.people.at(2 * i + 1)

    def _splits(self, i: int) -> tuple[Split, Split]:
        """The level against all compared others, in the target and in its complement."""
        people, remaining = self._cells.people, others(self._compared, i)
        target = figures.split(self._target(i), people.over(2 * j for j in remaining))
        rest = figures.split(self._rest(i), people.over(2 * j + 1 for j in remaining))
        assert target is not None
        assert rest is not None
        return target, rest

    def _levels(
        self, labels: Sequence[str], pairs: dict[int, tuple[Split, Split]]
    ) -> tuple[Level, ...]:
        floor = figures.floor(self._cells.mode, self._k)
        tested = {}
        for i, (target, rest) in pairs.items():
            if min(target.part, rest.part) >= floor:
                gap = two_proportion_difference(target, rest, figures.LEVEL)
                if gap is not None:
                    tested[i] = gap.p_value
        corrected = dict(zip(tested, benjamini_hochberg(list(tested.values())), strict=True))
        return tuple(
            self._level(i, labels[i], pairs.get(i), corrected.get(i)) for i in self._listed
        )

    def _level(
        self, i: int, label: str, pair: tuple[Split, Split] | None, adjusted_p: float | None
    ) -> Level:
        bare = Level(
            level_name(label, self._spec),
            self._show(self._target(i)),
            self._show(self._rest(i)),
            figures.withheld("share"),
            figures.withheld("share"),
            100,
            figures.withheld("index"),
            Verdict.WITHHELD,
        )
        if pair is None:
            return bare
        level = replace(bare, target_share=self._share(i, 0), rest_share=self._share(i, 1))
        value, at95 = index(*pair), index_interval(*pair, figures.LEVEL)
        if value is None or at95 is None or adjusted_p is None:
            nothing = figures.too_few("index")
            return replace(level, index_figure=nothing, verdict=Verdict.TOO_FEW)
        at90 = index_interval(*pair, figures.LOOSE_LEVEL)
        word = verdict(100, at95, at90, adjusted_p=adjusted_p, decision=DECISION_WIDTH)
        figure = figures.index_value(value, at95)
        return replace(level, index=value, index_figure=figure, verdict=word)

    def _share(self, i: int, side: int) -> Value:
        """Share of a level in the target (side 0) or the complement (side 1)."""
        people = self._cells.people
        rest = people.over(2 * j + side for j in others(self._compared, i))
        floor = figures.floor(self._cells.mode, self._k)
        return figures.share(people.at(2 * i + side), rest, sampling=True, floor=floor)

    def _show(self, total: Sum) -> Value:
        return figures.people(total, self._cells.mode, self._k)

    @property
    def others(self) -> Value | None:
        """Everybody whose cell was not released, target and complement in one number, where that
        was: people with a merged value are among them.
        """
        others = self._cells.people.others
        return None if others is None else self._show(others)

    def both(self, place: int) -> Value:
        """Target and complement of the level at a place of ``levels`` together."""
        return self._pair(self._listed[place])

    @property
    def beside_both(self) -> Value:
        """The same of people without a value."""
        return self._pair(self._beside[0])

    def _pair(self, i: int) -> Value:
        return self._show(self._cells.people.over([2 * i, 2 * i + 1]))

    @property
    def everybody(self) -> Value:
        """The whole base: what was released of it, and the others."""
        return self._show(self._cells.people.gathered(range(len(self._cells.cells))))

    def _all(self, side: int) -> Sum:
        return self._cells.people.over(range(side, len(self._cells.cells), 2))

    @property
    def target(self) -> Value:
        """Everybody in the target, with or without a value."""
        return self._show(self._all(0))

    @property
    def rest(self) -> Value:
        """Everybody in the complement."""
        return self._show(self._all(1))

    @property
    def beside(self) -> tuple[Value, Value] | None:
        """People without a value, in the target and in its complement; None where they count."""
        if not self._beside:
            return None
        (i,) = self._beside
        return self._show(self._target(i)), self._show(self._rest(i))

    @property
    def filled(self) -> Value | None:
        """Share of the target whose value is known; noise only."""
        if not self._beside:
            return None
        known = self._cells.people.over(2 * i for i in self._listed)
        return figures.share(known, self._target(self._beside[0]), sampling=False)

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return self._all(0).withheld + self._all(1).withheld

    @property
    def strongest(self) -> Level | None:
        """The level that clearly differs most."""
        clear = [level for level in self.levels if level.verdict is Verdict.CLEAR]
        return max(clear, key=lambda level: abs(level.index - 100), default=None)

    @property
    def strength(self) -> Value | None:
        """Cramer's V over the compared levels, or None where it cannot be told."""
        if not self._compared:
            return None
        columns = [[self._target(i).value, self._rest(i).value] for i in self._compared]
        table = [[value or 0.0 for value in line] for line in columns]
        found = chi_square_independence(table, self._cells.people.noise)
        return None if found is None else Value("number", "shown", found.cramers_v, step=0.01)
