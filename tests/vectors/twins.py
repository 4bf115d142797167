"""The faults that every signed document can have."""

import base64
import json
from dataclasses import dataclass
from typing import Any

import vector_material as material
from vector_material import signed, unbase64


@dataclass(frozen=True)
class Case:
    """A file of the vectors: ``error`` None when it is good."""

    file: str
    fault: str
    error: str | None
    data: bytes


def compact(value: object) -> bytes:
    """Canonical JSON of plain data with ASCII keys."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def flip_signature(data: bytes, position: int = -1) -> bytes:
    """One bit of one signature is wrong."""
    outer = json.loads(data)
    raw = bytearray(base64.b64decode(outer["signatures"][position]["sig"]))
    raw[7] ^= 0x10
    outer["signatures"][position]["sig"] = base64.b64encode(bytes(raw)).decode()
    return compact(outer)


def outer_change(data: bytes, **fields: object) -> bytes:
    """Another field of the envelope, nothing signed again."""
    return compact({**json.loads(data), **fields})


def envelope_faults(good: bytes, suffix: str = "json") -> list[Case]:
    """Faults of the envelope's spelling: the signature itself would verify."""
    outer = json.loads(good)
    sig = json.dumps(outer["signatures"], separators=(",", ":"))
    doubled = good[:-1] + b',"signatures":' + sig.encode() + b"}"
    unpadded = outer["payload"][:64] + "\n" + outer["payload"][64:]
    spelled = [
        ("truncated", "the last third is missing", good[: len(good) * 2 // 3]),
        ("empty", "no bytes", b""),
        ("extra-bytes", "a byte after the end", good + b"\n"),
        ("wrong-type", "another payload type", outer_change(good, payloadType="text/plain")),
        ("duplicate-key", "signatures twice in the envelope", doubled),
        ("unknown-field", "a field more in the envelope", outer_change(good, note="x")),
        ("spaced", "spaces in the envelope", json.dumps(outer).encode()),
        ("base64-line", "a line break in the Base64", outer_change(good, payload=unpadded)),
        ("not-json", "not JSON", b"\x00" * 40),
        ("no-object", "a list", b"[]"),
    ]
    return [
        Case(f"envelope-{name}.{suffix}", fault, "trust.malformed", data)
        for name, fault, data in spelled
    ]


def document_faults(good: bytes, kind: str, *signers: str) -> list[Case]:
    """Faults of the document's spelling; every signature verifies."""
    _, body = unbase64(good)
    document: dict[str, Any] = json.loads(body)
    first = min(document)
    again = json.dumps({first: document[first]}, ensure_ascii=False, separators=(",", ":"))
    spelled = [
        ("duplicate-key", "one field twice", again[:-1].encode() + b"," + body[1:]),
        ("unknown-field", "a field more", compact({**document, "zz": 1})),
        ("missing-field", "a field less", compact({k: document[k] for k in document if k != "v"})),
        ("spaced", "a space after a comma", body.replace(b',"', b', "', 1)),
        ("unsorted", "fields in another order", _unsorted(document)),
        ("number", "the version as 1.0", _decimal(body, document["v"])),
        ("float", "the version with a decimal point", compact({**document, "v": 1.5})),
        ("text-number", "the version as text", compact({**document, "v": str(document["v"])})),
        ("bool-number", "the version as true", compact({**document, "v": True})),
        ("version", "the next version of the format", compact({**document, "v": 99})),
        ("extra-bytes", "a line break at the end", body + b"\n"),
        ("escaped", "a letter written as an escape", _escaped(body)),
    ]
    return [
        Case(f"document-{name}.json", fault, "trust.malformed", signed(data, kind, *signers))
        for name, fault, data in spelled
    ]


def _decimal(body: bytes, version: int) -> bytes:
    written = f'"v":{version}'.encode()
    assert body.count(written) >= 1
    return body.replace(written, written + b".0", 1)


def _unsorted(document: dict[str, Any]) -> bytes:
    turned = dict(sorted(document.items(), reverse=True))
    return json.dumps(turned, ensure_ascii=False, separators=(",", ":")).encode()


def _escaped(body: bytes) -> bytes:
    """The first letter of the first name as \\u00xx: the same JSON value, not the same bytes."""
    return body[:2] + f"\\u{body[2]:04x}".encode() + body[3:]


def signature_faults(good: bytes, kind: str, error: str = "trust.signature") -> list[Case]:
    """Faults of who signed. ``error`` is what the missing signature leads to."""
    _, body = unbase64(good)
    foreign = json.loads(signed(body, kind, "stranger"))["signatures"]
    named = [{**foreign[0], "keyid": json.loads(good)["signatures"][-1]["keyid"]}]
    other = json.loads(signed(body, "text/plain", "platform"))["signatures"]
    return [
        Case("signature-flipped.json", "one bit of a signature", error, flip_signature(good)),
        Case("signature-none.json", "nobody signed", error, outer_change(good, signatures=[])),
        Case("signature-foreign.json", "a stranger signed", error, _instead(good, foreign)),
        Case(
            "signature-named.json", "a stranger under the right name", error, _instead(good, named)
        ),
        Case("signature-type.json", "signed as another type", error, _instead(good, other)),
    ]


def _instead(good: bytes, signatures: list[dict[str, str]]) -> bytes:
    """The last signature is another one."""
    kept = json.loads(good)["signatures"][:-1]
    return outer_change(good, signatures=[*kept, *signatures])


def resigned(good: bytes, kind: str, signers: tuple[str, ...], **fields: object) -> bytes:
    """The document with other fields, signed again as if nothing were wrong."""
    _, body = unbase64(good)
    return signed(compact({**json.loads(body), **fields}), kind, *signers)


__all__ = [
    "Case",
    "compact",
    "document_faults",
    "envelope_faults",
    "flip_signature",
    "material",
    "outer_change",
    "resigned",
    "signature_faults",
]
