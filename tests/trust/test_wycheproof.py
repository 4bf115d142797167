"""Wycheproof's hostile inputs for what the matching keys and sealing stand on."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cleanroom.errors import TrustError
from cleanroom.trust.hpke import SealingKey, seal


def groups(shared: Path, name: str) -> list[dict[str, Any]]:
    path = shared / "data" / "vectors" / "wycheproof" / name
    if not path.is_file():
        pytest.skip(f"the vectors {name} are not in the folder `shared`")
    content = json.loads(path.read_text("utf-8"))
    found: list[dict[str, Any]] = [t for group in content["testGroups"] for t in group["tests"]]
    assert len(found) == content["numberOfTests"]
    return found


def test_hkdf_sha256(shared: Path) -> None:
    counted = {"valid": 0, "invalid": 0}
    for test in groups(shared, "hkdf_sha256_test.json"):
        ikm, salt, info = (bytes.fromhex(test[name]) for name in ("ikm", "salt", "info"))
        counted[test["result"]] += 1
        if test["result"] == "valid":
            derived = HKDF(SHA256(), test["size"], salt, info).derive(ikm)
            assert derived.hex() == test["okm"], test["tcId"]
        else:
            with pytest.raises(ValueError, match=r".+"):
                HKDF(SHA256(), test["size"], salt, info).derive(ikm)
    assert min(counted.values()) > 0


def test_x25519(shared: Path) -> None:
    """A shared secret of zeros must not pass; every other answer must be the published one."""
    zero = "00" * 32
    refused = 0
    for test in groups(shared, "x25519_test.json"):
        private = X25519PrivateKey.from_private_bytes(bytes.fromhex(test["private"]))
        public = X25519PublicKey.from_public_bytes(bytes.fromhex(test["public"]))
        if test["shared"] == zero:
            refused += 1
            with pytest.raises(ValueError, match=r".+"):
                private.exchange(public)
        else:
            assert private.exchange(public).hex() == test["shared"], test["tcId"]
    assert refused > 0


def test_nothing_is_sealed_to_a_key_of_low_order(shared: Path) -> None:
    mlkem = SealingKey.generate().public_bytes()[:-32]
    low = [t for t in groups(shared, "x25519_test.json") if t["shared"] == "00" * 32]
    for test in low:
        with pytest.raises(TrustError, match=r"trust\.malformed"):
            seal(b"secret", mlkem + bytes.fromhex(test["public"]), b"")
