"""Answers already given, by replay key: the same question gets the same bytes and costs nothing.

There is no table of its own: an answer is the ledger entry that charged it (``Ledger.append``).
"""

from msgspec import Struct

from cleanroom.errors import VaultError
from cleanroom.vault.blobs import Blobs
from cleanroom.vault.chain import is_digest
from cleanroom.vault.database import Database


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an answer is: number and hash of its ledger entry, SHA-256 of its sealed blob."""

    replay_key: str
    seq: int
    entry: str
    blob: str


class Releases:
    """Made by ``Vault.releases`` for one agreement id, over all its versions."""

    def __init__(self, database: Database, agreement: str, blobs: Blobs) -> None:
        self._database = database
        self._agreement = agreement
        self._blobs = blobs

    def get(self, replay_key: str) -> Answer | None:
        """The answer to a question, or None when it was never asked."""
        if not is_digest(replay_key):
            raise ValueError("not a SHA-256 as lower-case hex")
        return next((a for a in self.all() if a.replay_key == replay_key), None)

    def all(self) -> list[Answer]:
        """Every answer, oldest first."""
        rows = self._database.run(
            "SELECT replay_key, seq, hash, blob FROM entries"
            " WHERE agreement = ? AND replay_key IS NOT NULL ORDER BY seq",
            self._agreement,
        )
        return [Answer(*row) for row in rows]

    def blob(self, answer: Answer) -> bytes:
        """The sealed bytes. Raises ``vault.blob_missing``, ``vault.blob_damaged``."""
        return self._blobs.get(answer.blob, entry=answer.seq)

    def check_blobs(self) -> None:
        """Read every blob that the ledger names, answers and others.

        Raises ``vault.blob_missing``, ``vault.blob_damaged`` for the first.
        """
        rows = self._database.run(
            "SELECT seq, blob FROM entries WHERE agreement = ? AND blob IS NOT NULL ORDER BY seq",
            self._agreement,
        )
        if not rows and not self._known():
            raise VaultError("vault.no_ledger")
        for seq, blob in rows:
            self._blobs.get(blob, entry=seq)

    def _known(self) -> bool:
        sql = "SELECT 1 FROM ledgers WHERE agreement = ?"
        return bool(self._database.run(sql, self._agreement))
