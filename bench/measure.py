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
_PROCESSORS = Path("/proc/stat")


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


@dataclass(frozen=True)
class Moment:
    """When it was, and how long all processors together have been busy since the start of Linux,
    and how long the processes that this one has waited for; seconds."""

    at: float
    busy: float
    own: float

    @classmethod
    def now(cls) -> "Moment":
        """This moment; elsewhere than on Linux nothing is known of others."""
        own = os.times()
        used = own.user + own.system + own.children_user + own.children_system
        busy = used
        if sys.platform == "linux":
            user, nice, system, _, _, *rest = _PROCESSORS.read_text().split()[1:8]
            busy = sum(map(int, (user, nice, system, *rest))) / os.sysconf("SC_CLK_TCK")
        return cls(time.perf_counter(), busy, used)

    def others(self) -> float:
        """Since then, the share of all processors' time that other programs took, 0 to 1."""
        new = Moment.now()
        foreign = (new.busy - self.busy) - (new.own - self.own)
        return max(0.0, foreign) / ((new.at - self.at) * (os.cpu_count() or 1))


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
