"""The arithmetic of attribution: released cells to orders by path, and credits with intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.credit import (
    MARKOV,
    MODELS,
    RULES,
    Chain,
    Numbers,
    Shapley,
    shares,
    weight_table,
)
from cleanroom.analyses.result import Value
from cleanroom.disclosure.questions.path import CONVERTED, NOT_CONVERTED, Path, paths
from cleanroom.statistics.delta import Estimate, count_variance, propagated
from cleanroom.statistics.interval import Interval, two_sided_z
from cleanroom.statistics.noise import Noise

# A gap of credits known only to within ± 5 points decides nothing about a budget.
DECISION_WIDTH = 0.10
SUPPRESSED_MOST = 0.5  # share of conversions in withheld paths beyond which credits say nothing


@dataclass(frozen=True)
class Credits:
    """Credits of every group by every model, and their estimates."""

    models: dict[str, list[Estimate]]
    rates: list[Estimate] | None
    gap: Estimate | None  # of the two largest linear credits


class Attribution:
    """The cells of the answers by their meaning: ``cells`` by path, ``whole`` by touched or not."""

    def __init__(self, cells: Answer, whole: Answer, groups: int, k: int) -> None:
        self._cells, self._whole, self.groups, self._k = cells, whole, groups, k
        self.paths = paths(groups)
        self._place = {labels: place for place, labels in enumerate(cells.cells)}
        self._whole_place = {labels: place for place, labels in enumerate(whole.cells)}
        self.credits = self._credits()

    def orders(self, path: Path) -> Sum:
        """People with this path who ordered."""
        return self._at(path, CONVERTED)

    def others(self, path: Path) -> Sum:
        """People with this path who did not order."""
        return self._at(path, NOT_CONVERTED)

    def _at(self, path: Path, outcome: str) -> Sum:
        label = ">".join(map(str, path))
        return self._cells.people.at(self._place[label, outcome])

    def total(self, touched: str, outcome: str) -> Sum:
        """People with any touch ("1") or none ("")."""
        return self._whole.people.at(self._whole_place[touched, outcome])

    @property
    def unmatched(self) -> Sum | None:
        """People of whom no order can be known, where they stand apart."""
        place = self._whole_place.get(("", "unmatched"))
        return None if place is None else self._whole.people.at(place)

    def show(self, total: Sum) -> Value:
        """A count as readers see it."""
        return figures.people(total, self._cells.mode, self._k)

    def share(self, part: Sum, rest: Sum) -> Value:
        """part / (part + rest)."""
        floor = figures.floor(self._cells.mode, self._k)
        return figures.share(part, rest, sampling=True, floor=floor)

    def order_rate(self, path: Path) -> Value:
        """Share of people with this path who ordered."""
        return self.share(self.orders(path), self.others(path))

    @property
    def released(self) -> Sum:
        """Orders in paths with a touch that were released."""
        places = [self._place[">".join(map(str, path)), CONVERTED] for path in self.paths[1:]]
        return self._cells.people.shown(places)

    @property
    def suppressed(self) -> Value:
        """Share of orders after a touch whose path was not released."""
        places = [self._place[">".join(map(str, path)), CONVERTED] for path in self.paths[1:]]
        values = self._cells.people.values
        if all(values[place] is not None for place in places):
            return Value("share", "shown", 0.0, step=0.01)
        whole, some = self.total("1", CONVERTED), self.released
        if whole.value is None:
            return figures.withheld("share")
        if some.value is None:
            return Value("share", "shown", 1.0, step=0.01)
        # both totals carry noise of their own
        noise = Noise((whole.noise.variance + some.noise.variance) ** 0.5)
        rest = Sum(whole.value - some.value, noise)
        return figures.share(rest, some, sampling=False)

    @property
    def readable(self) -> bool:
        """Whether most orders are in paths that were released."""
        hidden = self.suppressed
        return hidden.shown and hidden.value is not None and hidden.value <= SUPPRESSED_MOST

    def ranked(self, most: int) -> list[Path]:
        """Paths with a touch by released orders, most first."""
        shown = [path for path in self.paths[1:] if (self.orders(path).value or 0) > 0]
        return sorted(shown, key=lambda path: (-(self.orders(path).value or 0), path))[:most]

    def _credits(self) -> Credits | None:
        """None where orders drown in their noise, or there are fewer than may be spoken of."""
        total = self.released
        least = figures.floor(self._cells.mode, self._k)
        z = two_sided_z(figures.LEVEL)
        if total.value is None or total.value <= max(z * total.noise.sd, least):
            return None
        values, variances = self._numbers()
        functions = self._functions()
        found: dict[str, list[Estimate]] = {}
        for model in MODELS:
            estimates = propagated(functions[model], values, variances)
            if estimates is not None:
                found[model] = estimates
        rates = propagated(functions["rates"], values, variances)
        return Credits(found, rates, self._gap(found, values, variances))

    def _gap(
        self, found: dict[str, list[Estimate]], values: Numbers, variances: Numbers
    ) -> Estimate | None:
        linear = found.get("linear")
        if linear is None or self.groups < 2:
            return None
        first, second = np.argsort([-one.value for one in linear], kind="stable")[:2]
        function = self._functions()["linear"]

        def gap(numbers: Numbers) -> Numbers | None:
            each = function(numbers)
            return None if each is None else np.array([each[first] - each[second]])

        estimates = propagated(gap, values, variances)
        return estimates[0] if estimates else None

    def gap_interval(self, level: float) -> Interval | None:
        """Interval of the gap between the two largest linear credits; it holds for every pair."""
        gap = self.credits.gap if self.credits else None
        pairs = self.groups * (self.groups - 1) // 2
        return gap.interval(level, read_together=pairs) if gap else None

    def _numbers(self) -> tuple[Numbers, Numbers]:
        """Orders by path, then others by path, the empty path first, and their variances. What is
        withheld counts as nobody.
        """
        found = [self.orders(path).value for path in self.paths]
        found += [self.others(path).value for path in self.paths]
        values = np.array([value or 0.0 for value in found])
        variances = count_variance(values, self._cells.people.noise.variance)
        variances[[value is None for value in found]] = 0
        return values, variances

    def _functions(self) -> dict[str, Callable[[Numbers], Numbers | None]]:
        touched = [tuple(step - 1 for step in path) for path in self.paths[1:]]
        count = len(self.paths)
        functions: dict[str, Callable[[Numbers], Numbers | None]] = {}
        for model in RULES:
            table = weight_table(model, touched, self.groups)

            def credit(numbers: Numbers, table: Numbers = table) -> Numbers | None:
                return shares(numbers[1:count] @ table)

            functions[model] = credit
        chain, shapley = Chain(touched, self.groups), Shapley(touched, self.groups)

        def markov(numbers: Numbers) -> Numbers | None:
            lost = chain.removal(numbers[1:count], numbers[count + 1 :])
            return None if lost is None else shares(lost)

        def rates(numbers: Numbers) -> Numbers | None:
            untouched = float(numbers[0]), float(numbers[count])
            return shapley.of_rates(numbers[1:count], numbers[count + 1 :], untouched)

        functions[MARKOV] = markov
        functions["rates"] = rates
        return functions

    def credit(self, model: str, group: int) -> Value:
        """A credit as readers see it."""
        if not self.readable:
            return figures.withheld("share")
        found = self.credits.models.get(model) if self.credits else None
        if found is None:
            return figures.too_few("share")
        interval = found[group].interval(figures.LEVEL)
        return Value(
            "share",
            "shown",
            found[group].value,
            max(interval.low, 0.0),
            min(interval.high, 1.0),
            figures.step_within(interval.width / 2),
        )

    def rate_credit(self, group: int) -> Value:
        """What a group adds to the rate of orders, in points."""
        if not self.readable or self.suppressed.value:
            return figures.withheld("points")
        if self.credits is None or self.credits.rates is None:
            return figures.too_few("points")
        one = self.credits.rates[group]
        interval = one.interval(figures.LEVEL)
        step = figures.step_within(interval.width / 2)
        return Value("points", "shown", one.value, interval.low, interval.high, step)

    def spread(self, group: int) -> Value:
        """The linear credit, with the range over all models instead of an interval."""
        linear = self.credit("linear", group)
        if not linear.shown or self.credits is None:
            return linear
        found = [estimates[group].value for estimates in self.credits.models.values()]
        return Value("share", "shown", linear.value, max(min(found), 0.0), max(found), linear.step)

    @property
    def leaders(self) -> list[int]:
        """Groups by their linear credit, largest first."""
        linear = self.credits.models.get("linear") if self.credits else None
        if linear is None:
            return []
        order = np.argsort([-one.value for one in linear], kind="stable")
        return [int(group) for group in order]
