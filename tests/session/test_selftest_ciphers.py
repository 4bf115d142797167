"""The known answers of the self-test, made again without our code, and wrong ciphers."""

import hashlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import cryptography_vectors
import pytest
from selftest_material import statuses

from cleanroom.session.selftest import ciphers
from cleanroom.session.selftest.ciphers import Answer
from cleanroom.trust.hpke import SealingKey

KNOWN = ciphers.known_answers()
X_WING, HKDF_SHA256, CHACHA = 0x647A, 1, 3
ENC = 1120  # ML-KEM-768 ciphertext and X25519 key


@pytest.fixture(scope="module")
def second_reader(repository: Path) -> ModuleType:
    """The reader written from docs/formats.md, which has none of our code."""
    path = repository / "tests" / "docs" / "second_reader.py"
    spec = importlib.util.spec_from_file_location("second_reader_of_selftest", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def vectors(file: str) -> str:
    with cryptography_vectors.open_vector_file(file, "r") as opened:
        found: str = opened.read()
    return found


def test_the_ciphers_here_know_the_answers() -> None:
    assert statuses(ciphers.trial()) == dict.fromkeys(
        ("argon2id", "ed25519", "hpke", "cobblestone"), "ok"
    )


def test_argon2id_is_the_example_of_rfc_9106() -> None:
    known = {name: value.hex() for name, value in KNOWN["argon2id"].items()}
    lines = [
        "length = 32", "lanes = 4", "iter = 3", "memcost = 32", f"secret = {known['secret']}",
        f"pass = {known['passphrase']}", f"salt = {known['salt']}", f"ad = {known['data']}",
        f"output = {known['expected']}",
    ]  # fmt: skip
    assert "\n".join(lines) in vectors("KDF/argon2id.txt")


def test_ed25519_is_a_published_example() -> None:
    known = {name: value.hex() for name, value in KNOWN["ed25519"].items()}
    published = [line.split(":") for line in vectors("asymmetric/Ed25519/sign.input").splitlines()]
    (found,) = [
        signature
        for private, _, message, signature, _ in published
        if (private[:64], message) == (known["private"], known["message"])
    ]
    assert found == known["expected"] + known["message"]


def test_hpke_begins_with_the_published_encapsulation() -> None:
    published: list[dict[str, Any]] = json.loads(vectors("HPKE/hpke-pq-test-vectors.json"))
    wanted = (0, X_WING, HKDF_SHA256, CHACHA)
    names = ("mode", "kem_id", "kdf_id", "aead_id")
    (vector,) = [v for v in published if tuple(int(v[name]) for name in names) == wanted]
    seed = bytes.fromhex(vector["skRm"])
    assert KNOWN["hpke"]["private"] == hashlib.shake_256(seed).digest(96)
    assert KNOWN["hpke"]["sealed"][:ENC].hex() == vector["enc"]


def test_the_second_reader_gets_the_same_answers(second_reader: ModuleType) -> None:
    hpke, cobblestone = KNOWN["hpke"], KNOWN["cobblestone"]
    opened = second_reader.unseal(hpke["private"], hpke["sealed"], hpke["info"])
    assert opened == hpke["expected"]
    plain = second_reader.cobblestone(
        cobblestone["key"], cobblestone["sealed"], cobblestone["context"]
    )
    assert plain == cobblestone["expected"]


@pytest.mark.parametrize("cipher", ciphers.CIPHERS)
def test_another_answer_is_wrong(cipher: str) -> None:
    known = KNOWN[cipher]
    holds: Callable[[Answer], bool] = ciphers.CIPHERS[cipher]
    assert holds(known)
    assert not holds({**known, "expected": known["expected"][:-1] + b"?"})


def test_a_cipher_that_refuses_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SealingKey, "open", lambda *_: KNOWN["hpke"]["expected"])
    monkeypatch.setattr(ciphers, "_decrypted", lambda *_: KNOWN["cobblestone"]["expected"])
    found = statuses(ciphers.trial())
    assert {name for name, status in found.items() if status == "failed"} == {"hpke", "cobblestone"}
