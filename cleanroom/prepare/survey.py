"""Reads a whole mapping: people, persons, events. Sealing and checking both begin here."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
import numpy as np

from cleanroom.errors import InputError
from cleanroom.prepare import persons
from cleanroom.prepare.findings import Fault, KindFindings, PersonFindings, TableFindings
from cleanroom.prepare.opt_out import OptOuts
from cleanroom.prepare.people import PeopleReader, PeopleTable
from cleanroom.prepare.persons import Persons
from cleanroom.prepare.pid_index import PidIndex
from cleanroom.prepare.stream import Report
from cleanroom.prepare.terms import Terms


@dataclass(frozen=True)
class Population:
    """The people of a dataset: their table as read, and who they are."""

    table: PeopleTable
    persons: Persons

    def index(self) -> PidIndex:
        """Pids to persons' numbers, for the tables of events."""
        people, found = self.table.people, self.persons
        numbers = found.of_row
        if numbers is None:
            numbers = np.arange(len(people.key_hi), dtype=np.uint32)
        if found.pid_rows is None:
            return PidIndex(people.key_hi, people.key_lo, numbers)
        rows = found.pid_rows
        return PidIndex(people.key_hi[rows], people.key_lo[rows], numbers[rows])

    def _without_identifier(self) -> int:
        found, size = self.persons, len(self.table.people.key_hi)
        if any(at is None for at in found.tokens.values()):
            return 0
        has = np.zeros(found.count, bool)
        for at in found.tokens.values():
            rows = at % size if at is not None and size else np.empty(0, np.intp)
            has[rows if found.of_row is None else found.of_row[rows]] = True
        return int(np.count_nonzero(~has))

    def sealed_findings(self) -> TableFindings:
        """What was found in the file of people."""
        sealed = self.persons.count
        return msgspec.structs.replace(self.table.findings, sealed=sealed)

    def kind_findings(self) -> tuple[KindFindings, ...]:
        """Distinct, repeated and hot identifiers; examples are for the doctor to find."""
        return tuple(
            KindFindings(
                kind=kind,
                distinct=counts.distinct,
                duplicates=Fault(counts.duplicates),
                hot=counts.hot,
                hot_rows=Fault(len(counts.hot_at)),
            )
            for kind, counts in self.persons.kinds.items()
        )

    def findings(self) -> PersonFindings:
        """Counts of persons."""
        found = self.persons
        return PersonFindings(
            pids=found.pids,
            persons=found.count,
            merged=found.merged,
            without_identifier=self._without_identifier(),
            no_consent=found.left_out[persons.NO_CONSENT],
            opted_out=found.left_out[persons.OPTED_OUT],
            under_14=found.left_out[persons.UNDER_14],
        )


def population(terms: Terms, pool: ThreadPoolExecutor, report: Report) -> Population:
    """Read the people and find the persons.

    Raises what mappings, files and columns raise, and ``input.nobody``.
    """
    listed = OptOuts(terms)
    listed.read(pool, report)
    table = PeopleReader(terms, listed).read(pool, report)
    rows = len(table.people.key_hi)
    report("persons", 0, rows)
    if rows == 0 and not terms.doctor:
        raise InputError("input.nobody", file=table.findings.file)
    found = persons.build(table.people, one_token=terms.one_token)
    report("persons", rows, rows)
    return Population(table, found)
