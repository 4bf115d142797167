"""Names and labels that other parties will see, refused at the door when they could deceive."""

import unicodedata

from cleanroom.errors import InputError

MAX_LABEL = 64
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # control, format (bidi, zero width), ...


def is_label(text: str) -> bool:
    """NFC, printable, 1 to 64 characters, no control, bidi or zero-width characters."""
    return (
        0 < len(text) <= MAX_LABEL
        and text == text.strip()
        and unicodedata.is_normalized("NFC", text)
        and not any(unicodedata.category(c) in _REFUSED for c in text)
    )


def check_label(text: str) -> str:
    """``text`` itself. Raises ``input.label``."""
    if not is_label(text):
        raise InputError("input.label")
    return text
