"""The good documents of the vectors, made from fixed keys: one small joint session on paper.

Everything is a function of names, except what is sealed or encrypted (HPKE and Cobblestone draw
chance): that is kept from the files already there as long as it still opens to the same content.
"""

import base64
import hashlib
import hmac
import io
import json
import struct
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.disclosure.price import Price
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.errors import CleanroomError
from cleanroom.tables import Type
from cleanroom.trust import agreement as agreements
from cleanroom.trust import codec, drafting, envelope, grant, layout, ledger, package, receipt
from cleanroom.trust.agreement import Agreement
from cleanroom.trust.hpke import SealingKey
from cleanroom.trust.identity import Identity
from cleanroom.trust.templates import load

HERE = Path(__file__).resolve().parent
NOW = datetime.fromisoformat("2026-03-02T09:00:00Z")
CREATED = datetime.fromisoformat("2026-03-01T09:00:00Z")
ORGANISATIONS = {"platform": "微光社交", "brand": "Meridian Apparel", "stranger": "Stranger Ltd"}
PHONES = ("13800138000", "13900139001", "15012345678")


def drawn(label: str, size: int) -> bytes:
    """Bytes that stand for chance: SHAKE256 of a label."""
    return hashlib.shake_256(f"dcr test vectors|{label}".encode()).digest(size)


def identity(name: str) -> Identity:
    """A party of the vectors. Never use these keys for anything else: they are public."""
    return Identity(
        ORGANISATIONS[name],
        "2026-01-05T08:00:00Z",
        Ed25519PrivateKey.from_private_bytes(drawn(f"{name}|signing", 32)),
        sealing_key(name),
    )


def sealing_key(name: str) -> SealingKey:
    return SealingKey.from_bytes(drawn(f"{name}|sealing", 96))


def session_key(name: str = "session") -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(drawn(f"{name}|session", 32))


def keys() -> dict[str, Any]:
    """All private keys of the vectors, for a second implementation."""
    people = {
        name: {
            "signing_seed": identity(name).signing.private_bytes_raw().hex(),
            "sealing": identity(name).sealing.private_bytes().hex(),
        }
        for name in ORGANISATIONS
    }
    workers = {name: sealing_key(name).private_bytes().hex() for name in ("ingest", "engine")}
    return {
        "warning": "These keys are public. They are good for nothing but these files.",
        "layout": "sealing: ML-KEM-768 seed (64 bytes), X25519 private key (32); all hex",
        "identities": people,
        "workers_sealing": workers,
        "session_seed": session_key().private_bytes_raw().hex(),
        "matching_secret": drawn("matching secret", 32).hex(),
        "package_key": drawn("package key", 32).hex(),
        "state_share": drawn("state share", 32).hex(),
    }


# --- agreement -----------------------------------------------------------------------------------

PLATFORM_DATA = DatasetSpec(
    "platform",
    "members-2025",
    "2025-01-01",
    "2026-01-01",
    {
        "people": {
            "a_age_band": ColumnSpec(Type.CATEGORY, ("18-24", "25-34", "35-44", "45+")),
            "is_fan": ColumnSpec(Type.BOOL, missing=False),
        },
        "exposures": {
            "ts": ColumnSpec(Type.DATETIME, missing=False),
            "channel": ColumnSpec(Type.CATEGORY, ("朋友圈", "公众号", "friend")),
        },
    },
)
BRAND_DATA = DatasetSpec(
    "brand",
    "orders-2025",
    "2025-01-01",
    "2026-01-01",
    {
        "people": {"is_customer": ColumnSpec(Type.BOOL, missing=False)},
        "conversions": {
            "ts": ColumnSpec(Type.DATETIME, missing=False),
            "kind": ColumnSpec(Type.CATEGORY, ("order", "refund"), missing=False),
            "paid": ColumnSpec(Type.MONEY, cap=500_00),
        },
    },
)


