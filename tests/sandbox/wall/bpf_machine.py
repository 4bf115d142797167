"""A classic BPF machine, written from the kernel's documentation and not from the wall's code."""

import struct
from collections.abc import Sequence

LD_ABS_W, JEQ, JGE, JSET, AND, RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06


def run(code: bytes, audit: int, number: int, arguments: Sequence[int] = ()) -> int:
    """What a filter answers to one system call. Every path must end inside the program."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack(
        "<iIQ6Q", struct.unpack("<i", struct.pack("<I", number))[0], audit, 0, *words
    )
    steps = list(struct.iter_unpack("=HBBI", code))
    accumulator, at = 0, 0
    while True:
        operation, if_true, if_false, operand = steps[at]
        at += 1
        if operation == RET:
            return int(operand)
        if operation == LD_ABS_W:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        elif operation == AND:
            accumulator &= operand
        elif operation == JEQ:
            at += if_true if accumulator == operand else if_false
        elif operation == JGE:
            at += if_true if accumulator >= operand else if_false
        elif operation == JSET:
            at += if_true if accumulator & operand else if_false
        else:
            raise AssertionError(f"unknown operation {operation:#x}")
