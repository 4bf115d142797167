"""The contact cards this party trusts, and how each came to be trusted."""

from msgspec import Struct

from cleanroom.errors import VaultError
from cleanroom.vault.database import Database, now


class TrustedCard(Struct, frozen=True, forbid_unknown_fields=True):
    """``file``: the signed card as received. ``verified``: its fingerprint was compared with its
    owner. ``how`` says by which way; ``at`` is Unix time in seconds."""

    fingerprint: str
    file: bytes
    verified: bool
    how: str
    at: int


class Cards:
    """Cards by fingerprint. Checking a card's own signature is the caller's part."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, fingerprint: str, file: bytes, *, verified: bool, how: str = "") -> None:
        """Keep a card. Once verified it stays so: meeting the same card again, unverified (in an
        agreement, say), changes nothing."""
        with self._database.transaction():
            known = self.find(fingerprint)
            if known is not None and known.verified and not verified:
                return
            self._database.write(
                "INSERT OR REPLACE INTO cards (fingerprint, file, verified, how, at)"
                " VALUES (?, ?, ?, ?, ?)",
                fingerprint,
                file,
                int(verified),
                how,
                now(),
            )

    def find(self, fingerprint: str) -> TrustedCard | None:
        """The card, or None."""
        return next((c for c in self.all() if c.fingerprint == fingerprint), None)

    def get(self, fingerprint: str) -> TrustedCard:
        """The card. Raises ``vault.no_card``."""
        card = self.find(fingerprint)
        if card is None:
            raise VaultError("vault.no_card", fingerprint=fingerprint)
        return card

    def remove(self, fingerprint: str) -> None:
        """Trust it no longer. Raises ``vault.no_card``."""
        with self._database.transaction():
            self.get(fingerprint)
            self._database.write("DELETE FROM cards WHERE fingerprint = ?", fingerprint)

    def all(self) -> list[TrustedCard]:
        """Every card, by fingerprint."""
        rows = self._database.run(
            "SELECT fingerprint, file, verified, how, at FROM cards ORDER BY fingerprint"
        )
        return [TrustedCard(f, bytes(b), bool(v), how, at) for f, b, v, how, at in rows]
