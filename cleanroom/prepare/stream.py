"""One pass over one file: blocks through two threads, with progress and what was unreadable."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cleanroom.errors import InputError
from cleanroom.prepare.findings import SHOWN, TableFindings
from cleanroom.prepare.flow import in_order
from cleanroom.prepare.mapping import FileSpec
from cleanroom.prepare.read import Block, Rows, Source, open_source

T = TypeVar("T")
Report = Callable[[str, int, int], None]
"""Progress: stage, rows done, rows in all as far as one can tell (0: unknown)."""


@dataclass
class Pass:
    """A pass over a file, and what it counted so far."""

    table: str
    source: Source
    rows: int = 0
    wrong: int = 0
    wrong_lines: list[int] = field(default_factory=list)
    ready: list[Rows] = field(default_factory=list)

    @classmethod
    def over(cls, table: str, spec: FileSpec, wanted: Sequence[str]) -> "Pass":
        """Open the file and see that the wanted columns are there."""
        source = open_source(spec, wanted)
        source.positions(wanted)
        return cls(table, source)

    @property
    def file(self) -> str:
        """The file's name."""
        return Path(self.source.path).name

    def run(
        self,
        pool: ThreadPoolExecutor,
        wanted: Sequence[str],
        work: Callable[[Rows], T],
        report: Report,
        begin: Callable[[Rows], None] = lambda rows: None,
    ) -> Iterator[tuple[int, T]]:
        """``work`` of each block in order, with the number of rows before it.

        ``begin`` sees the first block with rows alone, before any work on it.
        """

        def of_block(block: Block) -> tuple[Rows, T]:
            rows = block()
            return rows, work(rows)

        blocks = self.source.blocks(wanted)
        for rows, result in in_order(pool, of_block, _begun(blocks, begin)):
            before, self.rows = self.rows, self.rows + rows.frame.height
            self.wrong += rows.wrong.count
            self.wrong_lines = (self.wrong_lines + list(rows.wrong.lines))[:SHOWN]
            report(self.table, self.rows, self._expected())
            yield before, result

    def _expected(self) -> int:
        done = self.source.done
        return self.rows * self.source.size // done if done else 0

    def check(self, bad_rows: int, *, may_be_empty: bool = False) -> None:
        """Refuse too many unreadable records, and a file without rows.

        Raises ``input.row_width``, ``input.empty``.
        """
        if self.wrong > bad_rows:
            raise InputError(
                "input.row_width",
                file=self.file,
                rows=self.wrong,
                line=self.wrong_lines[0],
                width=len(self.source.shape.columns),
                allowed=bad_rows,
            )
        if self.rows == 0 and not may_be_empty:
            raise InputError("input.empty", file=self.file)

    def findings(self) -> TableFindings:
        """How the file is written, and its rows."""
        shape = self.source.shape
        return TableFindings(
            table=self.table,
            file=self.file,
            format=shape.format,
            encoding=shape.encoding,
            separator=shape.separator,
            header=shape.header,
            rows=self.rows,
            wrong_width=self.wrong,
            wrong_width_lines=tuple(self.wrong_lines),
        )


def _begun(blocks: Iterable[Block], begin: Callable[[Rows], None]) -> Iterator[Block]:
    """The blocks, the first of which was parsed already."""
    started = False
    for block in blocks:
        if started:
            yield block
            continue
        rows = block()
        if rows.frame.height:
            begin(rows)
            started = True
        yield lambda rows=rows: rows  # type: ignore[misc]  # bound now, not when called


def names(*wanted: str | None) -> list[str]:
    """Each column once, in order of first mention."""
    return list(dict.fromkeys(name for name in wanted if name))
