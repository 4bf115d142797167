"""A reader of our file formats written from docs/formats.md, without any of our code.

It shows that the document says enough: ``test_docs.py`` lets it read every good file of
``tests/vectors``. It is no example of careful reading: it trusts files more than a product may.
"""

import base64
import hashlib
import hmac
import io
import json
import struct
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TYPE = "application/vnd.dcr.{}+json"
X_WING_LABEL = bytes.fromhex("5c2e2f2f5e5c")
CHUNK = 16384


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(value: object) -> bytes:
    """Section 1, for documents whose keys are of the Basic Multilingual Plane."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def dsse(kind: str, body: bytes) -> bytes:
    """Section 2: what a signature is over."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(body), body)


def opened(envelope: bytes, kind: str, key: bytes) -> tuple[dict[str, Any], str]:
    """Section 2: a document that ``key`` signed, and its hash."""
    outer = json.loads(envelope)
    assert canonical(outer) == envelope
    body = base64.b64decode(outer["payload"])
    named = next(s for s in outer["signatures"] if s["keyid"] == sha256(key))
    verify = Ed25519PublicKey.from_public_bytes(key).verify
    verify(base64.b64decode(named["sig"]), dsse(outer["payloadType"], body))
    document = json.loads(body)
    assert outer["payloadType"] == TYPE.format(kind)
    assert canonical(document) == body
    return document, sha256(body)


def expand(key: bytes, info: bytes, length: int, digest: str) -> bytes:
    """RFC 5869, 2.3."""
    out, block, number = b"", b"", 0
    while len(out) < length:
        number += 1
        block = hmac.digest(key, block + info + bytes([number]), digest)
        out += block
    return out[:length]


def unseal(private: bytes, sealed: bytes, info: bytes) -> bytes:
    """Section 3."""
    mlkem = MLKEM768PrivateKey.from_seed_bytes(private[:64])
    x25519 = X25519PrivateKey.from_private_bytes(private[64:])
    ephemeral = sealed[1088:1120]
    shared = hashlib.sha3_256(
        mlkem.decapsulate(sealed[:1088])
        + x25519.exchange(X25519PublicKey.from_public_bytes(ephemeral))
        + ephemeral
        + x25519.public_key().public_bytes_raw()
        + X_WING_LABEL
    ).digest()
    suite = b"HPKE" + struct.pack(">HHH", 0x647A, 0x0001, 0x0002)

    def extract(salt: bytes, label: bytes, material: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, "sha256")

    schedule = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")

    def derived(label: bytes, size: int) -> bytes:
        labelled = struct.pack(">H", size) + b"HPKE-v1" + suite + label + schedule
        return expand(secret, labelled, size, "sha256")

    key, nonce = derived(b"key", 32), derived(b"base_nonce", 12)
    return AESGCM(key).decrypt(nonce, sealed[1120:], b"")


def cobblestone(key: bytes, data: bytes, context: bytes) -> bytes:
    """Section 8: the plaintext of one part."""
    salt, commitment = data[:24], data[24:56]
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00" + salt + context
    stream = expand(key, info, 32 + 12 + 32, "sha512")
    assert stream[44:] == commitment
    base, cipher = int.from_bytes(stream[32:44], "big"), AESGCM(stream[:32])
    chunks = [data[i : i + CHUNK + 16] for i in range(56, len(data), CHUNK + 16)]
    plain = [
        cipher.decrypt((base ^ number).to_bytes(12, "big"), chunk, b"")
        for number, chunk in enumerate(chunks)
    ]
    assert len(plain[-1]) < CHUNK
    return b"".join(plain)


def fingerprint(card: dict[str, Any]) -> tuple[list[int], str]:
    """Section 4: numbers of the twelve words, and the forty digits."""
    number = int.from_bytes(hashlib.sha256(b"dcr/id/v1" + canonical(card)).digest(), "big")
    words = [(number >> (256 - 11 * place)) & 0x7FF for place in range(1, 13)]
    return words, f"{(number >> (256 - 133)) % 10**40:040d}"


def matching_secret(agreement: dict[str, Any], party: str, private: bytes) -> bytes:
    """Section 5."""
    bare = sha256(canonical(agreement | {"matching_secret": []}))
    sealed = next(s["sealed"] for s in agreement["matching_secret"] if s["party"] == party)
    info = b"dcr/match/1\x00" + bare.encode() + b"\x00" + party.encode()
    return unseal(private, bytes.fromhex(sealed), info)


def token(agreement: dict[str, Any], secret: bytes, kind: str, message: str) -> tuple[int, int]:
    """Section 6: ``hi`` and ``lo``."""
    pseudorandom = hmac.digest(agreement["id"].encode(), secret, "sha256")
    key = expand(pseudorandom, kind.encode(), 32, "sha256")
    digest = hmac.digest(key.hex().encode(), message.encode(), "sha256")
    hi, lo = struct.unpack(">QQ", digest[:16])
    return hi, lo


def granted(grant: dict[str, Any], request_hash: str, ingest: bytes, engine: bytes) -> list[bytes]:
    """Section 9: package key and state share."""
    assert grant["request_sha256"] == request_hash
    return [
        unseal(ingest, bytes.fromhex(grant["package_key"]), info("package", request_hash)),
        unseal(engine, bytes.fromhex(grant["state_share"]), info("state", request_hash)),
    ]


def info(what: str, request_hash: str) -> bytes:
    return f"dcr/grant/{what}/1\0{request_hash}".encode()


def package(file: bytes, owner: bytes, key: bytes) -> tuple[str, dict[str, dict[str, list[int]]]]:
    """Section 8: hash of the manifest, and the columns of each table."""
    assert (file[:8], file[-8:]) == (b"DCRPKG\x00\x02", b"DCREND\x00\x02")
    (length,) = struct.unpack(">Q", file[-16:-8])
    manifest, digest = opened(file[-16 - length : -16], "package.v2", owner)
    tables: dict[str, dict[str, list[int]]] = {}
    start = 8
    for part in manifest["parts"]:
        data = file[start : start + part["length"]]
        assert sha256(data) == part["sha256"]
        context = f"dcr/part/1|{manifest['package_id']}|{part['table']}|{part['index']}"
        plain = cobblestone(key, data, context.encode())
        tables[part["table"]] = pq.read_table(io.BytesIO(plain)).to_pydict()
        start += part["length"]
    assert start == len(file) - 16 - length
    return digest, tables


def head(entries: list[bytes], genesis: str) -> str:
    """Section 9: the hash of the last entry of a chain."""
    before, key = genesis, b""
    for number, data in enumerate(entries, 1):
        entry = json.loads(data)
        assert (entry["seq"], entry["prev"]) == (number, before)
        if entry["opened"]:
            key = bytes.fromhex(entry["opened"]["session_key"])
        message = dsse(TYPE.format("ledger-entry.v1"), canonical(entry | {"signature": ""}))
        Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(entry["signature"]), message)
        before = sha256(data)
    return before


def replay_key(agreement: dict[str, Any], canonical_question: dict[str, Any]) -> str:
    """Section 10."""
    slots = [
        [d["party"], d["name"], d["start"], d["end"], sorted(d["tables"])]
        for d in agreement["datasets"]
    ]
    subject = {
        "agreement": agreement["id"],
        "matching": agreement["identifiers"],
        "question": canonical_question,
        "slots": slots,
    }
    return sha256(b"dcr/question/1\x00" + canonical(subject))


def good(vectors: Path, name: str) -> bytes:
    """The good file of a format."""
    (path,) = (vectors / name).glob("good.*")
    return path.read_bytes()
