"""Database and noise behind the engine's wall, and what is made of the worker's answer."""

import base64
import struct
import sys

import msgspec
import pytest
from selftest_material import GOOD_DATABASE, GOOD_NOISE, by_name, proved, statuses

from cleanroom import text
from cleanroom.errors import SandboxError
from cleanroom.sandbox import messages
from cleanroom.sandbox.outside import process
from cleanroom.session.selftest import engine, workers

NAMES = {
    "selftest",
    *("joined", "reads_no_file", "writes_no_file", "stays_locked"),
    *("people", "amounts"),
}


@pytest.mark.slow
def test_the_locked_worker_finds_all_well() -> None:
    """A real process, with the level of a real engine."""
    answer = workers.trials()
    assert answer.self_test == workers.engine()
    assert answer.database == GOOD_DATABASE
    assert [(trial.sigma, trial.draws, trial.odd) for trial in answer.noise] == [
        (3, 2000, ()),
        (300, 2000, ()),
    ]


def test_a_sound_answer() -> None:
    found = statuses(engine.checks_of(proved()))
    assert found == dict.fromkeys(NAMES, "ok")


@pytest.mark.parametrize("broken", ["joined", "reads_no_file", "writes_no_file", "stays_locked"])
def test_a_broken_database(broken: str) -> None:
    database = msgspec.structs.replace(GOOD_DATABASE, **{broken: False})
    found = statuses(engine.checks_of(proved(database=database)))
    assert {name for name, status in found.items() if status == "failed"} == {broken}


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_odd_noise(language: str) -> None:
    odd = messages.NoiseTrial(3, 2000, 0, 0, ("cells", "spread"))
    found = by_name(engine.checks_of(proved(noise=(odd, GOOD_NOISE[1]))))
    assert [name for name, check in found.items() if check.status == "failed"] == ["people"]
    assert "cells, spread" in found["people"].sentence(language)
    assert found["people"].to_do(language)


def test_figures_have_no_sign_before_a_zero() -> None:
    found = by_name(engine.checks_of(proved()))
    assert found["people"].facts["mean"] == "0.00"
    assert found["amounts"].facts["mean"] == "-0.58"
    assert found["amounts"].facts["spread"] == "301.50"


def test_a_system_that_starts_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "can_start", lambda: False)
    assert statuses(engine.trial()) == {"all": "warning"}


# --- a worker that answers something else --------------------------------------------------------


def play(monkeypatch: pytest.MonkeyPatch, message: object) -> None:
    """Every role is a program that says this and ends."""
    body = msgspec.json.encode(message)
    frame = base64.b64encode(struct.pack(">I", len(body)) + body).decode()
    said = f"import base64, os; os.write(1, base64.b64decode('{frame}'))"
    monkeypatch.setattr(process, "_command", lambda _: [sys.executable, "-I", "-S", "-c", said])


def test_the_worker_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, proved())
    assert workers.trials() == proved()


LIES = {
    "too little noise": proved(noise=GOOD_NOISE[:1]),
    "other noise": proved(noise=GOOD_NOISE[::-1]),
    "no noise": proved(noise=()),
    "an unknown oddity": msgspec.to_builtins(proved())
    | {"noise": [{**msgspec.to_builtins(GOOD_NOISE[0]), "odd": ["13800000000"]}]},
    "a text for a number": msgspec.to_builtins(proved())
    | {"database": {**msgspec.to_builtins(GOOD_DATABASE), "joined": "yes"}},
    "more than was asked": msgspec.to_builtins(proved()) | {"rows": [1]},
    "another message": messages.Done(),
}


@pytest.mark.parametrize("lie", LIES)
def test_another_answer_is_a_lie(monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    play(monkeypatch, LIES[lie])
    with pytest.raises(SandboxError, match=r"sandbox\.lied"):
        workers.trials()
