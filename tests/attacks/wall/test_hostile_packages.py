"""Hostile packages of a party that signed them, in real sessions: only their own worker is harmed.

The files are those of ``hostile_lies``. Here each is sealed, granted by its owner and opened.
"""

import os
import resource
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from child_processes import children
from engine_material import hand_grant, prepare, unpack_package
from hostile_lies import HEAVY, LIES
from hostile_parts import MOST_32, Make, page_for_each_row
from room_material import World, no_plan, one_part, shop, shop_rows

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.errors import CleanroomError, SandboxError
from cleanroom.sandbox.inside import ingest, parts, unpack
from cleanroom.sandbox.wall import limits
from cleanroom.session.hosting import JointSession

POLICY = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
MATCH = MatchQuestion(("platform", "brand"))
KINDS = {  # one of each way to fail
    "people": {
        "footer of 2147483647": LIES,
        f"rows {1 << 60}": LIES,
        "page 1 unpacks to 2147483647": LIES,
        "name surrogate": LIES,
        "100000 deep": LIES,
        "a page of a quarter": HEAVY,
    },
    "ids:email": {"chunk of -1": LIES, "ten thousand columns": LIES, "a cell of a gibibyte": HEAVY},
    "conversions": {"endless groups": LIES, "type double": LIES},
}
PATIENCE = 10.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = shop(tmp_path, policy=POLICY)
    yield made
    made.close()


def instead_of(table: str, make: Make) -> Callable[[str, pa.Table], Sequence[bytes]]:
    """One table's part is another file."""
    return lambda name, honest: [make(honest)] if name == table else one_part(name, honest)


def opened(world: World, session: JointSession, seen: list[int]) -> str:
    """The code with which an opening fails. The owners grant it, and by then the workers that will
    read the packages have the limits of their role.
    """

    def grant(owner: str, request: bytes) -> bytes:
        worker = session.room._ingest[owner]
        limit = resource.prlimit(worker.pid, resource.RLIMIT_AS)[0]
        assert limit <= limits.address_space(ingest.MEMORY_BYTES, os.cpu_count() or 1)
        seen.append(worker.pid)
        return hand_grant(world, owner, request)

    with pytest.raises(CleanroomError) as caught:
        session.open(grant, no_plan())
    return caught.value.code


@pytest.mark.slow
@pytest.mark.parametrize("table", KINDS)
def test_a_hostile_package_harms_nobody_else(table: str, world: World) -> None:
    """Refused with a code before anything is written down; every worker is gone; and the same
    host, which is this process, opens a session with good packages afterwards.
    """
    owner = "brand" if table == "conversions" else "platform"
    honest, before, told = world.packages[owner], children(), {}
    for which, catalogue in KINDS[table].items():
        make = instead_of(table, catalogue[which])
        world.seal(owner, shop_rows()[owner], alter=make)
        workers: list[int] = []
        with world.session() as session:
            told[which] = opened(world, session, workers)
        assert len(workers) == 2
        assert children() == before
        assert world.books().entries() == []
    assert told == dict.fromkeys(told, "trust.package_content")
    world.packages[owner] = honest
    with world.session() as session:
        session.open(world.grant, no_plan())
        assert session.ask("A01", MATCH).status == "released"
        world.settle(session.close())


def test_a_part_that_takes_too_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker says so in time and does not wait for the thread that is still at it."""
    make = instead_of("people", page_for_each_row(100))
    world.seal("platform", shop_rows()["platform"], alter=make)
    papers = prepare(world, grant=partial(hand_grant, world))
    assert unpack_package(papers, "platform")  # a good package, were it not for the time

    go_on, real = threading.Event(), parts.arrays

    def arrays(*given: Any) -> list[np.ndarray]:
        assert go_on.wait(PATIENCE)
        return real(*given)

    monkeypatch.setattr(unpack, "PART_SECONDS", 0.05)
    monkeypatch.setattr(parts, "arrays", arrays)
    began = time.monotonic()
    with pytest.raises(SandboxError) as caught:
        unpack_package(papers, "platform")
    assert caught.value.code == "sandbox.timeout"
    assert time.monotonic() - began < PATIENCE / 2
    go_on.set()


@pytest.mark.skipif(os.environ.get("ATTACKS") != "long", reason="takes a minute: make attacks")
def test_a_worker_that_takes_too_long(world: World) -> None:
    """The same with a real worker, the real time, and a file of 20 MB whose pages unpack to 600
    GiB one after the other.
    """
    honest = world.packages["platform"]
    make = instead_of("people", page_for_each_row(MOST_32))
    world.seal("platform", shop_rows()["platform"], alter=make)
    before, began = children(), time.monotonic()
    with world.session() as session:
        assert opened(world, session, []) == "sandbox.timeout"
    assert unpack.PART_SECONDS < time.monotonic() - began < 2 * unpack.PART_SECONDS
    assert children() == before
    world.packages["platform"] = honest
    with world.session() as session:
        session.open(world.grant, no_plan())
