"""TOML of others: what it says, or that it is none, in time and memory by its length."""

import time
import tomllib
from decimal import Decimal

import pytest

from cleanroom.trust import handwritten

ORDINARY = """
title = "a.b.c"
"quoted.name" = 1.5
a.b.c.d.e = -9223372036854775807
list = [1, 2.5, "x", 1979-05-27, { "1.5" = "a", '2.5' = "b" }]
# see one.two.three.four.five.six.seven.eight.nine.ten.eleven.twelve.thirteen.example
[table."with.dot".name]
key = true
[[rows]]
[[rows]]
"""


def test_an_ordinary_text_is_read_as_it_is() -> None:
    assert handwritten.parse(ORDINARY) == tomllib.loads(ORDINARY)
    assert handwritten.parse("a = 1.10", parse_float=Decimal) == {"a": Decimal("1.10")}


LONG = ".".join(["a"] * 33)
REFUSED = {
    "not TOML": "a = ",
    "a list in lists": "a = " + "[" * 20_000,
    "closed again": "a = " + "[" * 20_000 + "]" * 20_000,
    "a table in tables": "a = " + "{a = " * 5_000 + "0" + "}" * 5_000,
    "more digits than Python reads": "a = " + "9" * 5_000,
    "more digits than Python writes": "a = 0x" + "f" * 5_000,
    "beyond 64 bits": "a = [{ b = [9223372036854775808] }]",
    "a long key": f"\n{LONG} = 1",
    "a long key with spaces": f"{LONG.replace('.', ' . ')} = 1",
    "a long quoted key": ".".join(['"a"'] * 33) + " = 1",
    "a long header": f"[{LONG}]",
    "a long key inside": f"x = {{ {LONG} = 1 }}",
}


@pytest.mark.parametrize("which", REFUSED)
def test_what_is_no_table_of_ours(which: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        handwritten.parse(REFUSED[which])


def test_decimals_that_no_decimal_holds() -> None:
    """Not a fault of TOML, but of the type that numbers are read into."""
    with pytest.raises(tomllib.TOMLDecodeError):
        handwritten.parse("a = 1e99999999999999999999", parse_float=Decimal)


def test_the_line_of_a_long_key_is_told() -> None:
    with pytest.raises(tomllib.TOMLDecodeError, match="at line 3"):
        handwritten.parse(f"a = 1\n\n{LONG} = 1\n")


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 50_000) + " = 1",
        "[" + ".".join(["a"] * 50_000) + "]",
        "a" * 400_000,
        "a " * 200_000,
        '"' * 400_000,
        ("a." * 30 + "a = 1\n") * 6_000,
    ],
    ids=["key", "header", "name", "names", "quotes", "keys"],
)
def test_long_texts_take_no_longer_than_their_length(text: str) -> None:
    """The first two took half a minute and gigabytes."""
    began = time.process_time()
    with pytest.raises(tomllib.TOMLDecodeError):
        handwritten.parse(text)
    assert time.process_time() - began < 5
