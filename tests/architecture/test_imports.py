"""The contracts of pyproject.toml hold, cover every module, and can each be broken."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

INSIDE = "cleanroom.sandbox.inside"
INSIDE_MAY_IMPORT = {
    "cleanroom.disclosure",
    "cleanroom.errors",
    "cleanroom.resources",
    "cleanroom.sandbox.columns",
    "cleanroom.sandbox.messages",
    "cleanroom.sandbox.wall",
    "cleanroom.tables",
    "cleanroom.text",
    "cleanroom.trust",
    "cleanroom.wire",
}

# For each contract: offending module -> what it imports.
OFFENCES = {
    "layers": {
        "cleanroom/trust/offence.py": "cleanroom.session",
        "cleanroom/disclosure/offence.py": "cleanroom.trust",
        "cleanroom/vault/offence.py": "cleanroom.prepare",
        "cleanroom/sandbox/wall/offence.py": "cleanroom.sandbox.outside",
        "cleanroom/session/offence.py": "cleanroom.cli",
    },
    "inside-is-not-imported": {
        "cleanroom/sandbox/outside/offence.py": "cleanroom.sandbox.inside.target",
        "cleanroom/session/offence.py": "cleanroom.sandbox.inside",
    },
    "inside-imports-little": {
        "cleanroom/sandbox/inside/offence.py": "cleanroom.vault",
        "cleanroom/sandbox/inside/offence_b.py": "cleanroom.session",
        "cleanroom/sandbox/inside/offence_c.py": "cleanroom.sandbox.outside",
    },
    "engine-parts": {
        "cleanroom/analyses/offence.py": "duckdb",
        "cleanroom/sandbox/outside/offence.py": "opendp.measurements",
    },
    "analyses-need-no-trust": {
        "cleanroom/analyses/offence.py": "cleanroom.vault",
        "cleanroom/report/offence.py": "cleanroom.sandbox.outside",
        "cleanroom/report/offence_b.py": "cleanroom.sandbox.wall",
    },
    "desk-stays-at-its-desk": {
        "cleanroom/prepare/offence.py": "cleanroom.sandbox.wall",
        "cleanroom/prepare/offence_b.py": "cleanroom.sandbox.outside",
    },
    "formats-hold-no-rows": {
        "cleanroom/disclosure/offence.py": "pandas",
        "cleanroom/trust/offence.py": "pyarrow.parquet",
    },
    "no-window": {
        "cleanroom/cli/offence.py": "PySide6.QtCore",
        "cleanroom/session/offence.py": "gui",
    },
}


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the tree in ``folder``; that tree's `cleanroom` is the one found."""
    start = "from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", start, "--no-cache", "--no-logo", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def flat(text: str) -> str:
    """Without line breaks, which the linter puts where the terminal's width falls."""
    return " ".join(text.split())


@pytest.fixture
def copy(repository: Path, tmp_path: Path) -> Path:
    shutil.copytree(
        repository / "cleanroom",
        tmp_path / "cleanroom",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(repository / "pyproject.toml", tmp_path)
    return tmp_path


def test_all_contracts_are_kept(repository: Path) -> None:
    result = lint(repository)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(OFFENCES)} kept, 0 broken" in result.stdout


@pytest.mark.parametrize("contract", sorted(OFFENCES))
def test_contract_can_be_broken(contract: str, copy: Path) -> None:
    for name, imported in OFFENCES[contract].items():
        (copy / name).write_text(f"import {imported}\n", "utf-8")
    (copy / "cleanroom/sandbox/inside/target.py").write_text("", "utf-8")

    result = lint(copy, "--contract", contract)

    assert result.returncode == 1
    said = flat(result.stdout)
    assert "0 kept, 1 broken" in said
    for name, imported in OFFENCES[contract].items():
        offender = name.removesuffix(".py").replace("/", ".")
        # The linter knows the parts of other people's packages only as a whole.
        known = imported if imported.startswith("cleanroom") else imported.partition(".")[0]
        assert f"{offender} -> {known} (l." in said


def test_a_lazy_import_is_seen(copy: Path) -> None:
    hidden = "def later() -> None:\n    from cleanroom.sandbox import inside\n    print(inside)\n"
    (copy / "cleanroom/session/offence.py").write_text(hidden, "utf-8")
    result = lint(copy, "--contract", "inside-is-not-imported")
    assert result.returncode == 1
    assert "cleanroom.session.offence" in result.stdout


def test_each_contract_has_its_offence(pyproject: dict[str, Any]) -> None:
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    assert sorted(contract["id"] for contract in contracts) == sorted(OFFENCES)


def parts_of(folder: Path, package: str) -> set[str]:
    """The modules and packages directly in ``folder``, by their full names."""
    found = {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    found |= {path.parent.name for path in folder.glob("*/__init__.py")}
    return {f"{package}.{name}" for name in found}


def all_parts(repository: Path) -> set[str]:
    """What the product consists of; the sandbox counts as its parts."""
    product = repository / "cleanroom"
    of_sandbox = parts_of(product / "sandbox", "cleanroom.sandbox")
    return parts_of(product, "cleanroom") - {"cleanroom.sandbox"} | of_sandbox


def test_contracts_name_every_part(repository: Path, pyproject: dict[str, Any]) -> None:
    contracts = {c["id"]: c for c in pyproject["tool"]["importlinter"]["contracts"]}
    parts = all_parts(repository)
    rows = contracts["layers"]["layers"]
    assert {f"cleanroom.{name.strip()}" for row in rows for name in re.split("[:|]", row)} == parts
    assert set(contracts["engine-parts"]["source_modules"]) == parts - {INSIDE}
    forbidden = set(contracts["inside-imports-little"]["forbidden_modules"])
    assert forbidden == parts - INSIDE_MAY_IMPORT - {INSIDE}


def test_only_the_table_of_roles_names_the_inside(modules: dict[str, ast.Module]) -> None:
    """The linter cannot see a module that is loaded by its name; one table may do that."""
    naming = {
        path
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and (node.value + ".").startswith(INSIDE + ".")
        and " " not in node.value
    }
    outside = {path for path in naming if not path.startswith("cleanroom/sandbox/inside/")}
    assert outside == {"cleanroom/__main__.py"}
