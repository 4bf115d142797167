"""Looks for marked values in files and in what commands print, in every spelling that could occur.

Texts are looked for in UTF-8 and UTF-16, and these bytes as they are, in hex and in Base64. Numbers
of 64 bits are looked for in both byte orders, in decimal, hex and Base64, at every place.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

_TABLE_BITS = 24
_DECIMAL = re.compile(rb"[0-9]{11,20}")
_HEX = re.compile(rb"[0-9A-Fa-f]{16,}")
_BASE64 = re.compile(rb"[0-9A-Za-z+/_-]{9,}")
_SPELLED = 2000  # so many of the numbers are looked for in hex and Base64
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
LEAST = 8  # bytes of a text: what is shorter is found by chance


def base64_cores(data: bytes) -> set[bytes]:
    """The part of the Base64 text that is the same whatever stands around the data."""
    cores = set()
    for before in range(3):
        text = base64.b64encode(bytes(before) + data)
        first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        cores |= {text[first:last], text[first:last].translate(bytes.maketrans(b"+/", b"-_"))}
    return cores


class Hunt:
    """What is looked for. ``texts``: name -> text of at least 8 bytes; ``numbers``: of 64 bits."""

    def __init__(self, texts: dict[str, str], numbers: Iterable[int] = ()) -> None:
        self._patterns: dict[bytes, str] = {}
        for name, text in texts.items():
            assert len(text.encode()) >= LEAST, name
            for encoding in _ENCODINGS:
                for spelling, pattern in _spellings(text.encode(encoding)):
                    self._patterns[pattern] = f"{name} in {encoding} {spelling}"
        plain = np.unique(np.fromiter(numbers, "<u8"))
        self._numbers = {"little": plain, "big": np.sort(plain.byteswap())}
        self._tables = {order: _table(values) for order, values in self._numbers.items()}
        self._decimal = {*plain.tolist(), *(-plain.view("<i8")).tolist()}
        self._hex, self._base64 = set[bytes](), set[bytes]()
        for number in plain[:: max(1, len(plain) // _SPELLED)].tolist():
            for data in (number.to_bytes(8, "big"), number.to_bytes(8, "little")):
                self._hex.add(data.hex().encode())
                self._base64 |= base64_cores(data)

    def found(self, data: bytes) -> set[str]:
        """Everything that is in the data."""
        there = {name for pattern, name in self._patterns.items() if pattern in data}
        for order, table in self._tables.items():
            if any(self._binary(data, offset, order, table) for offset in range(8)):
                there.add(f"a number in {order}-endian bytes")
        if any(int(run[0]) in self._decimal for run in _DECIMAL.finditer(data)):
            there.add("a number in decimal")
        if any(window in self._hex for window in _windows(_HEX, data.lower(), 16)):
            there.add("a number in hex")
        sizes = {len(core) for core in self._base64}
        if any(w in self._base64 for size in sizes for w in _windows(_BASE64, data, size)):
            there.add("a number in Base64")
        return there

    def _binary(self, data: bytes, offset: int, order: str, table: np.ndarray) -> bool:
        count = (len(data) - offset) // 8
        if count <= 0:
            return False
        words = np.frombuffer(data, "<u8", count, offset)
        likely = words[table[words & ((1 << _TABLE_BITS) - 1)]]
        values = self._numbers[order]
        nearest = np.searchsorted(values, likely).clip(max=len(values) - 1)
        return bool((values[nearest] == likely).any()) if len(values) else False

    def search(self, folder: Path, leave_out: Iterable[Path] = ()) -> dict[str, set[str]]:
        """What each file below a folder holds (or the file, if it is one), by its path; files that
        hold nothing are left out.

        ``leave_out``: the party's own input.
        """
        own = set(leave_out)
        hits = {}
        for file in sorted([folder, *folder.rglob("*")]):
            if file.is_file() and not file.is_symlink() and file not in own:
                hits[str(file.relative_to(folder))] = self.found(file.read_bytes())
        return {name: there for name, there in hits.items() if there}


def _spellings(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", data
    yield "as hex", data.hex().encode()
    yield "as hex", data.hex().upper().encode()
    for core in base64_cores(data):
        yield "as Base64", core


def _table(values: np.ndarray) -> np.ndarray:
    """Whether any value ends in these bits: leaves few words for the exact look."""
    table = np.zeros(1 << _TABLE_BITS, bool)
    table[values & ((1 << _TABLE_BITS) - 1)] = True
    return table


def _windows(runs: re.Pattern[bytes], data: bytes, size: int) -> Iterator[bytes]:
    for run in runs.finditer(data):
        text = run[0]
        for at in range(len(text) - size + 1):
            yield text[at : at + size]
