"""The receipt that settles a grant: the ledger since the owner's last head, ending in the session
key's closing statement. Only a receipt with that statement refunds what was not spent.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from cleanroom.disclosure.price import Price
from cleanroom.errors import TrustError
from cleanroom.trust import codec, envelope, ledger
from cleanroom.trust.names import check_document, is_token

RECEIPT_TYPE = "application/vnd.dcr.receipt.v1+json"


class Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    """What the host hands to one owner when a session is closed."""

    v: int
    agreement_id: str
    session_id: str
    owner: str
    request_sha256: str
    since: str
    since_seq: int
    entries: tuple[str, ...]


def sign_receipt(receipt: Receipt, key: Ed25519PrivateKey) -> envelope.Envelope:
    """The receipt in the host's envelope."""
    return envelope.sign(RECEIPT_TYPE, codec.encode(receipt), [key])


def read_receipt(data: bytes, host_key: bytes | None = None) -> Receipt:
    """Parse a receipt; with a key the host's signature is required.

    Raises ``trust.malformed``, ``trust.signature``.
    """
    if host_key is not None:
        body = envelope.open_signed(data, RECEIPT_TYPE, host_key, "receipt")
    else:
        body = envelope.parse(data, RECEIPT_TYPE, "receipt").body
    receipt = codec.decode(body, Receipt, "receipt")
    drawn = (receipt.agreement_id, receipt.session_id)
    if receipt.v != 1 or receipt.since_seq < 0 or not all(is_token(name) for name in drawn):
        raise TrustError("trust.malformed", what="receipt")
    check_document(receipt, "receipt")
    return receipt


def settled(
    receipt: Receipt,
    session_key: str,
    grant_sha256: str,
    *,
    agreement_id: str,
    since: str,
    since_seq: int,
) -> tuple[Price, str, int]:
    """What the session spent, and the new head and its number.

    ``since`` is the head that the owner acknowledged last, by its own memory: a receipt that says
    another one could leave entries out. The chain must extend it, hold the opening under the
    session key and the grant that this owner signed, and end in that session's closing statement.
    Raises ``trust.receipt_for_another``, ``trust.ledger_broken``, ``trust.receipt_open``.
    """
    told = (receipt.agreement_id, receipt.since, receipt.since_seq)
    if told != (agreement_id, since, since_seq):
        raise TrustError("trust.receipt_for_another")
    bodies = [text.encode() for text in receipt.entries]
    entries = ledger.verify_chain(bodies, agreement_id, since, since_seq)
    mine = [e for e in entries if e.session_id == receipt.session_id]
    opened = mine[0].opened if mine else None
    closed = mine[-1].closed if mine else None
    if opened is None or closed is None:
        raise TrustError("trust.receipt_open")
    if (opened.session_key, opened.grants.get(receipt.owner)) != (session_key, grant_sha256):
        raise TrustError("trust.receipt_for_another")
    if closed.spent != ledger.spent(mine):
        raise TrustError("trust.ledger_broken", seq=mine[-1].seq)
    return closed.spent, ledger.entry_hash(bodies[-1]), entries[-1].seq
