"""Closing receipts as received, by the SHA-256 of their bytes."""

from msgspec import Struct

from cleanroom.errors import VaultError
from cleanroom.trust.codec import sha256_hex
from cleanroom.vault.database import Database, now


class Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    """A stored receipt. ``at``: when it was stored, Unix time in seconds."""

    hash: str
    agreement: str
    file: bytes
    at: int


class Receipts:
    """Checking signatures and chain is the caller's part, before ``put``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, agreement: str, file: bytes) -> str:
        """Keep a receipt; its hash. The same one twice is kept once."""
        digest = sha256_hex(file)
        with self._database.transaction():
            self._database.write(
                "INSERT INTO receipts (hash, agreement, file, at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (hash) DO NOTHING",
                digest,
                agreement,
                file,
                now(),
            )
        return digest

    def get(self, digest: str) -> Receipt:
        """The receipt. Raises ``vault.no_receipt``."""
        rows = self._database.run(
            "SELECT hash, agreement, file, at FROM receipts WHERE hash = ?", digest
        )
        if not rows:
            raise VaultError("vault.no_receipt")
        return _receipt(rows[0])

    def all(self, agreement: str) -> list[Receipt]:
        """The receipts of an agreement, in the order they came."""
        rows = self._database.run(
            "SELECT hash, agreement, file, at FROM receipts WHERE agreement = ? ORDER BY rowid",
            agreement,
        )
        return [_receipt(row) for row in rows]


def _receipt(row: tuple[str, str, bytes, int]) -> Receipt:
    digest, agreement, file, at = row
    return Receipt(digest, agreement, bytes(file), at)
