"""Seals a party's dataset: reads it as mapped, writes the encrypted parts of its package.

What comes out is everything of a package but its manifest's signature, which needs a key that this
code never sees.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cleanroom.errors import InputError
from cleanroom.prepare import mapping_rules, survey
from cleanroom.prepare.events import EventReader
from cleanroom.prepare.findings import Findings, TableFindings
from cleanroom.prepare.flow import THREADS, in_order
from cleanroom.prepare.jobs import Sealed
from cleanroom.prepare.package_writer import PackageWriter, encode, encrypt, rows_of_part
from cleanroom.prepare.packing import PeoplePacker, Slice
from cleanroom.prepare.pid_index import PidIndex
from cleanroom.prepare.profile import profiles
from cleanroom.prepare.stream import Report
from cleanroom.prepare.terms import Terms
from cleanroom.trust import layout
from cleanroom.trust.package import PackedColumn, PackedTable, band

Array = npt.NDArray[Any]
Columns = tuple[PackedColumn, ...]

_UNDER_WAY: Final = THREADS + 1


def seal(terms: Terms, output: Path, package_key: bytes, package_id: str, report: Report) -> Sealed:
    """Write the parts to ``output``, which must not exist; on any error it is gone again.

    Raises what mappings, files, columns and people raise, ``input.disk_full``,
    ``input.cannot_write``.
    """
    mapping_rules.check_agreed(terms.mapping, terms.dataset, terms.identifiers)
    with PackageWriter(output) as writer, ThreadPoolExecutor(THREADS) as pool:
        try:
            return _Sealer(terms, writer, pool, report, package_key, package_id).run()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Sealer:
    def __init__(
        self,
        terms: Terms,
        writer: PackageWriter,
        pool: ThreadPoolExecutor,
        report: Report,
        key: bytes,
        package_id: str,
    ) -> None:
        self._terms = terms
        self._writer = writer
        self._pool = pool
        self._report = report
        self._key = key
        self._package_id = package_id

    def run(self) -> Sealed:
        terms = self._terms
        people = survey.population(terms, self._pool, self._report)
        if people.persons.count == 0:
            raise InputError("input.nobody", file=people.table.findings.file)
        stored = layout.in_package(terms.dataset, terms.identifiers)
        packer = PeoplePacker(people, terms.aes_key)
        rows: dict[str, int] = {}
        for name, columns in stored:
            if packer.has(name):
                rows[name] = packer.size(name)
                self._write(name, columns, packer.slices(name, columns))
        found = people.findings()
        index = people.index() if len(rows) < len(stored) else None
        tables: list[TableFindings] = [people.sealed_findings()]
        identifiers, kinds = people.table.identifiers, people.kind_findings()
        del packer, people
        for name, columns in stored:
            if name not in rows:
                assert index is not None
                tables.append(self._write_events(name, columns, index))
                rows[name] = tables[-1].sealed
        findings = Findings(tuple(tables), identifiers, kinds, found)
        packed = tuple(PackedTable(name, columns, band(rows[name])) for name, columns in stored)
        return Sealed(tuple(self._writer.parts), packed, profiles(identifiers), findings)

    def _write_events(self, name: str, columns: Columns, index: PidIndex) -> TableFindings:
        reader = EventReader(self._terms, name, index)
        blocks = reader.read(self._pool, self._report)
        self._write(name, columns, _regrouped(blocks, rows_of_part(columns)))
        return reader.findings()

    def _write(self, table: str, columns: Columns, slices: Iterable[Slice]) -> None:
        """Encode and encrypt parts side by side, write them in order."""

        def made(numbered: tuple[int, Slice]) -> tuple[int, tuple[memoryview, bytes]]:
            index, arrays = numbered
            plain = encode(columns, arrays())
            return index, encrypt(plain, self._key, self._package_id, table, index)

        for index, part in in_order(self._pool, made, enumerate(slices), _UNDER_WAY):
            self._writer.append(table, index, part)
            self._report("write", len(self._writer.parts), 0)


def _regrouped(blocks: Iterable[list[Array]], rows: int) -> Iterator[Slice]:
    """Blocks of any size as parts of at least ``rows`` rows, the last one as it comes."""
    waiting: list[list[Array]] = []
    for block in blocks:
        waiting.append(block)
        if sum(len(arrays[0]) for arrays in waiting) >= rows:
            yield _joined(waiting)
            waiting = []
    if waiting:
        yield _joined(waiting)


def _joined(blocks: list[list[Array]]) -> Slice:
    return lambda: [np.concatenate(column) for column in zip(*blocks, strict=True)]
