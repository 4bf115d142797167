"""The source tree as data: parsed modules and the files that belong to the repository."""

import ast
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def pyproject(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="session")
def modules(repository: Path) -> dict[str, ast.Module]:
    """Every module of the product, parsed, by its path from the root."""
    return {
        path.relative_to(repository).as_posix(): ast.parse(path.read_text("utf-8"), str(path))
        for path in sorted((repository / "cleanroom").rglob("*.py"))
    }


@pytest.fixture(scope="session")
def repository_files(repository: Path) -> list[Path]:
    """What git tracks or would track, as absolute paths of files that exist."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repository,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so nobody can say which files belong to it")
    paths = [repository / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]
