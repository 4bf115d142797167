"""Runs commands the way people do, in processes of their own, and looks at all that they print."""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from cleanroom import errors, text

# Stands in every passphrase and raw identifier of these tests, and may be printed by nothing.
CANARY = "canary"
PATIENCE = 100.0  # seconds until a command hangs; nothing here needs more than a few
_LOOK_SECONDS = 0.02
COMMAND = (sys.executable, "-m", "cleanroom")


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def records(self) -> list[dict[str, Any]]:
        """Standard output of ``--json``: every line is one object."""
        return objects(self.out)

    def record(self) -> dict[str, Any]:
        """All objects of ``--json`` as one."""
        return {key: value for record in self.records() for key, value in record.items()}


def objects(printed: str) -> list[dict[str, Any]]:
    """One JSON object per line and nothing else."""
    found = [json.loads(line) for line in printed.splitlines()]
    assert all(isinstance(one, dict) for one in found)
    return found


def run(folder: Path, *arguments: object, code: int | None = 0, **popen: Any) -> Ran:
    """Run a command to its end in ``folder``. ``code`` None: any exit code will do."""
    with started(folder, *arguments, **popen) as process:
        return ended(process, code)


@contextmanager
def started(folder: Path, *arguments: object, **popen: Any) -> Iterator[subprocess.Popen[str]]:
    """A command that is running. It has no terminal, and nothing of it is left afterwards."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        stdin=popen.pop("stdin", subprocess.DEVNULL),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        **popen,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], code: int | None = 0, read: str = "") -> Ran:
    """Wait for the end. ``read``: standard error that the test has already taken."""
    out, err = process.communicate(timeout=PATIENCE)
    ran = Ran(process.returncode, out, read + err)
    printed = ran.out + ran.err
    assert "Traceback" not in printed, printed
    assert CANARY not in printed.casefold(), printed
    assert code is None or ran.code == code, printed
    return ran


def refused(folder: Path, why: str, *arguments: object, **popen: Any) -> Ran:
    """Run a command that has to end with the error ``why``."""
    ran = run(folder, *arguments, code=exit_code(why), **popen)
    explained(ran, why)
    return ran


def exit_code(why: str) -> int:
    """The documented exit code of an error."""
    area = why.partition(".")[0]
    return next(kind.exit_code for kind in errors.TREE if kind.area == area)


def explained(ran: Ran, why: str, language: str = "en") -> None:
    """The last line on standard error is the three sentences of the error, filled in."""
    last = ran.err.splitlines()[-1]
    sentences = text.sentences(language)
    parts = [_pattern(sentences[f"errors.{why}.{part}"]) for part in ("what", "safe", "do")]
    assert re.fullmatch(" ".join(parts) + re.escape(f" [{why}]"), last), ran.err
    assert "…" not in last


def _pattern(sentence: str) -> str:
    pieces = Formatter().parse(sentence)
    return "".join(re.escape(text) + ("" if name is None else ".+") for text, name, *_ in pieces)


def secret_file(path: Path, name: str) -> Path:
    """A passphrase file. The passphrase holds the canary."""
    path.write_bytes(passphrase(name) + b"\n")
    return path


def passphrase(name: str) -> bytes:
    """The passphrase of somebody's vault."""
    return f"{CANARY} sings for {name}".encode()


def read_until(process: subprocess.Popen[str], mark: str) -> str:
    """Standard error up to and with the first line that has ``mark`` in it."""
    read = ""
    while line := read_to(process, "\n"):
        read += line
        if mark in line:
            return read
    raise AssertionError(f"ended without {mark!r}: {read}")


def read_to(process: subprocess.Popen[str], end: str) -> str:
    """Standard error as far as ``end``, and not a byte more, which others would miss."""
    assert process.stderr is not None
    read = b""
    while not read.endswith(end.encode()):
        byte = os.read(process.stderr.fileno(), 1)
        if not byte:
            break
        read += byte
    return read.decode()


def wait_until(process: subprocess.Popen[str], seen: Callable[[], object]) -> None:
    """Wait for something that a running command does."""
    for _ in range(round(PATIENCE / _LOOK_SECONDS)):
        if seen():
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)
            raise AssertionError("ended before")
    raise AssertionError("waited in vain")


def stop(process: subprocess.Popen[str], number: int = signal.SIGINT) -> None:
    """What Ctrl-C in a terminal does to the command."""
    os.kill(process.pid, number)


def workers(process: subprocess.Popen[str]) -> dict[int, str]:
    """Every process below a running command: its id, and its command line."""
    parents = dict(_processes())
    below: set[int] = {process.pid}
    while grown := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= grown
    return {pid: _command_line(pid) for pid in below - {process.pid}}


def _processes() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:  # it has ended since
                continue
            yield int(folder.name), int(stat.rpartition(")")[2].split()[1])


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def still_running(pids: Sequence[int] | dict[int, str]) -> list[int]:
    """Those that have not ended. A zombie has: it is the kernel's note about it."""
    states = {pid: _state(pid) for pid in pids}
    return [pid for pid, state in states.items() if state not in ("", "Z", "X")]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def gone(pids: dict[int, str]) -> None:
    """Wait until processes have ended that nobody waits for."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            assert select.select([descriptor], [], [], PATIENCE)[0], pids[pid]
        finally:
            os.close(descriptor)
