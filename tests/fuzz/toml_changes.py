"""TOML that people write and pass on: changed trees written out, and texts with tokens changed."""

import json
import re
from datetime import date
from typing import Any

from hypothesis import strategies as st


def toml(tree: dict[str, Any]) -> str:
    """A tree as TOML, every value on the line of its key."""
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in tree.items())


def _key(key: str) -> str:
    # JSON escapes are those of TOML, but for the last control character
    return json.dumps(key, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):
        return _key(value)
    if isinstance(value, date):
        return value.isoformat()
    return '""' if value is None else str(value)


DEEP = 20_000
MOST = 16 << 10  # characters in which a value is looked for
VALUES = [
    "[" * DEEP,
    "[" * DEEP + "]" * DEEP,
    "{a = " * 5_000 + "0" + "}" * 5_000,
    "9" * 5_000,
    "0x" + "f" * 5_000,
    "9223372036854775808",
    "1e99999999999999999999",
    "nan",
    "-inf",
    "1979-05-27T07:32:00Z",
    "9999-99-99",
    "07:32:00",
    '"""',
    "'''",
    '"\\uD800"',
    '"\\UFFFFFFFF"',
    '"\x00"',
    "[]",
    "{}",
    '""',
    "true",
]
LINES = [
    *("a = " + value for value in VALUES),
    "." * 100,
    ".a" * DEEP + " = 1",
    "a" + ".a" * DEEP + " = 1",
    "[a" + ".a" * DEEP + "]",
    "[" + " " * DEEP + "x",
    "[" + " " * DEEP,
    "a" * DEEP,
    "\r",
    "\ufeff",
    "[a]\n[a]",
    "[[a]]\n[a]",
    "[[opt_out]]",
    "people = 1",
    "#",
    "=",
    "",
]
_SCALAR = re.compile(r'"[^"]*"|-?\d+(?:\.\d+)?|true|false')


@st.composite
def rewritten(draw: Any, text: str) -> str:
    """A good text with a value or some lines replaced by what nobody writes, doubled or dropped."""
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        values = list(_SCALAR.finditer(text[:MOST]))
        if values and draw(st.booleans()):
            value = values[draw(st.integers(0, len(values) - 1))]
            text = text[: value.start()] + draw(st.sampled_from(VALUES)) + text[value.end() :]
        else:
            text = _with_line(draw, text)
    return text


def _with_line(draw: Any, text: str) -> str:
    lines = text.split("\n")
    at = draw(st.integers(0, len(lines)))
    end = at + draw(st.sampled_from([0, 0, 1, 1, 3]))
    lines[at:end] = [draw(st.sampled_from([*LINES, *lines]))]
    return "\n".join(lines)
