"""Cleaning of identifier text, the same for every recipe, and the outcome that recipes return.

``clean`` does, in this order (a second implementation can follow it literally):

1. characters nobody can see are removed: Unicode category Cf and Default_Ignorable_Code_Point
   (zero-width U+200B..U+200D, U+FEFF, bidi marks, soft hyphen, variation selectors, fillers);
2. Unicode normalisation form NFKC, which also makes full-width forms half-width;
3. Unicode White_Space and wrappings are removed from both ends: in front any run of white space,
   apostrophes (a spreadsheet's "this is text" mark), double quotes, ``="`` and ``mailto:`` in any
   case; behind any run of white space and double quotes.

Steps 1 and 2 run only on values that are not ASCII; for ASCII they change nothing. White space
inside a value stays: each recipe decides about it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Final

import polars as pl

from cleanroom.errors import InputError

_INVISIBLE: Final = r"[\p{Default_Ignorable_Code_Point}\p{Cf}]+"
_FRONT: Final = r"(?i)^(?:[\s'‘’\"“”]|=[\"“”]|mailto:)+"
_BEHIND: Final = r"[\s\"“”]+$"

MISSING_WORDS: Final = (
    *("", "null", "(null)", "<null>", "[null]", "nul", "nil", "none", "nan", "<na>", r"\n"),
    *("n/a", "#n/a", "na", "n.a.", "undefined", "unknown", "missing", "empty", "blank"),
    *("-", "--", "---", "–", "—", "——", "_", "/", "\\", "?", "??", ".", "..."),
    *("无", "無", "空", "空值", "未知", "没有", "暂无", "未填", "未填写", "未提供", "不详", "缺失"),
)
"""Words that stand for "no value", compared case-insensitively after cleaning."""

_ZEROS: Final = ("0" * 15, "0" * 16, "0" * 32, "00000000-0000-0000-0000-000000000000")


class Status(IntEnum):
    """What became of one value; the codes of ``Outcome.status``."""

    VALID = 0
    MISSING = 1
    MALFORMED = 2
    BLANK_HASH = 3
    """A digest of nothing (of the empty text, a missing word or all zeros): missing too."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Two series as long as the input: ``normalised`` (String, null unless VALID) and ``status``
    (UInt8, codes of ``Status``, never null)."""

    normalised: pl.Series
    status: pl.Series

    def count(self, status: Status) -> int:
        """How many values have this status."""
        return int((self.status == int(status)).sum())

    def rows(self, status: Status) -> pl.Series:
        """Zero-based positions (UInt32) of the values with this status."""
        return (self.status == int(status)).arg_true()


def as_text(values: pl.Series) -> pl.Series:
    """The column as String: text as it is, whole numbers and categories as their text.

    Raises ``input.identifier_type`` for dates, lists and whatever else is not an identifier.
    """
    if values.dtype == pl.String:
        return values
    if values.dtype.is_numeric() or values.dtype in (pl.Categorical, pl.Enum, pl.Null):
        return values.cast(pl.String)
    raise InputError("input.identifier_type", column=values.name, type=str(values.dtype))


def replace_rows(values: pl.Series, rows: pl.Series, new: pl.Series) -> pl.Series:
    """``values`` with the positions ``rows`` taken from ``new`` (as long as ``rows``)."""
    if len(rows) == 0:
        return values
    size = len(values)
    take = pl.int_range(size, dtype=pl.UInt32, eager=True)
    take = take.scatter(rows, pl.int_range(size, size + len(rows), dtype=pl.UInt32, eager=True))
    return pl.concat([values, new.rename(values.name)]).gather(take)


def fold(values: pl.Series) -> pl.Series:
    """Steps 1 and 2 of ``clean``, on the values that are not ASCII."""
    rows = (values.str.len_bytes() != values.str.len_chars()).fill_null(value=False).arg_true()
    if len(rows) == 0:
        return values
    folded = values.gather(rows).str.replace_all(_INVISIBLE, "").str.normalize("NFKC")
    return replace_rows(values, rows, folded)


def clean(values: pl.Series) -> pl.Series:
    """The String series cleaned as the module says; null stays null. Applying it twice changes
    nothing more."""
    return fold(values).str.strip_chars().str.replace(_FRONT, "").str.replace(_BEHIND, "")


@cache
def _words(words: tuple[str, ...]) -> tuple[str, ...]:
    text = clean(pl.Series(["", *words], dtype=pl.String)).str.to_lowercase()
    return tuple(sorted(set(text.to_list())))


def missing_words(words: Iterable[str] = MISSING_WORDS) -> tuple[str, ...]:
    """The words in the form in which cleaned, lower-cased values are compared, with "" added."""
    return _words(tuple(words))


def _digests(text: str) -> set[str]:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    md5 = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return {sha256, md5, hashlib.sha256(md5.encode()).hexdigest()}


@cache
def blank_digests() -> tuple[str, ...]:
    """Lower-case hex of SHA-256, MD5 and SHA-256-of-MD5 of nothing: the empty text, each default
    missing word as written, in lower and upper case, and all-zero identifiers; also all-zero
    digests."""
    found = {"0" * 32, "0" * 64}
    for word in (*MISSING_WORDS, " ", "None", "NaN", "Unknown", r"\N", "0", *_ZEROS):
        for spelt in (word, word.lower(), word.upper()):
            found |= _digests(spelt)
    return tuple(sorted(found))


@cache
def _blank_base64() -> tuple[str, ...]:
    """Standard Base64 of the same digests, lower-cased as all text is when compared with words."""
    digests = pl.Series(blank_digests()).str.decode("hex")
    return tuple(sorted(digests.bin.encode("base64").str.to_lowercase().to_list()))


def is_missing(cleaned: pl.Series, words: Iterable[str] = MISSING_WORDS) -> pl.Series:
    """Boolean series: null, a missing word, or the digest (hex or Base64) of nothing."""
    lower = cleaned.str.to_lowercase()
    listed = pl.Series([*missing_words(words), *blank_digests(), *_blank_base64()])
    return lower.is_in(listed.implode()).fill_null(value=True)
