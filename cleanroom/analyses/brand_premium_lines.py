"""The arithmetic of a price premium: per segment a mean logarithm of prices, and gaps between two.

Prices are compared as logarithms, so that gaps add up: what the focus pays more for a piece of the
same category is what it pays more because it takes dearer goods (mix), and what it pays more for
the same goods (like for like, against list prices). As ratios they multiply.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Value
from cleanroom.disclosure.questions.price import MILLI
from cleanroom.disclosure.questions.segments import UNMATCHED
from cleanroom.statistics.corrections import holm
from cleanroom.statistics.differences import Difference
from cleanroom.statistics.log_means import (
    Logs,
    log_gap,
    log_mean_interval,
    remaining_gap,
    together,
)
from cleanroom.statistics.noise import Noise
from cleanroom.statistics.verdict import Verdict, verdict

# A gap known only to within ± 10 % decides nothing about a premium.
DECISION_WIDTH = 0.20
WHOLE_PERCENT, WHOLE_POINT = 0.01, 1.0

Part = Literal["total", "mix", "goods"]
Group = list[int]


@dataclass(frozen=True)
class Gap:
    """One part of the premium: a ratio minus one, signed."""

    part: Part
    value: Value
    verdict: Verdict


class Premium:
    """Segments of one answer; ``focus`` is the position of the one that is compared."""

    def __init__(self, cells: Answer, focus: int, others: Sequence[int], k: int) -> None:
        self._cells, self._k = cells, k
        self._floor = max(figures.floor(cells.mode, k), 1)
        self._focus: Group = [focus]
        self._others: Group = [i for i in others if self._logs("ratio", [i]) is not None]
        self.gaps = self._gaps()

    @property
    def has_goods(self) -> bool:
        """Whether list prices were asked for."""
        return "discount" in self._cells.vectors

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the segments, as the question has them."""
        return tuple(label for (label,) in self._cells.cells)

    @property
    def headline(self) -> Gap:
        """The gap for the same goods where it is known, else that for the same category."""
        return self.gaps[-1]

    def buyers(self, positions: Sequence[int]) -> Value:
        """Number of buyers."""
        return figures.people(self._cells.people.over(positions), self._cells.mode, self._k)

    def price_index(self, position: int) -> Value:
        """Price of a piece, 100 = the public price of its category."""
        return self._mean("ratio", position, "index")

    def of_list(self, position: int) -> Value:
        """Price of a piece as a share of its list price."""
        return self._mean("discount", position, "share")

    def average(self, position: int) -> Value | None:
        """Money per buyer in the period."""
        money = self._cells.vectors.get("paid")
        if money is None:
            return None
        count = self._cells.people.at(position)
        if count.value is not None and count.value < self._floor:
            return figures.too_few("money")
        return figures.average(money.at(position), count)

    def unmatched(self) -> Value | None:
        """Share of buyers whose segment nobody can know."""
        if UNMATCHED not in self.labels:
            return None
        here = self.labels.index(UNMATCHED)
        rest = [i for i in range(len(self.labels)) if i != here]
        people = self._cells.people
        share = figures.share(people.at(here), people.gathered(rest), sampling=True)
        return figures.absence(share)

    def _mean(self, name: str, position: int, unit: Literal["index", "share"]) -> Value:
        logs = self._logs(name, [position])
        if logs is None:
            return figures.withheld(unit)
        interval = log_mean_interval(logs, figures.LEVEL)
        if interval is None or logs.people < self._floor:
            return figures.too_few(unit)
        scale, step = (100.0, WHOLE_POINT) if unit == "index" else (1.0, WHOLE_PERCENT)
        value, low, high = (scale * math.exp(n) for n in (logs.mean, interval.low, interval.high))
        step = max(step, figures.step_within((high - low) / 2))
        return Value(unit, "shown", value, low, high, step)

    def _logs(self, name: str, positions: Group) -> Logs | None:
        """Mean logarithms of some segments together; None where one of them is not released."""
        found = [self._logs_of(name, position) for position in positions]
        whole = [one for one in found if one is not None]
        return together(whole) if whole and len(whole) == len(found) else None

    def _logs_of(self, name: str, position: int) -> Logs | None:
        people = self._cells.people.at(position)
        total = self._cells.vectors[name].at(position)
        squares = self._cells.vectors[f"{name}_squared"].at(position)
        if people.value is None or total.value is None or squares.value is None:
            return None
        return Logs(
            people.value,
            total.value / MILLI,
            squares.value / MILLI,
            people.noise,
            _thousandth(total),
            _thousandth(squares),
            1.0,
        )

    def _gaps(self) -> tuple[Gap, ...]:
        """The whole gap, then what it is made of."""
        names = ["ratio", *(["discount"] if self.has_goods else [])]
        pairs = [(self._logs(name, self._focus), self._logs(name, self._others)) for name in names]
        parts: tuple[Part, ...] = ("total", "mix", "goods") if self.has_goods else ("total",)
        known = [(one, other) for one, other in pairs if one is not None and other is not None]
        if len(known) < len(pairs):
            return tuple(
                Gap(part, _signed(figures.withheld("share")), Verdict.WITHHELD) for part in parts
            )
        if any(logs.people < self._floor for pair in known for logs in pair):
            return tuple(_too_few(part) for part in parts)
        at95, at90 = (_all(known, level) for level in (figures.LEVEL, figures.LOOSE_LEVEL))
        if at95 is None or at90 is None:
            return tuple(_too_few(part) for part in parts)
        corrected = holm([one.p_value for one in at95])
        return tuple(
            _gap(part, one, loose, p)
            for part, one, loose, p in zip(parts, at95, at90, corrected, strict=True)
        )


def _thousandth(total: Sum) -> Noise:
    """Noise in natural logarithms: they are counted in thousandths."""
    return Noise(total.noise.sd / MILLI)


def _all(pairs: Sequence[tuple[Logs, Logs]], level: float) -> list[Difference] | None:
    """The gaps in the order of the parts; None when a group is too small."""
    total = log_gap(*pairs[0], level)
    found = [total]
    if len(pairs) > 1:
        found += [remaining_gap(pairs[0], pairs[1], level), log_gap(*pairs[1], level)]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


def _too_few(part: Part) -> Gap:
    return Gap(part, _signed(figures.too_few("share")), Verdict.TOO_FEW)


def _gap(part: Part, at95: Difference, at90: Difference, adjusted_p: float) -> Gap:
    word = verdict(0, at95.interval, at90.interval, adjusted_p=adjusted_p, decision=DECISION_WIDTH)
    value, low, high = (math.expm1(n) for n in (at95.value, at95.interval.low, at95.interval.high))
    step = max(WHOLE_PERCENT, figures.step_within((high - low) / 2))
    return Gap(part, Value("share", "shown", value, low, high, step, signed=True), word)


def _signed(value: Value) -> Value:
    return Value(value.unit, value.status, signed=True)
