"""Tries every way into another process of the same user; prints the ways that worked."""

import ctypes
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path

PTRACE_SEIZE = 0x4206
PROCESS_VM_READV = {"x86_64": 310, "aarch64": 270}[os.uname().machine]

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.ptrace.restype = ctypes.c_long


def check(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def read_memory(pid: int, address: int, size: int) -> None:
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        memory.seek(address)
        memory.read(size)


def read_remote(pid: int, address: int, size: int) -> None:
    copy = ctypes.create_string_buffer(size)
    here = struct.pack("@PN", ctypes.addressof(copy), size)
    there = struct.pack("@PN", address, size)
    words = [ctypes.c_long(pid), here, ctypes.c_long(1), there, ctypes.c_long(1), ctypes.c_long(0)]
    check(libc.syscall(ctypes.c_long(PROCESS_VM_READV), *words))


def main(pid: int, address: int, size: int) -> None:
    ways: dict[str, Callable[[], object]] = {
        "memory": lambda: read_memory(pid, address, size),
        "environment": lambda: Path(f"/proc/{pid}/environ").read_bytes(),
        "mappings": lambda: Path(f"/proc/{pid}/maps").read_bytes(),
        "descriptors": lambda: list(Path(f"/proc/{pid}/fd").iterdir()),
        "process_vm_readv": lambda: read_remote(pid, address, size),
        "ptrace": lambda: check(libc.ptrace(PTRACE_SEIZE, pid, None, None)),
    }
    for name, way in ways.items():
        try:
            way()
        except OSError:
            continue
        print(name)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
