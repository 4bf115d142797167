"""Contact cards, good and bad."""

from pathlib import Path

import vector_material as material
from twins import Case, document_faults, envelope_faults, resigned, signature_faults

from cleanroom.trust import fingerprint
from cleanroom.trust.identity import CARD_LIMIT, CARD_TYPE

BIDI, ZERO_WIDTH = "Meridian\u202eAcme", "Meri\u200bdian"
NAMES = {
    "bidi": ("a character that turns the direction", BIDI),
    "zero-width": ("a zero-width space", ZERO_WIDTH),
    "filler": ("an invisible Hangul filler", "Meridian\u3164"),
    "not-nfc": ("an accent apart from its letter", "Cafe\u0301"),
    "control": ("a control character", "Meridian\u0007"),
    "empty": ("no name", ""),
    "long": ("65 characters", "M" * 65),
    "spaced": ("a space at the end", "Meridian "),
}


def card_files(_root: Path) -> tuple[list[Case], dict[str, object]]:
    party = material.identity("brand")
    good = party.card_file()
    card = party.card()
    cases = [
        Case("good.json", "", None, good),
        *envelope_faults(good),
        *document_faults(good, CARD_TYPE, "brand"),
        *signature_faults(good, CARD_TYPE),
        *(
            Case(f"name-{name}.json", fault, "input.label", _with(good, name=value))
            for name, (fault, value) in NAMES.items()
        ),
        *(
            Case(f"{name}.json", fault, "trust.malformed", data)
            for name, fault, data in _key_faults(good)
        ),
    ]
    facts = {
        "fingerprint": fingerprint.fingerprint(card),
        "words": " ".join(fingerprint.words(card)),
        "digits": " ".join(fingerprint.digits(card)),
    }
    return cases, facts


def _with(good: bytes, **fields: object) -> bytes:
    return resigned(good, CARD_TYPE, ("brand",), **fields)


def _key_faults(good: bytes) -> list[tuple[str, str, bytes]]:
    card = material.identity("brand").card()
    sealing, signing = card.sealing_key, card.signing_key
    weak = "01" + "00" * 31
    return [
        ("oversize", "longer than 16 KiB", _with(good, name="M" * CARD_LIMIT)),
        ("key-upper-case", "a key in capital hex", _with(good, signing_key=signing.upper())),
        (
            "key-spaced",
            "a space inside a key",
            _with(good, signing_key=signing[:2] + " " + signing[2:]),
        ),
        ("key-short", "a signing key of 31 bytes", _with(good, signing_key=signing[2:])),
        ("key-weak", "a signing key under which anything verifies", _with(good, signing_key=weak)),
        (
            "sealing-short",
            "a sealing key without its last byte",
            _with(good, sealing_key=sealing[2:]),
        ),
        ("sealing-invalid", "no ML-KEM key", _with(good, sealing_key="f" * 2368 + sealing[2368:])),
        (
            "sealing-low-order",
            "an X25519 key of low order",
            _with(good, sealing_key=sealing[:2368] + "00" * 32),
        ),
        ("created-local", "a moment without Z", _with(good, created="2026-01-05T08:00:00")),
        ("created-loose", "a moment in another spelling", _with(good, created="20260105T080000Z")),
    ]
