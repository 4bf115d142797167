"""An engine that was taken over by what it read says what it likes. Nothing of it gets through:
the session ends as a lie, every worker is gone, and nothing more is stored.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from player_material import (
    AGE,
    BLOB,
    CLOSED,
    INGEST,
    LINGER,
    NEVER_WAS,
    OPENED,
    READY,
    RECEIVE,
    RELEASES,
    ROSTER,
    Cast,
    Stage,
    Step,
    answered_of,
    answering,
    closing,
    commit,
    entry,
    frame,
    handed,
    opening,
    raw,
    release_of,
    say,
    values,
)
from room_material import World, shop

from cleanroom import wire
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE
from cleanroom.disclosure.release import Release
from cleanroom.errors import CleanroomError
from cleanroom.sandbox import messages
from cleanroom.sandbox.outside import room as rooms
from cleanroom.trust import codec
from cleanroom.trust.agreement import Agreement

POLICY = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = shop(tmp_path_factory.mktemp("liars"), policy=POLICY)
    yield made
    made.close()


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world.signed.agreement, world.packages)


@pytest.fixture
def cast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    return Cast(tmp_path, {"ingest": INGEST}).hire(monkeypatch)


def ended(room: rooms.SandboxRoom) -> bool:
    """Nothing runs, and nothing is open."""
    return not room._ingest and room._engine is None and not room._files and not room._row_ends


def lie_in_answer(stage: Stage, cast: Cast, steps: list[Step]) -> str:
    """The code with which an answer is refused."""
    cast.scripts["engine"] = [*opening(stage.agreement), *steps, LINGER]
    with stage.room() as room:
        stage.opened(room)
        processes = [room.engine.pid]
        with pytest.raises(CleanroomError) as caught:
            room.ask("A03", AGE)
        assert ended(room)
        assert all(not Path(f"/proc/{pid}").exists() for pid in processes)
        with pytest.raises(CleanroomError):
            room.ask("A03", AGE)
    return caught.value.code


# --- honest, so that the lies below are refused for what is false in them ------------------------


def test_an_honest_play_passes(stage: Stage, cast: Cast) -> None:
    agreement = stage.agreement
    cast.scripts["engine"] = [
        *opening(agreement),
        *answering(agreement, "A03", AGE),
        *closing(agreement),
    ]
    with stage.room() as room:
        stage.opened(room)
        assert room.ask("A03", AGE) == (release_of(AGE, agreement), 0)
        room.close("done")
        assert room.closed
        assert room.ask("A03", AGE) is None  # the session is over; nothing is written to anybody
    assert [blob for _, blob in stage.stored] == [ROSTER, BLOB, b""]
    assert stage.reported[0] == ("start", 0, 0)
    assert ("match", 0, 0) in stage.reported


# --- releases ------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["a cell more", "below k", "for nothing", "a replay"])
@pytest.mark.parametrize("recorded", [True, False], ids=["recorded so", "recorded honestly"])
def test_a_false_release_ends_the_session(
    stage: Stage, cast: Cast, which: str, recorded: bool
) -> None:
    """Whether the ledger entry fits the false release or the true one."""
    agreement = stage.agreement
    honest = release_of(AGE, agreement)
    false = {**RELEASES, "a replay": NEVER_WAS}[which](honest)
    told = false if recorded else honest
    blob = BLOB if told.status == "released" and not told.replayed else b""
    stored = handed(agreement, 2, answered_of(told, "A03", agreement, blob), blob)
    steps = [RECEIVE, stored, RECEIVE, say(messages.Answer(false))]
    assert lie_in_answer(stage, cast, steps) == "sandbox.lied"


def test_an_answer_that_the_ledger_does_not_hold(stage: Stage, cast: Cast) -> None:
    """Shown and never charged: refused, because nothing was stored."""
    steps = [RECEIVE, say(messages.Answer(release_of(AGE, stage.agreement)))]
    assert lie_in_answer(stage, cast, steps) == "sandbox.lied"
    assert len(stage.stored) == 1


def test_numbers_that_are_not_those_of_the_ledger(stage: Stage, cast: Cast) -> None:
    """Both could be; but what is shown must be what was recorded."""
    agreement = stage.agreement
    honest = release_of(AGE, agreement)
    other = values(65, 60, 60, 60)(honest)
    stored = handed(agreement, 2, answered_of(honest, "A03", agreement), BLOB)
    steps = [RECEIVE, stored, RECEIVE, say(messages.Answer(other))]
    assert lie_in_answer(stage, cast, steps) == "sandbox.lied"


# --- what is written into the ledger -------------------------------------------------------------


@pytest.mark.parametrize(
    ("seq", "body", "blob"),
    [
        (2, OPENED, b""),
        (2, OPENED, ROSTER),
        (2, CLOSED, BLOB),
        (2, "nonsense", b""),
    ],
    ids=["opened again", "opened with a new roster", "closed with a blob", "no entry"],
)
def test_entries_out_of_their_order(
    stage: Stage, cast: Cast, seq: int, body: object, blob: bytes
) -> None:
    said = (
        say(messages.Commit(b"{}", "", 0))
        if body == "nonsense"
        else handed(stage.agreement, seq, body, blob)
    )
    assert lie_in_answer(stage, cast, [RECEIVE, said]) == "sandbox.lied"
    assert len(stage.stored) == 1


def test_two_entries_for_one_question(stage: Stage, cast: Cast) -> None:
    agreement = stage.agreement
    stored = handed(agreement, 2, answered_of(release_of(AGE, agreement), "A03", agreement), BLOB)
    steps = [RECEIVE, stored, RECEIVE, stored]
    assert lie_in_answer(stage, cast, steps) == "sandbox.lied"
    assert len(stage.stored) == 2


def test_closed_without_a_closing_statement(stage: Stage, cast: Cast) -> None:
    assert lie_in_answer(stage, cast, [RECEIVE, say(messages.Closed())]) == "sandbox.lied"


# --- blobs in pieces -----------------------------------------------------------------------------

FULL = b"x" * messages.PIECE_BYTES
PIECES: dict[str, list[tuple[bytes, int]]] = {
    "an empty piece": [(b"", 0)],
    "an empty first piece": [(b"", 5)],
    "less than a whole piece": [(b"x" * 100, 5)],
    "more than a whole piece": [(FULL + b"x", 0)],
    "more than announced": [(FULL, 5), (b"x" * 6, 0)],
    "less than announced": [(FULL, 5), (b"x" * 4, 0)],
    "announced anew": [(FULL, len(FULL) + 5), (FULL, 6)],
    "a piece after the last": [(BLOB, 0), (BLOB, 0)],
    "a negative rest": [(FULL, -1)],
    "more than a blob may be": [(FULL, messages.BLOB_LIMIT)],
}


@pytest.mark.parametrize("which", PIECES)
def test_pieces_that_do_not_fit(stage: Stage, cast: Cast, which: str) -> None:
    said = [say(messages.Piece(data, left)) for data, left in PIECES[which]]
    assert lie_in_answer(stage, cast, [RECEIVE, *said]) == "sandbox.lied"
    assert len(stage.stored) == 1


BETWEEN: dict[str, object] = {
    "an answer": messages.Answer(Release("", "threshold", "refused", (), FREE, reason="column")),
    "the end": messages.Closed(),
    "progress": messages.MATCHING,
    "opened": messages.Opened(0),
}


@pytest.mark.parametrize("which", BETWEEN)
@pytest.mark.parametrize("left", [0, 5])
def test_something_else_in_place_of_the_commit(
    stage: Stage, cast: Cast, which: str, left: int
) -> None:
    """A blob that nobody is going to name, whole or in part."""
    piece = messages.Piece(FULL if left else BLOB, left)
    assert lie_in_answer(stage, cast, [RECEIVE, say(piece), say(BETWEEN[which])]) == "sandbox.lied"


def test_half_a_blob_and_its_commit(stage: Stage, cast: Cast) -> None:
    agreement, blob = stage.agreement, FULL + BLOB
    said = commit(agreement, 2, answered_of(release_of(AGE, agreement), "A03", agreement), blob)
    first = next(messages.pieces(blob))
    assert lie_in_answer(stage, cast, [RECEIVE, say(first), say(said)]) == "sandbox.lied"


def test_a_blob_in_many_pieces(stage: Stage, cast: Cast) -> None:
    """Whole at the end, and let go before the next."""
    agreement, blob = stage.agreement, FULL + FULL + BLOB
    release = release_of(AGE, agreement)
    cast.scripts["engine"] = [
        *opening(agreement),
        RECEIVE,
        handed(agreement, 2, answered_of(release, "A03", agreement, blob), blob),
        RECEIVE,
        say(messages.Answer(release)),
        *closing(agreement),
    ]
    with stage.room() as room:
        stage.opened(room)
        assert room.ask("A03", AGE) == (release, 0)
        room.close("done")
    assert [stored for _, stored in stage.stored] == [ROSTER, blob, b""]


def test_a_long_word_that_is_no_piece(stage: Stage, cast: Cast) -> None:
    """Only pieces may be longer than the answer to this question can be."""
    refusal = Release("", "threshold", "refused", (), FREE, reason="x" * (66 << 10))
    said = say(messages.Answer(refusal))
    assert lie_in_answer(stage, cast, [RECEIVE, said]) == "sandbox.lied"


# --- words out of place --------------------------------------------------------------------------

WORDS: dict[str, Step] = {
    "progress with a text": say(wire.Progress("13800000000", 1, 2)),
    "progress with a number": say(wire.Progress("match", 13800000000, 0)),
    "ready again": say(READY),
    "opened again": say(messages.Opened(0)),
    "garbage": raw(frame(b"garbage")),
    "too large for this question": raw(frame(b'"' + b"x" * (66 << 10) + b'"')),
}


@pytest.mark.parametrize("which", WORDS)
def test_words_out_of_place(stage: Stage, cast: Cast, which: str) -> None:
    assert lie_in_answer(stage, cast, [RECEIVE, WORDS[which]]) == "sandbox.lied"
    assert all("138" not in str(told) for told in stage.reported)


@pytest.mark.parametrize("engine_ms", [-1, 10**9, 13800000000])
def test_a_time_that_cannot_be(stage: Stage, cast: Cast, engine_ms: int) -> None:
    """A number that nobody checks could carry rows."""
    agreement = stage.agreement
    honest = answering(agreement, "A03", AGE)
    late = say(messages.Answer(release_of(AGE, agreement), engine_ms))
    assert lie_in_answer(stage, cast, [*honest[:-1], late]) == "sandbox.lied"


def test_a_time_where_none_is_told(world: World, cast: Cast) -> None:
    """With a quantum not even the engine's own time is told."""
    policy = msgspec.structs.replace(POLICY, answer_quantum_ms=1)
    agreement: Agreement = msgspec.structs.replace(world.signed.agreement, effective=policy)
    stage = Stage(agreement, world.packages)
    honest = answering(agreement, "A03", AGE)
    told = say(messages.Answer(release_of(AGE, agreement), 1))
    assert lie_in_answer(stage, cast, [*honest[:-1], told]) == "sandbox.lied"


