"""Values made safe to show: what a value looks like, not what it is.

Letters and digits become ``*``, but the first and the last of them stay; an address is masked on
both sides of its ``@``. White space, signs and separators stay, because they are mostly what is
wrong with a value; characters nobody can see are named. ``138 0013 8000`` -> ``1** **** ***0``.
"""

import unicodedata
from typing import Final

LONGEST: Final = 32
_SHORT: Final = 4
"""A part with fewer letters and digits shows none of them."""


def mask(value: str) -> str:
    """The value, masked."""
    return "@".join(_part(part) for part in value.split("@")[:3])


def _part(text: str) -> str:
    shown = [number for number, character in enumerate(text) if character.isalnum()]
    ends = {shown[0], shown[-1]} if len(shown) >= _SHORT else set()
    masked = [
        _sign(character) if number in ends or not character.isalnum() else "*"
        for number, character in enumerate(text)
    ]
    if len(masked) > LONGEST:
        half = LONGEST // 2
        masked = [*masked[:half], "…", *masked[-half:]]
    return "".join(masked)


def _sign(character: str) -> str:
    """A character that can be seen, else its code point."""
    if character == " " or unicodedata.category(character)[0] in "LNPSM":
        return character
    return f"<U+{ord(character):04X}>"
