"""Bytes that are signed: RFC 8785 JSON, decoded strictly into types.

A document is accepted only if it is exactly the canonical form of what it says, so duplicate keys,
unknown fields, other spellings of numbers and trailing bytes are all refused. The same holds for
hex: only lower-case digits without spaces, so that one key or signature has one spelling.
"""

import hashlib
import re
from typing import TypeVar

import msgspec
import rfc8785

from cleanroom.errors import TrustError

MAX_DOCUMENT = 8 << 20
T = TypeVar("T")

_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_DIGEST = re.compile(r"[0-9a-f]{64}")

# The library looks up a text encoding when it first sorts keys. A locked worker can no longer load
# one, so it is looked up here.
rfc8785.dumps({"": 0})


def encode(value: object) -> bytes:
    """Canonical JSON (RFC 8785) of a struct or plain data."""
    return rfc8785.dumps(msgspec.to_builtins(value))


def decode(data: bytes, kind: type[T], what: str, limit: int = MAX_DOCUMENT) -> T:
    """Parse canonical JSON into ``kind``. Raises ``trust.malformed`` for anything else."""
    if len(data) > limit:
        raise TrustError("trust.malformed", what=what)
    try:
        value = msgspec.json.decode(data, type=kind, strict=True)
        same = encode(value) == data
    except (msgspec.MsgspecError, rfc8785.CanonicalizationError, ValueError, RecursionError):
        raise TrustError("trust.malformed", what=what) from None
    if not same:
        raise TrustError("trust.malformed", what=what)
    return value


def unhex(text: str, what: str) -> bytes:
    """Bytes from lower-case hex. Raises ``trust.malformed``; ``bytes.fromhex`` is too lenient."""
    if not _HEX.fullmatch(text):
        raise TrustError("trust.malformed", what=what)
    return bytes.fromhex(text)


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 as ``sha256_hex`` writes it."""
    return _DIGEST.fullmatch(text) is not None


def sha256_hex(data: bytes) -> str:
    """SHA-256 as lower-case hex."""
    return hashlib.sha256(data).hexdigest()
