"""What the self-test tries. Nothing here harms a machine on which it should succeed.

Each probe returns the error number of its attempt, 0 for success.
"""

import contextlib
import ctypes
import errno
import mmap
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from cleanroom.sandbox.wall.linux import calls, libc
from cleanroom.sandbox.wall.report import POSSIBLE, REFUSED

Probe = Callable[[], int]

LOOPBACK_DISCARD = ("127.0.0.1", 9)
"""Reaches nobody even where it is possible: a machine that answers "refused" has a network."""
IN_PROGRESS = (errno.EINPROGRESS, errno.EAGAIN)

PTRACE_PEEKDATA = 2
PAGE = 4096

REFUSALS = (errno.EPERM, errno.EACCES, errno.ENETUNREACH)
"""seccomp and capabilities; Landlock; a network without interfaces. Any other error means that the
attempt got past the wall and failed for a reason of its own."""


def answer(code: int) -> str:
    """The word for the record."""
    if code in REFUSALS:
        return REFUSED
    return POSSIBLE if code == 0 else f"{POSSIBLE} ({errno.errorcode.get(code, str(code))})"


def _error_of(attempt: Callable[[], object]) -> int:
    try:
        attempt()
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def connect() -> int:
    def attempt() -> None:
        with socket.socket() as plug:
            plug.setblocking(False)
            plug.connect(LOOPBACK_DISCARD)

    code = _error_of(attempt)
    return 0 if code in IN_PROGRESS else code


def datagram() -> int:
    def attempt() -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as plug:
            plug.connect(LOOPBACK_DISCARD)

    return _error_of(attempt)


def local_socket() -> int:
    return _error_of(lambda: socket.socket(socket.AF_UNIX).close())


def open_outside() -> int:
    """The interpreter itself: it could be read a moment ago, and no worker needs it."""
    return _error_of(lambda: Path(sys.executable).open("rb").close())


def list_outside() -> int:
    return _error_of(lambda: os.scandir("/").close())


def write_outside() -> int:
    return _error_of(lambda: Path(os.devnull).open("wb").close())


def execute() -> int:
    return _error_of(lambda: libc.execve_without_arguments(os.fsencode(sys.executable)))


def fork() -> int:
    def attempt() -> None:
        child = libc.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)

    return _error_of(attempt)


def trace_parent() -> int:
    """ESRCH (not traced yet) where ptrace may be used at all."""
    attempt = (calls.number("ptrace"), PTRACE_PEEKDATA, os.getppid(), None, None)
    return _error_of(lambda: libc.syscall(*attempt))


def read_parent() -> int:
    """EFAULT (nothing lies at address 0) where another process's memory may be read."""
    byte = ctypes.create_string_buffer(1)
    here = struct.pack("@PN", ctypes.addressof(byte), 1)
    there = struct.pack("@PN", 0, 1)
    attempt = (calls.number("process_vm_readv"), os.getppid(), here, 1, there, 1, 0)
    return _error_of(lambda: libc.syscall(*attempt))


def signal_parent() -> int:
    """Signal 0 is only checked, not delivered."""
    return _error_of(lambda: os.kill(os.getppid(), 0))


def executable_memory() -> int:
    with contextlib.closing(_Mapping()) as mapping:
        return _error_of(mapping.make_executable)


class _Mapping:
    def __init__(self) -> None:
        self._held: mmap.mmap | None = None

    def make_executable(self) -> None:
        everything = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        self._held = mmap.mmap(-1, PAGE, prot=everything)

    def close(self) -> None:
        if self._held is not None:
            self._held.close()


ALL: dict[str, Probe] = {
    "connect": connect,
    "datagram": datagram,
    "local_socket": local_socket,
    "open_outside": open_outside,
    "list_outside": list_outside,
    "write_outside": write_outside,
    "exec": execute,
    "fork": fork,
    "ptrace": trace_parent,
    "read_parent": read_parent,
    "signal_parent": signal_parent,
    "executable_memory": executable_memory,
}
