"""Numbers of system calls, against the kernel's own headers and against libseccomp."""

import ctypes
import ctypes.util
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from cleanroom.sandbox.wall.linux import calls

ALL = {**calls.ALLOWED, **calls.CHECKED, **calls.DECLINED, **calls.OTHER}
DEFINITION = re.compile(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b")
HEADERS = {
    "x86_64": ("x86_64-linux-gnu/asm/unistd_64.h", "asm/unistd_64.h"),
    "aarch64": ("asm-generic/unistd.h",),
}
# the generic table names by width what 64-bit machines call by the plain name
WIDE = {"newfstatat": "fstatat"}


def _header(machine: str) -> Mapping[str, int]:
    for name in HEADERS[machine]:
        path = Path("/usr/include", name)
        if path.exists():
            return {call: int(number) for call, number in DEFINITION.findall(path.read_text())}
    pytest.skip(f"the kernel's headers for {machine} are not installed")


each_machine = pytest.mark.parametrize(
    "machine", calls.MACHINES.values(), ids=lambda machine: machine.name
)


@each_machine
def test_numbers_are_those_of_the_headers(machine: calls.Machine) -> None:
    header = _header(machine.name)
    wrong = {}
    for name, numbers in ALL.items():
        ours = numbers[machine.column]
        theirs = header.get(name, header.get(WIDE.get(name, name)))
        if ours is not None and theirs is not None and ours != theirs:
            wrong[name] = (ours, theirs)
    checked = sum(name in header or WIDE.get(name) in header for name in ALL)
    assert checked >= 85
    assert wrong == {}


@each_machine
def test_numbers_are_those_of_libseccomp(machine: calls.Machine) -> None:
    library = ctypes.util.find_library("seccomp")
    if library is None:
        pytest.skip("libseccomp is not installed")
    resolve = ctypes.CDLL(library).seccomp_syscall_resolve_name_arch
    theirs = {name: resolve(ctypes.c_uint32(machine.audit), name.encode()) for name in ALL}
    wrong = {
        name: (numbers[machine.column], theirs[name])
        for name, numbers in ALL.items()
        if (numbers[machine.column] if numbers[machine.column] is not None else -1)
        != max(theirs[name], -1)
    }
    assert wrong == {}


@each_machine
def test_no_number_is_used_twice(machine: calls.Machine) -> None:
    used = [numbers[machine.column] for numbers in ALL.values()]
    found = [number for number in used if number is not None]
    assert len(found) == len(set(found))


def test_a_call_that_a_machine_lacks_has_no_number() -> None:
    with pytest.raises(KeyError):
        calls.number("open", calls.AARCH64)
