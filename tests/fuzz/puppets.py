"""Workers without a process: they have said already whatever a hostile one could say."""

import os
from collections.abc import Sequence
from typing import Any, ClassVar

from hostile_pipes import filled

from cleanroom.sandbox.outside.process import RoleProcess


class _Gone:
    """What a program leaves that wrote its bytes and ended: two streams, and exit code 0."""

    def __init__(self, said: bytes) -> None:
        self.stdin = open(os.devnull, "wb", 0)  # noqa: PTH123, SIM115 - closed by its owner
        self.stdout = os.fdopen(filled(said), "rb", 0)

    def wait(self, _timeout: float | None = None) -> int:
        return 0


class Puppet(RoleProcess):
    """The outside's end of a role. ``script``: what each role says."""

    script: ClassVar[dict[str, bytes]] = {}

    def __init__(self, role: str, _pass_fds: Sequence[int] = (), *, inside: bool) -> None:
        gone: Any = _Gone(self.script[role])
        self.role, self._inside, self._process = role, inside, gone
        self._writer, self.reader = gone.stdin.fileno(), gone.stdout.fileno()
        os.set_blocking(self.reader, False)
        self._buffer, self._ended = bytearray(), False

    def end(self, _seconds: float = 0.0) -> None:
        """There is no process to wait for or to kill."""
        self._ended = True
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
