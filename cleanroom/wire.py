"""How processes of the product talk: length-prefixed JSON over pipes, strict types, limits.

A frame is a big-endian uint32 length and that many bytes of JSON. The reader sets the limit; a
longer frame, half a frame or anything that doesn't decode into the expected type is an error of the
other side. Workers keep their standard output for frames only.
"""

import os
import struct
import sys
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from cleanroom.errors import CleanroomError, SandboxError

FRAME_LIMIT = 16 << 20
_LENGTH = struct.Struct(">I")
T = TypeVar("T")


class Progress(Struct, frozen=True, forbid_unknown_fields=True, tag="progress"):
    """How far a stage is; ``total`` 0 when unknown. Never a count that depends on a match."""

    stage: str
    done: int = 0
    total: int = 0


class Failed(Struct, frozen=True, forbid_unknown_fields=True, tag="failed"):
    """The worker stopped with an error. Facts are dropped where rows of others were in reach."""

    code: str
    facts: dict[str, str | int] = {}


def failed(error: CleanroomError) -> Failed:
    """The message for an error, with the facts that are plain text or numbers."""
    facts = {k: v for k, v in error.facts.items() if isinstance(v, str | int)}
    return Failed(error.code, facts)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write everything, however the pipe splits it. Raises OSError when nobody reads."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def send(fd: int, message: object) -> None:
    """Write one frame."""
    body = msgspec.json.encode(message)
    write_all(fd, _LENGTH.pack(len(body)) + body)


def read_exactly(fd: int, count: int) -> bytes:
    """``count`` bytes. Raises ``sandbox.failed`` when the other side closes early."""
    parts: list[bytes] = []
    while count:
        data = os.read(fd, min(count, 1 << 20))
        if not data:
            raise SandboxError("sandbox.failed")
        parts.append(data)
        count -= len(data)
    return b"".join(parts)


def receive(fd: int, kind: type[T], limit: int = FRAME_LIMIT) -> T:
    """Read one frame as ``kind``. Raises ``sandbox.failed``, ``sandbox.lied``."""
    (length,) = _LENGTH.unpack(read_exactly(fd, _LENGTH.size))
    if length > limit:
        raise SandboxError("sandbox.lied")
    return decode(read_exactly(fd, length), kind)


def receive_any(fd: int, kinds: Any, limit: int = FRAME_LIMIT) -> Any:
    """``receive`` for a union of tagged structs, which is not a type to a type checker."""
    return receive(fd, kinds, limit)


def decode(body: bytes, kind: type[T]) -> T:
    """One frame's body as ``kind``. Raises ``sandbox.lied``."""
    try:
        return msgspec.json.decode(body, type=kind, strict=True)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise SandboxError("sandbox.lied") from None


def worker_channel() -> tuple[int, int]:
    """(read, write) descriptors for a worker's frames, taken over from standard input and output.

    Afterwards standard input is empty and whatever a library prints goes nowhere.
    """
    reader, writer = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    return reader, writer


def read_into(fd: int, view: memoryview) -> None:
    """Fill a buffer. Raises ``sandbox.failed`` when the other side closes early."""
    while view:
        count = os.readv(fd, [view])
        if count == 0:
            raise SandboxError("sandbox.failed")
        view = view[count:]


def take_frame(buffer: bytearray, limit: int = FRAME_LIMIT) -> bytes | None:
    """Cut the first whole frame out of what has been read, if there is one.

    Raises ``sandbox.lied`` for a frame over the limit.
    """
    if len(buffer) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(buffer)
    if length > limit:
        raise SandboxError("sandbox.lied")
    end = _LENGTH.size + length
    if len(buffer) < end:
        return None
    body = bytes(buffer[_LENGTH.size : end])
    del buffer[:end]
    return body
