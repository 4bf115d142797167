"""Turns a file's text into the stored integers of ``cleanroom.tables``, column by column.

Which integers follows from the agreement's ``ColumnSpec``, where they come from is said by the
mapping. A value that fits neither is a fault with its line: outside the domain, or unreadable.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.errors import InputError
from cleanroom.prepare import amounts, categories, moments
from cleanroom.prepare.findings import SHOWN, ColumnFindings, Example, Fault
from cleanroom.prepare.mapping import ColumnMap
from cleanroom.prepare.mask import mask
from cleanroom.prepare.normalise import clean, is_missing
from cleanroom.prepare.read import Rows
from cleanroom.prepare.tokens import tokens
from cleanroom.tables import MISSING_CODE, Type, missing_value, storage

Array = npt.NDArray[Any]

DISTINCT_LIMIT: Final = 1000
_SIGN_BIT: Final = 1


@dataclass(frozen=True)
class Context:
    """What all columns of a dataset share. ``hash_key``: 32 bytes for ``hashed`` numbers."""

    zone: str
    missing_words: tuple[str, ...]
    hash_key: bytes


@dataclass(frozen=True)
class Coded:
    """A block's values as stored, what was found on the way, and words outside the domain."""

    values: Array
    findings: ColumnFindings
    outside_words: frozenset[str]


def fault(where: pl.Series, values: pl.Series, rows: Rows) -> Fault:
    """The true positions of ``where``, as a count with masked examples."""
    positions = where.arg_true()
    if len(positions) == 0:
        return Fault()
    first = positions.head(SHOWN)
    lines = rows.places(first.to_list())
    words = values.gather(first).fill_null("").to_list()
    examples = tuple(Example(line, mask(word)) for line, word in zip(lines, words, strict=True))
    return Fault(len(positions), examples)


class ColumnCoder:
    """One column of ours. ``source`` is the file's column, empty for a constant."""

    def __init__(self, name: str, spec: ColumnSpec, column: ColumnMap, context: Context) -> None:
        self.name = name
        self.source = column.column or ""
        self._spec = spec
        self._map = column
        self._context = context
        self._storage = storage(spec.type, len(spec.domain))
        self._is_word = spec.type in (Type.CATEGORY, Type.BOOL)
        self._parse = self._parser()

    def _parser(self) -> Callable[[pl.Series], pl.Series]:
        """Text to integers; null where unreadable, and for words ``categories.OUTSIDE``."""
        spec, column, context = self._spec, self._map, self._context
        words = context.missing_words
        if spec.type is Type.BOOL:
            mapped = msgspec.structs.replace(column, values=categories.bool_words(column.values))
            domain = categories.BOOL_DOMAIN
            return categories.Categories(domain, mapped, words, fold_case=True).code
        if spec.type is Type.CATEGORY:
            if column.bins:
                return categories.BinnedNumbers(spec.domain, column, column.bins, words).code
            return categories.Categories(spec.domain, column, words).code
        if spec.type is Type.DATE:
            return lambda values: moments.days(values, column.formats, context.zone)
        if spec.type is Type.DATETIME:
            return lambda values: moments.seconds(values, column.formats, context.zone)
        if spec.type is Type.MONEY:
            return lambda values: amounts.hundredths(values, column.decimal)
        if column.hashed:
            return lambda values: _hashed(values, context.hash_key)
        return lambda values: amounts.integers(values, column.decimal)

    def code(self, rows: Rows) -> Coded:
        """The column of one block."""
        height = rows.frame.height
        if self._map.constant is not None:
            values = pl.Series([self._map.constant])
            one = self._coded(values, Rows(values.to_frame(), lambda found: [0 for _ in found]))
            return Coded(np.repeat(one.values, height), one.findings, one.outside_words)
        return self._coded(rows.frame[self.source].fill_null(""), rows)

    def _coded(self, values: pl.Series, rows: Rows) -> Coded:
        found = self._parse(values)
        outside = unreadable = nowhere = _nowhere(len(values))
        if self._is_word:
            outside = found.eq(categories.OUTSIDE)
            missing = found.eq(MISSING_CODE)
            found = _set(found, outside, MISSING_CODE)
        else:
            missing = self._missing(values, found)
            unreadable = found.is_null() & ~missing
            found = _set(found, missing | unreadable, missing_value(self._spec.type))
        if self._map.unreadable == "missing":
            missing = missing | outside | unreadable
            outside = unreadable = nowhere
        words = values.filter(outside).unique().head(DISTINCT_LIMIT).to_list()
        findings = ColumnFindings(
            self.name,
            self.source,
            rows=len(values),
            missing=fault(missing, values, rows),
            outside=fault(outside, values, rows),
            unreadable=fault(unreadable, values, rows),
        )
        return Coded(found.to_numpy().astype(self._storage), findings, frozenset(words))

    def _missing(self, values: pl.Series, found: pl.Series) -> pl.Series:
        """Missing words, looked for where nothing was read, and the column's own everywhere."""
        gone = _nowhere(len(values))
        if self._map.missing:
            own = pl.Series([categories.tidy(word) for word in self._map.missing])
            gone = values.str.strip_chars().is_in(own.implode())
        rest = found.is_null().arg_true()
        if len(rest):
            words = is_missing(clean(values.gather(rest)), self._context.missing_words)
            gone = gone.scatter(rest.filter(words), True)
        return gone


