"""Package files, good and bad."""

import json
from pathlib import Path

import vector_material as material
from twins import Case, compact

from cleanroom.trust import codec, envelope, package

MALFORMED, TRUNCATED = "trust.malformed", "trust.package_truncated"


def package_files(root: Path) -> tuple[list[Case], dict[str, object]]:
    stated, content = material.manifest(root / "package", root / "agreement")
    body = codec.encode(stated)
    good = material.package_file(stated, content, "platform")
    cases = [
        Case("good.dcrpkg", "", None, good),
        *_file_faults(good, content),
        *(
            Case(f"{name}.dcrpkg", fault, error, _with(body, content, **fields))
            for name, fault, error, fields in _manifest_faults(json.loads(body))
        ),
        *_content_faults(stated, content, root / "package" / "content-context.dcrpkg"),
        *_signature_faults(body, content),
    ]
    facts = {
        "package_id": stated.package_id,
        "manifest_sha256": codec.sha256_hex(body),
        "rows": {
            table: {name: list(map(str, values)) for name, values in columns.items()}
            for table, columns in material.rows(stated.agreement_id).items()
        },
    }
    return cases, facts


def _with(body: bytes, content: bytes, **fields: object) -> bytes:
    changed = compact({**json.loads(body), **fields})
    return material.package_file(changed, content, "platform")


