"""The locked role processes, started as for real work and asked what their walls proved."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cleanroom.errors import SandboxError
from cleanroom.prepare import worker
from cleanroom.report import render
from cleanroom.sandbox import messages, wall
from cleanroom.sandbox.outside.process import RoleProcess
from cleanroom.trust import grant
from cleanroom.wire import Failed

SECONDS = 30.0  # a worker takes less than one; then it hangs

Proof = wall.SelfTest | grant.SelfTest


def can_start() -> bool:
    """On Windows the launcher of workers still needs its port."""
    return sys.platform != "win32"


def engine() -> Proof:
    """The role that sees the rows of all parties. Raises ``sandbox.*``."""
    return _ready("engine")


def ingest() -> Proof:
    """The role that opens one package. Raises ``sandbox.*``."""
    return _ready("ingest")


def _ready(role: str) -> Proof:
    """Told as at every opening, with the keys that nobody will use."""
    with RoleProcess(role, inside=True) as process:
        ready: messages.Ready = process.receive(messages.Ready | Failed, SECONDS)
        return ready.self_test


def prepare() -> Proof:
    """The role that reads a party's own files. Raises ``sandbox.*``."""
    with (
        tempfile.TemporaryDirectory(prefix="cleanroom-") as made_up,
        RoleProcess("prepare", inside=False) as process,
    ):
        process.send(worker.Paths((), (str(Path(made_up).resolve()),), prove=True))
        proven: worker.Proven = process.receive(worker.Proven | Failed, SECONDS)
        return proven.self_test


def draw() -> Proof:
    """The role that draws charts. Raises ``sandbox.*``."""
    with RoleProcess("render", inside=False) as process:
        process.send(render.Prove())
        proven: render.Proven = process.receive(render.Proven | Failed, SECONDS)
        return proven.self_test


OTHERS: dict[str, Callable[[], Proof]] = {"ingest": ingest, "prepare": prepare, "render": draw}
"""Beside the engine, whose attempts are shown one by one."""


def trials() -> messages.Proved:
    """What the engine's libraries did behind its wall. Raises ``sandbox.*``."""
    with RoleProcess("selftest", inside=True) as process:
        proved: messages.Proved = process.receive(messages.FromTrials, SECONDS)
    if tuple(trial.sigma for trial in proved.noise) != messages.TRIAL_SIGMAS:
        raise SandboxError("sandbox.lied")
    return proved
