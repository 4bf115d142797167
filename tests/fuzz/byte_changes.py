"""Good files with bytes changed: flipped, cut, doubled, spliced with others, with other lengths."""

import struct
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

NUMBERS = (0, 1, 8, 255, 2**15, 2**16 - 1, 2**22 + 1, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**64 - 1)
SIZES = ("B", "<H", ">H", "<I", ">I", "<Q", ">Q")
MOST = 64 << 10  # bytes more than the good file has

Draw = Any


def _place(draw: Draw, changed: bytearray) -> int:
    """Anywhere, and as often near the end, where trailers and signatures are."""
    last = len(changed)
    where = st.integers(0, last) | st.integers(0, min(64, last)).map(lambda back: last - back)
    return int(draw(where))


def _flip(draw: Draw, changed: bytearray, _others: Sequence[bytes]) -> None:
    at = _place(draw, changed)
    if at < len(changed):
        changed[at] ^= 1 << draw(st.integers(0, 7))


def _overwrite(draw: Draw, changed: bytearray, _others: Sequence[bytes]) -> None:
    start = _place(draw, changed)
    end = min(len(changed), start + draw(st.sampled_from([0, 1, 1, 2, 8, 200])))
    changed[start:end] = draw(st.binary(max_size=8))


def _cut(draw: Draw, changed: bytearray, _others: Sequence[bytes]) -> None:
    if draw(st.booleans()):
        del changed[_place(draw, changed) :]
    else:
        del changed[: _place(draw, changed)]


def _double(draw: Draw, changed: bytearray, _others: Sequence[bytes]) -> None:
    """A piece of it, once more or many times."""
    start = _place(draw, changed)
    piece = changed[start : start + draw(st.integers(1, 300))]
    at = _place(draw, changed)
    changed[at:at] = piece * draw(st.sampled_from([1, 1, 2, 50]))


def _splice(draw: Draw, changed: bytearray, others: Sequence[bytes]) -> None:
    """Goes on as another file does from some place."""
    other = draw(st.sampled_from(others)) if others else bytes(changed)
    start = draw(st.integers(0, len(other)))
    changed[_place(draw, changed) :] = other[start : start + len(changed) + MOST]


def _length(draw: Draw, changed: bytearray, _others: Sequence[bytes]) -> None:
    """Another number where a length or a count may stand."""
    form = draw(st.sampled_from(SIZES))
    width = struct.calcsize(form)
    number = draw(st.sampled_from(NUMBERS) | st.integers(0, len(changed) + 16))
    at = _place(draw, changed)
    changed[at : at + width] = struct.pack(form, number % (1 << 8 * width))


_WAYS = (_flip, _flip, _overwrite, _overwrite, _cut, _double, _splice, _length)


@st.composite
def damaged(draw: Draw, good: bytes, others: Sequence[bytes] = ()) -> bytes:
    """A good file with up to four changes, or bytes that mean nothing."""
    if draw(st.integers(0, 19)) == 19:
        return bytes(draw(st.binary(max_size=400)))
    changed = bytearray(good)
    for _ in range(draw(st.sampled_from([1, 1, 2, 4]))):
        draw(st.sampled_from(_WAYS))(draw, changed, others)
        del changed[len(good) + MOST :]
    return bytes(changed)
