"""The self-test's trials of the engine's database: they hold, and see what does not."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from cleanroom.sandbox import messages
from cleanroom.sandbox.inside import database, trials

HOLDS = messages.DatabaseTrial(True, True, True, True)


def test_the_engines_database_holds() -> None:
    assert trials.try_database() == HOLDS


def unlocked(memory_mb: int, threads: int) -> Any:
    """A database as it comes."""
    del memory_mb, threads
    return duckdb.connect(":memory:")


def half_locked(memory_mb: int, threads: int) -> Any:
    """Files are shut out, but the settings stay open."""
    connection = unlocked(memory_mb, threads)
    connection.execute("SET enable_external_access = false").fetchall()
    return connection


@pytest.mark.parametrize(
    ("connect", "seen"),
    [
        (unlocked, messages.DatabaseTrial(True, False, False, False)),
        (half_locked, messages.DatabaseTrial(True, True, True, False)),
    ],
)
def test_an_open_database_is_seen(
    monkeypatch: pytest.MonkeyPatch,
    connect: Callable[[int, int], Any],
    seen: messages.DatabaseTrial,
) -> None:
    monkeypatch.setattr(database, "connect", connect)
    assert trials.try_database() == seen


@pytest.mark.parametrize(
    "answer", [[], [(1000, 2997000, 2996999)], [(999, 2997000, 2997000)], [(1000, 2997000, None)]]
)
def test_a_wrong_join_is_seen(
    monkeypatch: pytest.MonkeyPatch, answer: list[tuple[int | None, ...]]
) -> None:
    monkeypatch.setattr(database, "rows", lambda *_: answer)
    assert not trials.try_database().joined
