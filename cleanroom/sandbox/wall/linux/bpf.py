"""Classic BPF, as far as a system call filter needs it (linux/filter.h, linux/seccomp.h).

A filter is a list of instructions; :func:`when` and :func:`one_of` make blocks that can be
concatenated because every block either returns or falls through to the next.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

LOAD_WORD = 0x20
JUMP_IF_EQUAL = 0x15
JUMP_IF_AT_LEAST = 0x35
JUMP_IF_ANY_BIT = 0x45
AND = 0x54
RETURN = 0x06

# struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6] (little endian)
OFFSET_NUMBER = 0
OFFSET_ARCHITECTURE = 4
OFFSET_ARGUMENTS = 16
ARGUMENT_BYTES = 8

RET_ALLOW = 0x7FFF0000
RET_KILL_PROCESS = 0x80000000
RET_ERRNO = 0x00050000


class Instruction(NamedTuple):
    """``jump_true`` and ``jump_false`` count instructions to leave out."""

    code: int
    operand: int
    jump_true: int = 0
    jump_false: int = 0


Block = list[Instruction]


def encode(block: Block) -> bytes:
    return b"".join(
        struct.pack("=HBBI", step.code, step.jump_true, step.jump_false, step.operand)
        for step in block
    )


def refuse(errno: int) -> int:
    """The action that makes a call fail with an error instead of running it."""
    return RET_ERRNO | errno


def finish(action: int) -> Block:
    return [Instruction(RETURN, action)]


def load(offset: int) -> Block:
    return [Instruction(LOAD_WORD, offset)]


def load_argument(position: int) -> Block:
    """The low half: the kernel reads no more of the arguments that are checked here."""
    return load(OFFSET_ARGUMENTS + ARGUMENT_BYTES * position)


def when(value: int, then: Block) -> Block:
    """Run ``then``, which must return, if the loaded word equals ``value``."""
    return [Instruction(JUMP_IF_EQUAL, value, 0, len(then)), *then]


def unless(value: int, then: Block) -> Block:
    return [Instruction(JUMP_IF_EQUAL, value, len(then), 0), *then]


def when_at_least(value: int, then: Block) -> Block:
    return [Instruction(JUMP_IF_AT_LEAST, value, 0, len(then)), *then]


def when_any_bit(bits: int, then: Block) -> Block:
    return [Instruction(JUMP_IF_ANY_BIT, bits, 0, len(then)), *then]


def mask(bits: int) -> Block:
    return [Instruction(AND, bits)]


def one_of(position: int, values: Iterable[int], otherwise: int) -> Block:
    """Allow the call if an argument has one of these values, else ``otherwise``."""
    allow = finish(RET_ALLOW)
    tests = [step for value in values for step in when(value, allow)]
    return [*load_argument(position), *tests, *finish(otherwise)]
