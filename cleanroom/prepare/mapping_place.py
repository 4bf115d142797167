"""Where in a TOML text a setting stands, so that an error can name its line."""

import re
from dataclasses import dataclass
from typing import Final

_HEADER: Final = re.compile(r"^\s*\[\[?([^\[\]]+)\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(
    r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART: Final = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


@dataclass(frozen=True)
class Place:
    """A setting of a mapping file."""

    file: str
    where: str
    line: int


def line_of(text: str, keys: tuple[str, ...]) -> int:
    """The line (from 1) of the setting with this path, or of what encloses it; 1 if nothing does.

    Inline tables are searched no further than the line on which they begin.
    """
    best, best_depth = 1, 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            path = table
        elif key := _KEY.match(line):
            path = table + _parts(key[1])
        else:
            continue
        if path == keys[: len(path)] and len(path) > best_depth:
            best, best_depth = number, len(path)
    return best


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
