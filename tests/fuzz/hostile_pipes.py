"""Pipes that already hold what a hostile process would say."""

import contextlib
import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

SIZE = 1 << 20


def frame(message: object) -> bytes:
    """A message, or the body of one, as it goes over the wire."""
    body = message if isinstance(message, bytes) else msgspec.json.encode(message)
    return struct.pack(">I", len(body)) + body


def filled(data: bytes) -> int:
    """The reading end of a pipe with these bytes, or as many of them as it holds, and then the
    end. The caller closes it.
    """
    reader, writer = os.pipe()
    try:
        if len(data) > 1 << 15:
            with contextlib.suppress(OSError):  # it holds less where no larger one is allowed
                fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, SIZE)
        os.set_blocking(writer, False)
        if data:
            os.write(writer, data)
    finally:
        os.close(writer)
    return reader


@contextmanager
def saying(data: bytes) -> Iterator[int]:
    """The reading end, closed in the end."""
    reader = filled(data)
    try:
        yield reader
    finally:
        os.close(reader)