def _nowhere(size: int) -> pl.Series:
    return pl.zeros(size, dtype=pl.Boolean, eager=True)


def _set(values: pl.Series, where: pl.Series, value: int) -> pl.Series:
    if not where.any():
        return values
    return values.scatter(where.arg_true(), value)


def _hashed(values: pl.Series, key: bytes) -> pl.Series:
    """63 bits of a keyed hash, so that equal texts give equal numbers that say nothing."""
    text = values.str.strip_chars()
    frame = pl.DataFrame({"text": text}).select(pl.when(text != "").then("text"))
    high = tokens(frame.to_series(), key)["hi"]
    return (high // (1 << _SIGN_BIT)).cast(pl.Int64)


class ColumnTally:
    """Findings of one column over all blocks, in the file's order."""

    def __init__(self, coder: ColumnCoder, table: str, file: str, *, may_miss: bool) -> None:
        self._findings = ColumnFindings(coder.name, coder.source)
        self._words: set[str] = set()
        self._table = table
        self._file = file
        self._may_miss = may_miss

    def add(self, coded: Coded) -> None:
        """One more block."""
        mine, new = self._findings, coded.findings
        if len(self._words) < DISTINCT_LIMIT:
            self._words |= coded.outside_words
        self._findings = ColumnFindings(
            mine.column,
            mine.source,
            mine.rows + new.rows,
            mine.missing + new.missing,
            mine.outside + new.outside,
            min(len(self._words), DISTINCT_LIMIT),
            mine.unreadable + new.unreadable,
        )

    @property
    def findings(self) -> ColumnFindings:
        """What was found so far."""
        return self._findings

    def check(self) -> None:
        """Refuse what cannot be stored. Raises ``input.outside_domain``,
        ``input.unreadable_value``, ``input.missing_value``."""
        found = self._findings
        facts = {"table": self._table, "column": found.column, "file": self._file}
        if found.outside.count:
            raise InputError(
                "input.outside_domain",
                values=found.outside_values,
                rows=found.outside.count,
                line=found.outside.line,
                **facts,
            )
        if found.unreadable.count:
            raise InputError(
                "input.unreadable_value",
                rows=found.unreadable.count,
                line=found.unreadable.line,
                **facts,
            )
        if found.missing.count and not self._may_miss:
            raise InputError(
                "input.missing_value", rows=found.missing.count, line=found.missing.line, **facts
            )


def coders(
    specs: Iterable[tuple[str, ColumnSpec]], mapped: dict[str, ColumnMap], context: Context
) -> list[ColumnCoder]:
    """A coder for each agreed column that is mapped, in that order. Sealing has made sure that all
    are; the doctor goes on without the others."""
    return [
        ColumnCoder(name, spec, mapped[name], context) for name, spec in specs if name in mapped
    ]
