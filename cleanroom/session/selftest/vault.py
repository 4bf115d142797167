"""The vault: it keeps what it is given, stays closed to others, and notices damage.

All in a folder that is gone afterwards.
"""

import os
import tempfile
from pathlib import Path

from cleanroom.errors import VaultError
from cleanroom.session.selftest.outcome import Check, held
from cleanroom.vault import Argon2, Vault
from cleanroom.vault.database import DATABASE
from cleanroom.vault.header import HEADER

CHEAP = Argon2(iterations=1, lanes=1, memory_kib=8)  # it guards nothing; Argon2id has its own check
NAME = "self-test"


def trial() -> list[Check]:
    """Make a vault, use it, harm it. Raises ``vault.*`` when it cannot even be made."""
    with tempfile.TemporaryDirectory(prefix="cleanroom-") as made_up:
        path = Path(made_up) / "vault"
        right, wrong, secret = (os.urandom(24).hex().encode() for _ in range(3))
        with Vault.create(path, right, CHEAP) as vault:
            vault.secrets.put(NAME, secret)
        return [
            held("vault", "kept", _reads(path, right) == secret),
            held("vault", "unreadable", not _lies_open(path, secret)),
            held("vault", "passphrase", _refused(path, wrong) == "vault.passphrase"),
            held("vault", "damaged_data", _damaged(path / DATABASE, right) == "vault.damaged"),
            held("vault", "damaged_header", _damaged(path / HEADER, right) == "vault.damaged"),
        ]


def _reads(path: Path, passphrase: bytes) -> bytes:
    with Vault.open(path, passphrase) as vault:
        return vault.secrets.get(NAME)


def _lies_open(path: Path, secret: bytes) -> bool:
    """Whether any file of the vault shows the secret or its name."""
    files = [file.read_bytes() for file in path.rglob("*") if file.is_file()]
    return any(secret in data or NAME.encode() in data for data in files)


def _refused(path: Path, passphrase: bytes) -> str:
    """The code of the error with which opening is refused; "" when it opens."""
    try:
        _reads(path, passphrase)
    except VaultError as error:
        return error.code
    return ""


def _damaged(file: Path, passphrase: bytes) -> str:
    """The same with one bit near the end of one file turned, which is put right again."""
    good = file.read_bytes()
    place = len(good) - len(good) // 8
    file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
    try:
        return _refused(file.parent, passphrase)
    finally:
        file.write_bytes(good)
