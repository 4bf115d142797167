"""All trials, one after the other; one that breaks down is a failed check and no crash."""

import time
from collections.abc import Callable
from importlib import import_module

from cleanroom.errors import CleanroomError
from cleanroom.session.selftest.outcome import PARTS, Check, Outcome, Status

Report = Callable[[str, int, int], None]  # part, done, total (0: unknown)
TRIALS = ("wall", "engine", "vault", "ciphers", "fonts", "versions")
"""Modules beside this one. Each is imported when its turn comes, so that a library that cannot even
be loaded is a failed check, too."""


def run(report: Report) -> Outcome:
    """Try everything. Raises nothing that a trial could raise."""
    began = time.monotonic()
    checks: list[Check] = []
    for done, name in enumerate(TRIALS):
        report(name, done, len(TRIALS))
        checks += _tried(name)
    checks.sort(key=lambda check: PARTS.index(check.part))
    return Outcome(tuple(checks), time.monotonic() - began)


def _tried(name: str) -> list[Check]:
    try:
        found: list[Check] = import_module(f"{__package__}.{name}").trial()
    except CleanroomError as error:
        return [Check(name, "all", Status.FAILED, error=error)]
    except Exception as error:  # noqa: BLE001 - whatever is broken here is what the table is for
        facts: dict[str, str | int] = {"kind": type(error).__name__}
        return [Check(name, "all", Status.FAILED, "unexpected", facts)]
    return found
