"""What sealing follows: the agreement's terms for one party, and the keys it uses at its desk."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import msgspec

from cleanroom.disclosure.catalogue import DatasetSpec, Identifier
from cleanroom.prepare.columns import Context
from cleanroom.prepare.identifiers import IdentifierReader, PersonReader, PidReader
from cleanroom.prepare.mapping import IdentifierMap, Mapping, OptOut
from cleanroom.prepare.normalise import MISSING_WORDS
from cleanroom.prepare.read import Rows
from cleanroom.prepare.tokens import kind_key

Begin = Callable[[Rows], None]

_PID_USE: Final = "pid"
_NUMBER_USE: Final = "number"


@dataclass(frozen=True)
class Terms:
    """The agreed side of a mapping. Keys have 32 bytes; ``pid_key`` is the owner's own.

    ``doctor``: count more than sealing needs.
    """

    mapping: Mapping
    agreement_id: str
    zone: str
    one_token: bool
    identifiers: tuple[Identifier, ...]
    dataset: DatasetSpec
    matching_secret: bytes
    pid_key: bytes
    doctor: bool = False

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Words that mean "no value"."""
        return (*MISSING_WORDS, *self.mapping.missing)

    @cached_property
    def context(self) -> Context:
        """What all columns share."""
        return Context(self.zone, self.words, self._own_key(_NUMBER_USE))

    def _own_key(self, use: str) -> bytes:
        """A key of the owner's for one use. Pids do not depend on the agreement: they are stable
        over all packages of the dataset."""
        return kind_key(self.pid_key, self.dataset.name, use)

    def agreed(self, kind: str) -> Identifier | None:
        """The agreed identifier of a kind; None for one that is mapped but not agreed."""
        return next((one for one in self.identifiers if one.kind == kind), None)

    def reader(self, column: IdentifierMap | OptOut) -> IdentifierReader | None:
        """A reader of an identifier column; None when its kind is not agreed."""
        agreed = self.agreed(column.kind)
        if agreed is None:
            return None
        key = kind_key(self.matching_secret, self.agreement_id, agreed.kind)
        return IdentifierReader(column, agreed, key, self.words, profile=self.doctor)

    def pid_reader(self, column: str) -> PidReader:
        """A reader of raw pids in any table."""
        return PidReader(column, self._own_key(_PID_USE), self.words)

    def person_reader(self, column: str) -> tuple[PersonReader, Begin]:
        """How a column of another table or list names people: by raw pid or, where people have
        none, by their first identifier. The second is called with the first rows."""
        people = self.mapping.people
        if people.pid:
            return self.pid_reader(column).read, lambda rows: None
        first = next(one for one in people.identifiers if self.agreed(one.kind))
        reader = self.reader(msgspec.structs.replace(first, column=column))
        assert reader is not None

        def begin(rows: Rows) -> None:
            reader.resolve(rows.frame[column])

        return lambda rows: reader.read(rows).tokens, begin

    @property
    def aes_key(self) -> bytes:
        """The key that turns tokens into pids where people have no pid of their own."""
        return self._own_key("pid-of-token")
