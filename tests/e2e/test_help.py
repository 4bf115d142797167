"""Help for every command, and how little of the program it loads."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import desk
import pytest
import typer

from cleanroom.cli.app import app

# What ``import typer`` needs is there anyway; of these not one is.
HEAVY = ("cryptography", "duckdb", "jinja2", "msgspec", "numpy", "opendp", "pandas", "polars",
         "pyarrow", "rich", "scipy", "sqlcipher3", "vl_convert")  # fmt: skip

# Everything that the command line has to offer.
COMMANDS = """
agreement accept, agreement check, agreement draft, agreement merge, agreement show,
agreement sign, analyses list, analyses show, check, cost, demo, grant, identity card,
identity create, identity trust, infer, ledger show, ledger verify, receipt import, sample, seal,
self-test, session close, session list, session run, vault backup, vault confirm,
vault passphrase, vault restore, verify, what-is
"""


def commands(group: Any, *names: str) -> Iterator[tuple[str, ...]]:
    """Every command below a group."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *names, name)
        else:
            yield (*names, name)


ALL = sorted(commands(typer.main.get_command(app)))


def test_the_commands_are_these() -> None:
    assert [" ".join(one) for one in ALL] == [
        one.strip() for one in COMMANDS.replace("\n", " ").split(",")
    ]


def test_every_command_is_run_by_a_test() -> None:
    """As words next to each other, in one of the files beside this one."""
    here = Path(__file__)
    tests = "".join(path.read_text("utf-8") for path in here.parent.glob("*.py") if path != here)
    missing = [one for one in ALL if ", ".join(f'"{word}"' for word in one) not in tests]
    assert missing == []


def test_every_command_has_help(tmp_path: Path) -> None:
    """All in one process: that a process can start is tested often enough."""
    groups = sorted({one[:1] for one in ALL if len(one) > 1})
    code = """
import sys
from cleanroom.cli import app
for line in sys.stdin:
    sys.argv = ["cleanroom", *line.split(), "--help"]
    assert app.main() == 0, line
    print("---")
"""
    lines = "\n".join(" ".join(one) for one in [(), *groups, *ALL])
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, input=lines, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    pages = ran.stdout.split("---\n")[:-1]
    assert len(pages) == 1 + len(groups) + len(ALL)
    for page, one in zip(pages, [(), *groups, *ALL], strict=True):
        assert page.startswith("Usage: cleanroom " + " ".join(one)), page
        before_options = page.partition("Options:")[0].partition("Arguments:")[0]
        assert len(before_options.strip().splitlines()) > 1, f"{one} says nothing about itself"


@pytest.mark.parametrize("arguments", [("--help",), (), ("session", "run", "--help")])
def test_help_loads_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code = """
import sys
from cleanroom.cli import app
code = app.main()
print(code, *sorted(sys.modules), file=sys.stderr)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    exit_code, *loaded = ran.stderr.split()
    assert exit_code == ("0" if arguments else "2")
    assert "Usage: cleanroom" in ran.stdout
    assert set(HEAVY) & set(loaded) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        ["no-such-command"],
        ["--no-such-option"],
        ["identity"],
        ["identity", "create"],
        ["session", "run", "--vault", "v"],
        ["session", "run", "--threads", "two"],
        ["--language", "fr", "what-is", "x"],
    ],
    ids=" ".join,
)
def test_a_command_line_that_is_not_understood(tmp_path: Path, wrong: list[str]) -> None:
    ran = desk.run(tmp_path, *wrong, code=2)
    assert ran.out == ""
    assert "Usage: cleanroom" in ran.err
    assert len(ran.err.strip().splitlines()) >= 2


def test_a_mistake_for_programs(tmp_path: Path) -> None:
    ran = desk.run(tmp_path, "--json", "identity", "create", code=2)
    (record,) = desk.objects(ran.err)
    assert record["error"] == "usage"


def test_nobody_reads_the_output(tmp_path: Path) -> None:
    """``cleanroom ... | head``: no traceback when the reader has gone."""
    with desk.started(tmp_path, "--help") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        process.wait(desk.PATIENCE)
        process.stdout = None
    assert err == ""


def test_without_arguments_the_help_is_shown(tmp_path: Path) -> None:
    assert desk.run(tmp_path, code=2).out == desk.run(tmp_path, "--help").out
