"""Sealing against the published vectors, and opened by an implementation from the standards.

The second implementation below follows draft-connolly-cfrg-xwing-kem (combiner) and RFC 9180
(LabeledExtract, LabeledExpand, base-mode key schedule) with hashlib and hmac alone, except the two
components ML-KEM-768 and X25519 and the AEAD. It is held to the published vector first.
"""

import hashlib
import hmac
import json
from typing import Any

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import TrustError
from cleanroom.trust.hpke import PRIVATE_BYTES, PUBLIC_BYTES, SealingKey, is_usable, seal

X_WING, HKDF_SHA256, AES_256_GCM, CHACHA = 0x647A, 1, 2, 3
LABEL = bytes.fromhex("5c2e2f2f5e5c")  # the picture of an X-wing
_CIPHERTEXT = 1088  # of ML-KEM-768
ENC = _CIPHERTEXT + 32


def vectors(file: str) -> list[dict[str, Any]]:
    with cryptography_vectors.open_vector_file(f"HPKE/{file}", "r") as opened:
        found: list[dict[str, Any]] = json.load(opened)
    return found


def x_wing_vectors() -> list[dict[str, Any]]:
    wanted = (0, X_WING, HKDF_SHA256, CHACHA)
    return [
        v
        for v in vectors("hpke-pq-test-vectors.json")
        if tuple(int(v[k]) for k in ("mode", "kem_id", "kdf_id", "aead_id")) == wanted
    ]


def recipient(seed: str) -> SealingKey:
    """X-Wing expands its 32-byte seed to our two component keys, in our order."""
    return SealingKey.from_bytes(hashlib.shake_256(bytes.fromhex(seed)).digest(PRIVATE_BYTES))


# --- the second implementation -------------------------------------------------------------------


def x_wing_decapsulate(key: SealingKey, enc: bytes) -> bytes:
    """SHA3-256(ss_M || ss_X || ct_X || pk_X || label)."""
    ct_m, ct_x = enc[:_CIPHERTEXT], enc[_CIPHERTEXT:]
    ss_m = key.mlkem.decapsulate(ct_m)
    ss_x = key.x25519.exchange(X25519PublicKey.from_public_bytes(ct_x))
    pk_x = key.x25519.public_key().public_bytes_raw()
    return hashlib.sha3_256(ss_m + ss_x + ct_x + pk_x + LABEL).digest()


def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + suite + label + ikm, "sha256")


def expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(prk, block + labeled + bytes([counter]), "sha256")
        out, counter = out + block, counter + 1
    return out[:length]


def key_schedule(secret: bytes, info: bytes, aead: int) -> tuple[bytes, bytes]:
    """(key, base nonce) of mode base."""
    ids = (X_WING, HKDF_SHA256, aead)
    suite = b"HPKE" + b"".join(i.to_bytes(2, "big") for i in ids)
    context = (
        b"\x00" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    )
    prk = extract(suite, secret, b"secret", b"")
    return (
        expand(suite, prk, b"key", context, 32),
        expand(suite, prk, b"base_nonce", context, 12),
    )


# --- tests ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    (found,) = x_wing_vectors()
    return found


def test_our_key_layout_is_the_one_of_x_wing(published: dict[str, Any]) -> None:
    key = recipient(published["skRm"])
    assert key.public_bytes().hex() == published["pkRm"]
    assert SealingKey.from_bytes(key.private_bytes()).public_bytes() == key.public_bytes()


def test_the_second_implementation_agrees_with_the_published_vector(
    published: dict[str, Any],
) -> None:
    secret = x_wing_decapsulate(recipient(published["skRm"]), bytes.fromhex(published["enc"]))
    assert secret.hex() == published["shared_secret"]
    key, nonce = key_schedule(secret, bytes.fromhex(published["info"]), CHACHA)
    assert (key.hex(), nonce.hex()) == (published["key"], published["base_nonce"])
    first = published["encryptions"][0]
    plain = ChaCha20Poly1305(key).decrypt(
        nonce, bytes.fromhex(first["ct"]), bytes.fromhex(first["aad"])
    )
    assert plain.hex() == first["pt"]


