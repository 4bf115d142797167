"""A role process ends, whatever it does: done, lingering, killed, unkillable, failed, and both."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from player_material import LINGER, READY, RECEIVE, Cast, Step, frame, raw, say

from cleanroom import wire
from cleanroom.errors import CleanroomError
from cleanroom.sandbox import messages
from cleanroom.sandbox.outside.process import RoleProcess

Play = Callable[..., RoleProcess]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """Start a role that plays these steps; all are ended after the test."""
    cast = Cast(tmp_path).hire(monkeypatch)
    running: list[RoleProcess] = []

    def start(*steps: Step, inside: bool = True) -> RoleProcess:
        cast.scripts["engine"] = list(steps)
        running.append(RoleProcess("engine", inside=inside))
        return running[-1]

    yield start
    for role in running:
        role.kill()


def alive(group: int) -> list[int]:
    """Processes of a group that still run; one that only waits to be counted does not."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found.append(int(stat.parent.name))
    return found


def gone(group: int) -> bool:
    """No process of this group is left; a kill takes effect a moment later."""
    deadline = time.monotonic() + 5
    while alive(group) and time.monotonic() < deadline:
        os.sched_yield()
    return not alive(group)


def code_of(role: RoleProcess, timeout: float = 10.0, limit: int = wire.FRAME_LIMIT) -> str:
    with pytest.raises(CleanroomError) as caught:
        role.receive(messages.FromEngine, timeout, limit)
    return caught.value.code


# --- ways of ending ------------------------------------------------------------------------------


def test_done(play: Play) -> None:
    role = play(say(READY))
    assert role.receive(messages.FromEngine, 10) == READY
    role.end()
    assert gone(role.pid)


def test_lingering_after_its_last_word(play: Play) -> None:
    role = play(say(READY), LINGER)
    assert role.receive(messages.FromEngine, 10) == READY
    began = time.monotonic()
    role.end(0.1)
    assert time.monotonic() - began < 5
    assert gone(role.pid)


def test_killed_by_somebody(play: Play) -> None:
    role = play(say(READY), LINGER)
    role.receive(messages.FromEngine, 10)
    os.kill(role.pid, signal.SIGKILL)
    assert code_of(role) == "sandbox.killed"
    role.end()
    assert gone(role.pid)


def test_killed_by_the_wall(play: Play) -> None:
    """A forbidden system call ends a worker with SIGSYS."""
    assert code_of(play(["die", int(signal.SIGSYS)])) == "sandbox.killed"


def test_deaf_to_every_signal_that_can_be_ignored(play: Play) -> None:
    role = play(["deaf"], say(READY), LINGER)
    role.receive(messages.FromEngine, 10)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.killpg(role.pid, number)
    assert role.poll(messages.FromEngine, 0.05) is None
    role.end(0.1)
    assert gone(role.pid)


@pytest.mark.parametrize("ending", [["exit", 1], ["exit", 0], ["die", int(signal.SIGSEGV)]])
def test_failed(play: Play, ending: Step) -> None:
    role = play(ending)
    assert code_of(role) == "sandbox.failed"
    role.end()
    assert gone(role.pid)


def test_failed_and_lingering(play: Play) -> None:
    """It closed its output but does not end: the outside does not wait for ever."""
    role = play(["close"], LINGER)
    assert code_of(role) == "sandbox.failed"
    role.end(0.0)
    assert gone(role.pid)


def test_what_it_started_ends_with_it(play: Play, tmp_path: Path) -> None:
    """Also after the role itself has ended by itself: its group is what is killed."""
    for number, last in enumerate((LINGER, ["exit", 0])):
        note = tmp_path / f"child-{number}"
        role = play(["spawn", str(note)], say(READY), last)
        role.receive(messages.FromEngine, 10)
        child = int(note.read_text())
        assert child in alive(role.pid)
        role.end(0.1)
        assert gone(role.pid)


def test_leaving_the_block_ends_it(play: Play) -> None:
    with play(say(READY), LINGER) as role:
        role.receive(messages.FromEngine, 10)
        role.kill()
        role.kill()
    assert gone(role.pid)


def test_an_error_in_the_block_ends_it_at_once(play: Play) -> None:
    began = time.monotonic()
    with pytest.raises(KeyError), play(LINGER) as role:
        raise KeyError
    assert time.monotonic() - began < 0.9  # less than what an honest end is given
    assert gone(role.pid)


def test_after_its_end_nothing_is_written_anywhere(play: Play, tmp_path: Path) -> None:
    """The numbers of its pipes may belong to other files by then."""
    role = play(say(READY), RECEIVE)
    role.receive(messages.FromEngine, 10)
    writer, reader = role._writer, role.reader
    role.end(0.1)
    victim = tmp_path / "vault"
    victim.write_bytes(b"precious")
    fd = os.open(victim, os.O_RDWR)
    try:
        for number in {writer, reader} - {fd}:
            os.dup2(fd, number)
        for act in (lambda: role.send(messages.Committed()), lambda: role.poll(object, 0.0)):
            with pytest.raises(CleanroomError) as caught:
                act()
            assert caught.value.code == "sandbox.failed"
    finally:
        for number in {writer, reader, fd}:
            os.close(number)
    assert victim.read_bytes() == b"precious"


