"""A worker that reads many parts one after the other, as role ``ingest`` reads each of its own:
behind the same wall, with the same limits, by the same code. Run by a test.

Argument: the bytes of memory that its data may take. On standard input come ``Part`` frames, on
standard output goes an ``Answer`` for each.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Literal

import numpy as np
from msgspec import Struct

from cleanroom import wire
from cleanroom.sandbox import wall
from cleanroom.trust.package import PackedColumn

LIMIT = 64 << 20


class Part(Struct, frozen=True, tag="part"):
    """One plaintext. ``how``: as it is, cut before every byte, or with every byte flipped."""

    data: bytes
    columns: tuple[PackedColumn, ...]
    how: Literal["whole", "cut", "flipped"] = "whole"


class Answer(Struct, frozen=True, tag="answer"):
    """How often each code was given, "" for agreed numbers; ``sums`` are those of the columns."""

    codes: dict[str, int]
    sums: list[int]
    seconds: float  # of the slowest
    level: int


def variants(part: Part) -> Iterator[bytes]:
    """What is to be read."""
    if part.how == "whole":
        yield part.data
        return
    for place in range(len(part.data)):
        if part.how == "cut":
            yield part.data[:place]
            continue
        for flip in (1 << place % 8, 0xFF):
            damaged = bytearray(part.data)
            damaged[place] ^= flip
            yield bytes(damaged)


def main(memory: int) -> None:
    guard = wall.provider()
    guard.harden(os.getppid(), memory, wall.limits.NO_FILES)
    reader, writer = wire.worker_channel()
    guard.enclose_code()
    import pyarrow as pa

    from cleanroom.errors import CleanroomError
    from cleanroom.sandbox.inside import parts, unpack

    unpack.warm()
    guard.enclose_data()
    level = guard.self_test().level

    def read(data: bytes, columns: tuple[PackedColumn, ...]) -> tuple[str, list[int]]:
        """The code, or "" and a sum of each column. Anything but an error of the tree ends this
        process, as it would end a worker's answer.
        """
        try:
            arrays = parts.arrays(pa.py_buffer(data), columns)
        except CleanroomError as error:
            return error.code, []
        for array, column in zip(arrays, columns, strict=True):
            if array.dtype != np.dtype(column.storage) or len(array) != len(arrays[0]):
                return "wrong arrays", []
        return "", [int(array.sum(dtype="u8")) for array in arrays]

    while True:
        part = wire.receive(reader, Part, LIMIT)
        codes: Counter[str] = Counter()
        slowest, sums = 0.0, list[int]()
        for data in variants(part):
            began = time.perf_counter()
            code, sums = read(data, part.columns)
            slowest = max(slowest, time.perf_counter() - began)
            codes[code] += 1
        wire.send(writer, Answer(dict(codes), sums, slowest, level))


if __name__ == "__main__":
    main(int(sys.argv[1]))
