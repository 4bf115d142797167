"""E-mail addresses: ``email-basic/1`` and ``email-uid2/1``.

Both trim and lower-case (Unicode default lower-casing, then NFKC again). ``email-uid2/1`` also
drops the dots and the ``+suffix`` of the local part at gmail.com, and only there: UID2 "Email
Address Normalization" (IABTechLab/uid2docs, gs-normalization-encoding).

An address is malformed when it is longer than 254 bytes, or its local part is empty or holds
white space, controls or one of ``"(),:;<>[]\\@``, or its domain is not at least two labels of
letters, digits and inner hyphens with a last label of letters.
"""

from typing import Final

import polars as pl

from cleanroom.prepare.normalise import replace_rows
from cleanroom.prepare.recipes.recipe import Recipe, nulls_unless

_LONGEST: Final = 254
_GMAIL: Final = "@gmail.com"
# The plain pattern is a subset of the general one: ASCII, and no character that cleaning touches.
_PLAIN: Final = r"^[a-z0-9_%+.-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$"
_LETTER: Final = r"\p{L}\p{M}"
_GENERAL: Final = (
    r'^[^\s\p{Cc}\x{FFFD}"(),:;<>\[\]\\@]+@'
    rf"(?:[{_LETTER}\p{{Nd}}](?:[{_LETTER}\p{{Nd}}-]*[{_LETTER}\p{{Nd}}])?\.)+"
    rf"(?:[{_LETTER}]{{2,}}|xn--[a-z0-9-]*[a-z0-9])$"
)


def _where(text: pl.Series, pattern: str) -> pl.Series:
    """The values that match; null for the others."""
    fits = text.str.contains(pattern) & (text.str.len_bytes() <= _LONGEST)
    return nulls_unless(fits, text)


def _plain_basic(text: pl.Series) -> pl.Series:
    return _where(text.str.strip_chars().str.to_lowercase(), _PLAIN)


def _general_basic(cleaned: pl.Series) -> pl.Series:
    # Lower-casing can leave a letter and its accent apart (J + caron), so NFKC comes again.
    # The ideographic full stop is what a Chinese keyboard types for a dot.
    lower = cleaned.str.to_lowercase().str.normalize("NFKC")
    return _where(lower.str.replace_all("。", ".", literal=True), _GENERAL)


def _gmail(addresses: pl.Series) -> pl.Series:
    rows = addresses.str.ends_with(_GMAIL).fill_null(value=False).arg_true()
    if len(rows) == 0:
        return addresses
    local = addresses.gather(rows).str.head(-len(_GMAIL)).str.replace_all(".", "", literal=True)
    tagged = local.str.contains("+", literal=True).arg_true()
    local = replace_rows(local, tagged, local.gather(tagged).str.replace(r"\+.*$", ""))
    return replace_rows(addresses, rows, nulls_unless(local != "", local) + _GMAIL)


EMAIL_BASIC = Recipe("email-basic/1", "email", general=_general_basic, plain=_plain_basic)
EMAIL_UID2 = Recipe(
    "email-uid2/1",
    "email",
    general=lambda cleaned: _gmail(_general_basic(cleaned)),
    plain=lambda text: _gmail(_plain_basic(text)),
)
