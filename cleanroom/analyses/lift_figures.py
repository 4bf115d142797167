"""The gap between two arms as figures with their intervals, or why there are none."""

import msgspec

from cleanroom.analyses import figures
from cleanroom.analyses.changes import change
from cleanroom.analyses.lift_arms import Arm, Arms, Check
from cleanroom.analyses.result import Unit, Value
from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.verdict import Verdict

_CENTS = 100
_FINEST_P = 0.001


class Figures:
    """What two arms come to. ``cost``: of the treatment's ads, in whole units of the currency.

    ``stop``: why the arms must not be compared, or "". Only arms drawn at random are checked, and
    their matching only while who is unmatched stands apart: where the sales data holds buyers
    only, being in it may be what the ads caused.
    """

    def __init__(self, arms: Arms, *, random: bool, apart: bool, cost: int = 0) -> None:
        self.arms, self._cost = arms, cost
        self.allocation = arms.allocation if random else None
        self.balance = arms.balance if random and apart else None
        self.verdict, self.sales_verdict = arms.verdict, arms.sales_verdict
        self.told = arms.told

    @property
    def checks(self) -> tuple[tuple[str, Check], ...]:
        """The checks that could be made, by name."""
        named = (("split", self.allocation), ("match", self.balance))
        return tuple((name, check) for name, check in named if check is not None)

    @property
    def stop(self) -> str:
        """The first check that failed."""
        return next((name for name, check in self.checks if check.failed), "")

    def absent(self, unit: Unit) -> Value:
        """Why there is no gap to speak of."""
        if self.verdict is Verdict.WITHHELD:
            return figures.withheld(unit)
        return figures.too_few(unit)

    def gap(self, level: float = figures.LEVEL) -> Value:
        """Difference of the rates, in points."""
        found = self.arms.gap(level) if self.told else None
        return change("points", found.value, found.interval) if found else self.absent("points")

    def relative(self, level: float = figures.LEVEL) -> Value:
        """The same as a share of the control arm's rate."""
        found, ratio = self.arms.gap(level), self.arms.ratio(level)
        base = self.arms.control.rate.value
        if not self.told or found is None or ratio is None or not base:
            return self.absent("share")
        less_one = Interval(ratio.low - 1, ratio.high - 1, ratio.level)
        return change("share", found.value / base, less_one)

    @property
    def incremental(self) -> Value:
        """How many more of the treated arm bought than would have."""
        found = self.arms.gap(figures.LEVEL) if self.told else None
        if found is None:
            return self.absent("people")
        return change("people", found.value, found.interval, self._treated)

    @property
    def _treated(self) -> float:
        return self.arms.treated.compared.value or 0.0

    @property
    def p_value(self) -> Value:
        """Of no difference between the rates."""
        found = self.arms.gap(figures.LEVEL) if self.told else None
        return p_value(found.p_value) if found else self.absent("number")

    # --- sales -----------------------------------------------------------------------------------

    def sales_gap(self, level: float = figures.LEVEL) -> Value:
        """Difference of sales per person."""
        found = self.arms.sales(level)
        return change("money", found.value, found.interval) if found else self._no_sales("money")

    @property
    def incremental_sales(self) -> Value:
        """How much more the treated arm paid than it would have."""
        return self._scaled("money", self._treated)

    @property
    def iroas(self) -> Value:
        """The same per unit of cost; with a sign where it may be a loss."""
        found = self._scaled("number", self._treated / (self._cost * _CENTS))
        loss = found.low is not None and found.low < 0
        return msgspec.structs.replace(found, signed=loss)

    def _scaled(self, unit: Unit, scale: float) -> Value:
        found = self.arms.sales(figures.LEVEL)
        return change(unit, found.value, found.interval, scale) if found else self._no_sales(unit)

    @property
    def sales_p_value(self) -> Value:
        """Of no difference between sales per person."""
        found = self.arms.sales(figures.LEVEL)
        return p_value(found.p_value) if found else self._no_sales("number")

    def _no_sales(self, unit: Unit) -> Value:
        if self.sales_verdict is Verdict.WITHHELD:
            return figures.withheld(unit)
        return figures.too_few(unit)

    # --- power -----------------------------------------------------------------------------------

    @property
    def smallest(self) -> Value:
        """The smallest relative effect that would have been seen in 8 of 10 such tests."""
        found = self.arms.smallest if self.told else None
        if found is None:
            return self.absent("share")
        return Value("share", "shown", found, step=figures.step_within(found / 5))

    @property
    def needed(self) -> Value:
        """People for an effect that would matter to be seen."""
        found = self.arms.needed if self.told else None
        if found is None:
            return self.absent("people")
        return Value("people", "shown", found, step=max(figures.step_within(found / 20), 1))


def mean(arm: Arm) -> Value:
    """Sales per person of one arm."""
    amounts = arm.amounts
    if amounts is None:
        return figures.withheld("money")
    if not (amounts.carries and arm.enough):
        return figures.too_few("money")
    variance = amounts.sampling_variance() + amounts.noise_variance()
    half = two_sided_z(figures.LEVEL) * variance**0.5
    step = max(figures.step_within(half), 1)
    return Value("money", "shown", amounts.mean, amounts.mean - half, amounts.mean + half, step)


def p_value(found: float) -> Value:
    """A p-value, no finer than a thousandth."""
    if found < _FINEST_P:
        return Value("number", "shown", _FINEST_P, step=_FINEST_P, bound="at_most")
    return Value("number", "shown", found, step=_FINEST_P)
