"""Identifiers as parties write them: every spelling of the right ones, and what else stands there.

Whatever is written for an identifier's number normalises to the one text of that number by the
recipes of the agreement, and what is written where there is none is missing or malformed.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import polars_hash as plh

from cleanroom.prepare.normalise import replace_rows
from cleanroom.prepare.population import identifiers as ids
from cleanroom.prepare.population.chance import pick
from cleanroom.prepare.population.rosters import INVALID, LANDLINE, MISSING, Roster

Array = npt.NDArray[Any]
Form = Callable[[pl.Series], pl.Series]

_WIDE: Final = {str(digit): chr(ord("０") + digit) for digit in range(10)}
_ZERO_UUID: Final = "00000000-0000-0000-0000-000000000000"
_EMPTY_MD5: Final = "d41d8cd98f00b204e9800998ecf8427e"
NOTHING: Final = ("", "NULL", "无", "-", "未知")
REMARKS: Final = ("见备注", "1380013", "12345678901", "139001390001")


def _grouped(sign: str) -> Form:
    return lambda text: (
        text.str.slice(0, 3) + sign + text.str.slice(3, 4) + sign + text.str.slice(7, 4)
    )


PHONE_FORMS: Final[tuple[tuple[str, float, Form], ...]] = (
    ("plain", 0.66, lambda text: text),
    ("+86", 0.06, lambda text: "+86" + text),
    ("+86 and a space", 0.05, lambda text: "+86 " + text),
    ("86", 0.04, lambda text: "86" + text),
    ("0086", 0.02, lambda text: "0086" + text),
    ("spaces", 0.05, _grouped(" ")),
    ("dashes", 0.05, _grouped("-")),
    ("full width", 0.02, lambda text: text.str.replace_many(_WIDE)),
    ("as a fraction", 0.02, lambda text: text + ".0"),
    ("spaces around", 0.02, lambda text: " " + text + " "),
    ("trunk 0", 0.01, lambda text: "0" + text),
)
_IMEI_FORMS: Final = (
    ("plain", 0.92, lambda text: text),
    ("dashes", 0.08, lambda text: text.str.slice(0, 6) + "-" + text.str.slice(6, 9)),
)
_OAID_FORMS: Final = (
    ("plain", 0.9, lambda text: text),
    ("capitals", 0.1, lambda text: text.str.to_uppercase()),
)
_IDFA_FORMS: Final = (
    ("plain", 0.6, lambda text: text),
    ("small letters", 0.3, lambda text: text.str.to_lowercase()),
    ("no dashes", 0.06, lambda text: text.str.replace_all("-", "", literal=True)),
    ("braces", 0.04, lambda text: "{" + text + "}"),
)
_HASH_FORMS: Final = (
    ("plain", 0.9, lambda text: text),
    ("capitals", 0.1, lambda text: text.str.to_uppercase()),
)


class Speller:
    """Writes the identifiers of one list. ``begin``: where the phone numbers begin."""

    def __init__(self, rng: np.random.Generator, roster: Roster, begin: int) -> None:
        self._rng = rng
        self._roster = roster
        self._begin = begin

    def phone(self) -> pl.Series:
        """As typed in."""
        text = self._spelt(self._phone_text(), PHONE_FORMS)
        state = self._roster.phone_state
        landline = pl.Series(self._rng.integers(20_000_000, 90_000_000, len(text))).cast(pl.String)
        landline = "021-" + landline
        words = self._words(REMARKS, len(text))
        text = _where(state == LANDLINE, landline, _where(state == INVALID, words, text))
        return self._or_nothing(text, state == MISSING)

    def phone_md5(self) -> pl.Series:
        """As MD5, cut short where it was invalid, of nothing where it was a landline."""
        text = _md5(self._phone_text())
        state = self._roster.phone_state
        text = self._spelt(text, _HASH_FORMS)
        text = _where(state == INVALID, text.str.slice(0, 31), text)
        blank = pl.Series([_EMPTY_MD5]).new_from_index(0, len(text))
        text = _where(state == LANDLINE, blank, text)
        return self._or_empty("phone", text, state == MISSING)

    def unionid(self) -> pl.Series:
        """Always as it is."""
        return self._or_empty("unionid", ids.unionids(self._numbers("unionid")))

    def oaid(self) -> pl.Series:
        """All zeros where the owner of the phone has switched it off."""
        text = self._spelt(ids.oaids(self._numbers("oaid")), _OAID_FORMS)
        return self._or_zeros("oaid", text, 0.2)

    def oaid_sha256(self) -> pl.Series:
        """As SHA-256."""
        return self._or_empty(
            "oaid", self._spelt(_sha256(ids.oaids(self._numbers("oaid"))), _HASH_FORMS)
        )

    def imei(self) -> pl.Series:
        """15 digits, sometimes in groups."""
        return self._or_empty("imei", self._spelt(ids.imeis(self._numbers("imei")), _IMEI_FORMS))

    def imei_md5(self) -> pl.Series:
        """As MD5."""
        return self._or_empty(
            "imei", self._spelt(_md5(ids.imeis(self._numbers("imei"))), _HASH_FORMS)
        )

    def idfa(self) -> pl.Series:
        """All zeros where tracking was not allowed."""
        text = self._spelt(ids.idfas(self._numbers("idfa")), _IDFA_FORMS)
        return self._or_zeros("idfa", text, 0.3)

    def _numbers(self, kind: str) -> Array:
        return np.maximum(self._roster.tokens[kind], 0)

    def _phone_text(self) -> pl.Series:
        digits = ids.phone_digits(self._roster.tokens["phone"], self._begin)
        return pl.Series(digits).cast(pl.String)

    def _spelt(self, text: pl.Series, forms: tuple[tuple[str, float, Form], ...]) -> pl.Series:
        """Each value in one of the forms."""
        chosen = pick(self._rng, [share for _, share, _ in forms], len(text))
        for number, (_, _, form) in enumerate(forms[1:], 1):
            rows = pl.Series(np.flatnonzero(chosen == number).astype(np.uint32))
            text = replace_rows(text, rows, form(text.gather(rows)))
        return text

    def _words(self, words: tuple[str, ...], size: int) -> pl.Series:
        return pl.Series(words).gather(self._rng.integers(0, len(words), size))

    def _or_nothing(self, text: pl.Series, absent: Array) -> pl.Series:
        """A word for nothing where there is none."""
        return _where(absent, self._words(NOTHING, len(text)), text)

    def _or_empty(self, kind: str, text: pl.Series, absent: Array | None = None) -> pl.Series:
        gone = self._roster.tokens[kind] == ids.NONE if absent is None else absent
        return _where(gone, pl.Series([""]).new_from_index(0, len(text)), text)

    def _or_zeros(self, kind: str, text: pl.Series, share: float) -> pl.Series:
        gone = self._roster.tokens[kind] == ids.NONE
        zeros = gone & (self._rng.random(len(text)) < share)
        blank = pl.Series([_ZERO_UUID]).new_from_index(0, len(text))
        return _where(zeros, blank, self._or_empty(kind, text))


def phone_md5s(phone: Array, begin: int) -> pl.Series:
    """Phones as a list of MD5."""
    return _md5(pl.Series(ids.phone_digits(phone, begin)).cast(pl.String))


def _md5(text: pl.Series) -> pl.Series:
    return text.to_frame("t").select(plh.col("t").nchash.md5()).to_series()


def _sha256(text: pl.Series) -> pl.Series:
    return text.to_frame("t").select(plh.col("t").chash.sha2_256()).to_series()


def _where(rows: Array, there: pl.Series, elsewhere: pl.Series) -> pl.Series:
    frame = pl.DataFrame({"r": rows, "t": there, "e": elsewhere})
    return frame.select(pl.when("r").then("t").otherwise("e")).to_series()
