"""How a role inside the sandbox starts: lock first, look at data afterwards.

This module and the two role modules import nothing heavy: numpy and the rest start threads when
they are imported, and those must already be behind the first wall.
"""

import importlib
import os
import sys
from types import ModuleType
from typing import Protocol, cast

from cleanroom import wire
from cleanroom.errors import CleanroomError, SandboxError
from cleanroom.sandbox import wall


class Work(Protocol):
    """A role's heavy part."""

    OUT_OF_MEMORY: tuple[type[Exception], ...]  # what its libraries raise, besides MemoryError

    def warm(self) -> None:
        """Use every library once, so that nothing has to be loaded behind the second wall."""

    def serve(self, reader: int, writer: int, self_test: wall.SelfTest) -> None:
        """Do the role's work over the two pipes."""


def run(module: str, memory_bytes: int, file_bytes: int) -> int:
    """Build the wall around this process, then serve. The exit code of the role."""
    guard = wall.provider()
    guard.harden(launcher(), memory_bytes, file_bytes)
    reader, writer = wire.worker_channel()
    out_of_memory: tuple[type[Exception], ...] = (MemoryError,)
    try:
        guard.enclose_code()
        work = cast(Work, _imported(module))
        out_of_memory += work.OUT_OF_MEMORY
        work.warm()
        guard.enclose_data()
        work.serve(reader, writer, guard.self_test())
    except CleanroomError as error:
        return _report(writer, error)
    except Exception as error:  # noqa: BLE001 - what a parser or the engine raises may hold row data
        known = "memory" if isinstance(error, out_of_memory) else "failed"
        return _report(writer, SandboxError(f"sandbox.{known}"))
    return 0


def launcher() -> int:
    """Process id of whoever started this role, as it said itself; our parent when it did not."""
    return int(sys.argv[3]) if len(sys.argv) > 3 else os.getppid()


def _imported(module: str) -> ModuleType:
    return importlib.import_module(module)


def _report(writer: int, error: CleanroomError) -> int:
    """Only the code crosses the wall, and only if somebody still reads."""
    try:
        wire.send(writer, wire.Failed(error.code))
    except OSError:
        return 1
    return error.exit_code
