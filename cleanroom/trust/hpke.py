"""Sealing small secrets to a public key: HPKE (RFC 9180), X-Wing hybrid KEM, AES-256-GCM.

ML-KEM-768 together with X25519: a recording made today stays closed to a later quantum computer.
Context goes into ``info``: it is authenticated and must be the same on both sides. The library's
hybrid keys cannot be written out, so the two component keys are kept beside each other.
"""

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from cleanroom.errors import TrustError

_MLKEM_PUBLIC, _MLKEM_SEED = 1184, 64
PUBLIC_BYTES = _MLKEM_PUBLIC + 32
PRIVATE_BYTES = _MLKEM_SEED + 32

_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


@dataclass(frozen=True, repr=False)
class SealingKey:
    """A private key that opens what was sealed to its public half."""

    mlkem: MLKEM768PrivateKey
    x25519: X25519PrivateKey

    @classmethod
    def generate(cls) -> "SealingKey":
        """A new random key."""
        return cls(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, data: bytes) -> "SealingKey":
        """Read back ``private_bytes``. Raises ``trust.malformed``."""
        if len(data) != PRIVATE_BYTES:
            raise TrustError("trust.malformed", what="key")
        return cls(
            MLKEM768PrivateKey.from_seed_bytes(data[:_MLKEM_SEED]),
            X25519PrivateKey.from_private_bytes(data[_MLKEM_SEED:]),
        )

    def private_bytes(self) -> bytes:
        """ML-KEM seed (64 bytes), then X25519 private key (32 bytes)."""
        return self.mlkem.private_bytes_raw() + self.x25519.private_bytes_raw()

    def public_bytes(self) -> bytes:
        """ML-KEM-768 public key (1184 bytes), then X25519 public key (32 bytes)."""
        return (
            self.mlkem.public_key().public_bytes_raw() + self.x25519.public_key().public_bytes_raw()
        )

    def open(self, sealed: bytes, info: bytes, what: str) -> bytes:
        """The secret sealed under the same ``info``. Raises ``trust.not_for_you``."""
        private = hpke.MLKEM768X25519PrivateKey(self.mlkem, self.x25519)
        try:
            return _SUITE.decrypt(sealed, private, info=info)
        except (InvalidTag, ValueError):
            raise TrustError("trust.not_for_you", what=what) from None


def is_usable(public: bytes) -> bool:
    """Whether something can be sealed to a raw public key: right size, valid, not of low order."""
    try:
        seal(b"", public, b"")
    except TrustError:
        return False
    return True


def seal(secret: bytes, public: bytes, info: bytes) -> bytes:
    """Seal a secret to the raw public key of a ``SealingKey``. Raises ``trust.malformed``."""
    if len(public) != PUBLIC_BYTES:
        raise TrustError("trust.malformed", what="key")
    try:
        recipient = hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
        )
        return _SUITE.encrypt(secret, recipient, info=info)
    except ValueError:
        raise TrustError("trust.malformed", what="key") from None