# --- silence and death ---------------------------------------------------------------------------


def test_silence(stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "ANSWER_SECONDS", 0.2)
    assert lie_in_answer(stage, cast, [RECEIVE]) == "sandbox.timeout"


def test_half_an_answer(stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "ANSWER_SECONDS", 0.3)
    whole = frame(messages.Answer(release_of(AGE, stage.agreement)))
    assert lie_in_answer(stage, cast, [RECEIVE, raw(whole[:-1])]) == "sandbox.timeout"


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([["die", 9]], "sandbox.killed"),
        ([["die", 31]], "sandbox.killed"),
        ([["exit", 0]], "sandbox.failed"),
        ([say(wire.Failed("sandbox.memory"))], "sandbox.memory"),
    ],
    ids=["killed", "by the wall", "gone", "failed"],
)
def test_death_in_the_middle(stage: Stage, cast: Cast, steps: list[Step], code: str) -> None:
    assert lie_in_answer(stage, cast, [RECEIVE, *steps]) == code


# --- at the opening and at the end ---------------------------------------------------------------

OPENINGS: dict[str, Callable[[Agreement], list[Step]]] = {
    "open without an entry": lambda a: [say(messages.Opened(0))],
    "an entry that opens nothing": lambda a: [handed(a, 1, CLOSED)],
    "an answer before it is open": lambda a: [
        handed(a, 1, answered_of(release_of(AGE, a), "A03", a), BLOB)
    ],
    "opened twice": lambda a: [
        handed(a, 1, OPENED, ROSTER),
        RECEIVE,
        handed(a, 2, OPENED),
    ],
    "opened with another blob": lambda a: [handed(a, 1, OPENED, BLOB)],
    "opened without the blob": lambda a: [handed(a, 1, OPENED)],
    "open with a blob in hand": lambda a: [
        handed(a, 1, OPENED, ROSTER),
        RECEIVE,
        say(messages.Piece(BLOB, 0)),
        say(messages.Opened(0)),
    ],
    "a text for progress": lambda a: [say(wire.Progress("13800000000"))],
    "a time that cannot be": lambda a: [
        handed(a, 1, OPENED, ROSTER),
        RECEIVE,
        say(messages.Opened(13800000000)),
    ],
    "closed": lambda a: [say(messages.Closed())],
    "garbage": lambda a: [raw(frame(b"garbage"))],
}