def proposed() -> Agreement:
    """Complete, not yet with a matching secret."""
    template = load("platform-hosts")
    cards = {name: identity(name).card() for name in ("platform", "brand")}
    policy = template.default_policy("dp")
    phone = (Identifier("phone", "phone-cn11/1", "plain"),)
    options = drafting.Options(identifiers=phone, not_before=CREATED, days=365)
    begun = drafting.draft(
        template, cards, PLATFORM_DATA, policy, now=CREATED, title="Vectors", options=options
    )
    begun = msgspec.structs.replace(begun, id=drawn("agreement id", 16).hex())
    stricter = msgspec.structs.replace(policy, k=60, answer_quantum_ms=0)
    return drafting.contribute(begun, "brand", BRAND_DATA, stricter)


def agreement(stored: Path) -> Agreement:
    """The same with its matching secret; ``stored`` is the folder of the good file."""
    rest = proposed()
    try:
        kept = agreements.read((stored / "good.json").read_bytes()).agreement
        if msgspec.structs.replace(kept, matching_secret=()) == rest and _opens(kept):
            return kept
    except (OSError, CleanroomError):
        pass  # there is none yet, or it was made by an older format: seal anew
    return agreements.with_matching_secret(rest, drawn("matching secret", 32))


def _opens(kept: Agreement) -> bool:
    return all(
        agreements.open_matching_secret(kept, name, identity(name).sealing)
        == drawn("matching secret", 32)
        for name in kept.data_parties
    )


def signed(document: object, kind: str, *names: str) -> bytes:
    """A document in an envelope, signed by parties of the vectors."""
    body = document if isinstance(document, bytes) else codec.encode(document)
    return envelope.sign(kind, body, [identity(name).signing for name in names]).to_bytes()


# --- package -------------------------------------------------------------------------------------

PACKAGE_ID = drawn("package id", 16).hex()
PACKAGE_KEY = drawn("package key", 32)


def token(phone: str, agreement_id: str) -> tuple[int, int]:
    """PROTOCOL, "Matching secret", by hand: HKDF-SHA256 (RFC 5869), HMAC-SHA256."""
    prk = hmac.digest(agreement_id.encode(), drawn("matching secret", 32), "sha256")
    kind_key = hmac.digest(prk, b"phone\x01", "sha256")
    digest = hmac.digest(kind_key.hex().encode(), phone.encode(), "sha256")
    hi, lo = struct.unpack(">QQ", digest[:16])
    return hi, lo


def rows(agreement_id: str) -> dict[str, dict[str, list[int]]]:
    """What the two parts of the package hold."""
    tokens = [token(phone, agreement_id) for phone in PHONES]
    pids = [struct.unpack(">QQ", drawn(f"pid {i}", 16)) for i in range(len(PHONES))]
    return {
        "people": {
            "pid_hi": [hi for hi, _ in pids],
            "pid_lo": [lo for _, lo in pids],
            "a_age_band": [2, 0, 4],
            "is_fan": [1, 2, 2],
        },
        "ids:phone": {
            "person": [0, 1, 2],
            "hi": [hi for hi, _ in tokens],
            "lo": [lo for _, lo in tokens],
        },
    }


def tables(found: Agreement) -> layout.Layout:
    """The layout of the platform's package, without the exposures it leaves empty."""
    whole = layout.in_package(found.catalogue().dataset("platform"), found.identifiers)
    return tuple((name, columns) for name, columns in whole if name != "exposures")


def _parquet(columns: tuple[package.PackedColumn, ...], values: dict[str, list[int]]) -> bytes:
    types = {"u1": pa.uint8(), "<u4": pa.uint32(), "<u8": pa.uint64()}
    arrays = {c.name: pa.array(values[c.name], types[c.storage]) for c in columns}
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays), sink, compression="zstd")
    return sink.getvalue()


