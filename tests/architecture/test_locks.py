"""The lock files fix every package by hash, agree with each other and with pyproject.toml."""

import re
from pathlib import Path
from typing import Any

import pytest

LOCKS = ("build", "dev", "runtime")
PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)")
NAME = re.compile(r"[A-Za-z0-9._-]+")


def entries(lock: Path) -> list[str]:
    """One text per package: its line and the indented lines that follow."""
    return re.split(r"\n(?=\S)", lock.read_text("utf-8").strip())


def pins(lock: Path) -> dict[str, str]:
    return {m[1]: m[2] for entry in entries(lock) if (m := PINNED.match(entry))}


def names(requirements: list[str]) -> set[str]:
    found = (NAME.match(requirement) for requirement in requirements)
    return {match[0].lower() for match in found if match}


@pytest.mark.parametrize("name", LOCKS)
def test_everything_is_pinned_by_hash(name: str, repository: Path) -> None:
    for entry in entries(repository / f"requirements/{name}.lock"):
        assert PINNED.match(entry), entry
        assert "--hash=sha256:" in entry


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place(name: str, repository: Path) -> None:
    content = (repository / f"requirements/{name}.lock").read_text("utf-8")
    assert "://" not in content
    assert not re.search(r"^-", content, re.MULTILINE)


def test_the_locks_agree(repository: Path) -> None:
    runtime, dev, build = (
        pins(repository / f"requirements/{name}.lock") for name in ("runtime", "dev", "build")
    )
    assert runtime.items() <= dev.items()
    assert build.items() <= dev.items()


def test_the_locks_hold_what_the_project_names(repository: Path, pyproject: dict[str, Any]) -> None:
    project = pyproject["project"]
    runtime, dev, build = (
        pins(repository / f"requirements/{name}.lock") for name in ("runtime", "dev", "build")
    )
    assert names(project["dependencies"]) <= set(runtime)
    assert names(project["optional-dependencies"]["dev"]) <= set(dev)
    assert names(pyproject["build-system"]["requires"]) == set(build)
