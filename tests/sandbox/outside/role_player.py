"""A program in a role's place that plays steps from a file: it says what it was told to say.

Only the standard library, so that it starts at once. Steps are lists: ["send", base64 of bytes],
["receive"] a frame, ["flood", base64], ["linger"], ["spawn", file], ["deaf"],
["close"], ["die", signal], ["exit", code].
"""

import base64
import json
import os
import signal
import struct
import subprocess
import sys
import time

FOR_EVER = 3600


def read(count: int) -> bytes:
    """So many bytes, or all that come."""
    data = b""
    while len(data) < count:
        more = os.read(0, count - len(data))
        if not more:
            break
        data += more
    return data


def receive() -> None:
    """One whole frame."""
    (length,) = struct.unpack(">I", read(4).rjust(4, b"\0"))
    read(length)


def flood(data: str) -> None:
    """The same again and again."""
    while True:
        write(base64.b64decode(data))


def spawn(note: str) -> None:
    """A process of its own that does nothing for long; its number goes into a file."""
    child = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({FOR_EVER})"])
    with open(note, "w") as file:  # noqa: PTH123
        file.write(str(child.pid))


def deaf() -> None:
    """No signal that can be ignored is heard."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)


def write(data: bytes) -> None:
    """All of it, or the end."""
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


STEPS = {
    "send": lambda data: write(base64.b64decode(data)),
    "receive": receive,
    "flood": flood,
    "linger": lambda: time.sleep(FOR_EVER),
    "spawn": spawn,
    "deaf": deaf,
    "close": lambda: os.close(1),
    "die": lambda number: os.kill(os.getpid(), number),
    "exit": os._exit,
}

if __name__ == "__main__":
    with open(sys.argv[1]) as steps:  # noqa: PTH123
        for step, *given in json.load(steps):
            STEPS[step](*given)
