"""An organisation's identity: a signing key, a sealing key, and the contact card that shows them.

The card is a self-signed document. People compare its fingerprint by voice: twelve words in
English, groups of four digits in Chinese (``fingerprint.py``).
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from cleanroom.errors import TrustError
from cleanroom.trust import codec, envelope
from cleanroom.trust.hpke import SealingKey, is_usable
from cleanroom.trust.instants import instant
from cleanroom.trust.names import check_label

CARD_TYPE = "application/vnd.dcr.card.v1+json"
CARD_LIMIT = 16 << 10
_SIGNING_BYTES = 32

# The y coordinates of the eight points whose order divides 8, also written one modulus too large.
_P = 2**255 - 19
_ORDER_8 = (
    2707385501144840649318225287225658788936804267575313519463743609750303402022,
    55188659117513257062467267217118295137698188065244968500265048394206261417927,
)
_SMALL_ORDER = frozenset({0, 1, _P - 1, _P, _P + 1, *_ORDER_8})


class ContactCard(Struct, frozen=True, forbid_unknown_fields=True):
    """What others need to know of a party. Keys are lower-case hex of the raw public keys."""

    v: int
    name: str
    created: str  # ISO 8601 UTC
    signing_key: str
    sealing_key: str

    @property
    def signing(self) -> bytes:
        """Raw Ed25519 public key. Raises ``trust.malformed``."""
        return codec.unhex(self.signing_key, "contact card")

    @property
    def sealing(self) -> bytes:
        """Raw X-Wing public key. Raises ``trust.malformed``."""
        return codec.unhex(self.sealing_key, "contact card")


@dataclass(frozen=True, repr=False)
class Identity:
    """The private side. Lives in a vault; never written anywhere else."""

    name: str
    created: str
    signing: Ed25519PrivateKey
    sealing: SealingKey

    @classmethod
    def create(cls, name: str, created: str) -> "Identity":
        """New keys for an organisation. Raises ``input.label`` for a name others could not read."""
        return cls(check_label(name), created, Ed25519PrivateKey.generate(), SealingKey.generate())

    def card(self) -> ContactCard:
        """The public side."""
        signing = self.signing.public_key().public_bytes_raw()
        return ContactCard(
            1, self.name, self.created, signing.hex(), self.sealing.public_bytes().hex()
        )

    def card_file(self) -> bytes:
        """The signed contact card that is handed to others."""
        body = codec.encode(self.card())
        return envelope.sign(CARD_TYPE, body, [self.signing]).to_bytes()

    def to_bytes(self) -> bytes:
        """Private keys and name for the vault."""
        return codec.encode(
            _Stored(
                self.name,
                self.created,
                self.signing.private_bytes_raw().hex(),
                self.sealing.private_bytes().hex(),
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Identity":
        """Read back ``to_bytes``. Raises ``trust.malformed``."""
        stored = codec.decode(data, _Stored, "identity")
        signing = codec.unhex(stored.signing, "identity")
        if len(signing) != _SIGNING_BYTES:
            raise TrustError("trust.malformed", what="identity")
        return cls(
            stored.name,
            stored.created,
            Ed25519PrivateKey.from_private_bytes(signing),
            SealingKey.from_bytes(codec.unhex(stored.sealing, "identity")),
        )


class _Stored(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    created: str
    signing: str
    sealing: str


def is_weak(signing: bytes) -> bool:
    """Whether an Ed25519 public key is a point of small order.

    Under such a key one signature verifies for many documents, so its owner could deny them all.
    """
    y = int.from_bytes(signing, "little") & ((1 << 255) - 1)
    return y in _SMALL_ORDER


def check_card(card: ContactCard) -> ContactCard:
    """Refuse keys that do not work, and names that could deceive.

    Raises ``trust.malformed``, ``input.label``.
    """
    signing, sealing = card.signing, card.sealing
    sound = len(signing) == _SIGNING_BYTES and not is_weak(signing) and is_usable(sealing)
    if card.v != 1 or not sound:
        raise TrustError("trust.malformed", what="contact card")
    instant(card.created)
    check_label(card.name)
    return card


def read_card(data: bytes) -> ContactCard:
    """A contact card that is signed by the key it shows.

    Raises ``trust.malformed``, ``trust.signature``, ``input.label``.
    """
    sealed = envelope.parse(data, CARD_TYPE, "contact card", CARD_LIMIT)
    card = check_card(codec.decode(sealed.body, ContactCard, "contact card", CARD_LIMIT))
    envelope.open_signed(data, CARD_TYPE, card.signing, "contact card", CARD_LIMIT)
    return card
