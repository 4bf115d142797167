"""The cipher of package parts, decrypted by a second implementation written from its specification.

c2sp.org/chunked-encryption: key || base nonce || commitment = HKDF-Expand(input key,
"c2sp.org/chunked-encryption@v1+" || aead || 00 || salt || context); the file is salt (24 bytes),
commitment (32), then chunks of 16 KiB, the last one shorter, each under the base nonce XOR its
number. Cobblestone-256 is that with SHA-512 and AES-256-GCM. The published vectors are for SHA-256,
so the second implementation takes the hash as a parameter, is held to those vectors, and then
reads what the library writes.
"""

import base64
import hashlib
import hmac
import json
import zlib
from typing import Any

import cryptography_vectors
import pytest
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

SALT, COMMITMENT, CHUNK, TAG = 24, 32, 16 << 10, 16
HEAD = SALT + COMMITMENT


class Refused(Exception):
    """The specification says that this is no ciphertext."""


def hkdf_expand(key: bytes, info: bytes, length: int, digest: str) -> bytes:
    """RFC 5869, 2.3."""
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([counter]), digest)
        out, counter = out + block, counter + 1
    return out[:length]


def derive(key: bytes, salt: bytes, context: bytes, digest: str) -> tuple[bytes, bytes, bytes]:
    """(key, base nonce, commitment); the name of the AEAD follows from the key's size."""
    name = {16: b"AEAD_AES_128_GCM", 32: b"AEAD_AES_256_GCM"}.get(len(key))
    if name is None:
        raise Refused
    info = b"c2sp.org/chunked-encryption@v1+" + name + b"\x00" + salt + context
    stream = hkdf_expand(key, info, len(key) + 12 + COMMITMENT, digest)
    return stream[: len(key)], stream[len(key) : len(key) + 12], stream[len(key) + 12 :]


def decrypt(data: bytes, key: bytes, context: bytes, digest: str) -> bytes:
    if len(data) < HEAD:
        raise Refused
    aead_key, base, commitment = derive(key, data[:SALT], context, digest)
    if not hmac.compare_digest(commitment, data[SALT:HEAD]):
        raise Refused
    chunks = [data[i : i + CHUNK + TAG] for i in range(HEAD, len(data), CHUNK + TAG)]
    if not chunks or not TAG <= len(chunks[-1]) < CHUNK + TAG:
        raise Refused
    number_of = int.from_bytes(base, "big")
    try:
        return b"".join(
            AESGCM(aead_key).decrypt((number_of ^ i).to_bytes(12, "big"), chunk, b"")
            for i, chunk in enumerate(chunks)
        )
    except InvalidTag:
        raise Refused from None


def published() -> list[dict[str, Any]]:
    with cryptography_vectors.open_vector_file("chunked-encryption/vectors.json", "r") as file:
        found: list[dict[str, Any]] = json.load(file)["vectors"]
    return [v for v in found if v["aead"] in ("AEAD_AES_128_GCM", "AEAD_AES_256_GCM")]


def ciphertext(vector: dict[str, Any]) -> bytes:
    data = base64.b64decode(vector["ciphertext"] or "")
    if "compressed" not in vector:
        return data
    return zlib.decompress(data, 47)


@pytest.mark.parametrize("vector", published(), ids=lambda v: v["name"])
def test_the_second_implementation_agrees_with_the_published_vectors(
    vector: dict[str, Any],
) -> None:
    key, context = bytes.fromhex(vector["key"]), vector["context"].encode()
    data = ciphertext(vector)
    if vector["expect"] != "success":
        with pytest.raises(Refused):
            _of_its_size(data, key, context, vector)
        return
    plain = _of_its_size(data, key, context, vector)
    assert len(plain) == vector["payload_length"]
    assert hashlib.sha256(plain).hexdigest() == vector["payload_sha256"]
    aead_key, base, _ = derive(key, data[:SALT], context, "sha256")
    assert (aead_key.hex(), base.hex()) == (vector["aead_key"], vector["base_nonce"])


def _of_its_size(data: bytes, key: bytes, context: bytes, vector: dict[str, Any]) -> bytes:
    """The vectors name their AEAD; a key of another size is not for it."""
    if len(key) != {"AEAD_AES_128_GCM": 16, "AEAD_AES_256_GCM": 32}[vector["aead"]]:
        raise Refused
    return decrypt(data, key, context, "sha256")


def encrypt(plain: bytes, key: bytes, context: bytes) -> bytes:
    encryptor = Cobblestone256Encryptor(key, context)
    return encryptor.update(plain) + encryptor.finalize()


SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5]


@settings(max_examples=40)
@given(st.sampled_from(SIZES), st.binary(max_size=80), st.binary(min_size=32, max_size=32))
def test_the_second_implementation_reads_what_the_library_writes(
    size: int, context: bytes, key: bytes
) -> None:
    plain = hashlib.shake_256(context).digest(size)
    assert decrypt(encrypt(plain, key, context), key, context, "sha512") == plain


def library(data: bytes, key: bytes, context: bytes) -> bytes:
    decryptor = Cobblestone256Decryptor(key, context)
    return bytes(decryptor.update(data)) + decryptor.finalize()


KEY, CONTEXT = bytes(range(32)), b"dcr/part/1|package|people|0"
PLAIN = hashlib.shake_256(b"rows").digest(2 * CHUNK + 100)
SEALED = encrypt(PLAIN, KEY, CONTEXT)
FAULTS = {
    "salt": SEALED[:3] + bytes([SEALED[3] ^ 1]) + SEALED[4:],
    "commitment": SEALED[:30] + bytes([SEALED[30] ^ 1]) + SEALED[31:],
    "first chunk": SEALED[:100] + bytes([SEALED[100] ^ 1]) + SEALED[101:],
    "last byte": SEALED[:-1] + bytes([SEALED[-1] ^ 1]),
    "cut in a chunk": SEALED[:-1],
    "cut at a border": SEALED[: HEAD + 2 * (CHUNK + TAG)],
    "cut to one chunk": SEALED[: HEAD + CHUNK + TAG],
    "no chunk": SEALED[:HEAD],
    "half a head": SEALED[:40],
    "extended": SEALED + b"\x00",
    "empty": b"",
}


@pytest.mark.parametrize("name", FAULTS)
def test_both_refuse_what_was_changed(name: str) -> None:
    with pytest.raises(Refused):
        decrypt(FAULTS[name], KEY, CONTEXT, "sha512")
    with pytest.raises((InvalidTag, ValueError)):
        library(FAULTS[name], KEY, CONTEXT)


def test_both_refuse_another_key_or_place() -> None:
    for key, context in ((bytes(32), CONTEXT), (KEY, CONTEXT + b"1")):
        with pytest.raises(Refused):
            decrypt(SEALED, key, context, "sha512")
        with pytest.raises((InvalidTag, ValueError)):
            library(SEALED, key, context)
    assert library(SEALED, KEY, CONTEXT) == PLAIN


def test_a_swapped_chunk_is_refused() -> None:
    first, second = (SEALED[HEAD + i * (CHUNK + TAG) :][: CHUNK + TAG] for i in (0, 1))
    turned = SEALED[:HEAD] + second + first + SEALED[HEAD + 2 * (CHUNK + TAG) :]
    with pytest.raises(Refused):
        decrypt(turned, KEY, CONTEXT, "sha512")
    with pytest.raises((InvalidTag, ValueError)):
        library(turned, KEY, CONTEXT)
