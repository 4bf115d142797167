"""Good JSON documents with anything changed inside, and the same documents spelled otherwise."""

import copy
import json
import re
from collections.abc import Iterable
from typing import Any

import rfc8785
from hypothesis import strategies as st

HOSTILE = [
    "",
    "\u202e",
    "\x00",
    "../../x",
    "{0}",
    "{x!r}",
    "%s",
    "A" * 5000,
    "-1",
    "1e999",
    "é",
    "e\u0301",
    "\u2028",
    "\ud7ff\uffff",
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, -1, 1, 2**31, 2**53, 2**63, 2**64]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(HOSTILE),
    st.binary(max_size=80).map(bytes.hex),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


TIMES = [1] * 9 + [300]  # how often an element of a list is said again

Place = tuple[Any, Any]


def places(tree: Any, depth: int = 100) -> list[Place]:
    """Every (container, key) of a JSON document, as deep as that."""
    pairs: Iterable[Place] = ()
    if isinstance(tree, dict):
        pairs = tree.items()
    elif isinstance(tree, list):
        pairs = enumerate(tree)
    if depth == 1:
        return [(tree, key) for key, _ in pairs]
    return [place for key, value in pairs for place in ((tree, key), *places(value, depth - 1))]


def place(tree: Any, data: st.DataObject) -> Place:
    """One of them: as often near the root, where there are few, as anywhere."""
    found = places(tree, data.draw(st.sampled_from([2, 100])))
    return found[data.draw(st.integers(0, len(found) - 1))]


def alike(value: Any) -> st.SearchStrategy[Any]:
    """Another value of the same type, which a strict reader does not refuse at once."""
    if isinstance(value, bool):
        return st.just(not value)
    if isinstance(value, int):
        return st.one_of(st.integers(-3, 300), st.integers(-(2**53), 2**53))
    if isinstance(value, str):
        cut = st.integers(0, len(value)).map(lambda end: value[:end])
        return st.one_of(cut, st.sampled_from(HOSTILE), st.text(max_size=80))
    return values


def change(tree: Any, data: st.DataObject) -> None:
    """Change, drop, empty, double or add one thing somewhere."""
    container, key = place(tree, data)
    how = data.draw(st.sampled_from(["alike", "alike", "alike", "any", "swap", "drop", "add"]))
    if how in ("alike", "any"):
        container[key] = data.draw(alike(container[key]) if how == "alike" else values)
    elif how == "swap":
        other, name = place(tree, data)
        container[key] = copy.deepcopy(other[name])
    elif how == "drop" and isinstance(container[key], dict | list) and data.draw(st.booleans()):
        container[key].clear()
    elif how == "drop":
        del container[key]
    elif isinstance(container, dict):
        container[data.draw(st.text(max_size=8))] = data.draw(values)
    elif data.draw(st.booleans()):
        container.insert(key, data.draw(values))
    else:
        container[key:key] = [copy.deepcopy(container[key])] * data.draw(st.sampled_from(TIMES))


def changed_tree(body: bytes, data: st.DataObject) -> Any:
    """A document with up to three changes."""
    tree = json.loads(body)
    for _ in range(data.draw(st.sampled_from([1, 1, 1, 2, 3]))):
        if places(tree, 1):
            change(tree, data)
    return tree


def canonical_json(tree: Any) -> bytes | None:
    """None when something has no canonical form, such as a number beyond 2^53."""
    try:
        return rfc8785.dumps(tree)
    except (ValueError, RecursionError):
        return None


# --- spellings -----------------------------------------------------------------------------------

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+|true|false|null|[\[\]{},:]')
DEEP = 20_000
SPELLINGS = [
    b"[" * DEEP,
    b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"0" + b"}" * DEEP,
    b"9" * 5000,
    b"-" + b"9" * 400,
    b"1e999",
    b"1.0",
    b"-0",
    b"1" + b"0" * 308 + b".5",
    b"NaN",
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\xff\xfe"',
    b'"\xed\xa0\x80"',
    b'"\\u0000"',
    b'"\\q"',
    b" 0",
    b"/**/0",
    b'""',
    b"",
]


@st.composite
def misspelled(draw: Any, body: bytes) -> bytes:
    """A document in which some tokens are written as no honest writer does, or stand twice."""
    changed = body
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        tokens = list(_TOKEN.finditer(changed[: len(body) + DEEP]))
        if not tokens:
            break
        token = tokens[draw(st.integers(0, len(tokens) - 1))]
        found = token[0]
        twice = found + b"," + found
        spelled = draw(st.sampled_from([*SPELLINGS, twice, found + b" ", b"\n" + found]))
        changed = changed[: token.start()] + spelled + changed[token.end() :]
    if draw(st.integers(0, 9)) == 9:
        changed = _key_twice(draw, changed)
    return changed


def _key_twice(draw: Any, body: bytes) -> bytes:
    """One of its fields stands twice, with the same value or another."""
    fields = re.findall(rb'"[a-z_]+":(?:"[^"\\]*"|-?\d+|true|false|null|\[\]|\{\})', body)
    if not fields:
        return body
    field = fields[draw(st.integers(0, len(fields) - 1))]
    other = draw(st.sampled_from([field, field.partition(b":")[0] + b":0"]))
    return body.replace(field, field + b"," + other, 1)
