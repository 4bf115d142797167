"""Ciphers with known answers, from ``resources/selftest/known_answers.json``.

Argon2id: RFC 9106, 5.3. Ed25519: RFC 8032, 7.1, test 2. HPKE: key and encapsulation of the X-Wing
vector of the HPKE post-quantum draft, carried on by the key schedule of RFC 9180 to our AEAD.
Cobblestone-256: encrypted by the text of c2sp.org/chunked-encryption. The last two answers were
made without the library's HPKE and Cobblestone; a test makes them again.
"""

from collections.abc import Callable

import msgspec
from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from cleanroom import resources
from cleanroom.errors import TrustError
from cleanroom.session.selftest.outcome import Check, held
from cleanroom.trust.hpke import SealingKey

Answer = dict[str, bytes]


def trial() -> list[Check]:
    """Every cipher: the known answer, and no answer for what was changed."""
    known = known_answers()
    return [held("ciphers", name, holds(known[name])) for name, holds in CIPHERS.items()]


def known_answers() -> dict[str, Answer]:
    """Inputs and expected outputs by cipher."""
    data = resources.find("selftest", "known_answers.json").read_bytes()
    read = msgspec.json.decode(data, type=dict[str, dict[str, str]])
    return {
        name: {key: bytes.fromhex(value) for key, value in answer.items()}
        for name, answer in read.items()
    }


def argon2id(known: Answer) -> bool:
    """Stretches a passphrase to the published key."""
    stretch = Argon2id(
        salt=known["salt"],
        length=32,
        iterations=3,
        lanes=4,
        memory_cost=32,
        ad=known["data"],
        secret=known["secret"],
    )
    return stretch.derive(known["passphrase"]) == known["expected"]


def ed25519(known: Answer) -> bool:
    """Signs as published, and refuses the signature under another message."""
    key = Ed25519PrivateKey.from_private_bytes(known["private"])
    signature = key.sign(known["message"])
    public = key.public_key()
    public.verify(signature, known["message"])
    try:
        public.verify(signature, known["message"] + b"\0")
    except InvalidSignature:
        return signature == known["expected"]
    return False


def hpke(known: Answer) -> bool:
    """Opens what was sealed, and nothing else."""
    key = SealingKey.from_bytes(known["private"])
    try:
        key.open(_changed(known["sealed"]), known["info"], "self-test")
    except TrustError:
        return key.open(known["sealed"], known["info"], "self-test") == known["expected"]
    return False


def cobblestone(known: Answer) -> bool:
    """Decrypts what was encrypted, and nothing else."""
    try:
        _decrypted(known, _changed(known["sealed"]))
    except (InvalidTag, ValueError):
        return _decrypted(known, known["sealed"]) == known["expected"]
    return False


def _decrypted(known: Answer, data: bytes) -> bytes:
    decryptor = Cobblestone256Decryptor(known["key"], known["context"])
    return bytes(decryptor.update(data)) + decryptor.finalize()


def _changed(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


CIPHERS: dict[str, Callable[[Answer], bool]] = {
    "argon2id": argon2id,
    "ed25519": ed25519,
    "hpke": hpke,
    "cobblestone": cobblestone,
}
