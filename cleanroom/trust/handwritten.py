"""TOML that people write and pass on to others: plans, mappings, policies, identifiers.

The parser of the standard library is for one's own files: some texts let it take time and memory by
the square of their length or raise errors that are not about TOML. Here every text is a table or a
``tomllib.TOMLDecodeError``.
"""

import re
import tomllib
from collections.abc import Callable
from typing import Any, Final

NAMES_MOST: Final = 32  # of a dotted key; ours have up to five
_INTEGER_BITS: Final = 63  # and a sign: what TOML promises
_NAME: Final = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
# Only from where a name begins, else a long name would be looked at once for each of its letters.
_LONG_KEY: Final = re.compile(rf"(?<![\w-]){_NAME}(?:[ \t]*\.[ \t]*{_NAME}){{{NAMES_MOST}}}")


def parse(text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The table that a text holds. Raises ``tomllib.TOMLDecodeError`` and nothing else.

    Also refused, though TOML has it: a key of more than 32 dotted names, whole numbers beyond 64
    bits, and values that are nested deeper than Python's own calls may be.
    """
    long = _LONG_KEY.search(text)
    if long is not None:
        raise tomllib.TOMLDecodeError(f"Key too long (at line {_line(text, long.start())})")
    try:
        table = tomllib.loads(text, parse_float=parse_float)
    except (RecursionError, ArithmeticError):
        raise tomllib.TOMLDecodeError("Value out of range") from None
    except ValueError as error:
        if isinstance(error, tomllib.TOMLDecodeError):
            raise
        raise tomllib.TOMLDecodeError("Value out of range") from None
    if any(number.bit_length() > _INTEGER_BITS for number in _integers(table)):
        raise tomllib.TOMLDecodeError("Whole number beyond 64 bits")
    return table


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _integers(table: dict[str, Any]) -> list[int]:
    found, left = [], [*table.values()]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value
        elif isinstance(value, int):
            found.append(value)
    return found
