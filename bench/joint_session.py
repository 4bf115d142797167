"""The host's part of the product, timed from inside: joint_session.py FOLDER [PAIRS].

Opens both vaults, starts the sandbox, grants, opens and matches, asks the overlap and then one
profile for each pair of columns, closes and settles. Prints one JSON object: seconds of each stage,
the engine's milliseconds of each answer, the largest process of each kind, and what was released.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baselines import PAIRS
from desks import PARTIES, Desks

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import AttributeQuestion, MatchQuestion, Question
from cleanroom.disclosure.release import Release
from cleanroom.session import granting, identities
from cleanroom.session.books import HostBooks
from cleanroom.session.hosting import JointSession, PlannedCost
from cleanroom.trust.agreement_rules import read_checked


class Clock:
    """Seconds of each stage, one after another."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.stages: dict[str, float] = {}

    def done(self, stage: str) -> None:
        """A stage ended now."""
        now = time.perf_counter()
        self.stages[stage] = self.stages.get(stage, 0.0) + now - self._last
        self._last = now


def peak_mb(pid: int) -> int:
    """Largest resident memory that a running process has had, MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) >> 10
    return 0


def question(mine: str, theirs: str) -> Question:
    """People of both by one column of each."""
    first, second = PARTIES
    return AttributeQuestion(PARTIES, (f"{first}.people.a_{mine}", f"{second}.people.a_{theirs}"))


def shown(asked: Question, release: Release, catalogue: Catalogue) -> dict[str, Any]:
    """A release with the labels of its cells."""
    if release.status != "released" or release.replayed:
        raise SystemExit(f"not a new answer: {release.status} {release.reason}")
    wanted = shape(canonical(asked, catalogue), catalogue)
    (vector,) = release.vectors
    return {
        "dimensions": wanted.dimensions,
        "cells": list(zip(wanted.cells, vector.values, strict=True)),
        "sigma": vector.sigma,
        "rounding": vector.rounding,
    }


def main(folder: Path, pairs: int) -> dict[str, Any]:
    """One joint session."""
    clock = Clock()
    desks = Desks(folder)
    signed = read_checked(desks.agreement.read_bytes())
    catalogue = signed.agreement.catalogue()
    vaults = {party: desks.open(party) for party in PARTIES}
    host = vaults[PARTIES[0]]
    clock.done("vaults")

    def report(stage: str, _done: int, _total: int) -> None:
        if stage == "grants":
            clock.done("start")
        elif stage == "match":
            clock.done("ingest")

    def grant(owner: str, request: bytes) -> bytes:
        return granting.grant(vaults[owner], signed, request, datetime.now(UTC))

    packages = {party: desks.package(party) for party in PARTIES}
    books = HostBooks(host, signed)
    with JointSession(books, identities.load(host), signed, packages, report) as session:
        clock.done("check")
        opened = session.open(grant, PlannedCost())
        clock.done("match")
        asked: list[tuple[str, Question]] = [("A01", MatchQuestion(PARTIES))]
        asked += [("A03", question(*pair)) for pair in PAIRS[:pairs]]
        answers = []
        for analysis, one in asked:
            answers.append(shown(one, session.ask(analysis, one), catalogue))
            clock.done(f"ask {analysis}")
        engine_mb = peak_mb(session.room.engine.pid)
        for owner, receipt in session.close().items():
            granting.import_receipt(vaults[owner], signed, receipt)
    for vault in vaults.values():
        vault.close()
    clock.done("close")
    return {
        "stages": clock.stages,
        "level": opened.level,
        "engine_ms": opened.engine_ms,
        "answer_ms": opened.answer_ms,
        "engine_mb": engine_mb,
        "answers": answers,
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)))
