"""Telephone numbers: ``phone-cn11/1`` and ``phone-e164/1``.

Spaces, dashes of any kind, dots, brackets and parentheses are dropped, and the ``.0`` that a
spreadsheet adds to a whole number; whatever then is not digits with at most one leading ``+`` is
malformed.

``phone-cn11/1`` is the 11 digits of a mainland mobile, ``1[3-9]`` and nine more, after an
optional +86, 0086 or 86 and an optional trunk 0. Everything else is malformed.

``phone-e164/1`` is E.164 with its ``+``; numbers without country code belong to the region (CN
unless said). Numbering rules come from libphonenumber (``phonenumberslite``). Numbers of the
mainland are held to our own fixed rule, since libphonenumber's list of prefixes changes with every
release: a mobile as above, or area code (10, 2x, or three digits from 3-9) and subscriber number.
Elsewhere a number must have a possible length. The spellings most rows have never reach
libphonenumber: regular expressions settle them with the same result.
"""

import re
from collections.abc import Callable
from typing import Final

import phonenumbers
import polars as pl

from cleanroom.errors import InputError
from cleanroom.prepare.normalise import replace_rows
from cleanroom.prepare.recipes.recipe import Recipe, matching, nulls

_MOBILE: Final = r"1[3-9][0-9]{9}"
_FIXED: Final = r"(?:(?:10|2[0-9])[1-9][0-9]{7}|[3-9][0-9]{2}[1-9][0-9]{6,7})"
_PLAIN_MOBILE: Final = rf"^(?:\+?86|0086)?{_MOBILE}$"
_SEPARATORS: Final = r"[\s().\[\]·\-‐-―−ー]+"
_DIGITS: Final = r"^\+?[0-9]{5,24}$"
_CHINA: Final = 86
_MAINLAND: Final = re.compile(rf"^\+86(?:{_MOBILE}|{_FIXED})$", re.ASCII)

# (what a number without separators looks like, how many digits from the end are its national
# number, country code), for the region CN and for any other one.
_CN: Final = (
    (rf"^(?:\+86|0086)?0?{_MOBILE}$", 11, "+86"),
    (rf"^86{_MOBILE}$", 11, "+86"),
    (r"^(?:\+86|0086|0)(?:10|2[0-9])[1-9][0-9]{7}$", 10, "+86"),
    (r"^(?:\+|00)852[2-9][0-9]{7}$", 8, "+852"),
    (r"^(?:\+|00)853[2-9][0-9]{7}$", 8, "+853"),
)
_ANYWHERE: Final = (
    (rf"^\+86{_MOBILE}$", 11, "+86"),
    (r"^\+852[2-9][0-9]{7}$", 8, "+852"),
)


def _compact(cleaned: pl.Series) -> pl.Series:
    """Digits with an optional leading plus; null for text that is not a number."""
    whole = cleaned.str.replace(r"^([0-9]+)\.0$", "$1")
    digits = whole.str.replace_all(_SEPARATORS, "")
    return matching(digits, _DIGITS)


def _mobile_11(text: pl.Series, pattern: str) -> pl.Series:
    return matching(text, pattern).str.tail(11)


PHONE_CN11 = Recipe(
    "phone-cn11/1",
    "phone",
    general=lambda cleaned: _mobile_11(_compact(cleaned), rf"^(?:\+86|0086|86)?0?{_MOBILE}$"),
    plain=lambda text: _mobile_11(text, _PLAIN_MOBILE),
)


def parsed(number: str, region: str) -> str | None:
    """E.164 of one number by libphonenumber and the mainland rule, or None."""
    found = _parse(number, region)
    if found is None:
        return None
    e164: str = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
    if found.country_code == _CHINA:
        return e164 if _MAINLAND.match(e164) else None
    reason = phonenumbers.is_possible_number_with_reason(found)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    # A number whose own E.164 reads as another number (a second trunk 0) is not one.
    return e164 if _parse(e164, region) == found else None


def _parse(number: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None


def settled(compact: pl.Series, region: str) -> pl.Series:
    """E.164 of the numbers that regular expressions settle; null for the others."""
    found = nulls(len(compact))
    for pattern, digits, code in _CN if region == "CN" else _ANYWHERE:
        rows = compact.str.contains(pattern).fill_null(value=False).arg_true()
        found = replace_rows(found, rows, code + compact.gather(rows).str.tail(digits))
    return found


def _general_e164(region: str) -> Callable[[pl.Series], pl.Series]:
    def general(cleaned: pl.Series) -> pl.Series:
        compact = _compact(cleaned)
        found = settled(compact, region)
        rows = (found.is_null() & compact.is_not_null()).arg_true()
        if len(rows) == 0:
            return found
        # libphonenumber takes 40 us a number, so each spelling is looked at once.
        rest = compact.gather(rows)
        spelt = rest.unique()
        e164 = pl.Series([parsed(number, region) for number in spelt], dtype=pl.String)
        return replace_rows(found, rows, rest.replace_strict(spelt, e164))

    return general


def phone_e164(region: str = "CN") -> Recipe:
    """``phone-e164/1`` for a file whose local numbers belong to ``region`` (ISO 3166, two
    letters). Raises ``input.region_unknown``."""
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise InputError("input.region_unknown", region=region)
    plain = (lambda text: "+86" + _mobile_11(text, _PLAIN_MOBILE)) if region == "CN" else None
    return Recipe("phone-e164/1", "phone", general=_general_e164(region), plain=plain)


PHONE_E164 = phone_e164()
