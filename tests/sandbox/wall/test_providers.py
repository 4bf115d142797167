"""Which wall a system gets, the one without isolation, and the launcher's own protection."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from cleanroom.sandbox import wall
from cleanroom.sandbox.wall import interface
from cleanroom.sandbox.wall.separate import SeparateProcess

SOURCES = sorted(Path(interface.__file__).parent.rglob("*.py"))
SEPARATE = """
import json, os, sys, msgspec
from cleanroom.sandbox.wall.separate import SeparateProcess
guard = SeparateProcess()
guard.harden(PARENT, 1 << 30, 1 << 20)
guard.enclose_code(); guard.enclose_data()
report = guard.self_test()
import resource
print(json.dumps([msgspec.to_builtins(report), resource.getrlimit(resource.RLIMIT_CORE)]))
"""
OUTSIDE = """
import ctypes, json, resource
from cleanroom.sandbox import wall
done = wall.harden_outside()
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
print(json.dumps([done, dumpable, resource.getrlimit(resource.RLIMIT_CORE)]))
"""

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="a feature of Linux")
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="no POSIX limits on Windows")


def _python(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )


@needs_linux
@pytest.mark.parametrize(("machine", "name"), [("x86_64", "linux"), ("aarch64", "linux"),
                                               ("riscv64", "separate-process")])  # fmt: skip
def test_linux_has_a_wall_on_two_machines(
    machine: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert wall.provider().name == name


@pytest.mark.parametrize("system", ["darwin", "win32", "freebsd14"])
def test_other_systems_have_none(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert isinstance(wall.provider(), SeparateProcess)


def test_nothing_in_the_environment_is_asked() -> None:
    asked = [
        f"{path.name}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if getattr(node, "attr", getattr(node, "id", "")) in ("environ", "environb", "getenv")
    ]
    assert asked == []


@needs_posix
def test_a_separate_process_is_level_zero_and_says_what_is_possible() -> None:
    done = _python(SEPARATE.replace("PARENT", "os.getppid()"))
    assert done.returncode == 0, done.stderr
    report, core = json.loads(done.stdout)
    assert report["level"] == 0
    assert report["provider"] == "separate-process"
    assert report["probes"] == {"open_outside": "possible", "connect": "possible"}
    assert report["layers"]["limits"] == "on"
    assert all(report["layers"][name].startswith("off: ") for name in ("files", "network"))
    assert core == [0, 0]


@needs_posix
def test_an_orphaned_separate_process_ends() -> None:
    done = _python(SEPARATE.replace("PARENT", "1 << 22"))
    assert done.returncode == interface.EXIT_ORPHANED
    assert done.stdout == ""


@needs_linux
def test_the_launcher_is_closed_and_leaves_no_core() -> None:
    done = _python(OUTSIDE)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {"no_core_dump": "on", "not_dumpable": "on"}, 0, [0, 0]
    ]  # fmt: skip


@pytest.mark.parametrize("guard", [wall.provider, SeparateProcess])
def test_the_order_is_fixed(guard: type[wall.Wall]) -> None:
    with pytest.raises(RuntimeError):
        guard().enclose_code()
    with pytest.raises(RuntimeError):
        guard().enclose_data()
    with pytest.raises(RuntimeError):
        guard().self_test()
