"""Chains, charges and raw keys for the tests of ``cleanroom.vault``, made without its code."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlcipher3 import dbapi2

from cleanroom.disclosure.price import Price
from cleanroom.vault import Charge, Head, Period

PASSPHRASE = b"correct horse battery staple"
AGREEMENT = "a-2026-001"
GENESIS = sha256(b"agreement").hexdigest()
YEAR = Period.of("2025-01-01", "2026-01-01")


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def canonical(value: object) -> bytes:
    """RFC 8785 for plain ASCII keys and integers, by the standard library."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def entry(head: Head, **content: object) -> bytes:
    """An entry that follows a head."""
    return canonical({"prev": head.hash, "seq": head.seq + 1, **content})


def after(head: Head, body: bytes) -> Head:
    return Head(head.seq + 1, sha256(body).hexdigest())


def chain_of(length: int, start: Head | None = None, **content: object) -> list[bytes]:
    """Bodies that follow each other."""
    head, bodies = start or Head(0, GENESIS), []
    for _ in range(length):
        bodies.append(entry(head, **content))
        head = after(head, bodies[-1])
    return bodies


def charge_of(name: str, nano_rho: int = 100_000_000, **changes: Any) -> Charge:
    """A charge in an agreement of its own, so that no other one stands in its way."""
    fields: dict[str, Any] = {
        "request": digest("request " + name),
        "grant": digest("grant " + name),
        "agreement": "agreement of " + name,
        "dataset": "crm",
        "period": YEAR,
        "partners": ("platform",),
        "mode": "dp",
        "allowance": Price(nano_rho, 40, 4),
    }
    return Charge(**(fields | changes))


def raw_key(folder: Path, passphrase: bytes = PASSPHRASE) -> bytes:
    """Key and cipher salt of a vault, derived by hand as the format says."""
    header = json.loads((folder / "vault.hdr").read_bytes())
    kdf = header["kdf"]
    kek = Argon2id(
        salt=bytes.fromhex(header["salt"]),
        length=32,
        iterations=kdf["iterations"],
        lanes=kdf["lanes"],
        memory_cost=kdf["memory_kib"],
    ).derive(passphrase)
    aad = b"cleanroom-vault/1\0" + canonical({"kdf": kdf, "salt": header["salt"]})
    sealed = bytes.fromhex(header["sealed"])
    return AESGCMSIV(kek).decrypt(bytes.fromhex(header["nonce"]), sealed, aad)


def raw_database(folder: Path, passphrase: bytes = PASSPHRASE) -> Any:
    """The vault's database through plain SQLCipher."""
    connection = dbapi2.connect(str(folder / "vault.db"), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{raw_key(folder, passphrase).hex()}'\"")
    return connection


def tamper(folder: Path, *statements: str) -> None:
    """Change the database as somebody could who knows the passphrase."""
    connection = raw_database(folder)
    for trigger in ("entries_keep", "entries_stay"):
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        connection.execute(statement)
    connection.close()
