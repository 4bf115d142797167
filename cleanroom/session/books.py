"""The host's side of the ledger: store what the engine commits, and give each owner its part."""

from collections.abc import Iterator
from dataclasses import dataclass

from cleanroom.errors import TrustError
from cleanroom.trust import codec
from cleanroom.trust import ledger as chain
from cleanroom.trust.agreement import SignedAgreement
from cleanroom.trust.identity import Identity
from cleanroom.trust.receipt import Receipt, sign_receipt
from cleanroom.vault.chain import Head
from cleanroom.vault.ledger import Ledger
from cleanroom.vault.vault import Vault


@dataclass
class HostBooks:
    """The ledger of one agreement in the host's vault."""

    vault: Vault
    signed: SignedAgreement

    def start(self) -> None:
        """Begin or check the ledger. Raises ``vault.*``."""
        self._ledger.begin(self.signed.genesis)
        self._ledger.verify()

    def clean(self) -> None:
        """Remove what a crash left behind, once every owner has found its head in the ledger: in
        an older copy of this vault the newer answers look as if nobody had seen them.
        """
        self.vault.blobs.delete_orphans()

    @property
    def _id(self) -> str:
        return self.signed.agreement.id

    @property
    def _ledger(self) -> Ledger:
        return self.vault.ledger(self._id)

    def entries(self) -> list[bytes]:
        """All entries, oldest first."""
        return [entry.body for entry in self._ledger.entries()]

    def check_blobs(self) -> None:
        """Every sealed blob that the ledger names is there and whole. Raises ``vault.*``."""
        self.vault.releases(self._id).check_blobs()

    def blobs(self) -> Iterator[bytes]:
        """These blobs one after the other, each once, as ``ledger.blobs`` lists them: all at once
        they can be larger than the memory. Raises ``vault.*``.
        """
        entries = [chain.read(entry) for entry in self.entries()]
        for name, entry in chain.blobs(entries).items():
            yield self.vault.blobs.get(name, entry.seq)

    def store(self, entry: bytes, blob: bytes) -> None:
        """Blob first, then the entry that names it. Again with the last entry does nothing, so
        that an interrupted commit can be finished. Raises ``vault.*``, ``trust.malformed``.
        """
        found = chain.read(entry)
        named = next(iter(chain.blobs([found])), None)
        given = codec.sha256_hex(blob) if blob else None
        stored = found.opened is not None and not blob  # who was there may be known already
        if named != given and not stored:
            raise TrustError("trust.malformed", what="ledger entry")
        if chain.entry_hash(entry) == self.head().hash:
            return
        if blob:
            self.vault.blobs.put(blob)
        if found.answered is None or named is None:
            self._ledger.append(entry, blob=named)
            return
        self._ledger.append(
            entry,
            price=found.answered.price,
            replay_key=found.answered.question_key,
            blob=named,
        )

    def acknowledged(self, owner: str) -> Head:
        """The head that an owner acknowledged last."""
        return self.vault.heads.get(self._id, owner) or self._ledger.start

    def since(self, head: Head) -> tuple[str, ...]:
        """Entries after a head, as text for requests and receipts."""
        return tuple(entry.body.decode() for entry in self._ledger.entries(head))

    def refusals_since(self, head: Head) -> int:
        """Refused questions after a head: what an owner should know before granting again."""
        answers = (chain.read(entry.body).answered for entry in self._ledger.entries(head))
        return sum(a is not None and a.status == "refused" for a in answers)

    def head(self) -> Head:
        """The last entry."""
        return self._ledger.head()

    def acknowledge(self, owner: str, head: Head) -> None:
        """An owner has seen the ledger up to here."""
        known = self.acknowledged(owner)
        if head.seq > known.seq:
            self.vault.heads.remember(self._id, owner, head)

    def receipt(
        self, identity: Identity, session_id: str, owner: str, request_hash: str, since: Head
    ) -> bytes:
        """The receipt file for one owner of a closed session."""
        receipt = Receipt(
            1, self._id, session_id, owner, request_hash, since.hash, since.seq, self.since(since)
        )
        return sign_receipt(receipt, identity.signing).to_bytes()
