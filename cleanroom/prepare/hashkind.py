"""Columns of already hashed identifiers: what they hold, and their lower-case hex.

A bare SHA-256 or MD5 of a phone number can be undone by trying all numbers, so such columns are
accepted as input only (PROTOCOL.md, "Identifiers").
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal

import polars as pl

from cleanroom.prepare.findings import HashForms
from cleanroom.prepare.normalise import (
    MISSING_WORDS,
    Outcome,
    Status,
    as_text,
    blank_digests,
    clean,
    missing_words,
    replace_rows,
)
from cleanroom.prepare.recipes.recipe import matching

Digest = Literal["sha256", "md5"]
HEX_LENGTH: Final[Mapping[Digest, int]] = MappingProxyType({"sha256": 64, "md5": 32})
_HEX: Final = r"^[0-9a-fA-F]+$"
# Base64 of 32 and 16 bytes, its padding optional; the last digit before it carries the spare bits.
_BASE64: Final[Mapping[Digest, str]] = MappingProxyType(
    {"sha256": r"^[0-9A-Za-z+/]{43}=?$", "md5": r"^[0-9A-Za-z+/]{22}(?:==)?$"}
)


class HashProfile(HashForms, frozen=True, forbid_unknown_fields=True):
    """Forms of the values of a column. Profiles of batches add up with ``+``."""

    def __add__(self, other: "HashProfile") -> "HashProfile":
        fields = self.__struct_fields__
        return HashProfile(**{name: getattr(self, name) + getattr(other, name) for name in fields})

    @property
    def digest(self) -> Digest | None:
        """The digest that most of the present values look like; None if most look like neither."""
        sha256, md5 = self.sha256_hex + self.sha256_base64, self.md5_hex + self.md5_base64
        present = self.rows - self.missing - self.blank_hash
        if max(sha256, md5) * 2 <= present or present == 0:
            return None
        return "sha256" if sha256 > md5 else "md5"


def _hex_of(text: pl.Series, digest: Digest) -> pl.Series:
    """Lower-case hex of hex or Base64 text; null where it is not this digest."""
    lower = text.str.to_lowercase()
    found = matching(lower, rf"^[0-9a-f]{{{HEX_LENGTH[digest]}}}$")
    # Hex digits alone are a cut hex digest: real Base64 of that length has other letters too.
    rest = (found.is_null() & ~lower.str.contains(_HEX)).arg_true()
    return replace_rows(found, rest, _base64_to_hex(text.gather(rest), digest))


def _base64_to_hex(text: pl.Series, digest: Digest) -> pl.Series:
    usual = text.str.replace_all("-", "+", literal=True).str.replace_all("_", "/", literal=True)
    digits = matching(usual, _BASE64[digest]).str.strip_chars_end("=")
    padding = "=" * (-(HEX_LENGTH[digest] // 2) % 3)
    return (digits + padding).str.decode("base64", strict=False).bin.encode("hex")


def classify_hashed(
    values: pl.Series, digest: Digest, missing: Iterable[str] = MISSING_WORDS
) -> Outcome:
    """Digests as lower-case hex and the status of each value: VALID; MISSING; BLANK_HASH for the
    digest of nothing, which is missing too; MALFORMED for all else, other digests included.

    A list of SHA-256-of-MD5 is read with ``digest="sha256"``: nobody can tell them apart. Hex of
    any case and Base64 of either alphabet, padded or not, are understood.
    Raises ``input.identifier_type``.
    """
    text = as_text(values)
    found = _hex_of(text, digest)
    rows = found.is_null().arg_true()
    words = pl.Series(missing_words(missing))
    # A list may name the digest of its own placeholder as a missing word.
    gone = found.is_in(_hex_of(words, digest).implode()).fill_null(value=False)
    if len(rows):
        cleaned = clean(text.gather(rows))
        found = replace_rows(found, rows, _hex_of(cleaned, digest))
        gone = replace_rows(gone, rows, _is_word(cleaned, words))
    return _outcome(found.alias(values.name), gone)


def _is_word(cleaned: pl.Series, words: pl.Series) -> pl.Series:
    return cleaned.str.to_lowercase().is_in(words.implode()).fill_null(value=True)


def _outcome(found: pl.Series, gone: pl.Series) -> Outcome:
    frame = pl.DataFrame({"found": found, "gone": gone}).with_columns(
        blank=pl.col("found").is_in(blank_digests()).fill_null(value=False)
    )
    code = (
        pl.when("gone")
        .then(int(Status.MISSING))
        .when("blank")
        .then(int(Status.BLANK_HASH))
        .when(pl.col("found").is_null())
        .then(int(Status.MALFORMED))
        .otherwise(int(Status.VALID))
    )
    frame = frame.with_columns(status=code.cast(pl.UInt8))
    kept = frame.select(pl.when(pl.col("status") == int(Status.VALID)).then("found")).to_series()
    return Outcome(kept.alias(found.name), frame["status"])


def profile(values: pl.Series, missing: Iterable[str] = MISSING_WORDS) -> HashProfile:
    """What a column holds, by counting forms. Raises ``input.identifier_type``."""
    cleaned = clean(as_text(values))
    gone = _is_word(cleaned, pl.Series(missing_words(missing)))
    sha256, md5 = _hex_of(cleaned, "sha256"), _hex_of(cleaned, "md5")
    frame = pl.DataFrame({"text": cleaned, "gone": gone, "sha256": sha256, "md5": md5})
    digits = pl.col("text").str.contains(_HEX)
    low, high = pl.col("text").str.contains("[a-f]"), pl.col("text").str.contains("[A-F]")
    is_sha, is_md5 = pl.col("sha256").is_not_null(), pl.col("md5").is_not_null()
    blank = pl.coalesce("sha256", "md5").is_in(blank_digests()).fill_null(value=False)
    live, hexed = ~pl.col("gone") & ~blank, digits & (is_sha | is_md5)
    counts = frame.select(
        rows=pl.len(),
        missing=pl.col("gone").sum(),
        blank_hash=(~pl.col("gone") & blank).sum(),
        sha256_hex=(live & is_sha & digits).sum(),
        md5_hex=(live & is_md5 & digits).sum(),
        sha256_base64=(live & is_sha & ~digits).sum(),
        md5_base64=(live & is_md5 & ~digits).sum(),
        wrong_length=(live & digits & ~is_sha & ~is_md5).sum(),
        other=(live & ~digits & ~is_sha & ~is_md5).sum(),
        lower=(live & hexed & low & ~high).sum(),
        upper=(live & hexed & high & ~low).sum(),
        mixed=(live & hexed & low & high).sum(),
    )
    return HashProfile(**counts.row(0, named=True))
