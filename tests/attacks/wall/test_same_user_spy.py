"""Another program of the same user looks in: it sees a plain process, and not a walled one."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import wall_lab
from wall_lab import Account, Lab, Running

SPY = Path(__file__).with_name("wall_spy.py")
WAYS = {"memory", "environment", "mappings", "descriptors", "process_vm_readv", "ptrace"}
NEED_TRACING = {"memory", "process_vm_readv", "ptrace"}


@pytest.fixture
def own_world(unprivileged: Account) -> Iterator[Lab]:
    lab = Lab(unprivileged)
    yield lab
    lab.close()


def _spied(lab: Lab, running: Running, pid: int) -> set[str]:
    """The ways in which a fresh process of the same account got in."""
    address, size = str(running.answers.of("secret_address")), str(len(lab.world["secret"]))
    done = subprocess.run(
        [*lab.account.command, "-I", str(SPY), str(pid), address, size],
        capture_output=True, text=True, cwd="/", timeout=30, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def _look_at(lab: Lab, who: str, **task: object) -> set[str]:
    running = lab.start(linger=True, **task)
    try:
        pid = running.until(who)
        assert running.until("done"), "the target never got ready"
        return _spied(lab, running, pid)
    finally:
        wall_lab.finish(running)


def test_a_plain_process_can_be_spied_on(own_world: Lab) -> None:
    """The control. Yama may already forbid what needs tracing."""
    expected = WAYS if wall_lab.yama_allows_tracing() else WAYS - NEED_TRACING
    assert _look_at(own_world, "parent") >= expected


def test_a_worker_cannot_be_spied_on(own_world: Lab, strong: None) -> None:
    assert _look_at(own_world, "worker", deny="kill") == set()


def test_the_launcher_cannot_be_spied_on(own_world: Lab) -> None:
    assert _look_at(own_world, "parent", harden_outside=True, without=["wall"]) == set()


def test_root_can_spy(own_world: Lab, strong: None) -> None:
    """Stated in the threat model: an administrator of the host is not kept out."""
    if not wall_lab.holds_capability(wall_lab.CAP_SYS_PTRACE):
        pytest.skip("this run is not an administrator of the machine")
    running = own_world.start(linger=True, deny="kill")
    try:
        pid = running.until("worker")
        assert running.until("done"), "the worker never got ready"
        assert Path(f"/proc/{pid}/environ").read_bytes()
    finally:
        wall_lab.finish(running)
