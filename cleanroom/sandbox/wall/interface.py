"""What every provider of isolation offers to a worker's entry point."""

import enum
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from cleanroom.sandbox.wall.report import SelfTest

Deny = Literal["kill", "errno"]

EXIT_ORPHANED = 3
"""Exit code of a worker whose launcher was gone before it could ask to die with it."""

_IMPORTERS_LEFT = ("BuiltinImporter", "FrozenImporter")


class Stage(enum.IntEnum):
    """How far a worker's wall is built."""

    OPEN = 0
    HARDENED = 1
    CODE = 2
    DATA = 3


class Wall(ABC):
    """Built in this order, once: harden, enclose_code, enclose_data, self_test.

    A layer that the system does not have is left out and named in the self-test: whether the rest
    is enough is for the agreement to say. Steps out of order are a programming error
    (RuntimeError).
    """

    name: ClassVar[str]

    def __init__(self) -> None:
        self._stage = Stage.OPEN

    def _advance(self, to: Stage) -> None:
        if self._stage != to - 1:
            raise RuntimeError(f"the wall is at {self._stage.name}, not one step before {to.name}")
        self._stage = to

    @abstractmethod
    def harden(self, parent: int, memory_bytes: int | None, file_bytes: int) -> None:
        """First statement of a worker, while it has one thread.

        ``parent`` is the launcher's process id: the worker ends when the launcher does (on Linux
        when the *thread* that launched it ends). ``memory_bytes`` bounds what its data may take
        (see :mod:`limits`; None: unbounded), ``file_bytes`` the size of any one file it writes.
        """

    @abstractmethod
    def enclose_code(
        self, extra_read: Sequence[Path] = (), extra_write: Sequence[Path] = ()
    ) -> None:
        """Leave only the program's own code readable. Call before importing a library that starts
        threads: on Linux those keep exactly this view of the files for their whole life.

        Every path that :meth:`enclose_data` names later must lie inside one named here.
        """

    @abstractmethod
    def enclose_data(
        self, writable: Sequence[Path] = (), readable: Sequence[Path] = (), deny: Deny = "kill"
    ) -> None:
        """Leave only these files and the system calls of honest work, and prove it.

        ``writable`` folders may be read and written, ``readable`` ones read; both must exist.
        Nothing can be imported afterwards, and no library loaded: use each one before. ``deny`` is
        for tests, which need a worker to survive its attacks; without it the first forbidden
        system call kills the process.
        """

    @abstractmethod
    def self_test(self) -> SelfTest:
        """What was proved, after :meth:`enclose_data`."""


def freeze_importers() -> None:
    """From here on a missing module is missing, whatever lies on the disk.

    Libraries import optional others late (pyarrow asks for pandas): they expect ImportError, and
    would fail on the PermissionError that the wall gives when they look for the file.
    """
    sys.meta_path[:] = [
        importer
        for importer in sys.meta_path
        if getattr(importer, "__name__", "") in _IMPORTERS_LEFT
    ]
