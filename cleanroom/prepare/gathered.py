"""The table of people in memory: arrays of all blocks, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cleanroom.prepare.columns import Coded
from cleanroom.prepare.findings import Fault, HashForms, IdentifierFindings
from cleanroom.prepare.hashkind import HashProfile
from cleanroom.prepare.identifiers import Counted, IdentifierReader, Tokens

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class PeopleBlock:
    """What one block of people becomes. Only rows with a valid ``key`` are kept."""

    key: Tokens
    found: list[Counted]
    columns: list[Coded]
    as_of: Array | None
    reasons: Array | None
    without_person: Fault


class Joined:
    """Arrays that are joined when all are there; the parts are let go meanwhile."""

    def __init__(self) -> None:
        self._parts: list[Array] = []

    def add(self, part: Array) -> None:
        """One more part."""
        self._parts.append(part)

    def take(self) -> Array:
        """All of it, once."""
        parts, self._parts = self._parts, []
        return np.concatenate(parts) if parts else np.empty(0, np.uint8)


class Gathered:
    """Blocks of people, column by column."""

    def __init__(self, readers: Sequence[IdentifierReader], columns: Sequence[str]) -> None:
        self._readers = readers
        self._names = columns
        self._key = (Joined(), Joined())
        self._tokens = [(Joined(), Joined(), Joined()) for _ in readers]
        self._columns = [Joined() for _ in columns]
        self._as_of: Joined | None = None
        self._reasons: Joined | None = None
        self._numbers: Joined | None = None
        self._counts = [_Counts(reader) for reader in readers]
        self.rows = 0
        self.without_person = Fault()

    def add(self, before: int, block: PeopleBlock, *, keep_key: bool) -> None:
        """One more block; ``before``: rows of the file in front of it. ``keep_key``: the keys are
        not just the tokens of the only column."""
        valid = block.key.valid
        kept = None if valid.all() else np.flatnonzero(valid)
        self._number(before, len(valid), kept)
        if keep_key:
            for joined, part in zip(self._key, (block.key.hi, block.key.lo), strict=True):
                joined.add(_pick(part, kept))
        for counts, parts, found in zip(self._counts, self._tokens, block.found, strict=True):
            counts.add(found)
            tokens = found.tokens
            for joined, part in zip(parts, (tokens.hi, tokens.lo, tokens.valid), strict=True):
                joined.add(_pick(part, kept))
        for joined, coded in zip(self._columns, block.columns, strict=True):
            joined.add(_pick(coded.values, kept))
        if block.as_of is not None:
            self._as_of = self._as_of or Joined()
            self._as_of.add(_pick(block.as_of, kept))
        if block.reasons is not None:
            self._reasons = self._reasons or Joined()
            self._reasons.add(_pick(block.reasons, kept))
        self.without_person = self.without_person + block.without_person

    def _number(self, before: int, size: int, kept: Array | None) -> None:
        """Remember positions in the file from the first row on that is not kept."""
        if self._numbers is None and kept is not None:
            self._numbers = Joined()
            self._numbers.add(np.arange(before, dtype=np.uint32))
        if self._numbers is not None:
            own = np.arange(size) if kept is None else kept
            self._numbers.add((own + before).astype(np.uint32))
        self.rows += size if kept is None else len(kept)

    def key(self) -> tuple[Array, Array]:
        """Halves of the keys."""
        hi, lo = self._key
        return hi.take(), lo.take()

    def tokens(self, column: int) -> tuple[Array, Array, Array]:
        """Halves of a column's tokens, and which are valid."""
        hi, lo, valid = self._tokens[column]
        return hi.take(), lo.take(), valid.take()

    def columns(self) -> dict[str, Array]:
        """Stored values by column."""
        return {
            name: joined.take() for name, joined in zip(self._names, self._columns, strict=True)
        }

    def as_of(self) -> Array | None:
        """Days."""
        return self._as_of.take() if self._as_of else None

    def reasons(self) -> Array | None:
        """Bits."""
        return self._reasons.take() if self._reasons else None

    def row_numbers(self) -> Array | None:
        """Positions in the file of the rows that were kept; None: all were."""
        return self._numbers.take() if self._numbers else None

    def identifiers(self) -> tuple[IdentifierFindings, ...]:
        """What was found in each column."""
        return tuple(counts.findings() for counts in self._counts)


def _pick(values: Array, kept: Array | None) -> Array:
    return values if kept is None else values[kept]


class _Counts:
    """Counts of one identifier column."""

    def __init__(self, reader: IdentifierReader) -> None:
        self._reader = reader
        self._rows = self._valid = self._missing = 0
        self._malformed = self._blank = Fault()
        self._hashes: HashProfile | None = None

    def add(self, found: Counted) -> None:
        self._rows += len(found.tokens.valid)
        self._valid += found.valid
        self._missing += found.missing
        self._malformed += found.malformed
        self._blank += found.blank_hashes
        if found.hashes is not None:
            self._hashes = (self._hashes or HashProfile()) + found.hashes

    def findings(self) -> IdentifierFindings:
        reader = self._reader
        return IdentifierFindings(
            column=reader.column,
            kind=reader.kind,
            recipe=reader.recipe,
            given=reader.given,
            token_base=reader.base,
            rows=self._rows,
            valid=self._valid,
            missing=self._missing,
            malformed=self._malformed,
            blank_hashes=self._blank,
            hashes=_plain(self._hashes),
            reachable=reader.reachable,
        )


def _plain(found: HashProfile | None) -> HashForms | None:
    """Only what findings carry: they are compared and sent as what they are declared to be."""
    return None if found is None else HashForms(**msgspec.structs.asdict(found))
