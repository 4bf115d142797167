"""A separate process and nothing more: systems whose isolation this program cannot enforce.

Level 0, whatever the attempts say. Sealing, granting, reviewing and verifying work here; hosting a
session does not, because agreements ask for more.
"""

import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cleanroom.sandbox.wall import report
from cleanroom.sandbox.wall.interface import EXIT_ORPHANED, Deny, Stage, Wall
from cleanroom.sandbox.wall.report import POSSIBLE, REFUSED, SelfTest

NOT_HERE = "this program has no isolation for this system"
LOOPBACK_DISCARD = ("127.0.0.1", 9)


class SeparateProcess(Wall):
    """No layer at all; the self-test says so and tries what can be tried anywhere."""

    name = "separate-process"

    def __init__(self) -> None:
        super().__init__()
        self._layers = dict.fromkeys(("files", "network", "system_calls"), report.off(NOT_HERE))

    def harden(self, parent: int, memory_bytes: int | None, file_bytes: int) -> None:
        self._advance(Stage.HARDENED)
        # a launcher that is gone has handed its children to another process, except on Windows
        if sys.platform != "win32" and os.getppid() != parent:
            os._exit(EXIT_ORPHANED)
        self._layers["limits"] = _limit(memory_bytes, file_bytes)

    def enclose_code(
        self, extra_read: Sequence[Path] = (), extra_write: Sequence[Path] = ()
    ) -> None:
        self._advance(Stage.CODE)

    def enclose_data(
        self, writable: Sequence[Path] = (), readable: Sequence[Path] = (), deny: Deny = "kill"
    ) -> None:
        self._advance(Stage.DATA)

    def self_test(self) -> SelfTest:
        if self._stage is not Stage.DATA:
            raise RuntimeError("the wall is not built yet")
        probes = {"open_outside": _try(_open_outside), "connect": _try(_connect)}
        return SelfTest(self.name, report.level(frozenset()), dict(self._layers), probes)


def _limit(memory_bytes: int | None, file_bytes: int) -> str:
    """Plain POSIX limits where the system has them."""
    try:
        import resource
    except ImportError:
        return report.off("this system has no resource limits")
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        if memory_bytes is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    except (OSError, ValueError) as error:
        return report.off(type(error).__name__)
    return report.ON


def _open_outside() -> None:
    with Path(sys.executable).open("rb"):
        pass


def _connect() -> None:
    """The discard port of this machine: nothing leaves it, and a refusal still means a network."""
    with socket.socket() as plug:
        plug.setblocking(False)
        plug.connect_ex(LOOPBACK_DISCARD)


def _try(attempt: Callable[[], None]) -> str:
    try:
        attempt()
    except OSError:
        return REFUSED
    return POSSIBLE
