"""Attacks that gain power: other processes, new code, the kernel, more than a fair share."""

import ctypes
import mmap
import os
import resource
import signal
import socket
import struct
from importlib import import_module
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from wall_attack import TRACER, VARIES, World, attack, checked, libc, syscall

from cleanroom.sandbox.wall.linux import calls

PTRACE_SEIZE = 0x4206
PR_SET_DUMPABLE = 4
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
CLONE3_ARGUMENTS_BYTES = 88
IORING_PARAMETERS_BYTES = 120
KEYCTL_GET_KEYRING_ID, SESSION_KEYRING = 0, -3
BPF_MAP_CREATE, BPF_ARRAY = 0, 2
PERF_ATTRIBUTES_BYTES = 120
SYSLOG_SIZE_BUFFER = 10
NEW_LISTENER = 8
MANY_DESCRIPTORS = 300
MS_REC, MS_PRIVATE = 0x4000, 0x40000
BIG_FILE = 3 << 30
X32_BIT = 0x40000000

# calls the wall never speaks of: x86-64, aarch64
_OTHER = {
    "unshare": (272, 97), "mount": (165, 40), "setns": (308, 268), "chroot": (161, 51),
    "io_uring_setup": (425, 425), "bpf": (321, 280), "keyctl": (250, 219),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "memfd_create": (319, 279),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "personality": (135, 92),
    "sethostname": (170, 161), "syslog": (103, 116),
}  # fmt: skip


def call(name: str, *arguments: object) -> int:
    machine = calls.MACHINES[os.uname().machine]
    return syscall(_OTHER[name][machine.column], *arguments)


@attack(TRACER)
def read_parent_memory(world: World) -> None:
    size = len(world["secret"])
    copy = ctypes.create_string_buffer(size)
    here = struct.pack("@PN", ctypes.addressof(copy), size)
    there = struct.pack("@PN", world["secret_address"], size)
    syscall(calls.number("process_vm_readv"), world["parent"], here, 1, there, 1, 0)
    if copy.raw.decode() != world["secret"]:
        raise PermissionError


@attack(TRACER)
def trace_parent(world: World) -> None:
    syscall(calls.number("ptrace"), PTRACE_SEIZE, world["parent"], 0, 0)


@attack()
def signal_parent(world: World) -> None:
    os.kill(world["parent"], 0)


@attack()
def signal_thread_of_parent(world: World) -> None:
    syscall(calls.number("tgkill"), world["parent"], world["parent"], 0)


@attack()
def handle_on_parent(world: World) -> None:
    signal.pidfd_send_signal(call("pidfd_open", world["parent"], 0), 0)


@attack(TRACER)
def steal_descriptor(world: World) -> None:
    os.close(call("pidfd_getfd", call("pidfd_open", world["parent"], 0), 0, 0))


@attack()
def limits_of_parent(world: World) -> None:
    resource.prlimit(world["parent"], resource.RLIMIT_NOFILE)


@attack()
def execute(world: World) -> None:
    answer = world.get("answer")
    if answer is not None:
        os.set_inheritable(answer, True)
    os.execv("/bin/sh", ["sh", "-c", f"printf worked >&{answer}"])


@attack()
def fork(_: World) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