@pytest.mark.parametrize("which", OPENINGS)
def test_lies_at_the_opening(stage: Stage, cast: Cast, which: str) -> None:
    cast.scripts["engine"] = [
        say(READY),
        RECEIVE,
        *OPENINGS[which](stage.agreement),
        LINGER,
    ]
    with stage.room() as room:
        room.ready()
        with pytest.raises(CleanroomError) as caught:
            room.open(stage.papers())
        assert caught.value.code == "sandbox.lied"
        assert ended(room)
    assert all("138" not in str(told) for told in stage.reported)


LONG = FULL * 3
REMEMBERED = msgspec.structs.replace(OPENED, roster_sha256=codec.sha256_hex(LONG))


def test_remembered_blobs_follow_the_opening(stage: Stage, cast: Cast) -> None:
    """One after the other, in whole pieces; a roster that is the same is not sent again."""
    agreement = stage.agreement
    entries = [codec.encode(entry(agreement, seq, REMEMBERED)) for seq in (1, 2)]
    cast.scripts["engine"] = [
        say(READY),
        RECEIVE,
        *[RECEIVE] * 3,
        handed(agreement, 3, REMEMBERED),
        RECEIVE,
        say(messages.Opened(0)),
    ]
    with stage.room() as room:
        room.ready()
        assert room.open(stage.papers(entries, [LONG])) == 0
    assert [blob for _, blob in stage.stored] == [b""]


