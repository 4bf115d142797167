"""Names and texts that other parties will see, refused at the door when they could deceive."""

import re
import unicodedata

import msgspec

from cleanroom.errors import InputError, TrustError

MAX_LABEL = 64
MAX_SENTENCE = 400
# What leaves no mark on a screen though Unicode counts it as a letter, sign or accent: the joiner
# of graphemes, Hangul and Khmer fillers, Mongolian and other variation selectors, blank Braille.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


def is_text(text: str) -> bool:
    """NFC on one line without control, bidi, zero-width or other invisible characters.

    The only space is U+0020. An empty text is one.
    """
    return (
        text.isprintable()
        and unicodedata.is_normalized("NFC", text)
        and _INVISIBLE.search(text) is None
    )


def is_sentence(text: str) -> bool:
    """A text of at most 400 characters, without spaces around it; may be empty."""
    return len(text) <= MAX_SENTENCE and text == text.strip() and is_text(text)


def is_label(text: str) -> bool:
    """A text of 1 to 64 characters that neither begins with an accent nor has spaces around it."""
    return (
        0 < len(text) <= MAX_LABEL
        and text == text.strip()
        and is_text(text)
        and not unicodedata.category(text[0]).startswith("M")
    )


def is_name(text: str) -> bool:
    """A label of letters, digits, "_" and "-" that begins with a letter, in any script.

    Names of parties and columns: they become parts of references such as ``brand.people.stage``,
    and of file names.
    """
    return is_label(text) and text.replace("-", "_").isidentifier() and text[0] not in "_-"


def is_token(text: str) -> bool:
    """An identifier that a program drew: 1 to 64 ASCII letters, digits, "_" and "-"."""
    return _TOKEN.fullmatch(text) is not None


def check_label(text: str) -> str:
    """``text`` itself. Raises ``input.label``."""
    if not is_label(text):
        raise InputError("input.label")
    return text


def check_document(document: object, what: str) -> None:
    """Refuse a signed document if any string in it could deceive whoever reads it on a screen.

    Raises ``trust.malformed`` (fact ``what``).
    """
    if not all(is_text(text) for text in _strings(msgspec.to_builtins(document))):
        raise TrustError("trust.malformed", what=what)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _strings(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in _strings(part)]
    return []
