"""The short form of a contact card that two people compare by voice.

SHA-256("dcr/id/v1" | canonical card): its first 132 bits are twelve words of the BIP-39 list, and
its first 133 bits are read as 40 decimal digits, in groups of four.
"""

import hashlib
from functools import cache
from io import BytesIO

import segno
from mnemonic import Mnemonic

from cleanroom.trust import codec
from cleanroom.trust.identity import ContactCard

_DOMAIN = b"dcr/id/v1"
_WORDS, _WORD_BITS, _DIGITS = 12, 11, 40


def digest(card: ContactCard) -> bytes:
    """The 32 bytes that the fingerprint abbreviates."""
    return hashlib.sha256(_DOMAIN + codec.encode(card)).digest()


def fingerprint(card: ContactCard) -> str:
    """The whole digest as hex: how cards are named in files."""
    return digest(card).hex()


@cache
def _wordlist() -> tuple[str, ...]:
    return tuple(Mnemonic("english").wordlist)


def words(card: ContactCard) -> list[str]:
    """Twelve English words."""
    bits = int.from_bytes(digest(card), "big") >> (256 - _WORDS * _WORD_BITS)
    index = [(bits >> (_WORD_BITS * i)) & 0x7FF for i in reversed(range(_WORDS))]
    return [_wordlist()[i] for i in index]


def digits(card: ContactCard) -> list[str]:
    """Ten groups of four digits: the first 133 bits of the digest modulo 10^40."""
    number = (int.from_bytes(digest(card), "big") >> (256 - 133)) % 10**_DIGITS
    text = f"{number:0{_DIGITS}d}"
    return [text[i : i + 4] for i in range(0, _DIGITS, 4)]


def qr_svg(card: ContactCard) -> str:
    """A QR code of the digest (hex) as SVG text."""
    out = BytesIO()
    segno.make(fingerprint(card), error="m").save(out, kind="svg", scale=4, xmldecl=False)
    return out.getvalue().decode()


def matches(card: ContactCard, spoken: str) -> bool:
    """Whether someone's twelve words, forty digits or 64 hex digits are this card's fingerprint."""
    given = spoken.casefold().split()
    compact = "".join(given)
    known = {fingerprint(card), "".join(digits(card))}
    return compact in known or given == words(card)
