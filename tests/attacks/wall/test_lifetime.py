"""A worker ends with its parent, and is closed to others while it lives."""

import os
import select
import signal
from pathlib import Path

import pytest
import wall_lab
from wall_lab import Lab

EXIT_ORPHANED = 3
ENDED_WITHIN_MS = 5_000


def test_a_worker_dies_with_its_parent(lab: Lab, strong: None) -> None:
    running = lab.start(deny="kill", linger=True)
    try:
        worker = running.until("worker")
        assert running.until("done"), "the worker never got ready"
        handle = os.pidfd_open(worker)
        running.process.send_signal(signal.SIGKILL)
        ended = select.poll()
        ended.register(handle, select.POLLIN)
        assert ended.poll(ENDED_WITHIN_MS), "the worker outlived its parent"
        os.close(handle)
    finally:
        wall_lab.finish(running)


def test_a_worker_that_was_orphaned_at_once_ends(own_lab: Lab) -> None:
    answers = own_lab.run(claimed_parent=1)
    assert answers.of("exit") == EXIT_ORPHANED
    assert answers.of("report") is None


def test_a_worker_has_no_core_dump_and_no_secret_in_view(lab: Lab, strong: None) -> None:
    running = lab.start(deny="kill", linger=True)
    try:
        worker = Path("/proc", str(running.until("worker")))
        assert running.until("done"), "the worker never got ready"
        core = next(x for x in (worker / "limits").read_text().splitlines() if "core" in x)
        assert core.split()[4:6] == ["0", "0"]
        assert lab.world["secret"] not in (worker / "cmdline").read_text()
    finally:
        wall_lab.finish(running)


def test_a_traced_worker_is_not_hardened(own_lab: Lab, strong: None, may_trace: bool) -> None:
    """Whoever attached before the wall was there stays: the level must not hide it."""
    if not may_trace:
        pytest.skip("this account may not trace")
    answers = own_lab.run(trace_worker=True)
    assert answers.of("failed") is None
    assert answers.of("report")["level"] == 1
    assert own_lab.run().of("report")["level"] >= 2


def test_a_path_that_came_late_is_a_programming_error(own_lab: Lab, strong: None) -> None:
    answers = own_lab.run(late_path=own_lab.world["outside"])
    assert answers.of("exit") == 1
    assert "enclose_code has to name" in answers.of("stderr")
