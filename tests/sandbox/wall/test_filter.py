"""The system call filter of both machines, run by a BPF machine of the tests' own."""

import errno
import signal

import bpf_machine
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.sandbox.wall.linux import bpf, calls, seccomp

ME = 4242
ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS, ENOTTY, EINVAL = (
    0x00050000 | code for code in (errno.EPERM, errno.ENOSYS, errno.ENOTTY, errno.EINVAL)
)
X32_BIT = 0x40000000
KERNEL_LIMIT = 4096

machines = st.sampled_from(list(calls.MACHINES.values()))
words = st.integers(0, 2**64 - 1)
arguments = st.lists(words, min_size=6, max_size=6)
numbers = st.integers(0, 600) | st.integers(0, 2**32 - 1)

CODE = {
    (machine.name, default): bpf.encode(
        seccomp.program(machine, default, ME, more_filters=default != KILL)
    )
    for machine in calls.MACHINES.values()
    for default in (EPERM, KILL)
}


def answer(
    machine: calls.Machine,
    number: int,
    args: tuple[int, ...] | list[int] = (),
    default: int = EPERM,
) -> int:
    return bpf_machine.run(CODE[machine.name, default], machine.audit, number, args)


def named(machine: calls.Machine, name: str, *args: int) -> int:
    return answer(machine, calls.number(name, machine), args)


each_machine = pytest.mark.parametrize(
    "machine", calls.MACHINES.values(), ids=lambda machine: machine.name
)


@each_machine
def test_the_kernel_takes_programs_of_this_length(machine: calls.Machine) -> None:
    assert len(CODE[machine.name, KILL]) // 8 < KERNEL_LIMIT


@given(machines, numbers, arguments, st.sampled_from([EPERM, KILL]))
def test_what_is_not_on_a_list_gets_the_default(
    machine: calls.Machine, number: int, args: list[int], default: int
) -> None:
    listed = {
        found[machine.column]
        for table in (calls.ALLOWED, calls.CHECKED, calls.DECLINED)
        for found in table.values()
    }
    found = answer(machine, number, args, default)
    if machine.second_numbering is not None and number >= X32_BIT:
        assert found == KILL
    elif number not in listed:
        assert found == default


@given(machines, st.sampled_from(sorted(calls.ALLOWED)), arguments)
def test_what_is_allowed_is_allowed_whatever_its_arguments(
    machine: calls.Machine, name: str, args: list[int]
) -> None:
    number = calls.ALLOWED[name][machine.column]
    if number is not None:
        assert answer(machine, number, args) == ALLOW


@given(machines, numbers, arguments, st.integers(0, 2**32 - 1))
def test_another_architecture_is_killed(
    machine: calls.Machine, number: int, args: list[int], audit: int
) -> None:
    if audit != machine.audit:
        assert bpf_machine.run(CODE[machine.name, EPERM], audit, number, args) == KILL


@given(machines, numbers, arguments)
def test_the_second_filter_is_the_first_but_deadly(
    machine: calls.Machine, number: int, args: list[int]
) -> None:
    """So what the self-test saw refused by the first stays refused, by death."""
    first, second = answer(machine, number, args), answer(machine, number, args, KILL)
    if number == calls.number("seccomp", machine):
        assert second == KILL
    else:
        declined = {entry[machine.column] for entry in calls.DECLINED.values()}
        assert second == first or (first == EPERM and second == KILL and number not in declined)


@given(machines, st.sampled_from(["mmap", "mprotect"]), arguments)
def test_memory_never_becomes_executable(
    machine: calls.Machine, name: str, args: list[int]
) -> None:
    assert named(machine, name, *args) == (EPERM if args[2] & 4 else ALLOW)


@each_machine
def test_clone_makes_threads_only(machine: calls.Machine) -> None:
    glibc_thread = 0x3D0F00
    assert named(machine, "clone", glibc_thread) == ALLOW
    assert named(machine, "clone", signal.SIGCHLD) == EPERM
    vfork = 0x4100 | signal.SIGCHLD
    assert named(machine, "clone", vfork) == EPERM
    for namespace in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert named(machine, "clone", glibc_thread | namespace) == EPERM
    for kin in (0x2000, 0x8000):
        assert named(machine, "clone", glibc_thread | kin) == EPERM
    assert named(machine, "clone3") == ENOSYS


@each_machine
def test_signals_stay_inside(machine: calls.Machine) -> None:
    assert named(machine, "tgkill", ME, ME, signal.SIGABRT) == ALLOW
    assert named(machine, "tgkill", ME + 1, ME + 1, signal.SIGKILL) == EPERM
    assert named(machine, "kill", ME, 0) == EPERM


@each_machine
def test_small_permissions(machine: calls.Machine) -> None:
    assert named(machine, "ioctl", 0, 0x5401) == ALLOW
    assert named(machine, "ioctl", 0, 0x5412) == ENOTTY  # TIOCSTI types into a terminal
    assert named(machine, "fcntl", 0, 1030) == ALLOW
    assert named(machine, "fcntl", 0, 8) == EPERM  # F_SETOWN: signals to others
    assert named(machine, "prctl", 15) == ALLOW
    assert named(machine, "prctl", 0x53564D41) == EINVAL
    assert named(machine, "prctl", 4, 1) == EPERM
    assert named(machine, "prlimit64", 0) == ALLOW
    assert named(machine, "prlimit64", ME + 1) == EPERM


@each_machine
def test_the_first_filter_takes_one_more_and_nothing_else(machine: calls.Machine) -> None:
    set_filter, all_threads, listener = 1, 1, 8
    assert named(machine, "seccomp", set_filter, all_threads) == ALLOW
    assert named(machine, "seccomp", set_filter, all_threads | listener) == EPERM
    assert named(machine, "seccomp", set_filter, 0) == EPERM
    assert named(machine, "seccomp", 0, 0) == EPERM
