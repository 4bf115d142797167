"""Own user, network, IPC and host-name namespaces: a network without any interface that is up."""

import os
from pathlib import Path

from cleanroom.sandbox.wall.linux import hardening, libc

# linux/sched.h
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def enter() -> None:
    """Needs a process with one thread. Raises OSError where the system does not allow it.

    The account keeps its numbers inside. Writing the maps needs a dumpable process for a moment:
    otherwise the files below /proc/self belong to root.
    """
    user, group = os.getuid(), os.getgid()
    libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
    hardening.set_dumpable(True)
    try:
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", "ascii")
    finally:
        hardening.set_dumpable(False)
