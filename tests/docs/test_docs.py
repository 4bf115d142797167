"""What the documents claim and could stop being true: names, paths, links, fields, numbers.

Each check is a function from a document's text to what is wrong in it; the second half shows that
each one finds something where something is wrong.
"""

import ast
import importlib
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import second_reader
from mnemonic import Mnemonic

from cleanroom import errors, tables, text
from cleanroom.__main__ import ROLES
from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.question import Question
from cleanroom.trust import codec
from cleanroom.trust.agreement import read as read_agreement

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"
OURS = ("architecture.md", "formats.md", "threat-model.md")
DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))
MOST_LINES = 400

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
IN_TREE = re.compile(r"(?:cleanroom|tests|docs|resources|bench|scripts|requirements)/[^\s<>]*")
ROOT_FILE = re.compile(r"[A-Za-z]+\.(?:toml|md|py)|Makefile")
AREAS = "|".join(kind.area for kind in errors.TREE)
CODE = re.compile(rf"(?:{AREAS})\.[a-z][a-z0-9_]*")
FILES = (".hdr", ".db", ".lock", ".json", ".toml", ".py", ".md", ".pid")
MARKS = re.compile(
    r"(?:application/vnd\.dcr\.|dcr/|cleanroom-vault|DCRPKG|DCREND|state/1)[^\s`|<]*"
)
UNFINISHED = re.compile(r"\b(?:TODO|TBD|FIXME|XXX)\b")
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "": 1}
LIMIT = re.compile(r"\| `(\S+\.py)` `(\w+)` \| (\d+) ?(\w*) \|")
STRUCT = re.compile(r"(\w+) = (\S+\.py)")

Faults = list[str]


