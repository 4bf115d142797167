"""The arithmetic of a test: two arms, what became of their subjects, and the gap between them.

A rate is of the subjects whose outcome is known, or of all when who is unmatched counts as not
having bought. Only whole groups are compared: a withheld cell leaves no gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Value
from cleanroom.disclosure.questions.arm import CONVERTED, NOT_CONVERTED, UNMATCHED
from cleanroom.statistics.allocation import MISMATCH, allocation_p_value
from cleanroom.statistics.counts import Total
from cleanroom.statistics.differences import Difference, two_proportion_difference
from cleanroom.statistics.interval import NORMAL, Interval, two_sided_z
from cleanroom.statistics.means import Amounts, mean_difference
from cleanroom.statistics.noise import Noise
from cleanroom.statistics.power import LEVEL, POWER, people_needed, smallest_difference
from cleanroom.statistics.share_ratios import share_ratio_interval
from cleanroom.statistics.shares import Split
from cleanroom.statistics.verdict import Verdict, verdict

Unmatched = Literal["apart", "not_converted"]


class Arm:
    """One arm of an answer. ``cap``: most that one person's sales may be."""

    def __init__(
        self, cells: Answer, name: str, unmatched: Unmatched, k: int, cap: int = 0
    ) -> None:
        self._cells, self.name, self._cap = cells, name, cap
        self._floor = figures.floor(cells.mode, k)
        self._k = k
        place = {outcome: i for i, (arm, outcome) in enumerate(cells.cells) if arm == name}
        self._places = sorted(place.values())
        self._converted = place[CONVERTED]
        self._unmatched = place.get(UNMATCHED)
        apart = [] if unmatched == "not_converted" else [UNMATCHED]
        self._rest = [i for outcome, i in place.items() if outcome not in (CONVERTED, *apart)]
        self._known = [place[CONVERTED], place[NOT_CONVERTED]]

    def show(self, total: Sum) -> Value:
        """A count as readers see it."""
        return figures.people(total, self._cells.mode, self._k)

    @property
    def subjects(self) -> Sum:
        """Everybody in the arm."""
        return self._cells.people.gathered(self._places)

    @property
    def converted(self) -> Sum:
        """Those who bought."""
        return self._cells.people.at(self._converted)

    @property
    def compared(self) -> Sum:
        """Those of whom the rate is."""
        return self._cells.people.over([self._converted, *self._rest])

    @property
    def matched(self) -> Sum:
        """Those in the data of who brings conversions."""
        return self._cells.people.over(self._known)

    @property
    def unmatched(self) -> Sum | None:
        """Those who are not; None where one party brings both."""
        return None if self._unmatched is None else self._cells.people.at(self._unmatched)

    @property
    def split(self) -> Split | None:
        """Who bought and who did not; None unless all of them were released."""
        if not self.compared.whole:
            return None
        return figures.split(self.converted, self._cells.people.over(self._rest))

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return self._cells.people.over(self._places).withheld

    @property
    def enough(self) -> bool:
        """Whether so many bought that their rate may be spoken of."""
        return (self.converted.value or 0.0) >= self._floor

    @property
    def rate(self) -> Value:
        """Share of those compared who bought."""
        rest = self._cells.people.over(self._rest)
        return figures.share(self.converted, rest, sampling=True, floor=self._floor)

    @property
    def matching(self) -> Split | None:
        """Who is unmatched and who is not; None unless both were released."""
        if self.unmatched is None or not self.matched.whole:
            return None
        return figures.split(self.unmatched, self.matched)

    @property
    def unmatched_share(self) -> Value:
        """Share of all subjects whose outcome nobody knows."""
        if self.unmatched is None:
            return figures.not_applicable("share")
        return figures.absence(figures.share(self.unmatched, self.matched, sampling=True))

    @property
    def amounts(self) -> Amounts | None:
        """Sales of those compared; None when not asked for or not released."""
        if "sales" not in self._cells.vectors or self.split is None:
            return None
        sales, squares = (
            self._cells.vectors[name].at(self._converted) for name in ("sales", "sales_squared")
        )
        if sales.value is None or squares.value is None:
            return None
        people, bought = self.compared, self.converted
        assert people.value is not None
        assert bought.value is not None
        # the square was told as a share of the cap, so that it is never larger than the cap
        return Amounts(
            people.value,
            bought.value,
            sales.value,
            squares.value * self._cap,
            people.noise,
            sales.noise,
            Noise(squares.noise.sigma * self._cap),
            self._cap,
        )


@dataclass(frozen=True)
class Check:
    """One look at whether the arms are comparable: what was found and expected, and its p-value."""

    found: Value
    expected: Value
    p_value: float

    @property
    def failed(self) -> bool:
        """Whether chance does not explain it."""
        return self.p_value < MISMATCH