@attack()
def fork_by_clone(_: World) -> None:
    child = syscall(calls.number("clone"), signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


@attack(VARIES)
def fork_by_clone3(_: World) -> None:
    arguments = struct.pack("=11Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0)
    child = syscall(calls.number("clone3"), arguments, CLONE3_ARGUMENTS_BYTES)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


@attack()
def spawn(_: World) -> None:
    os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", ":"], {}), 0)


@attack()
def anonymous_file(_: World) -> None:
    os.close(call("memfd_create", b"code", 0))


@attack()
def executable_memory(_: World) -> None:
    mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


@attack()
def make_memory_executable(_: World) -> None:
    page = mmap.mmap(-1, mmap.PAGESIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    syscall(calls.number("mprotect"), address, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_EXEC)


@attack()
def load_library(world: World) -> None:
    name = "a_library"
    loader = ExtensionFileLoader(name, world["library"])
    spec = spec_from_file_location(name, world["library"], loader=loader)
    assert spec is not None
    try:
        module_from_spec(spec)
    except ImportError as error:
        if "PyInit_a_library" in str(error):
            return  # loaded; it only has another name
        raise


@attack()
def import_late(_: World) -> None:
    import_module("this")


@attack(VARIES)
def new_namespace(_: World) -> None:
    call("unshare", CLONE_NEWUSER | CLONE_NEWNET)


@attack(VARIES)
def mount(world: World) -> None:
    call("unshare", CLONE_NEWNS)
    call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)  # stays in this child
    call("mount", b"none", os.fsencode(world["work"]), b"tmpfs", 0, None)


@attack(VARIES)
def enter_parents_network(world: World) -> None:
    handle = os.open(f"/proc/{world['parent']}/ns/net", os.O_RDONLY)
    call("setns", handle, CLONE_NEWNET)


@attack(VARIES)
def change_root(world: World) -> None:
    call("chroot", os.fsencode(world["outside"]))


@attack(VARIES)
def io_uring(_: World) -> None:
    parameters = ctypes.create_string_buffer(IORING_PARAMETERS_BYTES)
    os.close(call("io_uring_setup", 2, parameters))


@attack(VARIES)
def bpf(_: World) -> None:
    attributes = struct.pack("=4I", BPF_ARRAY, 4, 8, 1).ljust(128, b"\0")
    os.close(call("bpf", BPF_MAP_CREATE, attributes, len(attributes)))


@attack(VARIES)
def keyring(_: World) -> None:
    call("keyctl", KEYCTL_GET_KEYRING_ID, SESSION_KEYRING, 1)


@attack(VARIES)
def performance_events(_: World) -> None:
    attributes = struct.pack("=IIQ", 1, PERF_ATTRIBUTES_BYTES, 0).ljust(
        PERF_ATTRIBUTES_BYTES, b"\0"
    )
    os.close(call("perf_event_open", attributes, 0, -1, -1, 0))


@attack(VARIES)
def user_page_faults(_: World) -> None:
    os.close(call("userfaultfd", os.O_CLOEXEC))


@attack(VARIES)
def change_personality(_: World) -> None:
    call("personality", 0)


@attack(VARIES)
def change_host_name(_: World) -> None:
    name = socket.gethostname().encode()
    call("sethostname", name, len(name))


@attack(VARIES)
def kernel_log(_: World) -> None:
    call("syslog", SYSLOG_SIZE_BUFFER, None, 0)


@attack(VARIES)
def answer_own_calls(_: World) -> None:
    """A filter with a listener, by which a process may answer its own system calls."""
    allow = ctypes.create_string_buffer(struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000), 8)
    program = struct.pack("@HxxxxxxP", 1, ctypes.addressof(allow))
    os.close(syscall(calls.number("seccomp"), 1, NEW_LISTENER, program))


@attack()
def become_dumpable(_: World) -> None:
    checked(libc.prctl(PR_SET_DUMPABLE, ctypes.c_ulong(1), 0, 0, 0))


@attack()
def too_much_memory(world: World) -> None:
    _map(world["too_much_memory"], mmap.MAP_PRIVATE)


@attack()
def too_much_shared_memory(world: World) -> None:
    _map(world["too_much_memory"], mmap.MAP_SHARED)


def _map(size: int, kind: int) -> None:
    mmap.mmap(-1, size, flags=kind | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0x4000))


@attack()
def too_big_file(world: World) -> None:
    big = Path(world["work"], "big")
    with big.open("wb") as file:
        os.ftruncate(file.fileno(), BIG_FILE)
    big.unlink()


@attack()
def too_many_descriptors(_: World) -> None:
    held = []
    try:
        for _ in range(MANY_DESCRIPTORS):
            held.append(os.dup(0))
    finally:
        for descriptor in held:
            os.close(descriptor)


@attack(VARIES)
def raise_limit(_: World) -> None:
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_CORE, unlimited)


@attack(VARIES, lethal=True)
def other_numbering(_: World) -> None:
    """getpid by the numbers of x32, which no filter of x86-64 numbers would know."""
    syscall(X32_BIT | calls.number("getpid"))
