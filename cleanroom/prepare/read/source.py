"""What every format offers: the names of its columns, and its rows block by block as text."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from cleanroom.errors import InputError

NAMES_SHOWN: Final = 40


@dataclass(frozen=True)
class Shape:
    """How a file turned out to be written. Empty where a format has no such thing."""

    format: str
    columns: tuple[str, ...]
    encoding: str = ""
    separator: str = ""
    quote: str = ""
    header: bool = True
    sheet: str = ""


@dataclass(frozen=True)
class Wrong:
    """Records with too many or too few fields: how many, and the lines of the first of them."""

    count: int = 0
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rows:
    """One block. ``frame`` has the wanted columns as String, null or "" where a value is missing.

    ``places`` gives the line of the file (CSV) or the row of the sheet or table for positions in
    ``frame``.
    """

    frame: pl.DataFrame
    places: Callable[[Sequence[int]], list[int]]
    wrong: Wrong = field(default_factory=Wrong)


Block = Callable[[], Rows]
"""A block that is not parsed yet: called on any thread, once."""


class Source(ABC):
    """A file that is open for one pass. Memory does not grow with its length."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size

    @property
    @abstractmethod
    def shape(self) -> Shape:
        """How the file is written; ``encoding`` is final after the pass."""

    @property
    @abstractmethod
    def done(self) -> int:
        """Bytes of ``size`` that the pass has read."""

    @abstractmethod
    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        """The rows in the file's order, with these columns only (by name, each once).

        Raises ``input.missing_column``, ``input.duplicate_column`` before the first block, and
        whatever the format's parts raise on the way.
        """

    def positions(self, wanted: Sequence[str]) -> list[int]:
        """Where the wanted columns are. Raises ``input.missing_column``,
        ``input.duplicate_column``."""
        columns = self.shape.columns
        for name in wanted:
            found = columns.count(name)
            if found == 0:
                raise InputError(
                    "input.missing_column",
                    column=name,
                    file=self.path.name,
                    columns=_listed(columns),
                )
            if found > 1:
                raise InputError("input.duplicate_column", column=name, file=self.path.name)
        return [columns.index(name) for name in wanted]


def _listed(names: Sequence[str]) -> str:
    more = "" if len(names) <= NAMES_SHOWN else f", … ({len(names)})"
    return ", ".join(names[:NAMES_SHOWN]) + more
