"""Process attributes: what nobody may do to this process, and what it may use at most."""

import ctypes
import os
import resource
import signal
import struct
from pathlib import Path

from cleanroom.sandbox.wall import limits
from cleanroom.sandbox.wall.interface import EXIT_ORPHANED
from cleanroom.sandbox.wall.linux import calls, libc

# prctl options (linux/prctl.h)
PR_SET_PDEATHSIG = 1
PR_GET_PDEATHSIG = 2
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

# capabilities (linux/capability.h): two sets of three 32-bit words
CAPABILITY_VERSION_3 = 0x20080522
CAPABILITY_HEADER = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
CAPABILITY_WORDS_BYTES = 24
LAST_CAPABILITY_POSSIBLE = 63

OWNER_ONLY = 0o077


def set_attributes() -> None:
    """No gain of privileges by exec, no ptrace and no /proc/PID/mem for the same user, end with
    the parent. Raises OSError."""
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1)
    set_dumpable(False)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.umask(OWNER_ONLY)


def set_dumpable(on: bool) -> None:
    libc.prctl(PR_SET_DUMPABLE, int(on))


def end_if_orphaned(parent: int) -> None:
    """The parent may have ended before the kernel was asked to watch it."""
    if os.getppid() != parent:
        os._exit(EXIT_ORPHANED)


def set_limits(memory_bytes: int | None, file_bytes: int) -> None:
    """Soft and hard alike: nothing in the process can raise them again."""
    cpus = os.cpu_count() or 1
    wanted = {
        resource.RLIMIT_CORE: limits.CORE_BYTES,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: limits.DESCRIPTORS,
    }
    if memory_bytes is not None:
        wanted[resource.RLIMIT_DATA] = limits.private_data(memory_bytes, cpus)
        wanted[resource.RLIMIT_AS] = limits.address_space(memory_bytes, cpus)
    for which, size in wanted.items():
        hard = resource.getrlimit(which)[1]
        size = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(which, (size, size))


def drop_capabilities() -> None:
    """Leave none, not even to root or to the owner of a new user namespace. Raises OSError."""
    for capability in range(LAST_CAPABILITY_POSSIBLE + 1):
        try:
            libc.prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break  # the first number the kernel does not know, or an account that has none to drop
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    libc.syscall(calls.number("capset"), CAPABILITY_HEADER, bytes(CAPABILITY_WORDS_BYTES))


def in_force() -> bool:
    """Read back: whether the attributes above hold now."""
    capabilities = bytes(CAPABILITY_WORDS_BYTES)
    libc.syscall(calls.number("capget"), CAPABILITY_HEADER, capabilities)
    return (
        libc.prctl(PR_GET_NO_NEW_PRIVS) == 1
        and libc.prctl(PR_GET_DUMPABLE) == 0
        and _signal_on_parent_death() == signal.SIGKILL
        and resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
        and _effective_and_permitted(capabilities) == 0
    )


def traced() -> bool:
    """Whether another process attached to this one before it was closed to others."""
    status = Path("/proc/self/status").read_text("ascii", "replace")
    return "\nTracerPid:\t0\n" not in status


def _signal_on_parent_death() -> int:
    wanted = ctypes.c_int(0)
    libc.prctl(PR_GET_PDEATHSIG, ctypes.addressof(wanted))
    return wanted.value


def _effective_and_permitted(words: bytes) -> int:
    """Both words of each set; the third, inheritable, gives nothing without an exec."""
    effective_low, permitted_low, _, effective_high, permitted_high, _ = struct.unpack("=6I", words)
    return int(effective_low | permitted_low | effective_high | permitted_high)
