"""The tables of A08: arms, effect, sales, intervals at two levels, checks."""

from collections.abc import Mapping
from typing import Any

from cleanroom.analyses import figures
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.changes import end
from cleanroom.analyses.lift_arms import Arm
from cleanroom.analyses.lift_figures import Figures, mean, p_value
from cleanroom.analyses.lift_params import Params
from cleanroom.analyses.result import Column, Fact, Name, Row, Table, Unit, Value


class Tables:
    """Tables of one answer. ``names``: the facts that headings are filled with."""

    def __init__(
        self, analysis: Analysis[Any], params: Params, found: Figures, names: Mapping[str, Fact]
    ) -> None:
        self._text, self._params, self._found, self._names = analysis.text, params, found, names

    def _column(self, key: str, unit: Unit) -> Column:
        return Column(key, self._text(f"column.{key}", **self._names), unit)

    def arms(self, *, rates: bool = True) -> Table:
        """Each arm; ``rates``: also what became of its people."""
        columns = [
            self._column("subjects", "people"),
            self._column("unmatched_share", "share"),
            self._column("compared", "people"),
            self._column("converted", "people"),
        ]
        if rates:
            columns.append(self._column("rate", "share"))
        if rates and self._params.sales:
            columns.append(self._column("sales_per_person", "money"))
        arms = (self._found.arms.treated, self._found.arms.control)
        rows = tuple(Row(Name(arm.name), self._line(arm, rates=rates)) for arm in arms)
        title, head = self._text("table.arms"), self._text("head.arm")
        return Table("arms", title, head, tuple(columns), rows)

    def _line(self, arm: Arm, *, rates: bool) -> tuple[Value, ...]:
        counts = (arm.show(arm.subjects), arm.unmatched_share)
        line = (*counts, arm.show(arm.compared), arm.show(arm.converted))
        if not rates:
            return line
        return (*line, arm.rate, mean(arm)) if self._params.sales else (*line, arm.rate)

    def effect(self) -> Table:
        """The gap between the rates."""
        found = self._found
        columns = [self._column("gap", "points"), self._column("relative", "share")]
        values = [found.gap(), found.relative()]
        if self._params.random:
            columns.append(self._column("incremental", "people"))
            values.append(found.incremental)
        columns.append(self._column("p_value", "number"))
        row = Row(self._text("label.gap", **self._names), (*values, found.p_value), found.verdict)
        title = self._text("table.effect", **self._names)
        return Table("effect", title, self._text("head.comparison"), tuple(columns), (row,), True)

    def sales(self) -> Table:
        """The gap between sales per person, and what it comes to."""
        found = self._found
        columns, values = [self._column("sales_gap", "money")], [found.sales_gap()]
        if self._params.random:
            columns.append(self._column("incremental_sales", "money"))
            values.append(found.incremental_sales)
        if self._params.cost:
            columns.append(self._column("iroas", "number"))
            values.append(found.iroas)
        columns.append(self._column("p_value", "number"))
        values.append(found.sales_p_value)
        row = Row(self._text("label.gap", **self._names), tuple(values), found.sales_verdict)
        title, head = self._text("table.sales"), self._text("head.comparison")
        return Table("sales", title, head, tuple(columns), (row,), True)

    def intervals(self) -> Table:
        """Ends of the intervals at both levels, as figures of their own."""
        found, sides = self._found, ("low", "high")
        kinds: list[tuple[str, Unit]] = [("gap", "points"), ("relative", "share")]
        if self._params.sales:
            kinds.append(("sales_gap", "money"))
        columns = [self._column(f"{name}_{side}", unit) for name, unit in kinds for side in sides]
        rows = []
        for level in (figures.LEVEL, figures.LOOSE_LEVEL):
            intervals = [found.gap(level), found.relative(level)]
            if self._params.sales:
                intervals.append(found.sales_gap(level))
            values = tuple(end(value, side) for value in intervals for side in sides)
            percent = Value("share", "shown", level, step=0.01)
            rows.append(Row(self._text("label.level", level=percent), values))
        title = self._text("table.intervals", **self._names)
        return Table("intervals", title, self._text("head.level"), tuple(columns), tuple(rows))

    def checks(self) -> tuple[Table, ...]:
        """What was checked, if anything was."""
        rows = tuple(
            Row(
                self._text(f"label.check_{name}", **self._names),
                (check.found, check.expected, p_value(check.p_value)),
            )
            for name, check in self._found.checks
        )
        if not rows:
            return ()
        columns = (
            self._column("found", "share"),
            self._column("expected", "share"),
            self._column("p_value", "number"),
        )
        title, head = self._text("table.checks"), self._text("head.check")
        return (Table("checks", title, head, columns, rows),)