class Arms:
    """Two arms compared. ``declared``: share of their subjects that was to be treated."""

    def __init__(self, treated: Arm, control: Arm, declared: float, worthwhile: float) -> None:
        self.treated, self.control, self._declared = treated, control, declared
        self.worthwhile = worthwhile

    def gap(self, level: float) -> Difference | None:
        """Rate of the treated arm minus that of the control arm."""
        splits = self._splits
        return None if splits is None else two_proportion_difference(*splits, level)

    def ratio(self, level: float) -> Interval | None:
        """How many times the control arm's rate the treated arm's is."""
        splits = self._splits
        return None if splits is None else share_ratio_interval(*splits, level)

    @property
    def _splits(self) -> tuple[Split, Split] | None:
        one, two = self.treated.split, self.control.split
        return None if one is None or two is None else (one, two)

    def sales(self, level: float) -> Difference | None:
        """Sales per person of the treated arm minus those of the control arm."""
        one, two = self.treated.amounts, self.control.amounts
        return None if one is None or two is None else mean_difference(one, two, level)

    @property
    def told(self) -> bool:
        """Whether both rates are known so well that one can be put in terms of the other."""
        enough = self.treated.enough and self.control.enough
        return enough and self.ratio(figures.LEVEL) is not None

    @property
    def verdict(self) -> Verdict:
        """Whether the rates differ. Too few: nothing is seen, and an effect that would matter would
        have been missed more often than the usual power allows.
        """
        if self._splits is None:
            return Verdict.WITHHELD
        if not self.told:
            return Verdict.TOO_FEW
        at95, at90 = (self.gap(level) for level in (figures.LEVEL, figures.LOOSE_LEVEL))
        assert at95 is not None
        assert at90 is not None
        # half of such a test's interval is z95 standard errors, an effect it sees z + z_power
        seen = two_sided_z(LEVEL) + NORMAL.inv_cdf(POWER)
        width = 2 * two_sided_z(figures.LEVEL) / seen * self.worthwhile * self._splits[1].share
        return verdict(0, at95.interval, at90.interval, decision=width)

    @property
    def sales_verdict(self) -> Verdict:
        """Whether sales per person differ."""
        one, two = self.treated.amounts, self.control.amounts
        if one is None or two is None:
            return Verdict.WITHHELD
        at95, at90 = (self.sales(level) for level in (figures.LEVEL, figures.LOOSE_LEVEL))
        if at95 is None or at90 is None:
            return Verdict.TOO_FEW
        width = 2 * two_sided_z(figures.LEVEL) * self.worthwhile * two.mean
        width /= two_sided_z(LEVEL) + NORMAL.inv_cdf(POWER)
        return verdict(0, at95.interval, at90.interval, decision=width)

    @property
    def smallest(self) -> float | None:
        """The smallest relative effect that would have been seen; None when none would do."""
        splits = self._splits
        if splits is None or splits[1].share <= 0:
            return None
        found = smallest_difference(*splits)
        return None if found is None else found / splits[1].share

    @property
    def needed(self) -> float | None:
        """People in both arms for the effect that would matter to be seen, split as declared."""
        splits = self._splits
        if splits is None:
            return None
        noise = splits[1].noise_part
        return people_needed(splits[1].share, self.worthwhile, self._declared, noise)

    @property
    def allocation(self) -> Check | None:
        """Whether subjects are split as declared: all of them, or those matched when others were
        withheld. None when that is not known either.
        """
        sums = (self.treated.subjects, self.control.subjects)
        if not all(total.whole for total in sums):
            sums = (self.treated.matched, self.control.matched)
        totals = _totals(sums)
        p_value = allocation_p_value(*totals, self._declared) if totals else None
        if p_value is None:
            return None
        found = figures.share(*sums, sampling=True)
        return Check(found, Value("share", "shown", self._declared, step=0.001), p_value)

    @property
    def balance(self) -> Check | None:
        """Whether as many are unmatched in one arm as in the other; None when not known."""
        one, two = self.treated.matching, self.control.matching
        found = None if one is None or two is None else two_proportion_difference(one, two)
        if found is None:
            return None
        shares = (self.treated.unmatched_share, self.control.unmatched_share)
        return Check(*shares, found.p_value)


def _totals(sums: Sequence[Sum]) -> tuple[Total, Total] | None:
    """Both as they are tested; None unless they are whole."""
    one, two = sums
    if one.value is None or two.value is None or one.withheld or two.withheld:
        return None
    return Total(one.value, one.noise), Total(two.value, two.noise)
