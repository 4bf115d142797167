"""The allow-list of system calls, as a seccomp filter (linux/seccomp.h).

Two filters are installed, one after the other, equal but for what they do to a call that is not
on the list: the first refuses it with EPERM, the second kills the process. Between the two the
worker tries what it must not be able to do. That is what makes the self-test honest: it runs in
the very process that will see data, under a filter that stays for good (filters can't be taken
away, and the kernel takes the strictest answer of all of them), and yet survives it.
"""

import ctypes
import errno
import os
import struct

from cleanroom.sandbox.wall.linux import bpf, calls, libc

SET_MODE_FILTER = 1
FLAG_ALL_THREADS = 1
"""SECCOMP_FILTER_FLAG_TSYNC"""

PROT_EXEC = 4
PROTECTION_ARGUMENT = 2

# clone(2): a thread shares memory and signal handlers and stays in every namespace
CLONE_VM = 0x100
CLONE_PTRACE = 0x2000
CLONE_PARENT = 0x8000
CLONE_THREAD = 0x10000
CLONE_NEW_NAMESPACES = 0x7E020000
A_THREAD = CLONE_VM | CLONE_THREAD
CLONE_BITS = A_THREAD | CLONE_PTRACE | CLONE_PARENT | CLONE_NEW_NAMESPACES

# fcntl(2): duplicate, close-on-exec, status flags, locks
FCNTL_COMMANDS = (*range(8), 1030)
TCGETS = 0x5401
"""The ioctl behind isatty()."""
PR_SET_NAME = 15
PR_SET_VMA = 0x53564D41
"""Names for memory ranges, which an allocator may ask for and does without."""
SELF = 0

REFUSE = bpf.refuse(errno.EPERM)
KILL = bpf.RET_KILL_PROCESS


def program(machine: calls.Machine, default: int, process: int, more_filters: bool) -> bpf.Block:
    """The filter: ``default`` is the action for what is not on the list, ``process`` the only one
    that may be signalled; ``more_filters`` leaves the door open for a second filter."""
    block = [*bpf.load(bpf.OFFSET_ARCHITECTURE), *bpf.unless(machine.audit, bpf.finish(KILL))]
    block += bpf.load(bpf.OFFSET_NUMBER)
    if machine.second_numbering is not None:
        block += bpf.when_at_least(machine.second_numbering, bpf.finish(KILL))
    for numbers in calls.ALLOWED.values():
        number = numbers[machine.column]
        if number is not None:
            block += bpf.when(number, bpf.finish(bpf.RET_ALLOW))
    checks = _checks(default, process)
    if more_filters:
        checks["seccomp"] = _all_threads_only(default)
    for name, check in checks.items():
        block += bpf.when(calls.number(name, machine), check)
    for name, code in _DECLINED.items():
        block += bpf.when(calls.number(name, machine), bpf.finish(bpf.refuse(code)))
    return [*block, *bpf.finish(default)]


_DECLINED = {
    "clone3": errno.ENOSYS,  # its flags lie in memory, out of a filter's sight: glibc uses clone()
    "kill": errno.EPERM,  # DuckDB probes its own process id
    "mbind": errno.EPERM,  # an allocator's wish about memory nodes
}


def _checks(default: int, process: int) -> dict[str, bpf.Block]:
    return {
        "mmap": _not_executable(default),
        "mprotect": _not_executable(default),
        "clone": [
            *bpf.load_argument(0),
            *bpf.mask(CLONE_BITS),
            *bpf.when(A_THREAD, bpf.finish(bpf.RET_ALLOW)),
            *bpf.finish(default),
        ],
        "fcntl": bpf.one_of(1, FCNTL_COMMANDS, default),
        "ioctl": bpf.one_of(1, (TCGETS,), bpf.refuse(errno.ENOTTY)),
        "prctl": [
            *bpf.load_argument(0),
            *bpf.when(PR_SET_NAME, bpf.finish(bpf.RET_ALLOW)),
            *bpf.when(PR_SET_VMA, bpf.finish(bpf.refuse(errno.EINVAL))),
            *bpf.finish(default),
        ],
        "prlimit64": bpf.one_of(0, (SELF,), default),
        "tgkill": bpf.one_of(0, (process,), default),
    }


def _not_executable(default: int) -> bpf.Block:
    return [
        *bpf.load_argument(PROTECTION_ARGUMENT),
        *bpf.when_any_bit(PROT_EXEC, bpf.finish(default)),
        *bpf.finish(bpf.RET_ALLOW),
    ]


def _all_threads_only(default: int) -> bpf.Block:
    """One more filter for all threads: without a listener, which could answer in its place."""
    right_flags = bpf.one_of(1, (FLAG_ALL_THREADS,), default)
    return [
        *bpf.load_argument(0),
        *bpf.when(SET_MODE_FILTER, right_flags),
        *bpf.finish(default),
    ]


def install(default: int, *, more_filters: bool) -> None:
    """Put the filter on every thread of this process. Raises OSError."""
    machine = calls.MACHINES[os.uname().machine]
    code = bpf.encode(program(machine, default, os.getpid(), more_filters))
    held = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HxxxxxxP", len(code) // struct.calcsize("=HBBI"), ctypes.addressof(held))
    thread_in_the_way = libc.syscall(
        calls.number("seccomp"), SET_MODE_FILTER, FLAG_ALL_THREADS, header
    )
    if thread_in_the_way:
        raise OSError(errno.EBUSY, "a thread could not take the filter")