def read(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def quoted(document: str) -> Iterator[str]:
    """Everything in backticks outside fenced blocks."""
    yield from QUOTED.findall(FENCE.sub("", document))


@cache
def source() -> str:
    return "\n".join(p.read_text("utf-8") for p in sorted((ROOT / "cleanroom").rglob("*.py")))


def module(path: str) -> Any:
    return importlib.import_module(path.removesuffix(".py").replace("/", "."))


def has_test(path: Path, name: str) -> bool:
    tree = ast.parse(path.read_text("utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(tree))


def missing_paths(document: str) -> Faults:
    """Paths of the tree, and tests named ``path::test``, that are not there."""
    wrong = []
    for name in quoted(document):
        path, _, test = name.partition("::")
        if not (IN_TREE.fullmatch(path) or ROOT_FILE.fullmatch(path)):
            continue
        found = list(ROOT.glob(path.rstrip("/"))) if "*" in path else [ROOT / path]
        there = bool(found) and all(one.exists() for one in found)
        if ROOT_FILE.fullmatch(path) and not there:
            there = any((ROOT / "resources").rglob(path))  # a file that several folders have
        if not there or (test and not has_test(found[0], test)):
            wrong.append(name)
    return wrong


def unknown_codes(document: str) -> Faults:
    """Error codes without sentences."""
    codes = [c for c in quoted(document) if CODE.fullmatch(c) and not c.endswith(FILES)]
    return [
        c for c in codes if not all(text.has(f"errors.{c}.what", lang) for lang in ("en", "zh_CN"))
    ]


def unknown_marks(document: str) -> Faults:
    """Types, magic words and context strings that the source does not have."""
    marks = [mark.rstrip("`") for name in quoted(document) for mark in MARKS.findall(name)]
    return [mark for mark in marks if mark not in source()]


def slugs(document: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def broken_links(document: str, folder: Path = ROOT / "docs") -> Faults:
    """Relative links without a target."""
    wrong = []
    for target in LINK.findall(FENCE.sub("", document)):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        there = folder / path if path else None
        content = document if there is None else ""
        if there is not None and there.is_file() and anchor:
            content = there.read_text("utf-8")
        lost = there is not None and not there.exists()
        if lost or (anchor and anchor not in slugs(content)):
            wrong.append(target)
    return wrong


def unfinished(document: str) -> Faults:
    return [found[0] for found in UNFINISHED.finditer(FENCE.sub("", QUOTED.sub("", document)))]


CHECKS: dict[str, Callable[[str], Faults]] = {
    "paths": missing_paths,
    "codes": unknown_codes,
    "marks": unknown_marks,
    "links": broken_links,
    "unfinished": unfinished,
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_what_is_named_is_there(document: Path, check: str) -> None:
    assert CHECKS[check](document.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        ("paths", "`cleanroom/trust/grants.py`"),
        ("paths", "`tests/vault/*.txt`"),
        ("paths", "`tests/docs/test_docs.py::test_that_is_not_there`"),
        ("paths", "`pyprojekt.toml`"),
        ("codes", "`trust.nonsense`"),
        ("marks", "`dcr/part/9`"),
        ("marks", "`application/vnd.dcr.card.v9+json`"),
        ("links", "[here](nowhere.md)"),
        ("links", "[here](formats.md#no-such-heading)"),
        ("unfinished", "TODO"),
    ],
)
def test_what_is_not_there_is_noticed(check: str, wrong: str) -> None:
    assert len(CHECKS[check](f"Words {wrong} and more.")) == 1
    assert (
        CHECKS[check]("`cleanroom/wire.py`, `trust.signature`, [there](formats.md#2-envelope-dsse)")
        == []
    )


@pytest.mark.parametrize("name", OURS)
def test_a_document_stays_readable(name: str) -> None:
    assert len(read(name).splitlines()) <= MOST_LINES


# --- formats.md against the source ---------------------------------------------------------------


def listed_fields(document: str) -> dict[tuple[str, str], list[str]]:
    """(file, type) -> fields, from blocks marked ``fields``."""
    found: dict[tuple[str, str], list[str]] = {}
    into: list[str] = []
    for kind, block in FENCE.findall(document):
        for line in block.splitlines() if kind == "fields" else ():
            start = STRUCT.fullmatch(line)
            if start:
                into = found.setdefault((start[2], start[1]), [])
            else:
                into += [part.partition(":")[0].strip() for part in line.split(" · ")]
    return found


def wrong_fields(document: str) -> Faults:
    wrong = []
    for (path, name), fields in listed_fields(document).items():
        kind = getattr(module(path), name)
        tag = kind.__struct_config__.tag_field
        if fields != [*([tag] if tag else []), *kind.__struct_encode_fields__]:
            wrong.append(name)
    return wrong


def test_every_field_of_every_type_is_listed() -> None:
    assert len(listed_fields(read("formats.md"))) > 30
    assert wrong_fields(read("formats.md")) == []


def test_a_missing_field_is_noticed() -> None:
    block = "```fields\nPrice = cleanroom/disclosure/price.py\n  nano_rho: x · cells: y\n```\n"
    assert wrong_fields(block) == ["Price"]
    assert wrong_fields(block.replace("cells: y", "cells: y · analyses: z")) == []


def test_limits_are_those_of_the_source() -> None:
    rows = LIMIT.findall(read("formats.md"))
    assert len(rows) >= 11
    told = {(path, name): int(number) * UNITS[unit] for path, name, number, unit in rows}
    assert told == {(path, name): getattr(module(path), name) for path, name in told}


def test_exit_codes_are_those_of_the_tree() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]*) \|", read("formats.md"), re.MULTILINE)
    told = {area: int(code) for code, areas in rows for area in QUOTED.findall(areas)}
    assert told == {kind.area: kind.exit_code for kind in errors.TREE}


def test_codes_of_values_are_those_of_the_tables() -> None:
    rows = re.findall(
        r"^\| (`\w+`(?:, `\w+`)*) \| .*\| (-?\d+)(?:\^(\d+))? \|$", read("formats.md"), re.M
    )
    told = {
        tables.Type(name): int(base) if not power else -(abs(int(base)) ** int(power))
        for names, base, power in rows
        for name in QUOTED.findall(names)
    }
    assert told == {kind: tables.missing_value(kind) for kind in tables.Type}


def test_roles_and_contracts_are_all_told() -> None:
    table = re.findall(
        r"^\| `(\w+)` \| .*\| .*\|$", read("formats.md").split("## 12.")[1], re.MULTILINE
    )
    assert set(ROLES) <= set(table)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    told = re.findall(r"^\| `([a-z-]+)` \|", read("architecture.md"), re.MULTILINE)
    assert told == [contract["id"] for contract in contracts["contracts"]]


# --- the reader that knows only the document -----------------------------------------------------


def facts(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / name / "index.json").read_text("utf-8"))["facts"]
    return found


@pytest.fixture(scope="module")
def keys() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / "keys.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def agreement() -> dict[str, Any]:
    card = json.loads(second_reader.good(VECTORS, "agreement"))
    unverified = json.loads(second_reader.base64.b64decode(card["payload"]))
    key = bytes.fromhex(unverified["parties"][0]["card"]["signing_key"])
    data = second_reader.good(VECTORS, "agreement")
    document, digest = second_reader.opened(data, "agreement.v1", key)
    assert digest == facts("agreement")["sha256"]
    return document


@pytest.fixture(scope="module")
def owner(agreement: dict[str, Any]) -> bytes:
    return bytes.fromhex(agreement["parties"][0]["card"]["signing_key"])


def test_the_second_reader_has_none_of_our_code() -> None:
    assert (
        re.search(r"^(?:import|from) cleanroom", Path(second_reader.__file__).read_text(), re.M)
        is None
    )


def test_the_second_reader_reads_a_card() -> None:
    data = second_reader.good(VECTORS, "card")
    payload = json.loads(second_reader.base64.b64decode(json.loads(data)["payload"]))
    card, _ = second_reader.opened(data, "card.v1", bytes.fromhex(payload["signing_key"]))
    numbers, digits = second_reader.fingerprint(card)
    words = " ".join(Mnemonic("english").wordlist[number] for number in numbers)
    known = facts("card")
    assert (words, digits) == (known["words"], known["digits"].replace(" ", ""))
    assert {words, known["digits"]} <= set(quoted(read("formats.md")))


def test_the_second_reader_makes_tokens(agreement: dict[str, Any], keys: dict[str, Any]) -> None:
    private = bytes.fromhex(keys["identities"]["brand"]["sealing"])
    secret = second_reader.matching_secret(agreement, "brand", private)
    assert secret.hex() == keys["matching_secret"]
    for phone, pair in facts("agreement")["tokens"].items():
        assert [
            str(half) for half in second_reader.token(agreement, secret, "phone", phone)
        ] == pair
    first = facts("agreement")["tokens"]["13800138000"]
    assert f"`13800138000` gives {first[0]}, {first[1]}." in read("formats.md")


def test_the_second_reader_opens_a_package(owner: bytes, keys: dict[str, Any]) -> None:
    request, digest = second_reader.opened(
        second_reader.good(VECTORS, "request"), "opening-request.v1", owner
    )
    assert digest == facts("request")["sha256"]
    grant, grant_hash = second_reader.opened(
        second_reader.good(VECTORS, "grant"), "grant.v1", owner
    )
    assert grant_hash == facts("grant")["grant_sha256"]
    workers = {name: bytes.fromhex(key) for name, key in keys["workers_sealing"].items()}
    key, share = second_reader.granted(grant, digest, workers["ingest"], workers["engine"])
    assert (key.hex(), share.hex()) == (keys["package_key"], keys["state_share"])
    known = facts("package")
    manifest, rows = second_reader.package(second_reader.good(VECTORS, "package"), owner, key)
    assert manifest == known["manifest_sha256"] == request["manifest_sha256"]
    told = {t: {c: list(map(str, v)) for c, v in columns.items()} for t, columns in rows.items()}
    assert told == known["rows"]


def test_the_second_reader_follows_a_ledger(owner: bytes) -> None:
    entries = second_reader.good(VECTORS, "ledger").split(b"\n")
    known = facts("ledger")
    assert second_reader.head(entries, known["genesis"]) == known["head"]
    receipt, _ = second_reader.opened(second_reader.good(VECTORS, "receipt"), "receipt.v1", owner)
    carried = [entry.encode() for entry in receipt["entries"]]
    assert second_reader.head(carried, receipt["since"]) == facts("receipt")["head"]


def test_the_second_reader_names_a_question(agreement: dict[str, Any]) -> None:
    """The example of the document: our canonical form, their key."""
    catalogue = read_agreement(second_reader.good(VECTORS, "agreement")).agreement.catalogue()
    asked = next(q for q in quoted(read("formats.md")) if q.startswith('{"by"'))
    question = msgspec.json.decode(asked, type=Question)
    form = json.loads(codec.encode(canonical(question, catalogue)))
    key = second_reader.replay_key(agreement, form)
    assert key == replay_key(question, catalogue)
    assert f"`{key}`" in read("formats.md")
