"""Numbers of the system calls that the wall speaks of, for both machines.

x86-64: arch/x86/entry/syscalls/syscall_64.tbl. aarch64: include/uapi/asm-generic/unistd.h.
None where a machine does not have the call.
"""

import platform
from dataclasses import dataclass

Numbers = tuple[int | None, int | None]


@dataclass(frozen=True)
class Machine:
    """``audit``: AUDIT_ARCH_* of linux/audit.h. ``column``: its place in the tables below."""

    name: str
    column: int
    audit: int
    second_numbering: int | None
    """Numbers from here on belong to another calling convention (x32), which is never used."""


X86_64 = Machine("x86_64", 0, 0xC000003E, 0x40000000)
AARCH64 = Machine("aarch64", 1, 0xC00000B7, None)
MACHINES = {machine.name: machine for machine in (X86_64, AARCH64)}

OPEN_DESCRIPTORS: dict[str, Numbers] = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66),
    "pread64": (17, 67), "pwrite64": (18, 68), "preadv": (295, 69), "pwritev": (296, 70),
    "close": (3, 57), "lseek": (8, 62), "fstat": (5, 80), "fstatfs": (138, 44),
    "ftruncate": (77, 46), "fallocate": (285, 47), "fsync": (74, 82), "fdatasync": (75, 83),
    "fadvise64": (221, 223), "flock": (73, 32), "dup": (32, 23), "getdents64": (217, 61),
    "sendfile": (40, 71), "copy_file_range": (326, 285),
}  # fmt: skip

# Landlock decides which paths; stat() of a known path is not covered by it
PATHS: dict[str, Numbers] = {
    "open": (2, None), "openat": (257, 56), "stat": (4, None), "lstat": (6, None),
    "newfstatat": (262, 79), "statx": (332, 291), "statfs": (137, 43), "access": (21, None),
    "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None),
    "readlinkat": (267, 78), "getcwd": (79, 17), "unlink": (87, None), "unlinkat": (263, 35),
    "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "rename": (82, None),
    "renameat": (264, 38), "renameat2": (316, 276),
}  # fmt: skip

MEMORY: dict[str, Numbers] = {
    "munmap": (11, 215), "mremap": (25, 216), "madvise": (28, 233), "brk": (12, 214),
    "mlock": (149, 228), "munlock": (150, 229), "membarrier": (324, 283),
}  # fmt: skip

THREADS_AND_TIME: dict[str, Numbers] = {
    "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293), "gettid": (186, 178),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "getcpu": (309, 168),
    "exit": (60, 93), "exit_group": (231, 94), "restart_syscall": (219, 128),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101), "gettimeofday": (96, 169), "times": (100, 153),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
}  # fmt: skip

WAITING: dict[str, Numbers] = {
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
    "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None),
    "epoll_pwait": (281, 22), "eventfd2": (290, 19), "pipe2": (293, 59),
}  # fmt: skip

FACTS: dict[str, Numbers] = {
    "getpid": (39, 172), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "uname": (63, 160), "sysinfo": (99, 179),
    "getrusage": (98, 165), "getrandom": (318, 278),
}  # fmt: skip

ALLOWED = {**OPEN_DESCRIPTORS, **PATHS, **MEMORY, **THREADS_AND_TIME, **WAITING, **FACTS}
"""Allowed whatever the arguments."""

CHECKED: dict[str, Numbers] = {
    "mmap": (9, 222), "mprotect": (10, 226), "clone": (56, 220), "fcntl": (72, 25),
    "ioctl": (16, 29), "prctl": (157, 167), "prlimit64": (302, 261), "tgkill": (234, 131),
    "seccomp": (317, 277),
}  # fmt: skip
"""Allowed with some arguments."""

DECLINED: dict[str, Numbers] = {"clone3": (435, 435), "kill": (62, 129), "mbind": (237, 235)}
"""Refused with an error in every case: honest libraries try them and do without."""

OTHER: dict[str, Numbers] = {
    "capset": (126, 91), "capget": (125, 90), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445), "landlock_restrict_self": (446, 446),
}  # fmt: skip
"""Used by the wall before the filter is there, and by its probes."""

_ALL = {**ALLOWED, **CHECKED, **DECLINED, **OTHER}


def number(name: str, machine: Machine | None = None) -> int:
    """Number of a call on this machine (or another). KeyError where the machine lacks it."""
    machine = machine or MACHINES[platform.machine()]
    found = _ALL[name][machine.column]
    if found is None:
        raise KeyError(name)
    return found
