"""A short ledger: two sessions of one agreement, five entries, signed by their session keys."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cleanroom.disclosure.price import Price
from cleanroom.trust import ledger
from cleanroom.trust.receipt import Receipt

AGREEMENT, GENESIS = "ab" * 16, "cd" * 32
KEYS = {name: Ed25519PrivateKey.generate() for name in ("first", "second", "thief")}
GRANTS = {"platform": "11" * 32, "brand": "22" * 32}
COST = Price(10_000_000, 3)


def public(name: str) -> str:
    return KEYS[name].public_key().public_bytes_raw().hex()


def opened(key: str) -> ledger.Opened:
    return ledger.Opened(public(key), "ef" * 32, GRANTS, {"platform": "33" * 32}, 3, "77" * 32)


def answered(price: Price = COST, status: str = "released") -> ledger.Answered:
    said = "released" if status == "released" else "refused"
    return ledger.Answered("A01", "44" * 32, None, said, "55" * 32, "66" * 32, price, ("platform",))


def closed(price: Price = COST, refusals: int = 0) -> ledger.Closed:
    return ledger.Closed(price, refusals, "done")


Step = tuple[str, str, object]  # session, name of the body, body
SESSION: list[Step] = [
    ("first", "opened", opened("first")),
    ("first", "answered", answered()),
    ("first", "closed", closed()),
]
TWO_SESSIONS: list[Step] = [
    *SESSION,
    ("second", "opened", opened("second")),
    ("second", "closed", closed(Price(0, 0, 0))),
]


def chain(
    steps: list[Step], keys: dict[int, str] | None = None, prev: str = GENESIS, seq: int = 0
) -> list[bytes]:
    """Entries after ``prev``; ``keys`` replaces the signing key of some (by number from 1)."""
    found: list[bytes] = []
    for number, (session, name, body) in enumerate(steps, seq + 1):
        at = f"2026-03-01T09:{number:02d}:00Z"
        entry = ledger.Entry(1, AGREEMENT, number, prev, session, at, **{name: body})  # type: ignore[arg-type]
        key = KEYS[(keys or {}).get(number, session)]
        found.append(ledger.sign(entry, key))
        prev = ledger.entry_hash(found[-1])
    return found


def receipt(entries: list[bytes], session: str = "first", owner: str = "platform") -> Receipt:
    texts = tuple(entry.decode() for entry in entries)
    return Receipt(1, AGREEMENT, session, owner, "77" * 32, GENESIS, 0, texts)
