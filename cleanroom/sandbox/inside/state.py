"""What the sandbox remembers between sessions: answers given, sealed under all owners' shares.

A blob holds the noisy numbers before rounding and which cells were withheld, so that a repeated
question gets the same answer under today's policy, and a withheld cell stays withheld. The blob's
SHA-256 stands in the ledger entry of the answer; at reopening every one must be there.

Room for later rules: what the difference check needs of an earlier answer belongs into ``Stored``.
"""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from msgspec import Struct

from cleanroom.errors import TrustError
from cleanroom.trust import codec
from cleanroom.trust.ledger import Entry

_NONCE = 12
_CONTEXT = b"dcr/state/1\0"


class StoredVector(Struct, frozen=True, forbid_unknown_fields=True):
    """One measure with its noise, before rounding and withholding."""

    measure: str
    noisy: tuple[int, ...]
    sigma: int


class Stored(Struct, frozen=True, forbid_unknown_fields=True):
    """An answer as it was first computed."""

    question_key: str
    vectors: tuple[StoredVector, ...]
    withheld: tuple[bool, ...]  # per cell


def seal(stored: Stored, key: bytes) -> bytes:
    """The answer as a blob."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCMSIV(key).encrypt(nonce, codec.encode(stored), _CONTEXT)


def unseal(blob: bytes, key: bytes) -> Stored:
    """An answer from its blob. Raises ``trust.state_damaged``."""
    try:
        plain = AESGCMSIV(key).decrypt(blob[:_NONCE], blob[_NONCE:], _CONTEXT)
    except (InvalidTag, ValueError):
        raise TrustError("trust.state_damaged") from None
    return codec.decode(plain, Stored, "state")


def recall(entries: Sequence[Entry], blobs: Sequence[bytes], key: bytes) -> dict[str, Stored]:
    """Every earlier answer by question. Raises ``trust.state_missing``, ``trust.state_damaged``."""
    by_hash = {codec.sha256_hex(blob): blob for blob in blobs}
    known: dict[str, Stored] = {}
    for entry in entries:
        if entry.answered is None or not entry.answered.blob_sha256:
            continue
        blob = by_hash.get(entry.answered.blob_sha256)
        if blob is None:
            raise TrustError("trust.state_missing", seq=entry.seq)
        stored = unseal(blob, key)
        if stored.question_key != entry.answered.question_key:
            raise TrustError("trust.state_damaged")
        known[stored.question_key] = stored
    return known
