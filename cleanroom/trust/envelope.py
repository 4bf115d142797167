"""DSSE envelopes (Dead Simple Signing Envelope) with Ed25519, one or several signers.

``keyid`` is only a hint: a signature counts when it verifies under a key that the caller expects.
Only the bytes that were verified are ever used.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from cleanroom.errors import TrustError
from cleanroom.trust.codec import MAX_DOCUMENT, decode, encode, sha256_hex

MAX_SIGNATURES = 32


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """``sig`` is Base64 of 64 bytes; ``keyid`` the SHA-256 (hex) of the raw public key."""

    keyid: str
    sig: str


class Envelope(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A signed document: its type, its bytes in Base64, its signatures."""

    payload_type: str
    payload: str
    signatures: tuple[Signature, ...]

    @property
    def body(self) -> bytes:
        """The document's bytes, not yet verified."""
        return _unbase64(self.payload)

    def to_bytes(self) -> bytes:
        """The envelope as canonical JSON."""
        return encode(self)


def _unbase64(value: str) -> bytes:
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise TrustError("trust.malformed", what="envelope") from None
    if base64.b64encode(data).decode() != value:
        raise TrustError("trust.malformed", what="envelope")
    return data


def key_id(public: bytes) -> str:
    """The hint that names a signing key."""
    return sha256_hex(public)


def pae(payload_type: str, body: bytes) -> bytes:
    """DSSE pre-authentication encoding: what is really signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def _signature(payload_type: str, body: bytes, key: Ed25519PrivateKey) -> Signature:
    sig = key.sign(pae(payload_type, body))
    return Signature(
        key_id(key.public_key().public_bytes_raw()), base64.b64encode(sig).decode("ascii")
    )


def sign(payload_type: str, body: bytes, keys: Iterable[Ed25519PrivateKey]) -> Envelope:
    """Wrap and sign a document."""
    signatures = tuple(_signature(payload_type, body, key) for key in keys)
    return Envelope(payload_type, base64.b64encode(body).decode("ascii"), signatures)


def countersign(envelope: Envelope, key: Ed25519PrivateKey) -> Envelope:
    """The same document with one more signature; signing twice changes nothing.

    Whatever stood under this key's name without verifying is dropped: somebody else put it there,
    and it must not pass for the signature that is being given now.
    """
    added = _signature(envelope.payload_type, envelope.body, key)
    if signers(envelope, [key.public_key().public_bytes_raw()]):
        return envelope
    others = tuple(known for known in envelope.signatures if known.keyid != added.keyid)
    return msgspec.structs.replace(envelope, signatures=(*others, added))


def parse(data: bytes, payload_type: str, what: str, limit: int = MAX_DOCUMENT) -> Envelope:
    """Read an envelope of one type; nothing is verified yet. Raises ``trust.malformed``.

    An envelope has one spelling too, so that the hash of a file names what it says.
    """
    envelope = decode(data, Envelope, what, limit)
    if envelope.payload_type != payload_type or len(envelope.signatures) > MAX_SIGNATURES:
        raise TrustError("trust.malformed", what=what)
    return envelope


def valid_signature(envelope: Envelope, public: bytes) -> Signature | None:
    """The signature of one key, if there is one that verifies.

    Raises ``trust.malformed`` when what stands under the key's name is not Base64.
    """
    return _valid(envelope, public, pae(envelope.payload_type, envelope.body))


def _valid(envelope: Envelope, public: bytes, message: bytes) -> Signature | None:
    for signature in envelope.signatures:
        named = signature.keyid == key_id(public)
        if named and verifies(public, _unbase64(signature.sig), message):
            return signature
    return None


def signers(envelope: Envelope, keys: Sequence[bytes]) -> list[bytes]:
    """Those of ``keys`` (raw public keys) under which a signature of the envelope verifies."""
    message = pae(envelope.payload_type, envelope.body)  # once: a document may be large
    return [key for key in dict.fromkeys(keys) if _valid(envelope, key, message) is not None]


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature verifies."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def open_signed(
    data: bytes, payload_type: str, public: bytes, what: str, limit: int = MAX_DOCUMENT
) -> bytes:
    """The document's bytes when ``public`` signed them.

    Raises ``trust.malformed`` or ``trust.signature`` (fact ``what``).
    """
    envelope = parse(data, payload_type, what, limit)
    if not signers(envelope, [public]):
        raise TrustError("trust.signature", what=what)
    return envelope.body
