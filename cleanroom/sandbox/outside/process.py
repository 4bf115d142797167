"""Role processes: started, listened to, and ended, whatever they do.

A role gets two pipes and the descriptors it needs, an environment without secrets, a process group
of its own, and no terminal. Its standard error goes nowhere: it could carry rows.
"""

import contextlib
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from cleanroom import wire
from cleanroom.errors import InputError, SandboxError, from_code
from cleanroom.sandbox import messages, wall

_KEPT_ENVIRONMENT = ("PATH", "SYSTEMROOT", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
END_SECONDS = 1.0  # between asking a process to end and killing it
SEND_SECONDS = 60.0  # for a worker to take a message
_LENGTH = struct.Struct(">I")


def _command(role: str) -> list[str]:
    """A role's command line. It names this process, so that a worker whose launcher has already
    gone does not take its next parent for it.
    """
    program = [] if getattr(sys, "frozen", False) else ["-I", "-m", "cleanroom"]
    return [sys.executable, *program, "--role", role, str(os.getpid())]


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class RoleProcess:
    """One running role. Use as a context manager: leaving kills what is left of it."""

    def __init__(self, role: str, pass_fds: Sequence[int] = (), *, inside: bool) -> None:
        """Start it. ``inside``: it sees rows of others, so only codes of its errors are kept."""
        wall.harden_outside()
        self.role = role
        self._inside = inside
        self._process = subprocess.Popen(
            _command(role),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd="/",
            close_fds=True,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._writer = self._process.stdin.fileno()
        self.reader = self._process.stdout.fileno()
        os.set_blocking(self.reader, False)
        os.set_blocking(self._writer, False)
        self._buffer = bytearray()
        self._ended = False

    @property
    def pid(self) -> int:
        """Process id, which is also its process group."""
        return self._process.pid

    def send(self, message: object, timeout: float = SEND_SECONDS) -> None:
        """Hand it a message, as ``wire.send`` does, but never wait for ever: it may not read.

        Raises ``sandbox.failed`` or ``sandbox.killed`` when it is gone, ``sandbox.timeout``, and
        ``input.file_name`` for a name of bytes that are no text.
        """
        try:
            body = msgspec.json.encode(message)
        except UnicodeEncodeError:
            raise InputError("input.file_name") from None
        left = memoryview(_LENGTH.pack(len(body)) + body)
        deadline = time.monotonic() + timeout
        while left:
            self._check_running()
            wait = max(0.0, deadline - time.monotonic())
            if not select.select([], [self._writer], [], wait)[1]:
                raise SandboxError("sandbox.timeout")
            try:
                left = left[os.write(self._writer, left) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._why_gone() from None

    def _check_running(self) -> None:
        """Its descriptors are closed at its end, and by then their numbers may be other files."""
        if self._process.stdin is None or self._process.stdin.closed:
            raise SandboxError("sandbox.failed")

    def receive(self, kinds: Any, timeout: float, limit: int = wire.FRAME_LIMIT) -> Any:
        """Its next message. Raises ``sandbox.timeout``, ``sandbox.lied``, ``sandbox.failed``, or
        the error that it reported.
        """
        deadline = time.monotonic() + timeout
        while True:
            message = self.poll(kinds, max(0.0, deadline - time.monotonic()), limit)
            if message is not None:
                return message
            if time.monotonic() >= deadline:
                raise SandboxError("sandbox.timeout")

    def poll(self, kinds: Any, timeout: float, limit: int = wire.FRAME_LIMIT) -> Any | None:
        """One message if it comes in time, else None. A piece of a blob may be longer than
        ``limit``."""
        self._check_running()
        most = max(limit, wire.FRAME_LIMIT)
        body = wire.take_frame(self._buffer, most)
        if body is None:
            ready, _, _ = select.select([self.reader], [], [], timeout)
            if not ready:
                return None
            self._fill()
            body = wire.take_frame(self._buffer, most)
        if body is None:
            return None
        message = wire.decode(body, kinds)
        if len(body) > limit and not isinstance(message, messages.Piece):
            raise SandboxError("sandbox.lied")
        if isinstance(message, wire.Failed):
            raise from_code(message.code, **({} if self._inside else message.facts))
        return message

    def _fill(self) -> None:
        try:
            data = os.read(self.reader, 1 << 20)
        except BlockingIOError:
            return
        if not data:
            raise self._why_gone()
        self._buffer += data

    def _why_gone(self) -> SandboxError:
        """Why a process that stopped talking has ended."""
        try:
            code = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            return SandboxError("sandbox.failed")
        killed = code in (-signal.SIGKILL, -signal.SIGSYS)
        return SandboxError("sandbox.killed" if killed else "sandbox.failed")

    def end(self, seconds: float = END_SECONDS) -> None:
        """Close its input, wait a moment, then kill what is left of its group."""
        if self._ended:
            return
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                try:
                    stream.close()
                except BrokenPipeError:  # it was gone before it read the last message
                    continue
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self._ended = True
        # at once: later the number of a group that is gone may belong to somebody else
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill(self) -> None:
        """End it now, with everything it started. A second time does nothing."""
        self.end(0.0)

    def __enter__(self) -> "RoleProcess":
        return self

    def __exit__(self, *exc: object) -> None:
        self.end(0.0 if exc[0] is not None else END_SECONDS)