def encrypt(plain: bytes, table: str) -> bytes:
    encryptor = Cobblestone256Encryptor(PACKAGE_KEY, package.part_context(PACKAGE_ID, table, 0))
    return encryptor.update(plain) + encryptor.finalize()


def decrypt(part: bytes, table: str) -> bytes:
    decryptor = Cobblestone256Decryptor(PACKAGE_KEY, package.part_context(PACKAGE_ID, table, 0))
    return bytes(decryptor.update(part)) + decryptor.finalize()


def parts(stored: Path, found: Agreement) -> list[tuple[str, bytes]]:
    """(table, ciphertext), kept while they decrypt to the same rows."""
    wanted = rows(found.id)
    try:
        with (stored / "good.dcrpkg").open("rb") as file:
            _, manifest = package.read_envelope(file)
            kept = [
                (part.table, package.read_part(file, manifest, number))
                for number, part in enumerate(manifest.parts)
            ]
        if {table: _read(decrypt(part, table)) for table, part in kept} == wanted:
            return kept
    except (OSError, CleanroomError, InvalidTag, ValueError, pa.ArrowException):
        pass  # there is none yet, or it was made by an older format: encrypt anew
    return [
        (name, encrypt(_parquet(columns, wanted[name]), name)) for name, columns in tables(found)
    ]


def _read(plain: bytes) -> dict[str, list[int]]:
    return pq.read_table(pa.BufferReader(plain)).to_pydict()


def manifest(stored: Path, root: Path) -> tuple[package.Manifest, bytes]:
    """The manifest and the bytes of all parts. ``stored``: folder of the package; ``root``: of the
    agreement."""
    found = agreement(root)
    ciphertexts = parts(stored, found)
    listed = tuple(
        package.Part(table, 0, len(part), codec.sha256_hex(part)) for table, part in ciphertexts
    )
    packed = tuple(
        package.PackedTable(name, columns, package.band(len(PHONES)))
        for name, columns in tables(found)
    )
    profile = package.IdentifierProfile("phone", "raw", "phone-cn11/1", "plain", 100, 0, 0)
    stated = package.Manifest(
        v=2,
        package_id=PACKAGE_ID,
        agreement_id=found.id,
        agreement_hash=codec.sha256_hex(codec.encode(found)),
        owner="platform",
        dataset="members-2025",
        start="2025-01-01",
        end="2026-01-01",
        created="2026-03-01T10:00:00Z",
        suite=package.SUITE,
        tables=packed,
        parts=listed,
        profile=(profile,),
    )
    return stated, b"".join(part for _, part in ciphertexts)


def package_file(stated: package.Manifest | bytes, content: bytes, signer: str) -> bytes:
    body = stated if isinstance(stated, bytes) else codec.encode(stated)
    sealed = envelope.sign(package.MANIFEST_TYPE, body, [identity(signer).signing])
    return package.MAGIC + content + package.trailer(sealed)


# --- opening, ledger, receipt --------------------------------------------------------------------

ALLOWANCE = Price(30_000_000, 60, 3)


def self_test() -> grant.SelfTest:
    return grant.SelfTest("linux", 3, {"landlock": "on", "seccomp": "on"}, {"connect": "refused"})


def request(root: Path) -> grant.OpeningRequest:
    stated, _ = manifest(root / "package", root / "agreement")
    found = agreement(root / "agreement")
    return grant.OpeningRequest(
        v=1,
        request_id=drawn("request id", 16).hex(),
        session_id=drawn("session id", 16).hex(),
        agreement_id=found.id,
        agreement_hash=stated.agreement_hash,
        host="platform",
        owner="platform",
        package_id=PACKAGE_ID,
        manifest_sha256=codec.sha256_hex(codec.encode(stated)),
        created="2026-03-02T08:59:00Z",
        ingest_key=sealing_key("ingest").public_bytes().hex(),
        engine_key=sealing_key("engine").public_bytes().hex(),
        session_key=session_key().public_key().public_bytes_raw().hex(),
        ingest_self_test=self_test(),
        engine_self_test=self_test(),
        plan_sha256="",
        plan_price=ALLOWANCE,
        refusals=0,
        since=stated.agreement_hash,
        since_seq=0,
        entries=(),
    )


