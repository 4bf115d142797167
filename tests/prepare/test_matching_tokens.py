"""Tokens against hmac and hashlib of the standard library."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import InputError
from cleanroom.prepare.tokens import BASES, GIVEN, kind_key, message, reachable, tokens

KEYS = st.binary(min_size=32, max_size=32)
VALUES = st.lists(st.text(max_size=80) | st.none(), max_size=20)


def expected(text: str | None, key: bytes) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    mac = hmac.new(key.hex().encode("ascii"), text.encode(), hashlib.sha256).digest()
    return int.from_bytes(mac[:8], "big"), int.from_bytes(mac[8:16], "big")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


FORM = {
    "plain": lambda text: text,
    "raw": lambda text: text,
    "sha256": sha256,
    "md5": md5,
    "sha256-of-md5": lambda text: sha256(md5(text)),
}


@given(VALUES, KEYS)
def test_a_token_is_half_of_an_hmac(texts: list[str | None], key: bytes) -> None:
    frame = tokens(pl.Series(texts, dtype=pl.String), key)
    assert frame.schema == {"hi": pl.UInt64, "lo": pl.UInt64}
    assert frame.rows() == [expected(text, key) for text in texts]


@given(VALUES, st.sampled_from(GIVEN), st.sampled_from(BASES))
def test_messages_of_every_base(texts: list[str | None], given_as: str, base: str) -> None:
    held = pl.Series("mail", [t if t is None else FORM[given_as](t) for t in texts], pl.String)
    wanted = [t if t is None else FORM[base](t) for t in texts]
    if reachable(given_as, base):
        made = message(held, given_as, base)
        assert made.to_list() == wanted
        assert made.name == "mail"
    else:
        with pytest.raises(InputError) as caught:
            message(held, given_as, base)
        assert caught.value.code == "input.token_base"
        assert "mail" in caught.value.message("en")
        assert base in caught.value.message("zh_CN")


def test_which_bases_can_be_reached() -> None:
    assert {g: [b for b in BASES if reachable(g, b)] for g in GIVEN} == {
        "raw": ["plain", "sha256", "md5", "sha256-of-md5"],
        "sha256": ["sha256"],
        "md5": ["md5", "sha256-of-md5"],
        "sha256-of-md5": ["sha256-of-md5"],
    }


@pytest.mark.parametrize("base", ["sha256", "md5", "sha256-of-md5"])
def test_raw_and_hashed_lists_meet(base: str) -> None:
    key = kind_key(b"\x07" * 32, "agreement-1", "phone")
    phones = ["+8613800138000", "+85251234567"]
    raw = tokens(message(pl.Series(phones), "raw", base), key)
    hashed = tokens(message(pl.Series([FORM[base](p) for p in phones]), base, base), key)
    assert raw.equals(hashed)


@given(KEYS, st.text(max_size=40), st.text(max_size=20))
def test_kind_key_is_hkdf(secret: bytes, agreement: str, kind: str) -> None:
    """RFC 5869: extract with the salt, expand one block with the info."""
    extracted = hmac.new(agreement.encode(), secret, hashlib.sha256).digest()
    block = hmac.new(extracted, kind.encode() + b"\x01", hashlib.sha256).digest()
    assert kind_key(secret, agreement, kind) == block


def test_kinds_and_agreements_do_not_share_tokens() -> None:
    secret, values = b"\x01" * 32, pl.Series(["13800138000"])
    pairs = [("a", "phone"), ("a", "email"), ("b", "phone")]
    found = {tokens(values, kind_key(secret, *pair)).row(0) for pair in pairs}
    assert len(found) == 3


def test_two_threads_make_what_one_makes() -> None:
    key = kind_key(b"\x02" * 32, "agreement", "email")
    batches = [pl.Series([f"user{b}.{i}@example.com" for i in range(5_000)]) for b in range(6)]

    def work(batch: pl.Series) -> pl.DataFrame:
        return tokens(message(batch, "raw", "sha256-of-md5"), key)

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(work, batches))
    assert all(one.equals(work(batch)) for one, batch in zip(together, batches, strict=True))


def test_a_key_of_another_length_is_a_mistake_in_the_program() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        tokens(pl.Series(["a"]), b"short")
