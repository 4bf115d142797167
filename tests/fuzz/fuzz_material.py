"""The vectors as good files and keys, and what must hold of a reader whatever it is given."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cleanroom.errors import CleanroomError
from cleanroom.text import LANGUAGES
from cleanroom.trust.hpke import SealingKey

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
KEYS = json.loads((VECTORS / "keys.json").read_text("utf-8"))
NOW = datetime.fromisoformat("2026-03-02T09:00:00Z")


def signing(name: str) -> Ed25519PrivateKey:
    """The signing key of a party of the vectors."""
    seed = KEYS["identities"][name]["signing_seed"]
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))


def sealing(name: str) -> SealingKey:
    """Its sealing key."""
    return SealingKey.from_bytes(bytes.fromhex(KEYS["identities"][name]["sealing"]))


SESSION = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEYS["session_seed"]))
PACKAGE_KEY = bytes.fromhex(KEYS["package_key"])
PLATFORM = signing("platform").public_key().public_bytes_raw()


def good(name: str) -> bytes:
    """The good file of a format."""
    folder = VECTORS / name
    (file,) = (
        f["file"]
        for f in json.loads((folder / "index.json").read_text())["files"]
        if not f["error"]
    )
    return (folder / file).read_bytes()


FORMATS = ("card", "agreement", "request", "grant", "receipt", "ledger", "package")
GOOD = {name: good(name) for name in FORMATS}


def payload(data: bytes) -> tuple[str, bytes]:
    """Type and document of an envelope."""
    outer = json.loads(data)
    return outer["payloadType"], base64.b64decode(outer["payload"])


def answer(reader: Callable[..., Any], *given: Any) -> Any:
    """What a reader makes of something; None when it refuses.

    The refusal is an error of ours that can be told in both languages. Anything else is raised.
    """
    try:
        return reader(*given)
    except CleanroomError as error:
        check_told(error)
        return None


def check_told(error: CleanroomError) -> None:
    """Its sentences are there and can be filled with its facts."""
    for language in LANGUAGES:
        assert error.message(language).endswith(f"[{error.code}]")
