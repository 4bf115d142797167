"""Reads the table of people: pids, identifiers, attributes, and who is to be left out."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.errors import InputError
from cleanroom.prepare import identifiers as reading
from cleanroom.prepare import persons
from cleanroom.prepare.amounts import integers
from cleanroom.prepare.categories import tidy
from cleanroom.prepare.columns import ColumnCoder, ColumnTally, coders, fault
from cleanroom.prepare.findings import IdentifierFindings, TableFindings
from cleanroom.prepare.gathered import Gathered, PeopleBlock
from cleanroom.prepare.identifiers import Counted
from cleanroom.prepare.merging import Tokens
from cleanroom.prepare.opt_out import OptOuts
from cleanroom.prepare.read import Rows
from cleanroom.prepare.stream import Pass, Report, names
from cleanroom.prepare.terms import Terms
from cleanroom.tables import Type

Array = npt.NDArray[Any]

AS_OF: Final = "as_of"


@dataclass(frozen=True)
class PeopleTable:
    """The table of people as read. ``columns``: stored values of the agreed columns, by name.

    ``row_numbers``: for each row kept its position in the file; None: all rows were kept.
    ``keyed_by_token``: people have no pid of their own.
    """

    people: persons.People
    columns: Mapping[str, Array]
    row_numbers: Array | None
    keyed_by_token: bool
    findings: TableFindings
    identifiers: tuple[IdentifierFindings, ...]


class PeopleReader:
    """One pass over the file of people."""

    def __init__(self, terms: Terms, listed: OptOuts) -> None:
        self._terms = terms
        self._listed = listed
        self._map = terms.mapping.people
        specs = terms.dataset.tables.get("people", {})
        self._coders = coders(sorted(specs.items()), self._map.columns, terms.context)
        self._as_of = self._as_of_coder()
        self._readers = [
            reader
            for column in self._map.identifiers
            if (reader := terms.reader(column)) is not None
        ]
        if not self._readers and not self._map.pid:
            raise InputError("input.unmapped_identifier", kind=terms.identifiers[0].kind)
        self._pid = terms.pid_reader(self._map.pid) if self._map.pid else None
        self._wanted = names(
            self._map.pid,
            *(reader.column for reader in self._readers),
            *(coder.source for coder in self._coders),
            self._as_of.source if self._as_of else None,
            self._map.consent.column if self._map.consent else None,
            self._map.under_14.column if self._map.under_14 else None,
        )
        consent, under_14 = self._map.consent, self._map.under_14
        self._accepted = _words(consent.accepted if consent else ())
        self._children = _words(under_14.values if under_14 else ())

    def _as_of_coder(self) -> ColumnCoder | None:
        """When a row was true; it orders rows even where it is no agreed column."""
        column = self._map.columns.get(AS_OF)
        if column is None or column.column is None:
            return None
        return ColumnCoder(AS_OF, ColumnSpec(Type.DATE), column, self._terms.context)

    def read(self, pool: ThreadPoolExecutor, report: Report) -> PeopleTable:
        """Read it all. Raises what files, columns and identifiers raise."""
        taken = Pass.over("people", self._map.file, self._wanted)
        tallies = [
            ColumnTally(coder, "people", taken.file, may_miss=self._may_miss(coder))
            for coder in self._coders
        ]
        gathered = Gathered(self._readers, [coder.name for coder in self._coders])
        for before, block in taken.run(pool, self._wanted, self._work, report, self._begin):
            gathered.add(before, block, keep_key=not self._keyed_by_only_token)
            for tally, coded in zip(tallies, block.columns, strict=True):
                tally.add(coded)
        if not self._terms.doctor:
            taken.check(self._map.bad_rows)
            for tally in tallies:
                tally.check()
        findings = msgspec.structs.replace(
            taken.findings(),
            without_person=gathered.without_person,
            columns=tuple(tally.findings for tally in tallies),
            not_agreed=tuple(sorted(set(self._map.columns) - self._agreed - {AS_OF})),
        )
        return self._table(gathered, findings)

    @property
    def _agreed(self) -> set[str]:
        return {coder.name for coder in self._coders}

    def _may_miss(self, coder: ColumnCoder) -> bool:
        return self._terms.dataset.tables["people"][coder.name].missing

    def _begin(self, rows: Rows) -> None:
        for reader in self._readers:
            reader.resolve(rows.frame[reader.column])

    def _work(self, rows: Rows) -> PeopleBlock:
        found = [reader.read(rows) for reader in self._readers]
        tokens = [one.tokens for one in found]
        key = self._pid.read(rows) if self._pid else reading.first_valid(tokens)
        named = rows.frame[self._map.pid or self._readers[0].column]
        return PeopleBlock(
            key,
            found,
            [coder.code(rows) for coder in self._coders],
            self._as_of.code(rows).values if self._as_of else None,
            self._reasons(rows, key, found),
            fault(pl.Series(~key.valid), named, rows),
        )

    def _reasons(self, rows: Rows, key: reading.Tokens, found: list[Counted]) -> Array | None:
        """Bits of ``persons``, why rows are to be left out; None where nothing says so."""
        consent, under_14 = self._map.consent, self._map.under_14
        if not (consent or under_14 or self._listed):
            return None
        reasons = np.zeros(rows.frame.height, np.uint8)
        if consent:
            given = rows.frame[consent.column].fill_null("").str.strip_chars()
            reasons[~given.is_in(self._accepted.implode()).to_numpy()] |= persons.NO_CONSENT
        if under_14:
            reasons[self._is_child(rows.frame[under_14.column])] |= persons.UNDER_14
        tokens = [
            (reader.kind, one.tokens) for reader, one in zip(self._readers, found, strict=True)
        ]
        return self._listed.mark(reasons, key, tokens)

    def _is_child(self, values: pl.Series) -> Array:
        under_14 = self._map.under_14
        assert under_14 is not None
        text = values.fill_null("").str.strip_chars()
        if under_14.below is None:
            return text.is_in(self._children.implode()).to_numpy()
        return integers(text).lt(under_14.below).fill_null(value=False).to_numpy()

    @property
    def _keyed_by_only_token(self) -> bool:
        return self._pid is None and len(self._readers) == 1

    def _table(self, gathered: Gathered, findings: TableFindings) -> PeopleTable:
        by_kind: dict[str, list[tuple[Array, Array, Array]]] = {}
        for position, reader in enumerate(self._readers):
            by_kind.setdefault(reader.kind, []).append(gathered.tokens(position))
        tokens = {kind: _stacked(columns) for kind, columns in by_kind.items()}
        if self._keyed_by_only_token:
            only = next(iter(tokens.values()))
            key_hi, key_lo = only.hi, only.lo  # the same arrays, not copies
        else:
            key_hi, key_lo = gathered.key()
        return PeopleTable(
            persons.People(key_hi, key_lo, tokens, gathered.as_of(), gathered.reasons()),
            gathered.columns(),
            gathered.row_numbers(),
            self._pid is None,
            findings,
            gathered.identifiers(),
        )


def _words(words: tuple[str, ...]) -> pl.Series:
    return pl.Series([tidy(word) for word in words], dtype=pl.String)


def _stacked(columns: list[tuple[Array, Array, Array]]) -> Tokens:
    if len(columns) == 1:
        return Tokens(*columns[0])
    return Tokens(*(np.concatenate(part) for part in zip(*columns, strict=True)))
