"""Runs one process and says what it took."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MB = 1 << 10  # ru_maxrss is in KiB
_SHOWN = 4000


class Broken(SystemExit):
    """A measured process failed, or an answer was wrong: there is nothing to compare."""


@dataclass(frozen=True)
class Spent:
    """Seconds of wall and CPU, and MiB of the largest process among it and all it waited for."""

    wall: float
    cpu: float
    peak_mb: int
    output: str = ""


def run(name: str, command: Sequence[str]) -> Spent:
    """Run a command to its end. Raises ``Broken`` with the end of its error output."""
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        )
        assert process.stdout is not None
        output = process.stdout.read().decode()
        process.stdout.close()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace")[-_SHOWN:]
            raise Broken(f"{name} ended with {process.returncode}\n{said}")
    return Spent(wall, used.ru_utime + used.ru_stime, used.ru_maxrss // _MB, output)


def python(script: str, *arguments: object) -> list[str]:
    """The command that runs a script of this folder."""
    return [sys.executable, str(Path(__file__).with_name(script)), *map(str, arguments)]


def median(runs: Sequence[Spent]) -> Spent:
    """Median wall and CPU of several runs, and the largest peak."""
    return Spent(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        max(run.peak_mb for run in runs),
    )
