"""The ledger and the receipt that carries it, good and bad. A ledger file has one entry a line."""

import json
from pathlib import Path
from typing import Any

import msgspec
import vector_material as material
from twins import Case, compact, document_faults, envelope_faults, resigned, signature_faults
from vector_material import signed

from cleanroom.disclosure.price import Price
from cleanroom.trust import ledger
from cleanroom.trust.receipt import RECEIPT_TYPE

BROKEN, MALFORMED = "trust.ledger_broken", "trust.malformed"
HOST = ("platform",)


def ledger_files(root: Path) -> tuple[list[Case], dict[str, object]]:
    good = material.chain(root)
    bodies = material.bodies(root)
    reopened = [*bodies, {"opened": _foreign(bodies[0]["opened"])}]
    extended = [*bodies, bodies[1]]
    twins = [
        ("missing", "the second entry is missing", BROKEN, [good[0], *good[2:]]),
        ("first-missing", "the opening is missing", BROKEN, good[1:]),
        ("swapped", "two entries change places", BROKEN, [good[0], good[2], good[1], good[3]]),
        ("twice", "one entry twice", BROKEN, [good[0], good[1], good[1], *good[2:]]),
        ("signature-flipped", "one bit of a signature", BROKEN, _sealed(good, 3, _flipped)),
        ("signature-capital", "a signature in capital hex", MALFORMED, _sealed(good, 3, str.upper)),
        ("signature-none", "no signature", BROKEN, _sealed(good, 3, lambda _: "")),
        ("other-key", "the last entry signed by another key", BROKEN, _foreign_end(root, good)),
        (
            "after-close",
            "an answer after the closing statement",
            BROKEN,
            material.chain(root, extended),
        ),
        (
            "reopened",
            "the session opened again under another key",
            BROKEN,
            material.chain(root, reopened),
        ),
        (
            "other-agreement",
            "an entry of another agreement",
            BROKEN,
            _with(root, good, 1, agreement_id="cd" * 16),
        ),
        ("other-number", "an entry with another number", BROKEN, _with(root, good, 1, seq=7)),
        (
            "two-bodies",
            "opened and closed at once",
            MALFORMED,
            _with(root, good, 0, closed=ledger.Closed(Price(0, 0, 0), 0, "")),
        ),
        ("no-body", "an entry that says nothing", MALFORMED, _with(root, good, 3, closed=None)),
        ("version", "the next version of the format", MALFORMED, _with(root, good, 0, v=2)),
        ("time", "a moment without Z", MALFORMED, _with(root, good, 0, at="2026-03-02")),
        (
            "session-id",
            "a session id that is a path",
            MALFORMED,
            _with(root, good, 0, session_id="../x"),
        ),
        (
            "bidi",
            "a reason that turns the direction",
            MALFORMED,
            _with(root, good, 3, closed=ledger.Closed(Price(10_000_000, 3), 1, "\u202e")),
        ),
        ("refund", "a negative price", MALFORMED, _price(good)),
        (
            "spaced",
            "a space after a comma",
            MALFORMED,
            [good[0].replace(b',"', b', "', 1), *good[1:]],
        ),
        (
            "unknown-field",
            "a field more",
            MALFORMED,
            [compact({**json.loads(good[0]), "zz": 1}), *good[1:]],
        ),
        ("no-roster", "an opening that does not say who was there", MALFORMED, _unsaid(good)),
        ("truncated", "the end of an entry is missing", MALFORMED, [*good[:3], good[3][:-20]]),
        (
            "oversize",
            "an entry longer than 64 KiB",
            MALFORMED,
            _with(
                root,
                good,
                3,
                closed=ledger.Closed(Price(10_000_000, 3), 1, "x" * ledger.ENTRY_LIMIT),
            ),
        ),
    ]
    cases = [Case("good.jsonl", "", None, b"\n".join(good))]
    cases += [Case(f"{n}.jsonl", fault, error, b"\n".join(e)) for n, fault, error, e in twins]
    facts = {"genesis": material.request(root).since, "head": ledger.entry_hash(good[-1])}
    return cases, facts


def _foreign(opened: Any) -> ledger.Opened:
    key = material.session_key("thief").public_key().public_bytes_raw().hex()
    return msgspec.structs.replace(opened, session_key=key)


def _foreign_end(root: Path, good: list[bytes]) -> list[bytes]:
    return [*good[:3], material.chain(root, signer="thief")[3]]


def _sealed(good: list[bytes], number: int, change: Any) -> list[bytes]:
    entry = ledger.read(good[number])
    changed = msgspec.structs.replace(entry, signature=change(entry.signature))
    return [*good[:number], material.codec.encode(changed), *good[number + 1 :]]


