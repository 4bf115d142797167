"""The hash chain of a ledger, without any storage: what follows what.

An entry is canonical JSON (RFC 8785). Two of its fields are read here, ``seq`` (1, 2, 3, ...) and
``prev``; the rest belongs to whoever wrote it. ``prev`` of the first is the *genesis*, the hash of
the agreement; of every other the SHA-256 of the entry before.
"""

from collections.abc import Iterable

from msgspec import Struct

from cleanroom.errors import TrustError, VaultError
from cleanroom.trust import codec

_DIGEST = 64
_HEX = frozenset("0123456789abcdef")


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The last entry of a chain: its number, 0 for none yet, and its SHA-256 as lower-case hex."""

    seq: int
    hash: str


def is_digest(text: str) -> bool:
    """Whether this is a SHA-256 as lower-case hex."""
    return len(text) == _DIGEST and _HEX.issuperset(text)


def genesis(agreement_hash: str) -> Head:
    """The head of an empty chain."""
    if not is_digest(agreement_hash):
        raise ValueError("not a SHA-256 as lower-case hex")
    return Head(0, agreement_hash)


def follow(head: Head, body: bytes) -> Head:
    """The head after one more entry.

    Raises ``vault.ledger_broken`` with the number the entry should have, when it is not canonical
    JSON or does not follow.
    """
    expected = head.seq + 1
    try:
        fields = codec.decode(body, dict[str, object], "entry")
    except TrustError:
        raise VaultError("vault.ledger_broken", entry=expected) from None
    seq = fields.get("seq")
    if type(seq) is not int or seq != expected or fields.get("prev") != head.hash:
        raise VaultError("vault.ledger_broken", entry=expected)
    return Head(expected, codec.sha256_hex(body))


def follow_all(head: Head, bodies: Iterable[bytes]) -> Head:
    """The head after several entries. Raises ``vault.ledger_broken`` for the first wrong one."""
    for body in bodies:
        head = follow(head, body)
    return head
