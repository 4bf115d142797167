"""From identifiers to matching tokens (PROTOCOL.md, "Matching secret").

token = the first 16 bytes of HMAC-SHA256(key, message) as two big-endian unsigned integers
``hi`` and ``lo``, where key is the ASCII text hex(K_kind), 64 bytes, exactly one SHA-256 block,
and K_kind = HKDF-SHA256(matching secret, salt = agreement id, info = kind).

The message follows the agreement's *token base*, so that a party that holds only hashed lists can
meet one that holds raw values:

=============== ======================================================================
plain           the normalised identifier, UTF-8
sha256          lower-case hex of SHA-256(normalised identifier)
md5             lower-case hex of MD5(normalised identifier)
sha256-of-md5   lower-case hex of SHA-256 over the 32 hex characters of ``md5``
=============== ======================================================================
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import polars as pl
import polars_hash as plh  # registers the namespaces chash and nchash
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cleanroom.errors import InputError

Given = Literal["raw", "sha256", "md5", "sha256-of-md5"]
Base = Literal["plain", "sha256", "md5", "sha256-of-md5"]
GIVEN: Final[tuple[Given, ...]] = ("raw", "sha256", "md5", "sha256-of-md5")
BASES: Final[tuple[Base, ...]] = ("plain", "sha256", "md5", "sha256-of-md5")

KEY_BYTES: Final = 32
_WORD: Final = 16  # hex characters of one 64-bit half

_VALUE: Final = "value"
# What is applied, in order, to come from what is given to the base.
_STEPS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
    {
        ("raw", "plain"): (),
        ("raw", "sha256"): ("sha256",),
        ("raw", "md5"): ("md5",),
        ("raw", "sha256-of-md5"): ("md5", "sha256"),
        ("sha256", "sha256"): (),
        ("md5", "md5"): (),
        ("md5", "sha256-of-md5"): ("sha256",),
        ("sha256-of-md5", "sha256-of-md5"): (),
    }
)


def kind_key(secret: bytes, agreement_id: str, kind: str) -> bytes:
    """K_kind: 32 bytes, RFC 5869 HKDF-SHA256 of the matching secret."""
    salt, info = agreement_id.encode(), kind.encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(secret)


def reachable(given: str, base: str) -> bool:
    """Whether values of form ``given`` can be brought to the token base ``base``."""
    return (given, base) in _STEPS


def message(values: pl.Series, given: Given, base: Base) -> pl.Series:
    """What the token is computed from, as String; null stays null.

    ``values`` are normalised identifiers (given = raw) or lower-case hex digests of them.
    Raises ``input.token_base`` when the base cannot be reached from what is given.
    """
    if not reachable(given, base):
        raise InputError("input.token_base", column=values.name, given=given, base=base)
    result = values
    for step in _STEPS[given, base]:
        column = plh.col(_VALUE)
        digest = column.chash.sha2_256() if step == "sha256" else column.nchash.md5()
        result = result.to_frame(_VALUE).select(digest).to_series()
    return result.alias(values.name)


def tokens(messages: pl.Series, key: bytes) -> pl.DataFrame:
    """Tokens of messages under K_kind (32 bytes): columns ``hi`` and ``lo``, UInt64, as long as
    the input, null where the message is null."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a kind key has {KEY_BYTES} bytes")
    digest = messages.to_frame(_VALUE).select(plh.col(_VALUE).chash.hmac_sha256(key=key.hex()))
    return digest.select(hi=_half(0), lo=_half(1))


def _half(which: int) -> pl.Expr:
    text = pl.col(_VALUE).str.slice(which * _WORD, _WORD)
    return text.str.to_integer(base=16, dtype=pl.UInt64)
