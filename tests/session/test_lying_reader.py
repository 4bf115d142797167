"""A reading worker that was taken over by the file it read, seen from the desk that started it."""

from pathlib import Path
from typing import Any

import pytest

from cleanroom import wire
from cleanroom.errors import CleanroomError, SandboxError
from cleanroom.prepare import jobs
from cleanroom.sandbox.outside.process import RoleProcess
from cleanroom.session import sealing

PREVIEW = jobs.Preview("csv", "utf-8", ",", True, "", ("a",), (("1",),))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the worker says, in place of one that reads."""
    words: list[object] = []

    def instead(_role: str, **_options: Any) -> "Said":
        return Said(words)

    monkeypatch.setattr(sealing, "RoleProcess", instead)
    return words


class Said(RoleProcess):
    """A role that has said all."""

    def __init__(self, words: list[object]) -> None:
        self._words = words

    def send(self, *_: object) -> None:
        """It does not listen."""

    def receive(self, *_: object, **__: object) -> Any:
        if not self._words:
            raise SandboxError("sandbox.failed")
        return self._words.pop(0)

    def end(self, *_: object) -> None:
        """There is no process."""


def inferred(file: Path) -> tuple[str, list[str]]:
    """The code of the refusal, and the stages that were reported."""
    stages: list[str] = []
    with pytest.raises(CleanroomError) as caught:
        sealing.infer(file, "orders", "people", lambda stage, *_: stages.append(stage))
    return caught.value.code, stages


def test_the_answer_to_another_job_is_a_lie(said: list[object], tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    said += [wire.Progress("people", 1, 2), PREVIEW]
    assert inferred(file) == ("sandbox.lied", ["people"])


def test_a_name_that_no_file_can_have(said: list[object], tmp_path: Path) -> None:
    assert inferred(tmp_path / ("x" * 5_000)) == ("input.no_file", [])
    assert said == []
