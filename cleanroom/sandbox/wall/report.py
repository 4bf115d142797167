"""The self-test's result, and the ladder of levels that follows from it.

Level 3, full: no network, files or programs, twice over; other programs of this user cannot look
in. Level 2, strong: the same with fewer layers. Level 1, partial: some accesses are not blocked by
the system. Level 0, separate process only: not enforced by the operating system.
"""

import enum
from collections.abc import Set
from typing import Annotated

import msgspec

from cleanroom.errors import SandboxError

ON = "on"
REFUSED = "refused"
POSSIBLE = "possible"

NO_LEVEL, PARTIAL, STRONG, FULL = range(4)

_Name = Annotated[str, msgspec.Meta(max_length=40)]
_Answer = Annotated[str, msgspec.Meta(max_length=120)]
_Answers = Annotated[dict[_Name, _Answer], msgspec.Meta(max_length=40)]


def off(reason: str) -> str:
    """What ``layers`` says of a layer that is not there."""
    return f"off: {reason}"[:120]


class SelfTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the wall proved of itself. Strings and integers only: it goes into signed records.

    ``layers`` maps a layer to ``on`` or ``off: <reason>``; ``probes`` maps something that the
    worker tried after the lock-down to ``refused``, ``possible`` or ``possible (<errno>)``.
    """

    provider: _Name
    level: Annotated[int, msgspec.Meta(ge=NO_LEVEL, le=FULL)]
    layers: _Answers
    probes: _Answers

    def require(self, needed: int) -> None:
        """Refuse to go on below the level an agreement asks for. Raises sandbox.isolation."""
        if self.level < needed:
            raise SandboxError("sandbox.isolation", level=self.level, needed=needed)


class Proof(enum.Enum):
    """What an attempt or a read-back showed; a layer that was merely asked for proves nothing."""

    HARDENED = "no new privileges, no capability, no core dump, not dumpable, not traced"
    OWN_NETWORK = "the process has a network of its own, without interfaces"
    FILES = "a file that could be opened before is refused by Landlock"
    TCP = "a connection is refused by Landlock"
    CALLS = "system calls are refused by seccomp"
    CONFINED = "every probe was refused"


def level(proved: Set[Proof]) -> int:
    """The rung of the ladder that the proofs carry."""
    if proved >= {Proof.HARDENED, Proof.FILES, Proof.CALLS, Proof.CONFINED}:
        return FULL if proved >= {Proof.OWN_NETWORK, Proof.TCP} else STRONG
    return PARTIAL if proved & {Proof.FILES, Proof.CALLS, Proof.OWN_NETWORK} else NO_LEVEL
