"""The product's whole path as its users walk it: two sealing commands, then a joint session."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measure
from desks import PARTIES, Desks, furnish
from measure import Spent

CLEANROOM = (sys.executable, "-m", "cleanroom")


@dataclass(frozen=True)
class Walked:
    """What each process took, and what the session said."""

    steps: dict[str, Spent]
    session: dict[str, Any]

    @property
    def spent(self) -> Spent:
        """All of it together."""
        return measure.together(list(self.steps.values()))


def walk(folder: Path, kind: str, a: Path, b: Path, pairs: int = 1) -> Walked:
    """Agree (not timed), then seal, seal, and hold the session, each as its own process."""
    desks = furnish(folder, kind, dict(zip(PARTIES, (a, b), strict=True)))
    steps = {f"seal {party}": _seal(desks, party) for party in PARTIES}
    command = measure.python("joint_session.py", folder, pairs)
    steps["session"] = measure.run("the joint session", command)
    return Walked(steps, json.loads(steps["session"].output))


def _seal(desks: Desks, party: str) -> Spent:
    command = [*CLEANROOM, "--quiet", "seal", str(desks.mapping(party))]
    command += ["--vault", str(desks.vault(party)), "--agreement", str(desks.agreement)]
    command += ["--out", str(desks.package(party))]
    command += ["--passphrase-file", str(desks.passphrase_file(party))]
    return measure.run(f"sealing {party}", command)


def help_command() -> Spent:
    """``cleanroom --help``."""
    return measure.run("cleanroom --help", [*CLEANROOM, "--help"])
