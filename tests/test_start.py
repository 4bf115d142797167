"""The start of the program, from outside: workers by name, the command line, and a light start."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from cleanroom.__main__ import ROLES

HEAVY = (
    "cryptography",
    "duckdb",
    "numpy",
    "opendp",
    "pandas",
    "polars",
    "pyarrow",
    "rich",
    "typer",
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("role", [["nobody"], []])
@pytest.mark.parametrize("start", [["-m", "cleanroom"], ["main.py"]])
def test_an_unknown_role_is_refused(repository: Path, start: list[str], role: list[str]) -> None:
    result = run(repository, *start, "--role", *role)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert all(name in result.stderr for name in ROLES)
    assert result.stdout == ""


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_has_its_module(role: str) -> None:
    assert importlib.util.find_spec(ROLES[role]) is not None


def test_the_start_loads_nothing_heavy(repository: Path) -> None:
    code = "import sys, cleanroom.__main__; print(*sorted(sys.modules))"
    result = run(repository, "-c", code)
    assert result.returncode == 0, result.stderr
    loaded = set(result.stdout.split())
    assert "cleanroom.__main__" in loaded
    assert loaded & set(HEAVY) == set()


@pytest.mark.parametrize("start", [["-m", "cleanroom", "--help"], ["main.py", "--help"]])
def test_help_comes_from_the_command_line(repository: Path, start: list[str]) -> None:
    result = run(repository, *start)
    assert result.returncode == 0, result.stderr
    assert "Usage" in result.stdout


def test_without_a_window_main_shows_the_help(repository: Path) -> None:
    if importlib.util.find_spec("gui") is not None:
        pytest.skip("there is a window, which this would open")
    assert run(repository, "main.py").stdout == run(repository, "main.py", "--help").stdout
