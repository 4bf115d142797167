"""Identifiers as numbers: which phone or device it is. How parties spell them: ``spelling``.

A number stands for one telephone number or one device, however it is written, so people can be
matched here without any text: the spelling of each must normalise to a text that no other has.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from cleanroom.prepare.population.chance import scrambled

Array = npt.NDArray[Any]

NONE: Final = -1
KINDS: Final = ("phone", "unionid", "oaid", "imei", "idfa")
"""In order of priority."""

# A person has up to four of each kind.
_EACH: Final = 4
MAIN, OTHER, CLERK = range(3)

DUMMIES: Final = (13_800_000_000, 13_800_138_000, 13_888_888_888, 13_900_000_000)
"""Numbers that people type in to be left alone."""
_DUMMY: Final = 1 << 50

_FIRST_PHONE: Final = 13_000_000_000
_PHONES: Final = 7_000_000_000  # 1[3-9] and nine digits
_SPREAD: Final = 2_654_435_761  # coprime to what it is taken modulo, so numbers do not repeat
_HEX: Final = np.frombuffer(b"0123456789abcdef", np.uint8)
_UNION: Final = np.frombuffer(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-", np.uint8
)
_IMEI_FIRST: Final = 86_000_000_000_000  # 14 digits as devices sold in China have them
_IMEIS: Final = 999_999_999_989


def of(person: Array, which: int) -> Array:
    """The number of a person's identifier."""
    numbers: Array = person * _EACH + which
    return numbers


def dummy(which: Array) -> Array:
    """The number of a dummy phone."""
    numbers: Array = which.astype(np.int64) + _DUMMY
    return numbers


def is_dummy(phone: Array) -> Array:
    """Whether a phone is one of the dummies."""
    found: Array = phone >= _DUMMY
    return found


def shift(seed: int, people: int) -> int:
    """Where the phone numbers begin, so that nobody really has a dummy's number."""
    inverse = pow(_SPREAD, -1, _PHONES)
    start = seed * 1_000_000_007 % _PHONES
    while any(
        (number - _FIRST_PHONE - start) * inverse % _PHONES < people * _EACH for number in DUMMIES
    ):
        start = (start + 1_000_003) % _PHONES
    return start


def phone_digits(phone: Array, begin: int) -> Array:
    """The 11 digits of each phone, as numbers; any number where there is none."""
    own = (np.maximum(phone, 0).astype(np.uint64) * np.uint64(_SPREAD)) + np.uint64(begin)
    digits = (own % np.uint64(_PHONES)).astype(np.int64) + _FIRST_PHONE
    dummies = np.array(DUMMIES)[np.clip(phone - _DUMMY, 0, len(DUMMIES) - 1)]
    found: Array = np.where(is_dummy(phone), dummies, digits)
    return found


def unionids(numbers: Array) -> pl.Series:
    """28 characters that begin with ``o``."""
    words = np.stack([scrambled(numbers, 10 + salt) for salt in range(4)], axis=1)
    text = _UNION[words.view(np.uint8).reshape(len(numbers), 32)[:, :28] & 63]
    text[:, 0] = ord("o")
    return fixed_text(text)


def _hex(numbers: Array, salt: int) -> Array:
    """32 hex digits (ASCII codes) each."""
    words = np.stack([scrambled(numbers, salt), scrambled(numbers, salt + 1)], axis=1)
    raw = words.view(np.uint8).reshape(len(numbers), 16)
    text = np.empty((len(numbers), 32), np.uint8)
    text[:, 0::2], text[:, 1::2] = _HEX[raw >> 4], _HEX[raw & 15]
    return text


def oaids(numbers: Array) -> pl.Series:
    """16 hex digits."""
    return fixed_text(np.ascontiguousarray(_hex(numbers, 20)[:, :16]))


def idfas(numbers: Array) -> pl.Series:
    """UUIDs in capitals."""
    digits = _hex(numbers, 30)
    digits = np.where(digits >= ord("a"), digits - 32, digits)
    text = np.full((len(numbers), 36), ord("-"), np.uint8)
    at = 0
    for begin, length in ((0, 8), (9, 4), (14, 4), (19, 4), (24, 12)):
        text[:, begin : begin + length] = digits[:, at : at + length]
        at += length
    return fixed_text(text)


def imeis(numbers: Array) -> pl.Series:
    """15 digits, the last of which checks the others (Luhn)."""
    spread = np.maximum(numbers, 0).astype(np.uint64) * np.uint64(1_000_003)
    body = (spread % np.uint64(_IMEIS)).astype(np.int64) + _IMEI_FIRST
    total, rest = np.zeros(len(numbers), np.int64), body
    for place in range(14):
        rest, digit = np.divmod(rest, 10)
        total += digit * 2 - 9 * (digit > 4) if place % 2 == 0 else digit
    return pl.Series(body * 10 + (-total) % 10).cast(pl.String)


def fixed_text(characters: Array) -> pl.Series:
    """Texts of equal length from their ASCII codes, a row each."""
    rows, width = characters.shape
    starts = np.arange(rows + 1, dtype=np.int64) * width
    buffers = pa.py_buffer(starts), pa.py_buffer(np.ascontiguousarray(characters))
    return pl.Series(pl.from_arrow(pa.LargeStringArray.from_buffers(rows, *buffers)))
