"""Which characters a font file can draw: its ``cmap`` table (OpenType 1.9, "cmap").

A PDF/A page may not hold a character without a glyph, so this has to be known before setting.
"""

import struct
from collections.abc import Iterator

_COLLECTION = b"ttcf"
# (platform, encoding) of subtables that hold Unicode, the fullest first.
_UNICODE = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))


def covered(font: bytes, index: int = 0) -> frozenset[int]:
    """Code points with a glyph in one face of a font file; none for what is no such file."""
    try:
        table = _cmap(font, index)
        return frozenset(_code_points(table)) if table else frozenset()
    except (struct.error, IndexError):
        return frozenset()


def _cmap(font: bytes, index: int) -> bytes:
    """The best Unicode subtable, from its first byte on; empty without one."""
    start = struct.unpack_from(">I", font, 12 + 4 * index)[0] if font[:4] == _COLLECTION else 0
    (count,) = struct.unpack_from(">H", font, start + 4)
    for place in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", font, start + 12 + 16 * place)
        if tag == b"cmap":
            return _best(font[offset : offset + length])
    return b""


def _best(cmap: bytes) -> bytes:
    (count,) = struct.unpack_from(">H", cmap, 2)
    found = {}
    for place in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * place)
        found[platform, encoding] = cmap[offset:]
    return next((found[kind] for kind in _UNICODE if kind in found), b"")


def _code_points(table: bytes) -> Iterator[int]:
    (form,) = struct.unpack_from(">H", table)
    if form == 4:
        yield from _segments(table)
    elif form == 12:
        (count,) = struct.unpack_from(">I", table, 12)
        for first, last, glyph in struct.iter_unpack(">III", table[16 : 16 + 12 * count]):
            yield from range(first + (glyph == 0), last + 1)


def _segments(table: bytes) -> Iterator[int]:
    """Format 4: four parallel arrays; a range offset counts from its own place in the table."""
    count = struct.unpack_from(">H", table, 6)[0] // 2
    places = [14, 16 + 2 * count, 16 + 4 * count, 16 + 6 * count]
    ends, starts, deltas, offsets = (struct.unpack_from(f">{count}H", table, p) for p in places)
    for place in range(count):
        for code in range(starts[place], min(ends[place], 0xFFFE) + 1):
            glyph = code
            if offsets[place]:
                at = places[3] + 2 * place + offsets[place] + 2 * (code - starts[place])
                (glyph,) = struct.unpack_from(">H", table, at)
                if glyph == 0:
                    continue
            if (glyph + deltas[place]) & 0xFFFF:
                yield code
