"""Ledger entries: a hash chain per agreement, each entry signed by the session key of its sandbox.

``prev`` of the first entry is the hash of the agreement's first version. The hash of an entry is
SHA-256 of its canonical bytes, signature included. The signature is over the DSSE encoding of the
entry with an empty ``signature``.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from cleanroom.disclosure.price import Price, total
from cleanroom.disclosure.question import Question
from cleanroom.errors import TrustError
from cleanroom.trust import codec, envelope
from cleanroom.trust.instants import instant
from cleanroom.trust.names import check_document, is_token

ENTRY_TYPE = "application/vnd.dcr.ledger-entry.v1+json"
ENTRY_LIMIT = 64 << 10


class Opened(Struct, frozen=True, forbid_unknown_fields=True):
    """A sandbox was opened: by which grants, on which packages, how well isolated."""

    session_key: str  # raw Ed25519 public key, hex: signs this session's entries
    agreement_hash: str
    grants: dict[str, str]  # owner -> SHA-256 of the grant
    packages: dict[str, str]  # owner -> SHA-256 of the manifest
    isolation: int
    roster_sha256: str  # sealed record of who was there; "" in differential privacy mode


class Answered(Struct, frozen=True, forbid_unknown_fields=True):
    """A question was answered or refused: what was asked, and only hashes of what was said.

    Owners read here what was done with their data, and anybody can check by the questions that an
    answer was due for nothing. ``question`` is canonical; None when it could not be asked.
    """

    analysis: str
    question_key: str
    question: Question | None
    status: Literal["released", "refused"]
    release_sha256: str
    blob_sha256: str
    price: Price
    receivers: tuple[str, ...]


class Closed(Struct, frozen=True, forbid_unknown_fields=True):
    """The closing statement: what the session spent in all."""

    spent: Price
    refusals: int
    reason: str


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One link of the chain; exactly one of the three bodies is set."""

    v: int
    agreement_id: str
    seq: int  # from 1
    prev: str
    session_id: str
    at: str
    opened: Opened | None = None
    answered: Answered | None = None
    closed: Closed | None = None
    signature: str = ""

    @property
    def bodies(self) -> int:
        """How many bodies are set (1 in a well-formed entry)."""
        return sum(b is not None for b in (self.opened, self.answered, self.closed))


def _message(entry: Entry) -> bytes:
    bare = msgspec.structs.replace(entry, signature="")
    return envelope.pae(ENTRY_TYPE, codec.encode(bare))


def sign(entry: Entry, key: Ed25519PrivateKey) -> bytes:
    """The entry's final bytes, signed."""
    return codec.encode(msgspec.structs.replace(entry, signature=key.sign(_message(entry)).hex()))


def entry_hash(data: bytes) -> str:
    """The hash that the next entry names as ``prev``."""
    return codec.sha256_hex(data)


def read(data: bytes) -> Entry:
    """Parse one entry. Raises ``trust.malformed``."""
    entry = codec.decode(data, Entry, "ledger entry", ENTRY_LIMIT)
    named = is_token(entry.session_id) and is_token(entry.agreement_id)
    if entry.v != 1 or entry.bodies != 1 or not named:
        raise TrustError("trust.malformed", what="ledger entry")
    instant(entry.at)
    check_document(entry, "ledger entry")
    return entry


def verify_chain(
    entries: Sequence[bytes], agreement_id: str, prev: str, seq: int = 0
) -> list[Entry]:
    """Check links, numbers and signatures of entries that follow ``prev`` (number ``seq``).

    Session keys come from ``opened`` entries in the same run; entries of a session opened before
    ``prev`` can't appear, since a session is closed before an owner acknowledges a head.
    A session opens once, and every entry after that belongs to it until it closes or the next one
    opens: otherwise whoever holds the chain could open a finished session again under a key of its
    own and write the closing statement itself.
    Raises ``trust.ledger_broken`` with the number of the first bad entry, ``trust.malformed`` for
    bytes that are no entry.
    """
    seen: set[str] = set()
    current, key = "", None
    out: list[Entry] = []
    for data in entries:
        seq += 1
        entry = read(data)
        linked = (entry.seq, entry.prev, entry.agreement_id) == (seq, prev, agreement_id)
        if entry.opened is not None:
            linked = linked and entry.session_id not in seen
            current, key = entry.session_id, codec.unhex(entry.opened.session_key, "ledger entry")
            seen.add(current)
        if not linked or entry.session_id != current or not _signed(entry, key):
            raise TrustError("trust.ledger_broken", seq=seq)
        if entry.closed is not None:
            key = None
        prev = entry_hash(data)
        out.append(entry)
    return out


def _signed(entry: Entry, key: bytes | None) -> bool:
    if key is None:
        return False
    signature = codec.unhex(entry.signature, "ledger entry")
    return envelope.verifies(key, signature, _message(entry))


def blobs(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Every sealed blob that entries name, in their order, with the first entry that names it."""
    found: dict[str, Entry] = {}
    for entry in entries:
        named = entry.answered.blob_sha256 if entry.answered is not None else ""
        named = entry.opened.roster_sha256 if entry.opened is not None else named
        if named:
            found.setdefault(named, entry)
    return found


def spent(entries: Sequence[Entry]) -> Price:
    """What a run of entries charged."""
    return total([e.answered.price for e in entries if e.answered is not None])
