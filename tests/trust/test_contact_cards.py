"""Identities, cards and the fingerprints that people compare by voice."""

import hashlib
import json

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from mnemonic import Mnemonic
from trust_material import MADE, party

from cleanroom.errors import InputError, TrustError
from cleanroom.trust import codec, envelope, fingerprint
from cleanroom.trust.identity import CARD_TYPE, Identity, check_card, is_weak, read_card

# Edwards25519 in plain integers (RFC 8032, 5.1), to find the points of small order ourselves.
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def add(one: Point, two: Point) -> Point:
    (x1, y1), (x2, y2) = one, two
    k = D * x1 * x2 * y1 * y2 % P
    return (
        (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P,
    )


def points(y: int) -> list[Point]:
    """The points of the curve with this y."""
    squared = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(squared, (P + 3) // 8, P)
    for x in (root, root * pow(2, (P - 1) // 4, P) % P):
        if x * x % P == squared:
            return [(x, y), (-x % P, y)]
    return []


def is_small(point: Point) -> bool:
    for _ in range(3):
        point = add(point, point)
    return point == (0, 1)


def encoded(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def small_order() -> list[bytes]:
    """All encodings, also those with y >= p, of points whose order divides 8."""
    orders = {0, 1, P - 1}
    # A point of order 8 doubles to one of order 4, whose y is 0: x^2 = -y^2, so with the curve's
    # equation -x^2 + y^2 = 1 + d x^2 y^2 its y solves d y^4 + 2 y^2 - 1 = 0.
    under = pow(1 + D, (P + 3) // 8, P)
    for root in (under, under * pow(2, (P - 1) // 4, P) % P):
        if root * root % P == (1 + D) % P:
            for squared in ((-1 + root) * pow(D, -1, P) % P, (-1 - root) * pow(D, -1, P) % P):
                y = pow(squared, (P + 3) // 8, P)
                for candidate in (y, y * pow(2, (P - 1) // 4, P) % P):
                    if candidate * candidate % P == squared:
                        orders |= {candidate, P - candidate}
    assert len(orders) == 5
    assert all(is_small(point) for y in orders for point in points(y))
    large = [y + P for y in orders if y + P < 2**255]
    return [encoded(y, sign) for y in (*orders, *large) for sign in (0, 1)]


@pytest.mark.parametrize("key", small_order(), ids=lambda key: key.hex()[:8])
def test_a_key_of_small_order_is_weak(key: bytes) -> None:
    assert is_weak(key)
    card = msgspec.structs.replace(party("brand").card(), signing_key=key.hex())
    with pytest.raises(TrustError, match=r"trust\.malformed"):
        check_card(card)


def test_why_weak_keys_are_refused() -> None:
    """Under the neutral point one signature fits every document."""
    forged = encoded(1, 0) + bytes(32)
    for message in (b"yes", b"no"):
        Ed25519PublicKey.from_public_bytes(encoded(1, 0)).verify(forged, message)


@given(st.binary(min_size=32, max_size=32))
def test_ordinary_keys_are_not_weak(data: bytes) -> None:
    assert not is_weak(data) or data in small_order()


def test_a_card_is_read_back() -> None:
    me = party("brand")
    assert read_card(me.card_file()) == me.card()
    again = Identity.from_bytes(me.to_bytes())
    assert again.card() == me.card()
    assert again.card_file() == me.card_file()


def test_private_keys_do_not_show() -> None:
    me = party("brand")
    secret = me.signing.private_bytes_raw().hex()
    assert secret not in repr(me) + str(me) + me.card_file().decode()


@pytest.mark.parametrize("name", ["", " x", "a" * 65, "x\u202e", "x\ny"])
def test_a_name_nobody_could_read_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"input\.label"):
        Identity.create(name, MADE)


@pytest.mark.parametrize("field", ["signing", "sealing"])
@pytest.mark.parametrize("value", ["", "zz", "AB" * 32, "ab" * 31])
def test_a_damaged_identity_is_refused(field: str, value: str) -> None:
    stored = json.loads(party("brand").to_bytes())
    with pytest.raises(TrustError, match=r"trust\.malformed"):
        Identity.from_bytes(codec.encode({**stored, field: value}))


def test_a_card_must_be_signed_by_its_own_key() -> None:
    body = codec.encode(party("brand").card())
    forged = envelope.sign(CARD_TYPE, body, [party("platform").signing]).to_bytes()
    with pytest.raises(TrustError, match=r"trust\.signature"):
        read_card(forged)


def words_by_hand(digest: bytes) -> list[str]:
    """132 bits as twelve numbers of eleven bits, most significant first."""
    bits = "".join(f"{byte:08b}" for byte in digest)
    wordlist = Mnemonic("english").wordlist
    return [wordlist[int(bits[i : i + 11], 2)] for i in range(0, 132, 11)]


def digits_by_hand(digest: bytes) -> str:
    bits = "".join(f"{byte:08b}" for byte in digest)
    return str(int(bits[:133], 2) % 10**40).rjust(40, "0")


@settings(max_examples=30)
@given(st.text("abcdef", min_size=1, max_size=20))
def test_fingerprints_by_hand(name: str) -> None:
    card = msgspec.structs.replace(party("brand").card(), name=name)
    digest = hashlib.sha256(b"dcr/id/v1" + codec.encode(card)).digest()
    assert fingerprint.fingerprint(card) == digest.hex()
    assert fingerprint.words(card) == words_by_hand(digest)
    groups = fingerprint.digits(card)
    assert "".join(groups) == digits_by_hand(digest)
    assert [len(group) for group in groups] == [4] * 10


def test_every_field_of_a_card_changes_its_fingerprint() -> None:
    card = party("brand").card()
    other = party("platform").card()
    prints = {fingerprint.fingerprint(card)}
    for field in card.__struct_fields__:
        value = 2 if field == "v" else getattr(other, field) + ("0" if field == "created" else "")
        prints.add(fingerprint.fingerprint(msgspec.structs.replace(card, **{field: value})))
    assert len(prints) == 1 + len(card.__struct_fields__)


def test_the_qr_code_is_a_picture_without_outside_parts() -> None:
    svg = fingerprint.qr_svg(party("brand").card())
    assert svg.startswith("<svg")
    assert "href" not in svg


def test_a_spoken_fingerprint_is_recognised_in_each_form() -> None:
    card, other = party("brand").card(), party("platform").card()
    forms = [
        " ".join(fingerprint.words(card)),
        " ".join(fingerprint.words(card)).upper(),
        " ".join(fingerprint.digits(card)),
        "".join(fingerprint.digits(card)),
        fingerprint.fingerprint(card),
    ]
    for spoken in forms:
        assert fingerprint.matches(card, spoken)
        assert not fingerprint.matches(other, spoken)
    for partial in (
        "",
        " ",
        " ".join(fingerprint.words(card)[:11]),
        fingerprint.fingerprint(card)[:12],
    ):
        assert not fingerprint.matches(card, partial)
