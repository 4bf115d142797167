"""Reads a table of events: whose they are, whether they belong to the period, their columns."""

import datetime
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from cleanroom.prepare.columns import Coded, ColumnTally, coders, fault
from cleanroom.prepare.findings import Fault, TableFindings
from cleanroom.prepare.persons import LEFT_OUT
from cleanroom.prepare.pid_index import UNKNOWN, PidIndex
from cleanroom.prepare.read import Rows
from cleanroom.prepare.stream import Pass, Report, names
from cleanroom.prepare.terms import Terms
from cleanroom.tables import TABLES, Type, missing_value

Array = npt.NDArray[Any]

_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True)
class _Block:
    """What one block of events becomes: numbers of persons, then the agreed columns."""

    arrays: list[Array]
    columns: list[Coded]
    without_person: Fault
    unknown_person: Fault
    left_out: int
    outside_period: Fault


class EventReader:
    """One pass over the file of a table that is not people. ``index`` knows the people by pid."""

    def __init__(self, terms: Terms, table: str, index: PidIndex) -> None:
        self._terms = terms
        self._table = TABLES[table]
        self._index = index
        self._map = terms.mapping.tables[table]
        self._specs = terms.dataset.tables.get(table, {})
        self._coders = coders(sorted(self._specs.items()), self._map.columns, terms.context)
        columns = [self._map.persons[key] for key in self._table.person_columns]
        self._persons = [(column, *terms.person_reader(column)) for column in columns]
        self._wanted = names(*columns, *(coder.source for coder in self._coders))
        self._time = self._time_column()
        self._taken: Pass | None = None
        self._tallies: list[ColumnTally] = []
        self._found = TableFindings(table, "", "")

    def _time_column(self) -> int | None:
        """The position of the agreed column that says when an event was."""
        for position, coder in enumerate(self._coders):
            column = self._table.column(coder.name)
            if column and column.required and column.type in (Type.DATE, Type.DATETIME):
                return position
        return None

    def read(self, pool: ThreadPoolExecutor, report: Report) -> Iterator[list[Array]]:
        """Arrays of the rows to seal, block by block: persons' numbers, then columns by name.

        Raises what files and columns raise.
        """
        taken = Pass.over(self._table.name, self._map.file, self._wanted)
        self._taken = taken
        if not self._wanted:  # nothing of this table is agreed
            return
        self._tallies = [
            ColumnTally(coder, self._table.name, taken.file, may_miss=self._may_miss(coder.name))
            for coder in self._coders
        ]
        for _, block in taken.run(pool, self._wanted, self._work, report, self._begin):
            self._add(block)
            if len(block.arrays[0]):
                yield block.arrays
        if not self._terms.doctor:
            taken.check(self._map.bad_rows)
            for tally in self._tallies:
                tally.check()

    def _may_miss(self, name: str) -> bool:
        column = self._table.column(name)
        required = column is not None and column.required
        return self._specs[name].missing and not required

    def _begin(self, rows: Rows) -> None:
        for _, _, begin in self._persons:
            begin(rows)

    def _work(self, rows: Rows) -> _Block:
        coded = [coder.code(rows) for coder in self._coders]
        height = rows.frame.height
        numbers, blank, unknown = [], np.zeros(height, bool), np.zeros(height, bool)
        for _, read, _ in self._persons:
            tokens = read(rows)
            found = self._index.find(tokens.hi, tokens.lo)
            numbers.append(found)
            blank |= ~tokens.valid
            unknown |= found == UNKNOWN
        unknown &= ~blank
        known = ~(blank | unknown)
        left_out = known & np.logical_or.reduce(
            [found == LEFT_OUT for found in numbers], initial=False
        )
        outside = known & ~left_out & ~self._in_period(coded, height)
        keep = known & ~left_out & ~outside
        arrays = [*numbers, *(one.values for one in coded)]
        named = rows.frame[self._wanted[0]] if self._wanted else pl.Series([""] * height)
        return _Block(
            arrays if keep.all() else [array[keep] for array in arrays],
            coded,
            fault(pl.Series(blank), named, rows),
            fault(pl.Series(unknown), named, rows),
            int(left_out.sum()),
            fault(pl.Series(outside), named, rows),
        )

    def _in_period(self, coded: list[Coded], height: int) -> Array:
        """Whether each event lies in the dataset's period; one without a time does."""
        if self._time is None:
            return np.ones(height, bool)
        kind = self._specs[self._coders[self._time].name].type
        unit = 1 if kind is Type.DATE else _DAY_SECONDS
        dataset = self._terms.dataset
        start, end = _days(dataset.start) * unit, _days(dataset.end) * unit
        values = coded[self._time].values
        inside: Array = (values >= start) & (values < end) | (values == missing_value(kind))
        return inside

    def _add(self, block: _Block) -> None:
        found = self._found
        self._found = msgspec.structs.replace(
            found,
            sealed=found.sealed + len(block.arrays[0]),
            without_person=found.without_person + block.without_person,
            unknown_person=found.unknown_person + block.unknown_person,
            left_out=found.left_out + block.left_out,
            outside_period=found.outside_period + block.outside_period,
        )
        for tally, coded in zip(self._tallies, block.columns, strict=True):
            tally.add(coded)

    def findings(self) -> TableFindings:
        """What was found, after the pass."""
        assert self._taken is not None
        found = self._found
        return msgspec.structs.replace(
            self._taken.findings(),
            sealed=found.sealed,
            without_person=found.without_person,
            unknown_person=found.unknown_person,
            left_out=found.left_out,
            outside_period=found.outside_period,
            columns=tuple(tally.findings for tally in self._tallies),
            not_agreed=tuple(sorted(set(self._map.columns) - set(self._specs))),
        )


def _days(date: str) -> int:
    return (datetime.date.fromisoformat(date) - datetime.date(1970, 1, 1)).days
