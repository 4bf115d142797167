"""The product's whole path as its users walk it: two sealing commands, then a joint session.

Both parties seal at the same time, as they would at their own desks; here they share one machine.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measure
from desks import PARTIES, Desks, furnish
from measure import Spent

CLEANROOM = (sys.executable, "-m", "cleanroom")
UNWALLED = str(Path(__file__).with_name("unwalled.py"))


@dataclass(frozen=True)
class Walked:
    """What all of it took, each process of it, and what the session said."""

    spent: Spent
    steps: dict[str, Spent]
    session: dict[str, Any]


def walk(
    folder: Path, kind: str, a: Path, b: Path, pairs: int = 1, *, walled: bool = True
) -> Walked:
    """Agree (not timed), then seal and hold the session, each as a process of its own.

    ``walled``: False starts the workers without their wall, to see what it costs.
    """
    files = dict(zip(PARTIES, (a, b), strict=True))
    desks = furnish(folder, kind, files, min_isolation=-1 if walled else 0)
    began = time.perf_counter()
    with ThreadPoolExecutor(len(PARTIES)) as both:
        sealed = list(both.map(lambda party: _seal(desks, party, walled), PARTIES))
    script = measure.python("joint_session.py", folder, pairs)
    session = measure.run("the session", script if walled else [script[0], UNWALLED, *script[1:]])
    wall = time.perf_counter() - began
    runs = [*sealed, session]
    spent = Spent(wall, sum(run.cpu for run in runs), max(run.peak_mb for run in runs))
    steps = {f"seal {party}": run for party, run in zip(PARTIES, sealed, strict=True)}
    return Walked(spent, {**steps, "session": session}, json.loads(session.output))


def _seal(desks: Desks, party: str, walled: bool) -> Spent:
    program = CLEANROOM if walled else (sys.executable, UNWALLED, "cleanroom")
    command = [*program, "--quiet", "seal", str(desks.mapping(party))]
    command += ["--vault", str(desks.vault(party)), "--agreement", str(desks.agreement)]
    command += ["--out", str(desks.package(party))]
    command += ["--passphrase-file", str(desks.passphrase_file(party))]
    return measure.run(f"sealing {party}", command)


def help_command() -> Spent:
    """``cleanroom --help``."""
    return measure.run("cleanroom --help", [*CLEANROOM, "--help"])