def _file_faults(good: bytes, content: bytes) -> list[Case]:
    start, tail = len(package.MAGIC), len(package.MAGIC_END) + 8
    length = int.from_bytes(good[-tail:-8], "big")
    longer = good[:-tail] + (length + 1).to_bytes(8, "big") + package.MAGIC_END
    huge = good[:-tail] + (2**63).to_bytes(8, "big") + package.MAGIC_END
    spelled = [
        ("empty", "no bytes", "trust.not_a_package", b""),
        ("other-file", "a Parquet file", "trust.not_a_package", b"PAR1" + bytes(200) + b"PAR1"),
        (
            "magic",
            "another version at the start",
            "trust.not_a_package",
            b"DCRPKG\x00\x03" + good[8:],
        ),
        ("magic-only", "nothing but the start", TRUNCATED, package.MAGIC),
        ("truncated", "the last byte is missing", TRUNCATED, good[:-1]),
        ("half", "the second half is missing", TRUNCATED, good[: len(good) // 2]),
        ("extra-bytes", "a byte after the end", TRUNCATED, good + b"\x00"),
        ("length", "the trailer's length is one too many", MALFORMED, longer),
        ("length-huge", "the trailer's length is 2^63", TRUNCATED, huge),
        (
            "part-short",
            "a byte of the parts is missing",
            TRUNCATED,
            good[:start] + good[start + 1 :],
        ),
        (
            "part-extra",
            "a byte before the manifest",
            TRUNCATED,
            good[:start] + content + b"\x00" + good[start + len(content) :],
        ),
        ("part-flipped", "one bit of a part", "trust.package_damaged", _flip(good, start + 40)),
    ]
    return [Case(f"file-{n}.dcrpkg", fault, error, data) for n, fault, error, data in spelled]


def _flip(data: bytes, position: int) -> bytes:
    changed = bytearray(data)
    changed[position] ^= 0x01
    return bytes(changed)


Fault = tuple[str, str, str, dict[str, object]]


def _manifest_faults(document: dict[str, object]) -> list[Fault]:
    parts = json.loads(json.dumps(document["parts"]))
    people = parts[0]
    return [
        ("version", "version 1 of the format", MALFORMED, {"v": 1}),
        ("suite", "another cipher", MALFORMED, {"suite": "aes-256-gcm"}),
        ("package-id", "a package id that is a path", MALFORMED, {"package_id": "../../x"}),
        ("owner-bidi", "an owner that turns the direction", MALFORMED, {"owner": "plat\u202eform"}),
        ("period", "a day in another spelling", MALFORMED, {"start": "20250101"}),
        ("created", "a moment without Z", MALFORMED, {"created": "2026-03-01"}),
        ("unknown-field", "a field more", MALFORMED, {"zz": 1}),
        (
            "table-twice",
            "one table twice",
            MALFORMED,
            {"tables": [*document["tables"], document["tables"][0]]},
        ),
        (
            "part-order",
            "parts not in order",
            MALFORMED,
            {"parts": [{**people, "index": 1}, *parts[1:]]},
        ),
        (
            "part-table",
            "a part of no table",
            MALFORMED,
            {"parts": [{**people, "table": "costs"}, *parts[1:]]},
        ),
        (
            "part-digest",
            "a hash in capitals",
            MALFORMED,
            {"parts": [{**people, "sha256": people["sha256"].upper()}, *parts[1:]]},
        ),
        (
            "part-empty",
            "a part of no bytes",
            MALFORMED,
            {"parts": [{**people, "length": 0}, *parts[1:]]},
        ),
        (
            "part-negative",
            "a part of minus one byte",
            MALFORMED,
            {"parts": [{**people, "length": -1}, *parts[1:]]},
        ),
        (
            "part-huge",
            "a part larger than a reader holds",
            MALFORMED,
            {"parts": [{**people, "length": 1 << 40}, *parts[1:]]},
        ),
        (
            "part-length",
            "a part one byte longer than the file",
            TRUNCATED,
            {"parts": [{**people, "length": people["length"] + 1}, *parts[1:]]},
        ),
    ]


def _content_faults(stated: package.Manifest, content: bytes, kept: Path) -> list[Case]:
    """What the hash in the manifest agrees with and the cipher does not."""
    first = stated.parts[0]
    one, two = content[: first.length], content[first.length :]
    damaged = "trust.package_damaged"
    plain = material.decrypt(one, first.table)
    wrong_place = _kept(kept, plain) or material.encrypt(plain, "ids:phone")
    spelled = [
        ("swapped", "the parts change places", [two, one]),
        ("flipped", "one bit, and the hash made to fit", [_flip(one, 70), two]),
        ("cut", "the last byte, and the hash made to fit", [one[:-1], two]),
        ("salt", "one bit of the salt", [_flip(one, 3), two]),
        ("commitment", "one bit of the commitment to the key", [_flip(one, 30), two]),
        ("context", "encrypted for another table", [wrong_place, two]),
    ]
    return [
        Case(f"content-{name}.dcrpkg", fault, damaged, _refit(stated, parts))
        for name, fault, parts in spelled
    ]


def _kept(stored: Path, plain: bytes) -> bytes | None:
    """Encryption draws chance, so the twin that is there is kept while it decrypts to the same."""
    if not stored.exists():
        return None
    with stored.open("rb") as file:
        _, manifest = package.read_envelope(file)
        part = package.read_part(file, manifest, 0)
    try:
        return part if material.decrypt(part, "ids:phone") == plain else None
    except material.InvalidTag:
        return None


def _refit(stated: package.Manifest, parts: list[bytes]) -> bytes:
    document = json.loads(codec.encode(stated))
    for listed, part in zip(document["parts"], parts, strict=True):
        listed.update(length=len(part), sha256=codec.sha256_hex(part))
    return material.package_file(compact(document), b"".join(parts), "platform")


def _signature_faults(body: bytes, content: bytes) -> list[Case]:
    unsigned = envelope.sign(package.MANIFEST_TYPE, body, [])
    other = envelope.sign("text/plain", body, [material.identity("platform").signing])
    retyped = envelope.Envelope(package.MANIFEST_TYPE, other.payload, other.signatures)
    start = package.MAGIC + content
    return [
        Case(
            "signature-foreign.dcrpkg",
            "a stranger signed",
            "trust.signature",
            material.package_file(body, content, "stranger"),
        ),
        Case(
            "signature-none.dcrpkg",
            "nobody signed",
            "trust.signature",
            start + package.trailer(unsigned),
        ),
        Case(
            "signature-type.dcrpkg",
            "signed as another type",
            "trust.signature",
            start + package.trailer(retyped),
        ),
        Case("type.dcrpkg", "a trailer of another type", MALFORMED, start + package.trailer(other)),
    ]