def test_an_engine_that_refuses_before_it_was_told_all(stage: Stage, cast: Cast) -> None:
    """Its reason is reported, not that it stopped reading."""
    cast.scripts["engine"] = [say(READY), RECEIVE, say(wire.Failed("trust.fork")), ["exit", 4]]
    entries = [codec.encode(entry(stage.agreement, 1, REMEMBERED))]
    with stage.room() as room:
        room.ready()
        with pytest.raises(CleanroomError) as caught:
            room.open(stage.papers(entries, [LONG]))
        assert caught.value.code == "trust.fork"
        assert ended(room)


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([say(READY), RECEIVE, say(wire.Failed("trust.package_content"))], "trust.package_content"),
        ([say(READY), RECEIVE, say(READY)], "sandbox.lied"),
        ([say(READY), RECEIVE, ["die", 9]], "sandbox.killed"),
        ([say(READY), RECEIVE, ["exit", 0]], "sandbox.failed"),
    ],
    ids=["refuses its package", "speaks out of place", "is killed", "is gone"],
)
def test_an_ingest_worker_fails(stage: Stage, cast: Cast, steps: list[Step], code: str) -> None:
    """The engine would wait for rows that never come."""
    cast.scripts["ingest"] = steps
    cast.scripts["engine"] = [say(READY), RECEIVE, LINGER]
    with stage.room() as room:
        room.ready()
        with pytest.raises(CleanroomError) as caught:
            room.open(stage.papers())
        assert caught.value.code == code
        assert ended(room)


