"""Closing and locking take less than a second, and no worker is left: with it go keys and rows."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from child_processes import children
from room_material import World, no_plan, shop

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.session import granting
from cleanroom.session.hosting import CLOSING_SECONDS, JointSession

pytestmark = pytest.mark.slow

POLICY = Policy("threshold", min_match=0, answer_quantum_ms=0)
MATCH = MatchQuestion(("platform", "brand"))
A_SECOND = 1.0
TRIES = 3


@pytest.fixture
def world(tmp_path: Path, strong: None) -> Iterator[World]:
    made = shop(tmp_path, policy=POLICY)
    yield made
    made.close()


def timed(world: World, end: Callable[[JointSession], object]) -> float:
    """Seconds to end a session that has answered, after which nothing of it may run."""
    before = children()
    with world.session() as session:
        session.open(world.grant, no_plan())
        session.ask("A01", MATCH)
        started = children() - before
        assert session.room.engine.pid in started
        began = time.monotonic()
        end(session)
        seconds = time.monotonic() - began
        assert children() == before
        assert not any(Path(f"/proc/{pid}").exists() for pid in started)
    for owner, vault in world.vaults.items():
        if owner in session.receipts():
            granting.import_receipt(vault, world.signed, session.receipts()[owner])
        granting.accept_loss(vault, world.signed.agreement.id)
    return seconds


def best(world: World, end: Callable[[JointSession], object]) -> float:
    """The shortest of up to three tries: on a busy machine one may have to wait for its turn."""
    shortest = timed(world, end)
    for _ in range(TRIES - 1):
        if shortest < A_SECOND:
            break
        shortest = min(shortest, timed(world, end))
    return shortest


def test_closing_takes_less_than_a_second(world: World) -> None:
    assert best(world, lambda session: session.close()) < A_SECOND


def test_locking_takes_less_than_a_second(world: World) -> None:
    """Also without a word to the owners before; their receipts are there nevertheless."""
    assert best(world, lambda session: session.abandon()) < A_SECOND


def test_an_engine_that_does_not_answer_is_gone_all_the_same(world: World) -> None:
    """It gets its second for the closing statement, and no more."""

    def end(session: JointSession) -> None:
        os.kill(session.room.engine.pid, signal.SIGSTOP)
        session.abandon()
        assert session.receipts() == {}

    assert CLOSING_SECONDS <= timed(world, end) < CLOSING_SECONDS + 2