def test_the_library_opens_the_published_vector(published: dict[str, Any]) -> None:
    """One shot without additional data, as we use it: the vector's own first message has some."""
    key = recipient(published["skRm"])
    secret = x_wing_decapsulate(key, bytes.fromhex(published["enc"]))
    info = bytes.fromhex(published["info"])
    aead_key, nonce = key_schedule(secret, info, CHACHA)
    sealed = bytes.fromhex(published["enc"]) + ChaCha20Poly1305(aead_key).encrypt(nonce, b"x", b"")
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    private = hpke.MLKEM768X25519PrivateKey(key.mlkem, key.x25519)
    assert suite.decrypt(sealed, private, info=info) == b"x"


@given(st.binary(max_size=100), st.binary(max_size=60))
def test_what_we_seal_is_opened_by_the_second_implementation(secret: bytes, info: bytes) -> None:
    key = SealingKey.generate()
    sealed = seal(secret, key.public_bytes(), info)
    shared = x_wing_decapsulate(key, sealed[:ENC])
    aead_key, nonce = key_schedule(shared, info, AES_256_GCM)
    assert AESGCM(aead_key).decrypt(nonce, sealed[ENC:], b"") == secret
    assert key.open(sealed, info, "secret") == secret


KEY = SealingKey.generate()
SEALED = seal(b"s" * 32, KEY.public_bytes(), b"info")


@pytest.mark.parametrize("position", [*range(0, len(SEALED), 97), ENC, len(SEALED) - 1])
def test_every_part_of_what_is_sealed_counts(position: int) -> None:
    changed = bytearray(SEALED)
    changed[position] ^= 0x04
    with pytest.raises(TrustError, match=r"trust\.not_for_you"):
        KEY.open(bytes(changed), b"info", "secret")


@pytest.mark.parametrize("length", [0, 1, 31, ENC - 1, ENC, ENC + 15, len(SEALED) - 1])
def test_a_cut_secret_is_refused(length: int) -> None:
    with pytest.raises(TrustError, match=r"trust\.not_for_you"):
        KEY.open(SEALED[:length], b"info", "secret")


def test_key_and_context_are_both_needed() -> None:
    for key, info in ((KEY, b"other"), (SealingKey.generate(), b"info")):
        with pytest.raises(TrustError, match=r"trust\.not_for_you"):
            key.open(SEALED, info, "secret")


def test_keys_that_cannot_be_sealed_to() -> None:
    good = KEY.public_bytes()
    assert is_usable(good)
    bad = [b"", good[:-1], good + b"\x00", b"\xff" * PUBLIC_BYTES, good[:-32] + bytes(32)]
    for public in bad:
        assert not is_usable(public)
        with pytest.raises(TrustError, match=r"trust\.malformed"):
            seal(b"x", public, b"")


@pytest.mark.parametrize("size", [0, PRIVATE_BYTES - 1, PRIVATE_BYTES + 1])
def test_private_keys_of_another_size(size: int) -> None:
    with pytest.raises(TrustError, match=r"trust\.malformed"):
        SealingKey.from_bytes(bytes(size))


def applicable(vector: dict[str, Any]) -> bool:
    """Base mode over X25519 with the KDFs and ciphers of RFC 9180."""
    ids = tuple(int(vector[k]) for k in ("mode", "kem_id", "kdf_id"))
    return ids in {(0, 0x20, 1), (0, 0x20, 3)} and int(vector["aead_id"]) in (1, 2, 3)


def test_the_first_message_of_every_applicable_vector_of_rfc_9180() -> None:
    """The library's schedule, asked for the empty message: its tag is checked against ours."""
    found = [v for v in vectors("test-vectors.json") if applicable(v)]
    assert len(found) >= 6
    for vector in found:
        nonce, key = (bytes.fromhex(vector[k]) for k in ("base_nonce", "key"))
        cipher = ChaCha20Poly1305(key) if int(vector["aead_id"]) == CHACHA else AESGCM(key)
        suite = hpke.Suite(
            hpke.KEM.X25519,
            {1: hpke.KDF.HKDF_SHA256, 3: hpke.KDF.HKDF_SHA512}[int(vector["kdf_id"])],
            {1: hpke.AEAD.AES_128_GCM, 2: hpke.AEAD.AES_256_GCM, 3: hpke.AEAD.CHACHA20_POLY1305}[
                int(vector["aead_id"])
            ],
        )
        private = X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["skRm"]))
        sealed = bytes.fromhex(vector["enc"]) + cipher.encrypt(nonce, b"message", b"")
        info = bytes.fromhex(vector["info"])
        assert suite.decrypt(sealed, private, info=info) == b"message"
