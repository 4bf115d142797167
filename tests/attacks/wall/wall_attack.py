"""What an attack is: something a worker must not be able to do, tried for real.

An attack returns if it worked and raises if it was refused. Where the process may fork, each one
runs in a child of its own, so that what it changes does not help the next one.
"""

import ctypes
import errno
import os
import select
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

WORKED = "worked"
PATIENCE_MS = 10_000

World = dict[str, Any]
"""What the test put outside the wall: paths, ports and process ids."""

ANYBODY = "anybody"
TRACER = "whoever may trace"
VARIES = "varies with the kernel's settings"


@dataclass(frozen=True)
class Attack:
    """``control``: who succeeds without the wall. ``engine``: needs DuckDB and its like.
    ``inline``: cannot run in a child. ``lethal``: the wall kills for it in every mode."""

    run: Callable[[World], None]
    control: str
    engine: bool = False
    inline: bool = False
    lethal: bool = False


ATTACKS: dict[str, Attack] = {}


def attack(
    control: str = ANYBODY, *, engine: bool = False, inline: bool = False, lethal: bool = False
) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Enter an attack into the suite under its function's name."""

    def enter(run: Callable[[World], None]) -> Callable[[World], None]:
        ATTACKS[run.__name__] = Attack(run, control, engine, inline or engine, lethal)
        return run

    return enter


libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def syscall(number: int, *arguments: Any) -> int:
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return checked(libc.syscall(ctypes.c_long(number), *words))


def checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def outcome(run: Callable[[World], None], world: World) -> str:
    try:
        run(world)
    except OSError as error:
        return f"refused: {errno.errorcode.get(error.errno or 0, type(error).__name__)}"
    except Exception as error:  # noqa: BLE001 - a library's own error is a refusal too
        return f"refused: {type(error).__name__}"
    return WORKED


def attempt(name: str, world: World) -> str:
    """Run one attack; what became of it."""
    one = ATTACKS[name]
    if one.inline:
        return attempt_inline(name, world)
    reader, writer = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        return attempt_inline(name, world)
    if child == 0:
        os.close(reader)
        os.write(writer, outcome(one.run, world | {"answer": writer}).encode())
        os._exit(0)
    os.close(writer)
    ready = select.poll()
    ready.register(reader, select.POLLIN | select.POLLHUP)
    answer = os.read(reader, 200).decode() if ready.poll(PATIENCE_MS) else "refused: no answer"
    os.close(reader)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return answer or "refused: ended"


def attempt_inline(name: str, world: World) -> str:
    return outcome(ATTACKS[name].run, world)


def suite(*, engine: bool) -> list[str]:
    """The attacks that one worker can survive, by name."""
    return [name for name, one in ATTACKS.items() if not one.lethal and one.engine <= engine]
