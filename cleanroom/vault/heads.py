"""The last ledger entry that each counterparty showed or acknowledged.

A vault that was put back to an older state agrees with itself; only what *others* remember can show
it. Therefore a remembered head only ever moves forward.
"""

from cleanroom.errors import VaultError
from cleanroom.vault.chain import Head, is_digest
from cleanroom.vault.database import Database


class Heads:
    """Heads by agreement and party."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remember(self, agreement: str, party: str, head: Head) -> None:
        """Keep a head that was checked to extend the last one.

        Raises ``vault.fork`` for an older one, or another at the same place.
        """
        if head.seq < 0 or not is_digest(head.hash):
            raise ValueError("not a head")
        with self._database.transaction():
            known = self.get(agreement, party)
            if known == head:
                return
            if known is not None and head.seq <= known.seq:
                raise VaultError("vault.fork", entry=known.seq, party=party)
            self._database.write(
                "INSERT OR REPLACE INTO heads (agreement, party, seq, hash) VALUES (?, ?, ?, ?)",
                agreement,
                party,
                head.seq,
                head.hash,
            )

    def get(self, agreement: str, party: str) -> Head | None:
        """The last head, or None before the first."""
        return self.all(agreement).get(party)

    def all(self, agreement: str) -> dict[str, Head]:
        """Every party's last head in one agreement."""
        rows = self._database.run(
            "SELECT party, seq, hash FROM heads WHERE agreement = ? ORDER BY party", agreement
        )
        return {party: Head(seq, digest) for party, seq, digest in rows}
