"""Proofs of walls that this machine does not have, and how the tests read a list of checks."""

from collections.abc import Iterable

from cleanroom.sandbox import messages
from cleanroom.sandbox.wall import SelfTest
from cleanroom.sandbox.wall.linux import probes
from cleanroom.session.selftest import Check
from cleanroom.trust import grant

LAYERS = ("attributes", "limits", "namespaces", "landlock_code", "seccomp_kill")


def proof(level: int = 3, provider: str = "linux", **changed: str) -> SelfTest:
    """A proof of a Linux wall; ``changed``: other answers of some probes."""
    answers = {**dict.fromkeys(probes.ALL, "refused"), **changed}
    return SelfTest(provider, level, dict.fromkeys(LAYERS, "on"), answers)


NOT_ENFORCED = SelfTest(
    "separate-process",
    0,
    dict.fromkeys(("files", "network", "system_calls"), "off: no isolation for this system"),
    {"open_outside": "possible", "connect": "possible"},
)
GOOD_DATABASE = messages.DatabaseTrial(True, True, True, True)
GOOD_NOISE = (
    messages.NoiseTrial(3, 2000, -4, 2961, ()),
    messages.NoiseTrial(300, 2000, -583, 301500, ()),
)


def proved(**changed: object) -> messages.Proved:
    """The answer of a sound engine."""
    told = grant.SelfTest("linux", 3, {"landlock_code": "on"}, {"connect": "refused"})
    fields = {"self_test": told, "database": GOOD_DATABASE, "noise": GOOD_NOISE, **changed}
    return messages.Proved(**fields)  # type: ignore[arg-type]


def by_name(checks: Iterable[Check]) -> dict[str, Check]:
    """Every check by its name, which no two have in common."""
    listed = list(checks)
    found = {check.name: check for check in listed}
    assert len(found) == len(listed)
    return found


def statuses(checks: Iterable[Check]) -> dict[str, str]:
    """Name -> how it ended."""
    return {name: str(check.status) for name, check in by_name(checks).items()}