def test_the_worker_to_blame_is_named(stage: Stage, cast: Cast) -> None:
    """The engine says first that its rows ended early; the ingest worker knows why."""
    cast.scripts["ingest"] = [say(READY), RECEIVE, say(wire.Failed("trust.package_damaged"))]
    cast.scripts["engine"] = [say(READY), RECEIVE, say(wire.Failed("sandbox.failed"))]
    with stage.room() as room:
        room.ready()
        with pytest.raises(CleanroomError) as caught:
            room.open(stage.papers())
    assert caught.value.code == "trust.package_damaged"


def test_workers_that_never_get_ready(
    stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "READY_SECONDS", 0.2)
    cast.scripts["ingest"] = cast.scripts["engine"] = [LINGER]
    with stage.room() as room, pytest.raises(CleanroomError) as caught:
        room.ready()
    assert caught.value.code == "sandbox.timeout"
    assert ended(room)


@pytest.mark.parametrize("worker", ["ingest", "engine"])
def test_chatter_without_end(
    stage: Stage, cast: Cast, monkeypatch: pytest.MonkeyPatch, worker: str
) -> None:
    """Always something new to say and never the end of it."""
    monkeypatch.setattr(rooms, "OPEN_SECONDS", 0.3)
    chatter = {
        "ingest": frame(wire.Progress("ingest", 1, 2)),
        "engine": frame(messages.MATCHING),
    }
    cast.scripts["engine"] = [say(READY), RECEIVE, LINGER]
    cast.scripts["ingest"] = [say(READY), RECEIVE, LINGER]
    cast.scripts[worker] = [say(READY), RECEIVE, ["flood", raw(chatter[worker] * 50)[1]]]
    with stage.room() as room:
        room.ready()
        with pytest.raises(CleanroomError) as caught:
            room.open(stage.papers())
    assert caught.value.code == ("sandbox.lied" if worker == "engine" else "sandbox.timeout")
    assert ended(room)


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([["flood", raw(frame(messages.MATCHING) * 50)[1]]], "sandbox.timeout"),
        ([RECEIVE], "sandbox.timeout"),
        ([RECEIVE, say(messages.Closed())], "sandbox.lied"),
        ([RECEIVE, say(READY)], "sandbox.lied"),
        ([RECEIVE, ["die", 9]], "sandbox.killed"),
    ],
    ids=["chatter", "silence", "no statement", "out of place", "killed"],
)
def test_an_end_that_is_none(stage: Stage, cast: Cast, steps: list[Step], code: str) -> None:
    """Ctrl-C gives the engine a second; then it is ended without its closing statement."""
    cast.scripts["engine"] = [*opening(stage.agreement), *steps, LINGER]
    with stage.room() as room:
        stage.opened(room)
        with pytest.raises(CleanroomError) as caught:
            room.close("interrupted", 0.3)
        assert caught.value.code == code
        assert ended(room)
        assert not room.closed


def test_an_interrupted_question_is_finished_before_the_end(stage: Stage, cast: Cast) -> None:
    """Ctrl-C while the engine is at work: its answer goes into the ledger and is not shown."""
    agreement = stage.agreement
    cast.scripts["engine"] = [
        *opening(agreement),
        *answering(agreement, "A03", AGE),
        *closing(agreement),
    ]

    def interrupt(entry: bytes, blob: bytes) -> None:
        stage.stored.append((entry, blob))
        if blob and len(stage.stored) == 2:
            raise KeyboardInterrupt

    room = rooms.SandboxRoom(
        agreement, stage.packages, interrupt, lambda *_: None, memory_mb=64, threads=1
    )
    with room:
        stage.opened(room)
        with pytest.raises(KeyboardInterrupt):
            room.ask("A03", AGE)
        room.close("interrupted", 5.0)
        assert room.closed
    assert [blob for _, blob in stage.stored] == [ROSTER, BLOB, BLOB, b""]
