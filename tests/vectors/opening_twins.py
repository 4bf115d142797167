"""Opening requests and grants, good and bad."""

import json
from pathlib import Path

import vector_material as material
from twins import Case, document_faults, envelope_faults, resigned, signature_faults
from vector_material import signed, unbase64

from cleanroom.trust import codec, grant
from cleanroom.trust.grant import GRANT_LIMIT, GRANT_TYPE, REQUEST_TYPE
from cleanroom.trust.hpke import seal

MALFORMED = "trust.malformed"
SIGNER = ("platform",)


def request_files(root: Path) -> tuple[list[Case], dict[str, object]]:
    good = signed(material.request(root), REQUEST_TYPE, *SIGNER)
    _, body = unbase64(good)
    test = json.loads(body)["engine_self_test"]
    price = json.loads(body)["plan_price"]
    faults = [
        ("request-id", "a request id that is a path", {"request_id": "../x"}),
        ("session-id", "a session id with a space", {"session_id": "a b"}),
        ("package-id", "an empty package id", {"package_id": ""}),
        ("created", "a moment without Z", {"created": "2026-03-02 08:59:00"}),
        (
            "provider",
            "a terminal escape in the self-test",
            {"engine_self_test": {**test, "provider": "linux\u001b[2J"}},
        ),
        (
            "probe-bidi",
            "a probe that turns the direction",
            {"engine_self_test": {**test, "probes": {"connect": "\u202erefused"}}},
        ),
        ("level", "isolation level 4", {"engine_self_test": {**test, "level": 4}}),
        ("price", "a negative price", {"plan_price": {**price, "nano_rho": -1}}),
        ("refusals", "negative refusals", {"refusals": -1}),
        ("since-seq", "a negative head", {"since_seq": -1}),
    ]
    cases = [
        Case("good.json", "", None, good),
        *envelope_faults(good),
        *document_faults(good, REQUEST_TYPE, *SIGNER),
        *signature_faults(good, REQUEST_TYPE),
        *(
            Case(f"{name}.json", fault, MALFORMED, resigned(good, REQUEST_TYPE, SIGNER, **fields))
            for name, fault, fields in faults
        ),
    ]
    return cases, {"sha256": codec.sha256_hex(body)}


def grant_files(root: Path) -> tuple[list[Case], dict[str, object]]:
    found = material.granted(root)
    good = signed(found, GRANT_TYPE, *SIGNER)
    another, expired = "trust.grant_for_another", "trust.grant_expired"
    stolen = seal(material.PACKAGE_KEY, material.sealing_key("engine").public_bytes(), b"")
    price = {"nano_rho": -1, "cells": 60, "analyses": 3}
    faults = [
        ("request", "for another request", another, {"request_sha256": "ab" * 32}),
        ("agreement", "for another agreement", another, {"agreement_id": "cd" * 16}),
        ("package", "for another package", another, {"package_id": "cd" * 16}),
        ("owner", "of another owner", another, {"owner": "brand"}),
        ("expired", "its time is over", expired, {"expires": "2026-03-02T09:00:00Z"}),
        (
            "early",
            "issued after this computer's clock",
            "trust.clock",
            {"issued_at": "2026-03-02T09:00:01Z"},
        ),
        (
            "expires-loose",
            "a moment in another spelling",
            MALFORMED,
            {"expires": "2026-03-02T17:00Z"},
        ),
        ("allowance", "a negative allowance", MALFORMED, {"allowance": price}),
        (
            "swapped",
            "the secrets change places",
            "trust.not_for_you",
            {"package_key": found.state_share, "state_share": found.package_key},
        ),
        (
            "sealed-cut",
            "a sealed key without its last byte",
            "trust.not_for_you",
            {"package_key": found.package_key[:-2]},
        ),
        (
            "sealed-flipped",
            "one bit of a sealed key",
            "trust.not_for_you",
            {"package_key": _flip(found.package_key)},
        ),
        (
            "sealed-upper-case",
            "a sealed key in capital hex",
            MALFORMED,
            {"package_key": found.package_key.upper()},
        ),
        ("oversize", "longer than 64 KiB", MALFORMED, {"package_key": "ab" * (GRANT_LIMIT // 2)}),
    ]
    kept = _kept(root / "grant" / "sealed-other-key.json", stolen.hex())
    faults.append(
        ("sealed-other-key", "sealed to another worker", "trust.not_for_you", {"package_key": kept})
    )
    cases = [
        Case("good.json", "", None, good),
        *envelope_faults(good),
        *(
            c
            for c in document_faults(good, GRANT_TYPE, *SIGNER)
            if c.file != "document-version.json"
        ),
        *signature_faults(good, GRANT_TYPE),
        Case(
            "document-version.json",
            "the next version of the format",
            another,
            resigned(good, GRANT_TYPE, SIGNER, v=99),
        ),
        *(
            Case(f"{name}.json", fault, error, resigned(good, GRANT_TYPE, SIGNER, **fields))
            for name, fault, error, fields in faults
        ),
    ]
    return cases, {"grant_sha256": grant.grant_sha256(found)}


def _flip(sealed: str) -> str:
    return sealed[:-1] + ("0" if sealed[-1] != "0" else "1")


def _kept(stored: Path, fresh: str) -> str:
    """Sealing draws chance, so the twin that is there is kept."""
    if not stored.exists():
        return fresh
    _, body = unbase64(stored.read_bytes())
    return str(json.loads(body)["package_key"])
