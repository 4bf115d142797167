"""The self-test as a whole: order, what breaks down, exit code, sentences."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from cleanroom import text
from cleanroom.errors import VaultError
from cleanroom.session.selftest import (
    Check,
    Outcome,
    Status,
    ciphers,
    engine,
    fonts,
    run,
    vault,
    versions,
    wall,
)
from cleanroom.session.selftest.outcome import PARTS

TRIALS = {"wall": wall, "engine": engine, "vault": vault, "ciphers": ciphers, "fonts": fonts}
OK = Check("engine", "joined", Status.OK, "held.joined")
NOISE = Check("noise", "all", Status.OK, "held.joined")
WARNED = Check("fonts", "chinese", Status.WARNING, "no_chinese", advice="chinese")
FAILED = Check("vault", "kept", Status.FAILED, "broken.kept")
LEVEL = Check("wall", "level", Status.OK, "level_2", {"level": 2})


def silent(part: str, done: int, total: int) -> None:
    """Nobody looks at the progress."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No trial but the one of versions does anything."""
    found = {"wall": LEVEL, "engine": OK}
    for name, module in TRIALS.items():
        checks = [found[name]] if name in found else []
        monkeypatch.setattr(module, "trial", lambda checks=checks: checks)


@pytest.mark.usefixtures("quick")
def test_every_part_has_its_turn() -> None:
    told: list[tuple[str, int, int]] = []
    outcome = run(lambda *said: told.append(said))
    assert told == [(name, place, 6) for place, name in enumerate([*TRIALS, "versions"])]
    assert [check.part for check in outcome.checks] == ["wall", "engine", "versions"]
    assert (outcome.exit_code, outcome.level, outcome.failed, outcome.warnings) == (0, 2, 0, 0)
    assert outcome.seconds >= 0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("part", [*TRIALS, "versions"])
@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (VaultError("vault.disk_full"), "[vault.disk_full]"),
        (ImportError("no such library"), "ImportError"),
        (OSError(28, "secret/path"), "OSError"),
    ],
)
def test_a_part_that_breaks_down_is_a_failed_check(
    monkeypatch: pytest.MonkeyPatch, part: str, raised: Exception, said: str
) -> None:
    def fail() -> list[Check]:
        raise raised

    monkeypatch.setattr({**TRIALS, "versions": versions}[part], "trial", fail)
    outcome = run(silent)
    (failed,) = [check for check in outcome.checks if check.status is Status.FAILED]
    assert (failed.part, failed.name) == (part, "all")
    assert said in failed.sentence()
    assert "secret" not in failed.sentence()
    assert outcome.exit_code == 1


@pytest.mark.usefixtures("quick")
def test_ctrl_c_is_no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> list[Check]:
        raise KeyboardInterrupt

    monkeypatch.setattr(vault, "trial", stop)
    with pytest.raises(KeyboardInterrupt):
        run(silent)


@pytest.mark.usefixtures("quick")
def test_checks_come_in_the_order_of_their_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "trial", lambda: [NOISE, LEVEL, OK])
    parts = [check.part for check in run(silent).checks]
    assert parts == sorted(parts, key=PARTS.index)


@pytest.mark.parametrize(
    ("checks", "code"),
    [((OK,), 0), ((OK, WARNED), 0), ((OK, FAILED), 1), ((FAILED, WARNED), 1)],
)
def test_only_a_failure_counts(checks: tuple[Check, ...], code: int) -> None:
    assert Outcome(checks, 0.1).exit_code == code


def test_versions_are_those_of_the_libraries() -> None:
    (check,) = versions.trial()
    assert set(check.facts) == {
        "cleanroom", "python", "cryptography", "openssl", "sqlcipher", "duckdb", "opendp",
    }  # fmt: skip
    assert all(str(value)[0].isdigit() for value in check.facts.values())
    assert all(str(value) in check.sentence("zh_CN") for value in check.facts.values())


# --- sentences ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def named(repository: Path) -> set[str]:
    """Every string in the source of the self-test and of its command."""
    folder = repository / "cleanroom"
    files = [*(folder / "session" / "selftest").glob("*.py"), folder / "cli" / "selftest.py"]
    return {
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def keys(below: str) -> set[str]:
    prefix = f"selftest.{below}."
    return {key.removeprefix(prefix) for key in text.sentences("en") if key.startswith(prefix)}


def test_no_sentence_is_left_over(named: set[str]) -> None:
    made = {f"level_{level}" for level in range(4)} | {"engine"}
    assert keys("name") - named - made == set()
    held = {f"held.{name}" for name in named} | {f"broken.{name}" for name in named}
    scripts = {"no_latin", "no_chinese"}
    assert keys("said") - named - held - made - scripts == set()
    assert keys("advice") - named == set()
    assert keys("heading") == set(PARTS)
    assert keys("status") == {str(status) for status in Status}
    assert keys("level") == {f"level_{level}" for level in range(4)}


def test_what_holds_can_also_be_broken() -> None:
    said = keys("said")
    held = {key.removeprefix("held.") for key in said if key.startswith("held.")}
    assert held == {key.removeprefix("broken.") for key in said if key.startswith("broken.")}
    assert held <= keys("name")


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize("check", [OK, NOISE, WARNED, FAILED, LEVEL], ids=lambda c: c.name)
def test_checks_speak_both_languages(language: str, check: Check) -> None:
    told: list[Callable[[str], str]] = [check.label, check.sentence]
    assert all(say(language) and "{" not in say(language) for say in told)
    assert bool(check.to_do(language)) == bool(check.advice)
