"""Sentences that people read, from ``resources/text/<language>/**/*.toml``.

A sentence is named by a dotted key (``errors.vault.passphrase.what``): the folders and the file
below the language, then the tables of the file. Placeholders are ``{name}`` of ``str.format``.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cleanroom import resources

LANGUAGES = ("en", "zh_CN")


def _flatten(prefix: str, node: Mapping[str, object], into: dict[str, str]) -> None:
    for key, value in node.items():
        name = f"{prefix}.{key}"
        if isinstance(value, dict):
            _flatten(name, value, into)
        elif isinstance(value, str):
            into[name] = value
        else:
            raise TypeError(f"{name} is not a sentence")


def _load_file(root: Path, path: Path, into: dict[str, str]) -> None:
    prefix = ".".join(path.relative_to(root).with_suffix("").parts)
    _flatten(prefix, tomllib.loads(path.read_text("utf-8")), into)


@cache
def sentences(language: str) -> Mapping[str, str]:
    """Every sentence of one language, by dotted key."""
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language}")
    root = resources.find("text", language)
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.toml")):
        _load_file(root, path, found)
    return found


def say(key: str, language: str = "en", /, **facts: object) -> str:
    """The sentence ``key`` with ``facts`` filled in. KeyError names a sentence that is missing."""
    return sentences(language)[key].format(**facts)


def has(key: str, language: str = "en") -> bool:
    """Whether the sentence exists."""
    return key in sentences(language)


def visible(text: str, most: int = 300) -> str:
    """A text from outside as it may be shown: without control, direction and other unseen signs."""
    shown = "".join(c if c.isprintable() else "?" for c in text[:most])
    return shown if len(text) <= most else shown + "…"
