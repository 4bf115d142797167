"""A column of identifiers to matching tokens: what it holds, normalise, hash, count."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from cleanroom.disclosure.catalogue import Identifier
from cleanroom.errors import InputError
from cleanroom.prepare import hashkind, recipes
from cleanroom.prepare.columns import fault
from cleanroom.prepare.findings import Fault
from cleanroom.prepare.mapping import IdentifierMap, OptOut
from cleanroom.prepare.normalise import Outcome, Status
from cleanroom.prepare.read import Rows
from cleanroom.prepare.tokens import Base, Given, message, reachable, tokens

Array = npt.NDArray[Any]

_LOOKED_AT: Final = 5000

PID_RECIPE: Final = "customer-id/1"
"""Raw pids are cleaned like customer numbers, in the table of people and in those of events."""


@dataclass(frozen=True)
class Tokens:
    """Tokens of one block: two halves (0 where not valid), and which rows are valid."""

    hi: Array
    lo: Array
    valid: Array  # bool


@dataclass(frozen=True)
class Counted:
    """Tokens of one block with what was found in it."""

    tokens: Tokens
    valid: int
    missing: int
    malformed: Fault
    blank_hashes: Fault
    hashes: hashkind.HashProfile | None


class IdentifierReader:
    """Reads one column. ``given`` has to be resolved before the first block is read.

    ``profile``: for the doctor, count forms of digests and go on where sealing would refuse.
    """

    def __init__(
        self,
        column: IdentifierMap | OptOut,
        agreed: Identifier,
        key: bytes,
        words: tuple[str, ...],
        *,
        profile: bool = False,
    ) -> None:
        self.column = column.column
        self.kind = agreed.kind
        self.recipe = column.recipe or agreed.recipe
        self.base: Base = agreed.token_base  # type: ignore[assignment]  # message() checks it
        self.stated = column.given
        self.given: Given = "raw" if column.given == "auto" else column.given
        self._rule = recipes.get(self.recipe, column.region)
        self._key = key
        self._words = words
        self._profile = profile
        self.reachable = True

    def resolve(self, values: pl.Series) -> None:
        """Find out from the first values what the column holds, unless its owner says it.

        Raises ``input.token_base`` when the agreed base cannot be made from it.
        """
        if self.stated == "auto":
            self.given = self._looks_like(values.head(_LOOKED_AT))
        self.reachable = reachable(self.given, self.base)
        if self.reachable:
            return
        if not self._profile:
            raise InputError(
                "input.token_base", column=self.column, given=self.given, base=self.base
            )
        # The doctor goes on, to say what else there is.
        self.base = "plain" if self.given == "raw" else self.given

    def _looks_like(self, values: pl.Series) -> Given:
        digest = hashkind.profile(values, self._words).digest
        if digest is None:
            return "raw"
        # Device and customer numbers can be 32 or 64 hex digits themselves, so a valid raw value
        # is raw; but no device number of this recipe's kind has 64.
        outcome = recipes.classify(self._rule, values, self._words)
        raw = outcome.count(Status.VALID) > outcome.count(Status.MALFORMED)
        if raw and not (self.kind == "device" and digest == "sha256"):
            return "raw"
        # Nobody can tell SHA-256 of an MD5 from SHA-256; the agreed base decides.
        of_md5 = digest == "sha256" and self.base == "sha256-of-md5"
        return "sha256-of-md5" if of_md5 else digest

    def read(self, rows: Rows) -> Counted:
        """Tokens of one block."""
        values = rows.frame[self.column]
        outcome = self._outcome(values)
        found = tokens(message(outcome.normalised, self.given, self.base), self._key)
        status = outcome.status
        valid = status.eq(Status.VALID)
        count = int(valid.sum())
        profiled = self._profile and self.given != "raw"
        blank = fault(status.eq(Status.BLANK_HASH), values, rows)
        malformed = fault(status.eq(Status.MALFORMED), values, rows)
        return Counted(
            Tokens(_half(found["hi"]), _half(found["lo"]), valid.to_numpy()),
            count,
            len(values) - count - malformed.count - blank.count,
            malformed,
            blank,
            hashkind.profile(values, self._words) if profiled else None,
        )

    def _outcome(self, values: pl.Series) -> Outcome:
        if self.given == "raw":
            return recipes.classify(self._rule, values, self._words)
        return hashkind.classify_hashed(
            values, "md5" if self.given == "md5" else "sha256", self._words
        )


def _half(values: pl.Series) -> Array:
    return values.fill_null(0).to_numpy()


class PidReader:
    """Reads a column of raw pids: HMAC under the owner's own key, stable over re-seals."""

    def __init__(self, column: str, key: bytes, words: tuple[str, ...]) -> None:
        self.column = column
        self._rule = recipes.get(PID_RECIPE)
        self._key = key
        self._words = words

    def read(self, rows: Rows) -> Tokens:
        """Pids of one block; a row without one is not valid."""
        outcome = recipes.classify(self._rule, rows.frame[self.column], self._words)
        found = tokens(outcome.normalised, self._key)
        valid = outcome.status.eq(Status.VALID).to_numpy()
        return Tokens(_half(found["hi"]), _half(found["lo"]), valid)


PersonReader = Callable[[Rows], Tokens]


def first_valid(found: list[Tokens]) -> Tokens:
    """The first valid token of each row."""
    hi, lo, valid = found[0].hi, found[0].lo, found[0].valid
    for more in found[1:]:
        if valid.all():
            break
        hi, lo = np.where(valid, hi, more.hi), np.where(valid, lo, more.lo)
        valid = valid | more.valid
    return Tokens(hi, lo, valid)
