"""RFC 8785 by its own published examples, and strict reading of what is signed."""

import json
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from cleanroom.errors import TrustError
from cleanroom.trust import codec

# RFC 8785, 3.2.2: the sample object and what becomes of it.
SAMPLE = r"""{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
CANONICAL = (
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
)
# RFC 8785, 3.2.3: keys are sorted by UTF-16 code units.
KEYS = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
SORTED = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
# RFC 8785, appendix B: IEEE 754 doubles and their one spelling.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


def test_the_sample_of_the_standard() -> None:
    assert codec.encode(json.loads(SAMPLE)).decode() == CANONICAL


def test_the_order_of_keys() -> None:
    assert list(json.loads(codec.encode(dict.fromkeys(KEYS, 1)))) == SORTED


@pytest.mark.parametrize(("bits", "spelled"), NUMBERS.items())
def test_the_numbers_of_the_standard(bits: str, spelled: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert codec.encode(value).decode() == spelled


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_numbers_that_json_does_not_have(bits: str) -> None:
    with pytest.raises(rfc8785.FloatDomainError):
        codec.encode(struct.unpack(">d", bytes.fromhex(bits))[0])


class Note(Struct, frozen=True, forbid_unknown_fields=True):
    count: int
    text: str
    more: dict[str, int] = {}


GOOD = b'{"count":1,"more":{"a":1},"text":"x"}'
BAD = {
    "space": b'{"count": 1,"more":{"a":1},"text":"x"}',
    "order": b'{"text":"x","count":1,"more":{"a":1}}',
    "twice": b'{"count":1,"more":{"a":1},"text":"x","text":"x"}',
    "twice inside": b'{"count":1,"more":{"a":2,"a":1},"text":"x"}',
    "unknown": b'{"count":1,"more":{"a":1},"other":1,"text":"x"}',
    "left out default": b'{"count":1,"text":"x"}',
    "trailing": GOOD + b" ",
    "decimal": b'{"count":1.0,"more":{"a":1},"text":"x"}',
    "exponent": b'{"count":1e0,"more":{"a":1},"text":"x"}',
    "minus zero": b'{"count":-0,"more":{"a":1},"text":"x"}',
    "beyond 2^53": b'{"count":9007199254740993,"more":{"a":1},"text":"x"}',
    "text": b'{"count":"1","more":{"a":1},"text":"x"}',
    "bool": b'{"count":true,"more":{"a":1},"text":"x"}',
    "null": b'{"count":null,"more":{"a":1},"text":"x"}',
    "escape": b'{"count":1,"more":{"a":1},"text":"\\u0078"}',
    "surrogate": b'{"count":1,"more":{"a":1},"text":"\\ud800"}',
    "latin-1": b'{"count":1,"more":{"a":1},"text":"\xe9"}',
    "bom": b"\xef\xbb\xbf" + GOOD,
    "deep": b"[" * 100_000,
    "empty": b"",
}


def test_the_canonical_form_is_read() -> None:
    assert codec.decode(GOOD, Note, "note") == Note(1, "x", {"a": 1})


@pytest.mark.parametrize("name", BAD)
def test_every_other_spelling_is_refused(name: str) -> None:
    with pytest.raises(TrustError, match=r"\[trust\.malformed\]"):
        codec.decode(BAD[name], Note, "note")


def test_a_long_document_is_refused_before_it_is_read() -> None:
    with pytest.raises(TrustError):
        codec.decode(GOOD, Note, "note", limit=len(GOOD) - 1)
    assert codec.decode(GOOD, Note, "note", limit=len(GOOD))


@given(
    st.integers(-(2**53) + 1, 2**53 - 1), st.text(), st.dictionaries(st.text(), st.integers(0, 9))
)
def test_what_is_written_is_read(count: int, text: str, more: dict[str, int]) -> None:
    note = Note(count, text, more)
    try:
        data = codec.encode(note)
    except ValueError:
        assert any(0xD800 <= ord(c) < 0xE000 for c in text + "".join(more))
        return
    assert codec.decode(data, Note, "note") == note
    assert json.loads(data) == {"count": count, "text": text, "more": more}


@given(st.binary())
def test_hex_has_one_spelling(data: bytes) -> None:
    assert codec.unhex(data.hex(), "key") == data


@pytest.mark.parametrize("text", ["AB", "aB", "a", "ab ", " ab", "a b", "0x", "gg", "ab\n", "١٢"])
def test_loose_hex_is_refused(text: str) -> None:
    with pytest.raises(TrustError):
        codec.unhex(text, "key")


@pytest.mark.parametrize("text", ["", "a" * 63, "A" * 64, "a" * 65, "a" * 64 + "\n", "g" * 64])
def test_what_is_no_digest(text: str) -> None:
    assert not codec.is_digest(text)
    assert codec.is_digest(codec.sha256_hex(text.encode()))
