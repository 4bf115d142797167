"""Words of a party to codes of the agreed domain: through value maps, bins and missing words."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from cleanroom.prepare.amounts import decimals
from cleanroom.prepare.mapping import OTHER, Bins, ColumnMap
from cleanroom.tables import MISSING_CODE

OUTSIDE: Final = -1
"""Code of a value that belongs nowhere."""
_REMEMBERED: Final = 20_000
_BIN_DIGITS: Final = 6

TRUE: Final = ("1", "true", "t", "yes", "y", "是", "有", "真")
FALSE: Final = ("0", "false", "f", "no", "n", "否", "没有", "假")
BOOL_DOMAIN: Final = ("false", "true")


def tidy(text: str) -> str:
    """NFC without white space and invisible characters at the ends."""
    return unicodedata.normalize("NFC", text).strip().strip("\ufeff\u200b\u200e\u200f").strip()


def bool_words(values: Mapping[str, str]) -> dict[str, str]:
    """The mapped words of a true-or-false column, or the usual ones."""
    if values:
        return dict(values)
    return dict.fromkeys(FALSE, "false") | dict.fromkeys(TRUE, "true")


class Categories:
    """Codes a column, each distinct spelling looked at once.

    A value is, in this order: a word the column calls missing; a mapped word; a label of the
    domain; a word that means "no value" everywhere; whatever ``*`` is mapped to; outside.
    Safe to use on several threads: they share a table that is replaced, never changed.
    """

    def __init__(
        self,
        domain: Iterable[str],
        column: ColumnMap,
        missing: Iterable[str],
        *,
        fold_case: bool = False,
    ) -> None:
        self._fold = fold_case
        codes = {label: code for code, label in enumerate(domain, 1)}
        codes[""] = MISSING_CODE
        self._column_missing = {self._tidy(word) for word in column.missing}
        self._missing = {tidy(word).lower() for word in missing} | {""}
        self._other = codes.get(column.values[OTHER], OUTSIDE) if OTHER in column.values else None
        self._mapped = {
            self._tidy(word): codes.get(label, OUTSIDE) for word, label in column.values.items()
        }
        self._codes = {self._tidy(label): code for label, code in codes.items() if label}
        self._known: dict[str, int] = {"": MISSING_CODE}
        self._table = self._as_table()

    def _tidy(self, word: str) -> str:
        return tidy(word).lower() if self._fold else tidy(word)

    def code(self, values: pl.Series) -> pl.Series:
        """Int32 codes; ``OUTSIDE`` where the value belongs nowhere."""
        words, codes = self._table
        found = codes.gather(values.cast(words, strict=False).to_physical())
        unseen = found.is_null()
        if not unseen.any():
            return found
        fresh = {word: self._code_of(word) for word in values.filter(unseen).unique()}
        if len(self._known) + len(fresh) <= _REMEMBERED:
            self._known = self._known | fresh
            self._table = self._as_table()
        spelt = pl.Series(list(fresh), dtype=pl.String)
        rest = values.filter(unseen).replace_strict(
            spelt, pl.Series(fresh.values(), dtype=pl.Int32), return_dtype=pl.Int32
        )
        return found.scatter(unseen.arg_true(), rest)

    def _as_table(self) -> tuple[pl.Enum, pl.Series]:
        """Known words, and the code of each."""
        known = self._known
        return pl.Enum(list(known)), pl.Series(known.values(), dtype=pl.Int32)

    def _code_of(self, word: str) -> int:
        cleaned = self._tidy(word)
        if cleaned in self._column_missing:
            return MISSING_CODE
        for codes in (self._mapped, self._codes):
            if cleaned in codes:
                return codes[cleaned]
        if cleaned.lower() in self._missing:
            return MISSING_CODE
        return OUTSIDE if self._other is None else self._other


class BinnedNumbers:
    """Codes a column of numbers by the bin they fall into."""

    def __init__(
        self, domain: Iterable[str], column: ColumnMap, bins: Bins, missing: Iterable[str]
    ) -> None:
        codes = {label: code for code, label in enumerate(domain, 1)} | {"": MISSING_CODE}
        self._labels = pl.Series(
            [codes.get(label, OUTSIDE) for label in bins.labels], dtype=pl.Int32
        )
        self._edges = bins.edges
        self._sign = column.decimal
        self._words = Categories(domain, column, missing)

    def code(self, values: pl.Series) -> pl.Series:
        """Int32 codes; words beside the numbers are looked up as categories."""
        numbers = decimals(values, _BIN_DIGITS, self._sign)
        place = pl.zeros(len(values), dtype=pl.UInt32, eager=True)
        for edge in self._edges:
            place = place + (numbers >= edge).fill_null(value=False).cast(pl.UInt32)
        codes = self._labels.gather(place)
        words = numbers.is_null().arg_true()
        if len(words):
            codes = codes.scatter(words, self._words.code(values.gather(words)))
        return codes
