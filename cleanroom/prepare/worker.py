"""Role ``prepare``: reads a party's own files behind a wall of its own.

The files come from many hands, so their parsers run where they can reach nothing but those files
and one output folder. This module imports nothing heavy: the wall has to be told the paths first.
"""

import contextlib
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from msgspec import Struct

from cleanroom import wire
from cleanroom.errors import CleanroomError, InputError, SandboxError
from cleanroom.sandbox import wall

MEMORY_BYTES = 16 << 30
FILE_BYTES = 1 << 40


class Paths(Struct, frozen=True, forbid_unknown_fields=True):
    """First message: what the worker may read, and the folders it may write; the first of them is
    for rehearsing. ``prove``: it says what its wall proved, and no job follows."""

    readable: tuple[str, ...]
    writable: tuple[str, ...]
    prove: bool = False


class Proven(Struct, frozen=True, forbid_unknown_fields=True, tag="proven"):
    """What the wall proved, and nothing else was done."""

    self_test: wall.SelfTest


class _Desk(Protocol):
    """The heavy part, see ``desk.py``."""

    def rehearse(self, folder: Path) -> None: ...

    def serve(self, reader: int, writer: int) -> None: ...


def main() -> int:
    """One job, then the end. The exit code of the process."""
    guard = wall.provider()
    guard.harden(_launcher(), MEMORY_BYTES, FILE_BYTES)
    reader, writer = wire.worker_channel()
    try:
        paths = wire.receive(reader, Paths)
        readable, writable = _existing(paths.readable), _existing(paths.writable)
        guard.enclose_code(readable, writable)
        desk = cast(_Desk, importlib.import_module("cleanroom.prepare.desk"))
        desk.rehearse(writable[0])
        guard.enclose_data(writable, readable)
        if paths.prove:
            wire.send(writer, Proven(guard.self_test()))
        else:
            desk.serve(reader, writer)
    except CleanroomError as error:
        return _report(writer, error)
    except MemoryError:
        return _report(writer, SandboxError("sandbox.memory"))
    except Exception:  # noqa: BLE001 - whatever a parser raises may quote the file
        return _report(writer, SandboxError("sandbox.failed"))
    return 0


def _existing(names: Sequence[str]) -> list[Path]:
    """Raises ``input.no_file``: what is made later would not be covered by the wall's rules."""
    paths = [Path(name) for name in names]
    for path in paths:
        if not path.exists():
            raise InputError("input.no_file", file=path.name)
    return paths


def _report(writer: int, error: CleanroomError) -> int:
    """Say what went wrong, if somebody still listens. The exit code."""
    with contextlib.suppress(OSError):
        wire.send(writer, wire.failed(error))
    return error.exit_code


def _launcher() -> int:
    return int(sys.argv[3]) if len(sys.argv) > 3 else os.getppid()