def _flipped(signature: str) -> str:
    return f"{int(signature[:2], 16) ^ 1:02x}" + signature[2:]


def _with(root: Path, good: list[bytes], number: int, **fields: object) -> list[bytes]:
    """One entry with other fields, signed by the session key as if nothing were wrong."""
    entry = msgspec.structs.replace(ledger.read(good[number]), **fields)
    return [*good[:number], ledger.sign(entry, material.session_key()), *good[number + 1 :]]


def _unsaid(good: list[bytes]) -> list[bytes]:
    """The opening without the field for the roster, which is empty where nobody is remembered."""
    first = json.loads(good[0])
    del first["opened"]["roster_sha256"]
    return [compact(first), *good[1:]]


def _price(good: list[bytes]) -> list[bytes]:
    entry = ledger.read(good[1])
    answered = msgspec.structs.replace(entry.answered, price=Price(-1, 0))
    changed = msgspec.structs.replace(entry, answered=answered)
    return [good[0], ledger.sign(changed, material.session_key()), *good[2:]]


def receipt_files(root: Path) -> tuple[list[Case], dict[str, object]]:
    document = material.receipt_document(root)
    good = signed(document, RECEIPT_TYPE, *HOST)
    entries = material.chain(root)
    bodies = material.bodies(root)
    cheap = ledger.Closed(Price(0, 0, 0), 1, "done")
    # Whoever holds the chain drops an answer, opens the session again and closes it itself.
    stolen = [bodies[0], {"opened": _foreign(bodies[0]["opened"])}, {"closed": cheap}]
    another = "trust.receipt_for_another"
    twins = [
        ("open", "no closing statement", "trust.receipt_open", {"entries": _text(entries[:3])}),
        ("empty", "no entries", "trust.receipt_open", {"entries": []}),
        ("gap", "an entry left out", BROKEN, {"entries": _text([*entries[:1], *entries[2:]])}),
        (
            "late-start",
            "the opening left out",
            another,
            {"entries": _text(entries[1:]), "since": ledger.entry_hash(entries[0]), "since_seq": 1},
        ),
        (
            "reopened",
            "opened again and closed by another key",
            BROKEN,
            {"entries": _text(_stolen(root, stolen))},
        ),
        (
            "too-cheap",
            "the statement says less than the answers cost",
            BROKEN,
            {"entries": _text(material.chain(root, [*bodies[:3], {"closed": cheap}]))},
        ),
        (
            "other-key",
            "a chain of another session key",
            another,
            {"entries": _text(_other_session(root))},
        ),
        (
            "other-grant",
            "a chain of another grant",
            another,
            {"entries": _text(_other_grant(root))},
        ),
        ("other-owner", "the receipt of another owner", another, {"owner": "brand"}),
        ("other-session", "another session", "trust.receipt_open", {"session_id": "ab" * 16}),
        ("other-agreement", "another agreement", another, {"agreement_id": "cd" * 16}),
        ("other-head", "a head that the owner does not remember", another, {"since": "ef" * 32}),
    ]
    cases = [
        Case("good.json", "", None, good),
        *envelope_faults(good),
        *document_faults(good, RECEIPT_TYPE, *HOST),
        *signature_faults(good, RECEIPT_TYPE),
        *(
            Case(f"{name}.json", fault, error, resigned(good, RECEIPT_TYPE, HOST, **fields))
            for name, fault, error, fields in twins
        ),
    ]
    spent = ledger.spent(ledger.verify_chain(entries, document.agreement_id, document.since))
    return cases, {"spent": msgspec.to_builtins(spent), "head": ledger.entry_hash(entries[-1])}


def _text(entries: list[bytes]) -> list[str]:
    return [entry.decode() for entry in entries]


def _stolen(root: Path, bodies: list[dict[str, object]]) -> list[bytes]:
    """The first entry is the sandbox's own, the others are signed by the thief."""
    first = material.chain(root, bodies[:1])
    prev, found = ledger.entry_hash(first[0]), list(first)
    for seq, body in enumerate(bodies[1:], 2):
        entry = material.entry(root, seq, prev, **body)
        found.append(ledger.sign(entry, material.session_key("thief")))
        prev = ledger.entry_hash(found[-1])
    return found


def _other_session(root: Path) -> list[bytes]:
    bodies = material.bodies(root)
    return material.chain(root, [{"opened": _foreign(bodies[0]["opened"])}, *bodies[1:]], "thief")


def _other_grant(root: Path) -> list[bytes]:
    bodies = material.bodies(root)
    opened: Any = msgspec.structs.replace(bodies[0]["opened"], grants={"platform": "ab" * 32})
    return material.chain(root, [{"opened": opened}, *bodies[1:]])
