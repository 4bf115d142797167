"""Device identifiers: ``imei/1``, ``oaid/1``, ``idfa/1``, ``device-id/1``.

- ``imei/1``: 15 digits with a right check digit (Luhn, 3GPP TS 23.003 annex B); spaces, dashes,
  slashes and a spreadsheet's ``.0`` are dropped. 14 digits without check digit, the 16 of an IMEISV
  and the hexadecimal MEID are malformed.
- ``oaid/1``: 16 to 64 letters, digits, dashes or underscores, lower-cased; dashes stay, since
  vendors differ in them and hashed lists were made with them.
- ``idfa/1``: a UUID as iOS writes it, upper-case 8-4-4-4-12, which is what the market hashes.
  Braces and missing dashes are mended.
- ``device-id/1``: 12 to 64 hex digits, lower-case, without dashes and braces.

All zeros (a phone whose owner has switched tracking off) is missing.
"""

from typing import Final

import polars as pl

from cleanroom.prepare.recipes.recipe import Recipe, matching, nulls_unless

_IMEI_DIGITS: Final = 15
_UUID: Final = r"^\{?([0-9A-F]{8})-?([0-9A-F]{4})-?([0-9A-F]{4})-?([0-9A-F]{4})-?([0-9A-F]{12})\}?$"
_ZERO_UUID: Final = "00000000-0000-0000-0000-000000000000"


def _imei(text: pl.Series) -> pl.Series:
    found = matching(text, rf"^[0-9]{{{_IMEI_DIGITS}}}$")
    number = found.cast(pl.Int64)
    total = pl.repeat(0, len(found), dtype=pl.Int64, eager=True)
    for place in range(_IMEI_DIGITS):  # from the right: every second digit counts double
        digit = (number // 10**place) % 10
        total = total + (digit * 2 - 9 * (digit > 4).cast(pl.Int64) if place % 2 else digit)
    return nulls_unless(total % 10 == 0, found)


def _imei_general(cleaned: pl.Series) -> pl.Series:
    whole = cleaned.str.replace(r"^([0-9]+)\.0$", "$1")
    return _imei(whole.str.replace_all(r"[\s/\-‐-―−]+", ""))


def _oaid(text: pl.Series) -> pl.Series:
    return matching(text.str.to_lowercase(), r"^[0-9a-z][0-9a-z_-]{14,62}[0-9a-z]$")


def _idfa(text: pl.Series) -> pl.Series:
    upper = matching(text.str.to_uppercase(), _UUID)
    return upper.str.replace(_UUID, "${1}-${2}-${3}-${4}-${5}")


def _device(cleaned: pl.Series) -> pl.Series:
    bare = cleaned.str.to_lowercase().str.replace(r"^\{(.*)\}$", "$1")
    return matching(bare.str.replace_all(r"[-‐-―−]", ""), r"^[0-9a-f]{12,64}$")


IMEI = Recipe("imei/1", "imei", general=_imei_general, plain=_imei, blanks=("0" * _IMEI_DIGITS,))
OAID = Recipe(
    "oaid/1",
    "oaid",
    general=_oaid,
    plain=_oaid,
    blanks=(_ZERO_UUID, *("0" * length for length in range(16, 65))),
)
IDFA = Recipe("idfa/1", "idfa", general=_idfa, plain=_idfa, blanks=(_ZERO_UUID,))
DEVICE_ID = Recipe(
    "device-id/1",
    "device",
    general=_device,
    plain=lambda text: matching(text.str.to_lowercase(), r"^[0-9a-f]{12,64}$"),
    blanks=tuple("0" * length for length in range(12, 65)),
)
