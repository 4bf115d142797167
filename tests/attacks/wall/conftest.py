"""Accounts and what this kernel has, found out without the wall's help."""

import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import wall_lab

LANDLOCK_VERSION_CALL = "import ctypes; sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)"
NEW_NAMESPACES_CALL = "import ctypes; sys.exit(ctypes.CDLL(None).unshare(0x50000000) != 0)"
ACTIONS = Path("/proc/sys/kernel/seccomp/actions_avail")


def _succeeds(command: tuple[str, ...], statement: str) -> bool:
    code = f"import sys; {statement}"
    done = subprocess.run([*command, "-I", "-c", code], check=False, cwd="/")
    return done.returncode == 0


@pytest.fixture(scope="session")
def kernel() -> frozenset[str]:
    """Which of the wall's core layers this kernel offers."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("the wall is built on Linux only, on x86-64 and aarch64")
    found = set()
    if _succeeds((sys.executable,), LANDLOCK_VERSION_CALL):
        found.add("landlock")
    if ACTIONS.exists() and "kill_process" in ACTIONS.read_text():
        found.add("seccomp")
    return frozenset(found)


@pytest.fixture(scope="session")
def strong(kernel: frozenset[str]) -> None:
    """Skips where this kernel cannot have a wall of level 2."""
    missing = {"landlock", "seccomp"} - kernel
    if missing:
        pytest.skip(f"this kernel or container has no {' and no '.join(sorted(missing))}")


@pytest.fixture(scope="session", params=["own", "unprivileged"])
def account(request: pytest.FixtureRequest, kernel: frozenset[str]) -> wall_lab.Account:
    """The account of the test run, and an unprivileged one beside it where that is root."""
    if request.param == "own":
        return wall_lab.own_account()
    other = wall_lab.nobody()
    if isinstance(other, str):
        pytest.skip(other)
    return other


@pytest.fixture(scope="session")
def full(strong: None, account: wall_lab.Account) -> None:
    """Skips where this account cannot have a wall of level 3."""
    if not _succeeds(account.command, NEW_NAMESPACES_CALL):
        pytest.skip("this kernel or container gives this account no namespaces")


@pytest.fixture(scope="session")
def unprivileged(kernel: frozenset[str]) -> wall_lab.Account:
    """An account that is not root: the run's own, or another."""
    own = wall_lab.own_account()
    if not own.is_root:
        return own
    other = wall_lab.nobody()
    if isinstance(other, str):
        pytest.skip(f"root may look into everything, and {other}")
    return other


@pytest.fixture
def lab(account: wall_lab.Account) -> Iterator[wall_lab.Lab]:
    lab = wall_lab.Lab(account)
    yield lab
    lab.close()


@pytest.fixture
def own_lab(kernel: frozenset[str]) -> Iterator[wall_lab.Lab]:
    lab = wall_lab.Lab(wall_lab.own_account())
    yield lab
    lab.close()


@pytest.fixture
def may_trace(account: wall_lab.Account) -> bool:
    """Whether this account may trace its own processes from anywhere."""
    if account.is_root:
        return wall_lab.holds_capability(wall_lab.CAP_SYS_PTRACE)
    return wall_lab.yama_allows_tracing()
