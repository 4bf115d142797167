"""What a fresh machine lacks is installed where that is possible, else named exactly."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest


@pytest.fixture
def script(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    path = repository / "scripts/system_packages.py"
    spec = importlib.util.spec_from_file_location("system_packages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "system_packages", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "platform", "linux")
    return module


class Machine:
    """A machine with or without root and apt, whose apt installs only what it has."""

    def __init__(self, patch: pytest.MonkeyPatch, *, root: bool, offers: set[str]) -> None:
        self.installed: set[str] = set()
        self.commands: list[list[str]] = []
        self._offers = offers
        patch.setattr(os, "geteuid", lambda: 0 if root else 1000)
        patch.setattr(shutil, "which", lambda name: name)
        patch.setattr(subprocess, "run", self._run)

    def _run(self, command: list[str], **_named: object) -> SimpleNamespace:
        self.commands.append(command)
        if command[1] == "install":
            self.installed |= set(command) & self._offers
        return SimpleNamespace(returncode=0)

    def need(self, script: ModuleType, package: str, *, essential: bool) -> object:
        return script.Need(package, "a test", essential, lambda: package in self.installed)


def test_root_with_apt_installs_what_is_missing(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, root=True, offers={"libx", "liby"})
    machine.installed = {"libx"}
    needs = [machine.need(script, name, essential=True) for name in ("libx", "liby")]
    monkeypatch.setattr(script, "NEEDS", needs)
    assert script.main() == 0
    assert [command[1] for command in machine.commands] == ["update", "install"]
    assert "liby" in machine.commands[1]
    assert "libx" not in machine.commands[1]


@pytest.mark.parametrize(("essential", "code"), [(True, 1), (False, 0)])
@pytest.mark.parametrize("root", [True, False])
def test_what_stays_missing_is_named_with_the_command(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    root: bool,
    essential: bool,
    code: int,
) -> None:
    machine = Machine(monkeypatch, root=root, offers=set())
    monkeypatch.setattr(script, "NEEDS", [machine.need(script, "libx", essential=essential)])
    assert script.main() == code
    assert bool(machine.commands) is root
    assert "sudo apt-get install libx\n" in capsys.readouterr().err


def test_a_complete_machine_is_left_alone(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(monkeypatch, root=True, offers=set())
    monkeypatch.setattr(script, "NEEDS", [])
    assert script.main() == 0
    assert machine.commands == []
    assert capsys.readouterr() == ("", "")


def test_a_library_that_is_not_there_is_noticed(script: ModuleType) -> None:
    needs = {need.package: need for need in script.NEEDS}
    assert needs["zlib1g"].is_met()
    assert not script._library("libno-such-thing.so.9")()


def test_a_chinese_font_is_found_by_its_file(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("XDG_DATA_HOME", "XDG_DATA_DIRS", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    assert not script._has_chinese_font()
    font = tmp_path / "fonts/opentype/noto/NotoSansCJK-Regular.ttc"
    font.parent.mkdir(parents=True)
    font.touch()
    assert script._has_chinese_font()