def request_hash(root: Path) -> str:
    return codec.sha256_hex(codec.encode(request(root)))


def granted(root: Path) -> grant.Grant:
    """The grant, kept while it still opens for the same request."""
    asked, digest = request(root), request_hash(root)
    try:
        data = (root / "grant" / "good.json").read_bytes()
        owner = identity("platform").card().signing
        kept = grant.read_grant(data, owner, asked, digest)
        if open_grant(kept, digest) == (PACKAGE_KEY, drawn("state share", 32)):
            return kept
    except (OSError, CleanroomError):
        pass  # there is none yet, or it was made by an older format: seal anew
    sealed = grant.make_grant(
        asked,
        digest,
        package_key=PACKAGE_KEY,
        state_share=drawn("state share", 32),
        allowance=ALLOWANCE,
        now=NOW,
        expires=datetime.fromisoformat("2026-03-02T17:00:00Z"),
        key=identity("platform").signing,
    )
    return codec.decode(sealed.body, grant.Grant, "grant")


def open_grant(found: grant.Grant, digest: str) -> tuple[bytes, bytes]:
    """What ingest worker and engine open. Raises ``trust.not_for_you``."""
    package_key = codec.unhex(found.package_key, "grant")
    share = codec.unhex(found.state_share, "grant")
    return (
        sealing_key("ingest").open(package_key, grant.package_key_info(digest), "grant"),
        sealing_key("engine").open(share, grant.state_share_info(digest), "grant"),
    )


def entry(root: Path, seq: int, prev: str, **body: object) -> ledger.Entry:
    asked = request(root)
    at = f"2026-03-02T09:0{seq}:00Z"
    return ledger.Entry(1, asked.agreement_id, seq, prev, asked.session_id, at, **body)


def bodies(root: Path) -> list[dict[str, object]]:
    """A session: opened, one answer, one refusal, closed."""
    asked, given = request(root), granted(root)
    opened = ledger.Opened(
        asked.session_key,
        asked.agreement_hash,
        {"platform": grant.grant_sha256(given)},
        {"platform": asked.manifest_sha256},
        3,
        "",
    )
    key = drawn("question", 32).hex()
    answered = ledger.Answered(
        "A01",
        key,
        MatchQuestion(("brand", "platform")),
        "released",
        "11" * 32,
        "22" * 32,
        Price(10_000_000, 3),
        ("brand", "platform"),
    )
    refused = ledger.Answered("A03", "", None, "refused", "44" * 32, "", Price(0, 0, 0), ())
    closed = ledger.Closed(Price(10_000_000, 3), 1, "done")
    return [{"opened": opened}, {"answered": answered}, {"answered": refused}, {"closed": closed}]


def chain(
    root: Path, content: list[dict[str, object]] | None = None, signer: str = "session"
) -> list[bytes]:
    """Entries that follow the agreement, each signed by the session key."""
    prev, found = request(root).since, []
    for seq, body in enumerate(content or bodies(root), 1):
        found.append(ledger.sign(entry(root, seq, prev, **body), session_key(signer)))
        prev = ledger.entry_hash(found[-1])
    return found


def receipt_document(root: Path, entries: list[bytes] | None = None) -> receipt.Receipt:
    asked = request(root)
    kept = chain(root) if entries is None else entries
    return receipt.Receipt(
        1,
        asked.agreement_id,
        asked.session_id,
        "platform",
        request_hash(root),
        asked.since,
        0,
        tuple(data.decode() for data in kept),
    )


def unbase64(data: bytes) -> tuple[dict[str, Any], bytes]:
    """An envelope as plain data, and its document."""
    outer = json.loads(data)
    return outer, base64.b64decode(outer["payload"])
