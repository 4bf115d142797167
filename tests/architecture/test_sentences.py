"""Both languages say the same things, and every error that can be raised has its sentences."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter

import pytest

from cleanroom import errors, text

PARTS = {"what", "safe", "do"}
RAISERS = {kind.__name__ for kind in errors.TREE} | {"CleanroomError", "from_code"}
AREAS = "|".join(kind.area for kind in errors.TREE)
CODE = re.compile(rf"(?:{AREAS})\.[a-z][a-z0-9_]*")
FILE_ENDINGS = (
    ".csv",
    ".json",
    ".parquet",
    ".toml",
    ".txt",
    ".xlsx",
    ".html",
    ".db",
    ".dcr",
    ".hdr",
    ".lock",
)


@dataclass(frozen=True)
class Raised:
    """One place in the source that names an error, and the facts it gives (None: not known)."""

    code: str
    place: str
    facts: frozenset[str] | None


def raised_by(call: ast.Call, path: str) -> Iterator[Raised]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name not in RAISERS or not call.args:
        return
    known = all(keyword.arg for keyword in call.keywords)
    facts = frozenset(keyword.arg for keyword in call.keywords if keyword.arg) if known else None
    for node in ast.walk(call.args[0]):
        code = node.value if isinstance(node, ast.Constant) else None
        if isinstance(code, str) and CODE.fullmatch(code):
            yield Raised(code, f"{path}:{call.lineno}", facts)


def all_raised(modules: dict[str, ast.Module]) -> list[Raised]:
    return [
        raised
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for raised in raised_by(node, path)
    ]


def all_named(modules: dict[str, ast.Module]) -> dict[str, str]:
    """Every string in the source that looks like an error's code, with one place that has it."""
    return {
        node.value: f"{path}:{node.lineno}"
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CODE.fullmatch(node.value)
        and not node.value.endswith(FILE_ENDINGS)
    }


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def error_codes(language: str) -> dict[str, set[str]]:
    """Code -> the parts that the language has for it."""
    found: dict[str, set[str]] = {}
    for key in text.sentences(language):
        if key.startswith("errors."):
            code, _, part = key.removeprefix("errors.").rpartition(".")
            found.setdefault(code, set()).add(part)
    return found


def test_the_scanner_finds_errors(modules: dict[str, ast.Module]) -> None:
    source = "raise TrustError('trust.a' if x else 'trust.b', name=1)\nraise errors.from_code(c)\n"
    found = all_raised({"x.py": ast.parse(source)})
    assert {(one.code, one.facts) for one in found} == {
        ("trust.a", frozenset({"name"})),
        ("trust.b", frozenset({"name"})),
    }
    assert "sandbox.failed" in all_named(modules)


def test_both_languages_have_the_same_sentences() -> None:
    english, chinese = text.sentences("en"), text.sentences("zh_CN")
    assert set(english) - set(chinese) == set(), "missing in zh_CN"
    assert set(chinese) - set(english) == set(), "missing in en"


def test_both_languages_have_the_same_placeholders() -> None:
    english, chinese = text.sentences("en"), text.sentences("zh_CN")
    different = {
        key: (placeholders(english[key]), placeholders(chinese[key]))
        for key in english.keys() & chinese.keys()
        if placeholders(english[key]) != placeholders(chinese[key])
    }
    assert different == {}


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_no_sentence_is_empty(language: str) -> None:
    empty = [key for key, sentence in text.sentences(language).items() if not sentence.strip()]
    assert empty == []


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_error_says_what_is_safe_and_what_to_do(language: str) -> None:
    incomplete = {code: parts for code, parts in error_codes(language).items() if parts != PARTS}
    assert incomplete == {}


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_error_in_the_source_has_sentences(
    language: str, modules: dict[str, ast.Module]
) -> None:
    known = error_codes(language)
    missing = {code: place for code, place in all_named(modules).items() if code not in known}
    assert missing == {}


def test_no_error_sentence_is_left_over(modules: dict[str, ast.Module]) -> None:
    assert set(error_codes("en")) - set(all_named(modules)) == set()


def test_every_placeholder_of_an_error_is_filled(modules: dict[str, ast.Module]) -> None:
    """A fact that nobody gives would read as an ellipsis."""
    unfilled = []
    for raised in all_raised(modules):
        wanted = {
            name
            for part in PARTS
            for name in placeholders(text.sentences("en").get(f"errors.{raised.code}.{part}", ""))
        }
        if raised.facts is not None and not wanted <= raised.facts:
            unfilled.append((raised.code, raised.place, sorted(wanted - raised.facts)))
    assert unfilled == []


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_error_placeholders_are_plain_names(language: str) -> None:
    """A missing fact is filled with an ellipsis, which a format such as `{rows:,}` would refuse."""
    fancy = [
        key
        for key, sentence in text.sentences(language).items()
        if key.startswith("errors.")
        for _, name, spec, conversion in Formatter().parse(sentence)
        if name is not None and (spec or conversion or not name.isidentifier())
    ]
    assert fancy == []


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_error_can_be_shown(language: str) -> None:
    for code in error_codes(language):
        shown = errors.from_code(code).message(language)
        assert shown.endswith(f"[{code}]")
        assert "{" not in shown
