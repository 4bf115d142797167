"""DSSE as its specification says, written here by hand; several signers; only hints in key ids."""

import base64
import hashlib
import json

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import TrustError
from cleanroom.trust import envelope

KIND = "application/vnd.dcr.test+json"
FIRST, SECOND, THIRD = (Ed25519PrivateKey.generate() for _ in range(3))


def raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def length(number: int) -> bytes:
    """LEN of the specification: ASCII decimal without leading zeros."""
    return str(number).encode("ascii")


def pae(kind: str, body: bytes) -> bytes:
    """secure-systems-lab/dsse protocol.md: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body."""
    name = kind.encode("utf-8")
    return b" ".join([b"DSSEv1", length(len(name)), name, length(len(body)), body])


def test_the_example_of_the_specification() -> None:
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert envelope.pae("http://example.com/HelloWorld", b"hello world") == expected


@given(st.text(), st.binary())
def test_what_is_signed_is_the_encoding_of_the_specification(kind: str, body: bytes) -> None:
    try:
        wanted = pae(kind, body)
    except UnicodeEncodeError:
        return
    assert envelope.pae(kind, body) == wanted


def test_an_envelope_by_hand_is_read() -> None:
    body = b'{"a":1}'
    signature = {
        "keyid": hashlib.sha256(raw(FIRST)).hexdigest(),
        "sig": base64.b64encode(FIRST.sign(pae(KIND, body))).decode(),
    }
    content = {"payload": base64.b64encode(body).decode(), "payloadType": KIND}
    data = json.dumps({**content, "signatures": [signature]}, separators=(",", ":")).encode()
    assert envelope.open_signed(data, KIND, raw(FIRST), "test") == body
    assert envelope.sign(KIND, body, [FIRST]).to_bytes() == data


@given(st.binary(max_size=300))
def test_signers_are_found_among_the_expected(body: bytes) -> None:
    sealed = envelope.sign(KIND, body, [FIRST, SECOND])
    assert envelope.signers(sealed, [raw(SECOND), raw(THIRD), raw(FIRST)]) == [
        raw(SECOND),
        raw(FIRST),
    ]
    assert envelope.parse(sealed.to_bytes(), KIND, "test") == sealed
    assert sealed.body == body


def test_signing_again_changes_nothing() -> None:
    sealed = envelope.sign(KIND, b"x", [FIRST])
    both = envelope.countersign(sealed, SECOND)
    assert envelope.signers(both, [raw(FIRST), raw(SECOND)]) == [raw(FIRST), raw(SECOND)]
    assert envelope.countersign(both, FIRST) == both
    assert envelope.countersign(both, SECOND) == both


def test_a_planted_signature_does_not_keep_anybody_from_signing() -> None:
    """Somebody put rubbish under the second signer's key id before the file reached it."""
    sealed = envelope.sign(KIND, b"x", [FIRST])
    planted = envelope.Signature(envelope.key_id(raw(SECOND)), sealed.signatures[0].sig)
    poisoned = msgspec.structs.replace(sealed, signatures=(planted, *sealed.signatures))
    assert envelope.signers(poisoned, [raw(SECOND)]) == []
    signed = envelope.countersign(poisoned, SECOND)
    assert envelope.signers(signed, [raw(SECOND)]) == [raw(SECOND)]
    assert len(signed.signatures) == 2


def test_the_key_id_is_only_a_hint() -> None:
    """A stranger's signature under an expected name does not count."""
    stranger = envelope.sign(KIND, b"x", [THIRD]).signatures[0]
    posing = msgspec.structs.replace(stranger, keyid=envelope.key_id(raw(FIRST)))
    sealed = msgspec.structs.replace(envelope.sign(KIND, b"x", []), signatures=(posing,))
    assert envelope.signers(sealed, [raw(FIRST)]) == []


def test_a_signature_holds_for_its_type_alone() -> None:
    sealed = envelope.sign("application/other", b"x", [FIRST])
    retyped = msgspec.structs.replace(sealed, payload_type=KIND)
    assert envelope.signers(retyped, [raw(FIRST)]) == []
    with pytest.raises(TrustError, match=r"trust\.signature"):
        envelope.open_signed(retyped.to_bytes(), KIND, raw(FIRST), "test")
    with pytest.raises(TrustError, match=r"trust\.malformed"):
        envelope.parse(sealed.to_bytes(), KIND, "test")


@pytest.mark.parametrize("key", [b"", b"\x00" * 31, b"\x00" * 33, b"\xff" * 32])
def test_a_key_that_is_none_verifies_nothing(key: bytes) -> None:
    assert not envelope.verifies(key, b"\x00" * 64, b"message")


def test_more_signatures_than_anybody_needs_are_refused() -> None:
    sealed = envelope.sign(KIND, b"x", [FIRST])
    crowd = sealed.signatures * (envelope.MAX_SIGNATURES + 1)
    with pytest.raises(TrustError):
        envelope.parse(msgspec.structs.replace(sealed, signatures=crowd).to_bytes(), KIND, "test")


@pytest.mark.parametrize("bit", range(0, 512, 7))
def test_every_bit_of_a_signature_counts(bit: int) -> None:
    sealed = envelope.sign(KIND, b"x", [FIRST])
    sig = bytearray(base64.b64decode(sealed.signatures[0].sig))
    sig[bit // 8] ^= 1 << bit % 8
    changed = envelope.Signature(
        sealed.signatures[0].keyid, base64.b64encode(bytes(sig)).decode("ascii")
    )
    assert (
        envelope.signers(msgspec.structs.replace(sealed, signatures=(changed,)), [raw(FIRST)]) == []
    )
