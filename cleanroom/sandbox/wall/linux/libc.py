"""The C library, through ctypes: every failure is an OSError."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.prctl.restype = ctypes.c_int

Argument = int | bytes | ctypes.c_void_p | None


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def syscall(number: int, *arguments: Argument) -> int:
    """A system call by number. Integers are passed as machine words, bytes as pointers to them."""
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *words), f"system call {number}")


def prctl(option: int, argument: int = 0) -> int:
    """prctl(2) with one argument; the unused ones are zero, as newer options demand."""
    rest = (ctypes.c_ulong(0),) * 3
    return _checked(_libc.prctl(option, ctypes.c_ulong(argument), *rest), f"prctl {option}")


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags), "unshare")


def fork() -> int:
    """The bare call: Python's own would run hooks and warn about threads."""
    return _checked(_libc.fork(), "fork")


def execve_without_arguments(path: bytes) -> int:
    """execve(2) with an argument list that cannot be read.

    A system that would allow it answers EFAULT, so that the process is not replaced by a success.
    """
    return _checked(_libc.execve(path, ctypes.c_void_p(1), None), "execve")