# --- what it may say -----------------------------------------------------------------------------


def test_silence(play: Play) -> None:
    assert code_of(play(LINGER), timeout=0.1) == "sandbox.timeout"


def test_half_a_frame_and_silence(play: Play) -> None:
    assert code_of(play(raw(frame(READY)[:-1]), LINGER), timeout=0.5) == "sandbox.timeout"


def test_half_a_frame_and_the_end(play: Play) -> None:
    assert code_of(play(raw(frame(READY)[:-1]))) == "sandbox.failed"


@pytest.mark.parametrize(
    "data",
    [
        frame(b"not json"),
        frame(b""),
        frame(b"[]"),
        frame(b"null"),
        frame(b'{"type":"stranger"}'),
        frame(b'{"type":"closed","more":1}'),
        frame(b'{"type":"opened","engine_ms":"1"}'),
        frame(b'{"type":"opened","engine_ms":1e400}'),
        frame(b'{"type":"opened","engine_ms":NaN}'),
        frame(b'{"type":"opened","engine_ms":0.5}'),
        frame(b"[" * 100_000),
        frame(b'{"type":"opened","engine_ms":' + b"9" * 10_000 + b"}"),
        frame(b"\xff\xfe\0\0"),
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff" + b"x" * 1000,
    ],
    ids=range(15),
)
def test_garbage(play: Play, data: bytes) -> None:
    role = play(raw(data), LINGER)
    assert code_of(role) == "sandbox.lied"


def test_a_frame_over_the_limit_is_not_read(play: Play) -> None:
    role = play(raw(frame(b'"' + b"x" * 2000 + b'"')), LINGER)
    assert code_of(role, limit=1000) == "sandbox.lied"


def test_a_frame_of_two_gigabytes_is_not_waited_for(play: Play) -> None:
    role = play(raw(b"\x7f\xff\xff\xff"), ["flood", raw(b"x" * 4096)[1]])
    assert code_of(role) == "sandbox.lied"
    assert len(role._buffer) < 1 << 22


@pytest.mark.parametrize(("inside", "facts"), [(True, {}), (False, {"column": "email"})])
def test_an_error_and_its_facts(play: Play, inside: bool, facts: dict[str, str]) -> None:
    """A worker that sees rows of others says a code and nothing else."""
    failed = wire.Failed("trust.package_damaged", {"column": "email"})
    role = play(say(failed), inside=inside)
    with pytest.raises(CleanroomError) as caught:
        role.receive(messages.FromEngine, 10)
    assert caught.value.code == "trust.package_damaged"
    assert dict(caught.value.facts) == facts


@pytest.mark.parametrize("code", ["", "trust", "trust.", "row.13800000000", "trust.13800000000"])
def test_an_error_that_nobody_knows_says_nothing(play: Play, code: str) -> None:
    """A code is a text, and a text could carry rows."""
    role = play(say(wire.Failed(code)))
    with pytest.raises(CleanroomError) as caught:
        role.receive(messages.FromEngine, 10)
    assert caught.value.code == "sandbox.failed"
    assert "138" not in str(caught.value)


def test_who_does_not_read_is_not_waited_for(play: Play) -> None:
    role = play(say(READY), LINGER)
    role.receive(messages.FromEngine, 10)
    large = messages.Commit(b"x" * (1 << 20), "", 0)
    with pytest.raises(CleanroomError) as caught:
        role.send(large, timeout=0.1)
    assert caught.value.code == "sandbox.timeout"


def test_who_is_gone_is_not_written_to(play: Play) -> None:
    role = play(["exit", 0])
    assert code_of(role) == "sandbox.failed"
    with pytest.raises(CleanroomError) as caught:
        role.send(messages.Committed())
    assert caught.value.code == "sandbox.failed"


def test_a_large_message_arrives_whole(play: Play) -> None:
    """More than a pipe holds, in pieces."""
    role = play(RECEIVE, say(READY))
    role.send(messages.Commit(b"x" * (1 << 20), "", 0))
    assert role.receive(messages.FromEngine, 10) == READY


# --- where it runs -------------------------------------------------------------------------------


def test_no_secret_in_its_environment(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANROOM_PASSPHRASE", "correct horse")
    monkeypatch.setenv("LD_PRELOAD", "")
    role = play(say(READY), LINGER)
    role.receive(messages.FromEngine, 10)
    environment = Path(f"/proc/{role.pid}/environ").read_bytes()
    assert b"horse" not in environment
    assert b"LD_PRELOAD" not in environment
    names = {item.partition(b"=")[0] for item in environment.split(b"\0") if item}
    assert names <= {b"PATH", b"LC_ALL", b"TZ", b"OPENBLAS_CORETYPE", b"OPENBLAS_L2_SIZE"}
    assert os.getsid(role.pid) == os.getpgid(role.pid) == role.pid  # no terminal, its own group
    assert not Path(f"/proc/{role.pid}/cwd").resolve().is_relative_to(Path.cwd())
