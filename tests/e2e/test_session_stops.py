"""Sessions that are stopped, disturbed or crash: nothing stays running, nothing is lost."""

import os
import signal
import subprocess
from collections.abc import Callable

import desk
import pytest
from rooms import DATA_PARTIES, OVERLAP, PLAN, Room

pytestmark = pytest.mark.slow

Build = Callable[..., Room]
WAITING = "waiting for grants/"
# Answers wait a minute for their time, so the test meets the session in the middle of a question.
SLOW_ANSWERS = "answer_quantum_ms = 60000\nmin_match = 0\n"


def verified(room: Room) -> None:
    """The ledger is whole."""
    desk.run(room.folder, "ledger", "verify", *room.of(room.host))


def how_they_ended(room: Room) -> list[str]:
    """The reason of every session's closing statement."""
    listed = desk.run(room.folder, "--json", "session", "list", *room.of(room.host)).records()
    return [session["ended"] for session in listed]


def grants(room: Room, owner: str) -> list[str]:
    """How an owner's grants stand."""
    with room.open(owner) as vault:
        return [grant.status for grant in vault.allowances.all()]


def at_rest(room: Room, started: dict[int, str]) -> None:
    """No worker is left and no mark of a running session."""
    assert len(started) == 3, started  # an ingest worker per data party, and the engine
    assert desk.still_running(started) == []
    assert not (room.vault(room.host) / "session.pid").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_waiting_for_a_grant(hosting: Room, number: int) -> None:
    room = hosting
    with desk.started(room.folder, *room.session()) as host:
        read = desk.read_until(host, WAITING)
        running = desk.workers(host)
        desk.stop(host, number)
        ran = desk.ended(host, 130, read=read)
    desk.explained(ran, "run.interrupted")
    at_rest(room, running)
    verified(room)
    assert grants(room, "platform") == []  # asked last, so never charged
    desk.run(room.folder, *room.session("brand"))
    assert how_they_ended(room) == ["done"]


def interrupted(
    room: Room, stop: Callable[[subprocess.Popen[str]], None]
) -> tuple[desk.Ran, dict[int, str]]:
    """A session that is stopped while a question waits for its answer."""
    with desk.started(room.folder, *room.session("brand")) as host:
        read = desk.read_until(host, "] ask")
        blobs = room.vault(room.host) / "blobs"
        # who is there, then the answer, which waits for its time
        desk.wait_until(host, lambda: len(list(blobs.glob("[!.]*"))) == 2)
        running = desk.workers(host)
        stop(host)
        return desk.ended(host, 130, read=read), running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle(here: None, build_room: Build, number: int) -> None:
    """The engine still signs its closing statement, so the owners get back what was not spent."""
    room = build_room(policy=SLOW_ANSWERS)
    ran, running = interrupted(room, lambda host: desk.stop(host, number))
    desk.explained(ran, "run.interrupted")
    assert desk.still_running(running) == []
    assert not (room.folder / "out" / "report").exists()
    verified(room)
    assert how_they_ended(room) == ["interrupted"]
    for owner in DATA_PARTIES:
        assert grants(room, owner) == ["settled"]
        assert (room.folder / "out" / "receipts" / f"{owner}.receipt.json").is_file()


def test_the_next_session_works_after_a_stop(here: None, build_room: Build) -> None:
    """What the engine had already put down is answered again from there, free."""
    room = build_room(policy="answer_quantum_ms = 1500\nmin_match = 0\n")
    interrupted(room, desk.stop)
    desk.run(room.folder, *room.session("brand", plan=OVERLAP, out="second"))
    assert how_they_ended(room) == ["interrupted", "done"]
    verified(room)
    desk.run(room.folder, "verify", "second/report", code=8)


def test_close_asks_the_running_session(here: None, build_room: Build) -> None:
    room = build_room(policy=SLOW_ANSWERS)
    close = ("session", "close", "--vault", room.vault("platform"))

    def ask(_host: subprocess.Popen[str]) -> None:
        desk.run(room.folder, *close)

    ran, running = interrupted(room, ask)
    desk.explained(ran, "run.interrupted")
    assert desk.still_running(running) == []
    assert how_they_ended(room) == ["interrupted"]
    desk.refused(room.folder, "vault.no_session", *close)


