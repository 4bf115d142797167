"""The wall: what every role's process proved of its own, in words."""

from concurrent.futures import ThreadPoolExecutor

from cleanroom.errors import SandboxError
from cleanroom.sandbox.wall.report import FULL, NO_LEVEL, ON, REFUSED, STRONG
from cleanroom.sandbox.wall.separate import SeparateProcess
from cleanroom.session.selftest import workers
from cleanroom.session.selftest.outcome import Check, Status
from cleanroom.session.selftest.workers import Proof

ATTEMPTS = ("connect", "open_outside", "exec", "fork", "ptrace")
"""Shown one by one; what else was tried is counted."""


def trial() -> list[Check]:
    """Start every role and look at its proof. One that does not come up is a failed check."""
    if not workers.can_start():
        return [_level(NO_LEVEL, expected=False)]
    proofs: dict[str, Proof] = {}
    silent: list[Check] = []
    provers = {"engine": workers.engine, **workers.OTHERS}
    with ThreadPoolExecutor(len(provers)) as pool:  # a worker lives as long as its thread
        asked = {role: pool.submit(prove) for role, prove in provers.items()}
    for role, answer in asked.items():
        try:
            proofs[role] = answer.result()
        except SandboxError as error:
            silent.append(Check("wall", role, Status.FAILED, error=error))
    checks: list[Check] = []
    if proofs:
        lowest = min(proofs.values(), key=lambda proof: proof.level)
        checks.append(_level(lowest.level, expected=has_wall(lowest)))
    if "engine" in proofs:
        checks += _attempts(proofs["engine"])
    checks += [role_check(role, proofs[role]) for role in workers.OTHERS if role in proofs]
    return checks + silent


def has_wall(proof: Proof) -> bool:
    """Whether the program has a wall for this system: then it must hold. Else hosting is refused,
    which is no fault."""
    return proof.provider != SeparateProcess.name


def _graded(level: int, expected: bool) -> Status:
    if level >= STRONG:
        return Status.OK
    return Status.FAILED if expected else Status.WARNING


def _level(level: int, *, expected: bool) -> Check:
    status = _graded(level, expected)
    advice = {Status.OK: "", Status.FAILED: "wall", Status.WARNING: "hosting"}[status]
    facts = {"level": level, "most": FULL}
    return Check("wall", "level", status, f"level_{level}", facts, advice)


def _attempts(proof: Proof) -> list[Check]:
    """The engine's attempts, and which layers it is without."""
    checks = [_attempt(proof, name) for name in ATTEMPTS]
    others = {name: said for name, said in proof.probes.items() if name not in ATTEMPTS}
    if others:
        refused = sum(said == REFUSED for said in others.values())
        status = _status(refused == len(others), proof)
        facts = {"refused": refused, "tried": len(others)}
        checks.append(Check("wall", "others", status, "counted", facts))
    off = [f"{name} ({said})" for name, said in proof.layers.items() if said != ON]
    if off:
        checks.append(
            Check("wall", "layers", Status.WARNING, "layers_off", {"layers": ", ".join(off)})
        )
    else:
        checks.append(Check("wall", "layers", Status.OK, "layers_on", {"count": len(proof.layers)}))
    return checks


def _attempt(proof: Proof, name: str) -> Check:
    answer = proof.probes.get(name)
    if answer is None:
        return Check("wall", name, Status.WARNING, "not_tried")
    if answer == REFUSED:
        return Check("wall", name, Status.OK, "refused")
    return Check("wall", name, _status(False, proof), "possible", {"answer": answer})


def _status(good: bool, proof: Proof) -> Status:
    if good:
        return Status.OK
    return Status.FAILED if has_wall(proof) else Status.WARNING


def role_check(role: str, proof: Proof) -> Check:
    """One line about the wall of a role."""
    refused = sum(said == REFUSED for said in proof.probes.values())
    facts = {"level": proof.level, "refused": refused, "tried": len(proof.probes)}
    return Check("wall", role, _graded(proof.level, has_wall(proof)), "role", facts)
