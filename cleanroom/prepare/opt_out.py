"""Lists of people who are left out: read once, then looked up for every row of people."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from cleanroom.errors import InputError
from cleanroom.prepare.equal import first_of_run
from cleanroom.prepare.identifiers import PersonReader, Tokens
from cleanroom.prepare.mapping import OptOut
from cleanroom.prepare.persons import OPTED_OUT
from cleanroom.prepare.pid_index import PidIndex
from cleanroom.prepare.read import Rows
from cleanroom.prepare.stream import Pass, Report
from cleanroom.prepare.terms import Begin, Terms

Array = npt.NDArray[Any]

PID = "pid"


class OptOuts:
    """All lists of a mapping: of pids, and of identifiers by kind."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._lists: list[tuple[str, PidIndex]] = []

    def __bool__(self) -> bool:
        return bool(self._lists)

    def read(self, pool: ThreadPoolExecutor, report: Report) -> None:
        """Read the lists. Raises ``input.opt_out_kind`` and what files raise."""
        for listed in self._terms.mapping.opt_out:
            self._lists.append((listed.kind, self._index(listed, pool, report)))

    def _index(self, listed: OptOut, pool: ThreadPoolExecutor, report: Report) -> PidIndex:
        wanted = [listed.column]
        taken = Pass.over("opt_out", listed.file, wanted)
        read, begin = self._reader(listed)
        blocks = [block for _, block in taken.run(pool, wanted, read, report, begin)]
        taken.check(0, may_be_empty=True)
        nothing = np.empty(0, "<u8")
        hi = np.concatenate([nothing, *(block.hi[block.valid] for block in blocks)])
        lo = np.concatenate([nothing, *(block.lo[block.valid] for block in blocks)])
        order = np.lexsort((lo, hi))
        hi, lo = hi[order], lo[order]
        once = first_of_run(hi) | first_of_run(lo)
        return PidIndex(hi[once], lo[once], np.zeros(int(once.sum()), np.uint32))

    def _reader(self, listed: OptOut) -> tuple[PersonReader, Begin]:
        if listed.kind == PID:
            return self._terms.person_reader(listed.column)
        reader = self._terms.reader(listed)
        if reader is None:
            known = [PID, *(one.kind for one in self._terms.identifiers)]
            raise InputError("input.opt_out_kind", kind=listed.kind, known=", ".join(known))

        def begin(rows: Rows) -> None:
            reader.resolve(rows.frame[listed.column])

        return lambda rows: reader.read(rows).tokens, begin

    def mark(self, reasons: Array, key: Tokens, found: list[tuple[str, Tokens]]) -> Array:
        """``reasons`` with the bit ``OPTED_OUT`` set where a row's pid or identifier is listed."""
        for kind, index in self._lists:
            for own, tokens in [(PID, key), *found]:
                if own == kind:
                    listed = index.contains(tokens.hi, tokens.lo) & tokens.valid
                    reasons[listed] |= OPTED_OUT
        return reasons
