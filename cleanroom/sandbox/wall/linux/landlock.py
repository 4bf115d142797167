"""Landlock: which files a thread may open at all (linux/landlock.h). Layers only ever tighten."""

import enum
import errno
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cleanroom.sandbox.wall.linux import calls, libc

CREATE_RULESET_VERSION = 1
RULE_PATH_BENEATH = 1


class Access(enum.IntFlag):
    """LANDLOCK_ACCESS_FS_*"""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


READ = Access.READ_FILE | Access.READ_DIR
CODE = READ | Access.EXECUTE
WRITE = (
    READ | Access.WRITE_FILE | Access.TRUNCATE | Access.MAKE_REG | Access.MAKE_DIR
    | Access.REMOVE_FILE | Access.REMOVE_DIR
)  # fmt: skip
ON_A_FILE = (
    Access.EXECUTE | Access.WRITE_FILE | Access.READ_FILE | Access.TRUNCATE | Access.IOCTL_DEV
)
"""The only rights that a rule for a single file may name."""

KNOWN_ACCESS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
"""ABI version -> how many of the bits above its kernel knows; 16 from version 5 on."""
ALL_ACCESS_BITS = 16

NET_TCP = 1 << 0 | 1 << 1
"""LANDLOCK_ACCESS_NET_BIND_TCP, _CONNECT_TCP: no rule allows any, so all are refused."""
SCOPE = 1 << 0 | 1 << 1
"""LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, _SIGNAL: only to processes inside the same wall."""

NET_SINCE = 4
SCOPE_SINCE = 6


@dataclass(frozen=True)
class Rule:
    path: Path
    access: Access


def abi() -> int:
    """Version of Landlock in this kernel; 0 if it has none or it is switched off."""
    try:
        return libc.syscall(
            calls.number("landlock_create_ruleset"), None, 0, CREATE_RULESET_VERSION
        )
    except OSError:
        return 0


def restrict(rules: Iterable[Rule]) -> None:
    """Refuse everything that no rule allows, from now on, to this thread and all it starts.

    Raises OSError where Landlock is missing, or a path of a rule is.
    """
    version = abi()
    if version == 0:
        raise OSError(errno.ENOSYS, "no Landlock")
    handled = Access((1 << KNOWN_ACCESS_BITS.get(version, ALL_ACCESS_BITS)) - 1)
    fields = [int(handled)]
    if version >= NET_SINCE:
        fields.append(NET_TCP)
    if version >= SCOPE_SINCE:
        fields.append(SCOPE)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = libc.syscall(calls.number("landlock_create_ruleset"), attributes, len(attributes), 0)
    try:
        for rule in rules:
            _add(ruleset, rule, handled)
        libc.syscall(calls.number("landlock_restrict_self"), ruleset, 0)
    finally:
        os.close(ruleset)


def _add(ruleset: int, rule: Rule, handled: Access) -> None:
    allowed = rule.access & handled
    if not rule.path.is_dir():
        allowed &= ON_A_FILE
    handle = os.open(rule.path, os.O_PATH | os.O_CLOEXEC)
    try:
        attributes = struct.pack("=Qi", allowed, handle)
        libc.syscall(calls.number("landlock_add_rule"), ruleset, RULE_PATH_BENEATH, attributes, 0)
    finally:
        os.close(handle)
