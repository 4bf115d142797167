"""The ledger of one agreement: a hash chain that only grows, with what each entry cost.

The vault keeps an entry's exact bytes and recomputes their SHA-256; what the fields mean and who
signed them is the caller's part (``trust.ledger``). One row holds entry, cost and answer, so a
crash leaves all three or none.
"""

from collections.abc import Iterable

from msgspec import Struct

from cleanroom.disclosure.price import FREE, Price
from cleanroom.errors import VaultError
from cleanroom.vault import chain
from cleanroom.vault.blobs import Blobs
from cleanroom.vault.chain import Head, is_digest
from cleanroom.vault.database import Database
from cleanroom.vault.grants import LARGEST, amounts
from cleanroom.vault.heads import Heads


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One row. ``body`` is what was hashed. ``replay_key`` and ``blob`` (SHA-256, hex) are set on
    entries that answer a question."""

    seq: int
    hash: str
    prev: str
    body: bytes
    price: Price
    replay_key: str | None
    blob: str | None


class Ledger:
    """Made by ``Vault.ledger``. Every method but ``begin`` raises ``vault.no_ledger`` before it."""

    def __init__(self, database: Database, agreement: str, blobs: Blobs) -> None:
        self._database = database
        self._agreement = agreement
        self._blobs = blobs

    def begin(self, agreement_hash: str) -> None:
        """Start at an agreement's hash (of its first version). Again with the same is harmless;
        with another raises ``vault.other_ledger``."""
        start = chain.genesis(agreement_hash)
        with self._database.transaction():
            rows = self._genesis()
            if rows and rows[0][0] != start.hash:
                raise VaultError("vault.other_ledger")
            if not rows:
                self._database.write(
                    "INSERT INTO ledgers (agreement, genesis) VALUES (?, ?)",
                    self._agreement,
                    start.hash,
                )

    def _genesis(self) -> list[tuple[str]]:
        sql = "SELECT genesis FROM ledgers WHERE agreement = ?"
        return [(str(row[0]),) for row in self._database.run(sql, self._agreement)]

    @property
    def start(self) -> Head:
        """The head before the first entry."""
        rows = self._genesis()
        if not rows:
            raise VaultError("vault.no_ledger")
        return Head(0, rows[0][0])

    def head(self) -> Head:
        """The last entry, or ``start``."""
        rows = self._database.run(
            "SELECT seq, hash FROM entries WHERE agreement = ? ORDER BY seq DESC LIMIT 1",
            self._agreement,
        )
        return Head(*rows[0]) if rows else self.start

    def append(
        self,
        body: bytes,
        *,
        price: Price = FREE,
        replay_key: str | None = None,
        blob: str | None = None,
    ) -> Head:
        """Add an entry that follows the head, with its cost and answer, in one transaction.

        The blob is already written. Raises ``vault.ledger_broken`` when the entry does not follow,
        ``vault.answered`` when the replay key has an answer, ``vault.blob_missing``.
        """
        _check_answer(price, replay_key, blob)
        with self._database.transaction():
            before = self.head()
            after = chain.follow(before, body)
            if blob is not None and not self._blobs.has(blob):
                raise VaultError("vault.blob_missing", entry=after.seq)
            if replay_key is not None and self._answered(replay_key):
                raise VaultError("vault.answered")
            self._database.write(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                self._agreement,
                after.seq,
                after.hash,
                before.hash,
                body,
                price.nano_rho,
                price.cells,
                price.analyses,
                replay_key,
                blob,
            )
        return after

    def _answered(self, replay_key: str) -> bool:
        sql = "SELECT 1 FROM entries WHERE agreement = ? AND replay_key = ?"
        return bool(self._database.run(sql, self._agreement, replay_key))

    def extend(self, bodies: Iterable[bytes]) -> Head:
        """Take over entries that another party sent: all of them or none."""
        with self._database.transaction():
            for body in bodies:
                self.append(body)
            return self.head()

    def entries(self, since: Head | None = None) -> list[Entry]:
        """Entries after a head, oldest first. Raises ``vault.fork`` when the head is not here."""
        start = self.start
        self.check_extends(since or start)
        rows = self._database.run(
            "SELECT seq, hash, prev, body, nano_rho, cells, analyses, replay_key, blob"
            " FROM entries WHERE agreement = ? AND seq > ? ORDER BY seq",
            self._agreement,
            (since or start).seq,
        )
        return [
            Entry(seq, digest, prev, bytes(body), Price(*cost), key, blob)
            for seq, digest, prev, body, *cost, key, blob in rows
        ]

    def check_extends(self, remembered: Head, party: str = "") -> None:
        """Raise ``vault.fork`` unless this chain contains a head that somebody remembers."""
        rows = self._database.run(
            "SELECT seq, hash FROM entries WHERE agreement = ? AND seq = ?",
            self._agreement,
            remembered.seq,
        )
        here = Head(*rows[0]) if rows else self.start
        if here != remembered:
            who = {"party": party} if party else {}
            raise VaultError("vault.fork", entry=remembered.seq, **who)

    def verify(self) -> Head:
        """Recompute the whole chain, then look for every remembered head.

        Raises ``vault.ledger_broken`` naming the first wrong entry, or ``vault.fork`` naming the
        party whose head is missing. Returns the head.
        """
        head = self.start
        for entry in self.entries():
            before, head = head, chain.follow(head, entry.body)
            if (entry.seq, entry.hash, entry.prev) != (head.seq, head.hash, before.hash):
                raise VaultError("vault.ledger_broken", entry=head.seq)
        for party, remembered in Heads(self._database).all(self._agreement).items():
            self.check_extends(remembered, party)
        return head

    def spent(self, since: Head | None = None) -> Price:
        """What the entries after a head cost together."""
        rows = self._database.run(
            "SELECT COALESCE(SUM(nano_rho), 0), COALESCE(SUM(cells), 0),"
            " COALESCE(SUM(analyses), 0) FROM entries WHERE agreement = ? AND seq > ?",
            self._agreement,
            (since or self.start).seq,
        )
        return Price(*rows[0])


def _check_answer(price: Price, replay_key: str | None, blob: str | None) -> None:
    """Refuse what only a mistake in the program could ask for."""
    if not all(0 <= amount < LARGEST for amount in amounts(price)):
        raise ValueError("not a price")
    if any(name is not None and not is_digest(name) for name in (replay_key, blob)):
        raise ValueError("not a SHA-256 as lower-case hex")
    if replay_key is not None and blob is None:
        raise ValueError("an answer has a blob")