def test_close_without_a_session(room: Room) -> None:
    close = ("session", "close", "--vault")
    desk.refused(room.folder, "vault.no_session", *close, room.vault("platform"))
    desk.refused(room.folder, "vault.no_session", *close, room.folder / "nowhere")
    # left behind by a crash; by now the number is another program's, here this test's own
    mark = room.vault("platform") / "session.pid"
    mark.write_text(str(os.getpid()))
    desk.refused(room.folder, "vault.no_session", *close, room.vault("platform"))


def test_one_session_at_a_time_on_a_vault(hosting: Room) -> None:
    room = hosting
    with desk.started(room.folder, *room.session(plan=OVERLAP)) as host:
        read = desk.read_until(host, WAITING)
        second = room.session("brand", plan=OVERLAP, out="second")
        desk.refused(room.folder, "vault.busy", *second)
        desk.refused(room.folder, "vault.busy", "ledger", "verify", *room.of("platform"))
        request = room.folder / "out" / "requests" / "brand.request.json"
        answer = room.folder / "out" / "grants" / "brand.grant.json"
        desk.run(room.folder, "grant", request, *room.of("brand"), "--out", answer)
        desk.ended(host, read=read)
    assert how_they_ended(room) == ["done"]


def killed(running: dict[int, str], role: str) -> None:
    """End one worker the hard way."""
    pid = next(pid for pid, line in running.items() if f"--role {role}" in line)
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("role", ["ingest", "engine"])
def test_a_worker_is_killed_before_the_opening(hosting: Room, role: str) -> None:
    room = hosting
    with desk.started(room.folder, *room.session(plan=OVERLAP)) as host:
        read = desk.read_until(host, WAITING)
        running = desk.workers(host)
        killed(running, role)
        request = room.folder / "out" / "requests" / "brand.request.json"
        answer = room.folder / "out" / "grants" / "brand.grant.json"
        desk.run(room.folder, "grant", request, *room.of("brand"), "--out", answer)
        ran = desk.ended(host, 7, read=read)
    desk.explained(ran, "sandbox.killed")
    at_rest(room, running)
    verified(room)
    second = room.session("brand", plan=OVERLAP, out="second")
    desk.refused(room.folder, "budget.opening_missing", *second)
    desk.run(room.folder, *second, "--accept-loss")


def test_the_engine_is_killed_between_two_questions(here: None, build_room: Build) -> None:
    """There is no closing statement, so the whole allowance counts as spent; answers that are in
    the ledger are not charged again.
    """
    room = build_room(policy="answer_quantum_ms = 1500\nmin_match = 0\n")
    with desk.started(room.folder, *room.session("brand")) as host:
        read = desk.read_until(host, "] ask")
        running = desk.workers(host)
        killed(running, "engine")
        ran = desk.ended(host, 7, read=read)
    desk.explained(ran, "sandbox.killed")
    assert desk.still_running(running) == []
    verified(room)
    assert how_they_ended(room) == [""]
    assert not (room.folder / "out" / "receipts").exists()
    second = room.session("brand", plan=OVERLAP, out="second")
    desk.refused(room.folder, "budget.unsettled", *second)
    desk.run(room.folder, *second, "--accept-loss")
    assert how_they_ended(room) == ["", "done"]
    for owner in DATA_PARTIES:
        assert grants(room, owner) == ["lost", "settled"]


def test_the_host_is_killed(here: None, build_room: Build) -> None:
    """Its workers die with it, and the vault is whole."""
    room = build_room(policy=SLOW_ANSWERS)
    with desk.started(room.folder, *room.session("brand")) as host:
        desk.read_until(host, "] ask")
        running = desk.workers(host)
        desk.stop(host, signal.SIGKILL)
        host.wait(desk.PATIENCE)
    desk.gone(running)
    verified(room)
    desk.refused(
        room.folder, "vault.no_session", "session", "close", "--vault", room.vault("platform")
    )


@pytest.mark.parametrize("moment", ["] start", "] grants", "] match", "] ask", "] report"])
def test_ctrl_c_anywhere(hosting: Room, moment: str) -> None:
    room = hosting
    with desk.started(room.folder, *room.session("brand")) as host:
        read = desk.read_until(host, moment)
        running = desk.workers(host)
        desk.stop(host)
        ran = desk.ended(host, None, read=read)
    assert ran.code in (0, 130)  # it may just have finished
    assert desk.still_running(running) == []
    assert (ran.code == 0) is (room.folder / "out" / "report").exists()
    assert not list(room.folder.rglob("*.part"))
    verified(room)
    desk.run(room.folder, *room.session("brand", plan=PLAN, out="second"), "--accept-loss")
    verified(room)
