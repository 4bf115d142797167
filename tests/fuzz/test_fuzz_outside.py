"""What workers say to the outside when they were taken over by what they read: the session ends as
a lie or a failure, and neither release nor ledger holds anything that the question does not allow.
"""

import json
from collections.abc import Iterator

import msgspec
import pytest
from byte_changes import damaged
from clock import fuzzed
from conversations import bodies, lies
from hostile_pipes import frame
from hypothesis import strategies as st
from json_changes import canonical_json, changed_tree
from player_material import (
    AGE,
    BLOB,
    INGEST,
    Stage,
    answered_of,
    answering,
    closing,
    handed,
    opening,
    release_of,
)
from puppets import Puppet
from room_material import shop

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.release import Release
from cleanroom.errors import CleanroomError, SandboxError
from cleanroom.sandbox import messages
from cleanroom.sandbox.outside import check
from cleanroom.sandbox.outside import room as rooms
from cleanroom.trust import codec, ledger

POLICY = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A room whose workers are puppets."""
    world = shop(tmp_path_factory.mktemp("puppets"), policy=POLICY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rooms, "RoleProcess", Puppet)
        yield Stage(world.signed.agreement, world.packages)
    world.close()


def honest(stage: Stage) -> list[bytes]:
    """An engine's whole session."""
    agreed = stage.agreement
    steps = [*opening(agreed), *answering(agreed, "A03", AGE), *closing(agreed)]
    return bodies(steps)


def play(
    stage: Stage, ingest: bytes, engine: bytes
) -> tuple[Release | None, CleanroomError | None]:
    """The answer that the outside hands on, and the error that ended the session."""
    Puppet.script = {"ingest": ingest, "engine": engine}
    stage.stored.clear()
    release = None
    try:
        with stage.room() as room:
            stage.opened(room)
            answered = room.ask("A03", AGE)
            release = answered[0] if answered else None
            room.close("done")
    except CleanroomError as error:
        return release, error
    return release, None


def held(stage: Stage, release: Release | None) -> None:
    """Nothing was stored or handed on that an honest engine could not have said."""
    agreed = stage.agreement
    entries = [ledger.read(entry) for entry, _ in stage.stored]
    kinds = [(e.opened is not None, e.answered is not None, e.closed is not None) for e in entries]
    order = [(True, False, False), (False, True, False), (False, False, True)]
    assert kinds == [kind for kind in order if kind in kinds]
    for entry in entries:
        if entry.answered is not None:
            said = entry.answered
            assert (said.analysis, said.receivers) == ("A03", agreed.receivers("A03"))
    if release is not None:
        for value in (v for vector in release.vectors for v in vector.values):
            assert value is None or (value % POLICY.rounding == 0 and POLICY.k <= value < 2**53)
        assert check.check(release, AGE, agreed.catalogue(), agreed.policy) == release
        digests = [e.answered.release_sha256 for e in entries if e.answered is not None]
        assert digests == [codec.sha256_hex(codec.encode(release))]


INGEST_BODIES = bodies(INGEST)
SAID = b"".join(map(frame, INGEST_BODIES))


def test_honest_puppets_are_believed(stage: Stage) -> None:
    release, error = play(stage, SAID, b"".join(map(frame, honest(stage))))
    assert error is None
    assert release == release_of(AGE, stage.agreement)
    assert len(stage.stored) == 3
    held(stage, release)


def judged(stage: Stage, ingest: bytes, engine: bytes) -> None:
    release, error = play(stage, ingest, engine)
    if error is not None:
        assert isinstance(error, SandboxError) or not error.facts
    held(stage, release)


@fuzzed(st.data())
def test_engines_that_say_anything(stage: Stage, data: st.DataObject) -> None:
    said = honest(stage)
    engine = data.draw(lies(said, INGEST_BODIES) | damaged(b"".join(map(frame, said)), said))
    judged(stage, SAID, engine)


@fuzzed(st.data())
def test_ingest_workers_that_say_anything(stage: Stage, data: st.DataObject) -> None:
    said = honest(stage)
    ingest = data.draw(lies(INGEST_BODIES) | damaged(SAID, [SAID, *said]))
    judged(stage, ingest, b"".join(map(frame, said)))


@fuzzed(st.data())
def test_ledger_entries_with_anything_inside(stage: Stage, data: st.DataObject) -> None:
    """In a commit that is otherwise as it should be."""
    said = honest(stage)
    commits = [n for n, body in enumerate(said) if json.loads(body)["type"] == "commit"]
    at = data.draw(st.sampled_from(commits))
    commit = msgspec.json.decode(said[at], type=messages.Commit)
    entry = canonical_json(changed_tree(commit.entry, data))
    if entry is not None:
        said[at] = msgspec.json.encode(msgspec.structs.replace(commit, entry=entry))
        judged(stage, SAID, b"".join(map(frame, said)))


@fuzzed(st.data())
def test_releases_with_anything_inside(stage: Stage, data: st.DataObject) -> None:
    """In a session that holds together: entry and blob were made for this release."""
    agreed = stage.agreement
    tree = changed_tree(msgspec.json.encode(release_of(AGE, agreed)), data)
    try:
        release = msgspec.convert(tree, Release)
        answered = answered_of(release, "A03", agreed)
        recorded = bodies([handed(agreed, 2, answered, BLOB)])
    except (msgspec.ValidationError, ValueError):  # what cannot even be said or hashed
        return
    told = [
        *bodies(opening(agreed)),
        *recorded,
        msgspec.json.encode(messages.Answer(release)),
        *bodies(closing(agreed)),
    ]
    judged(stage, SAID, b"".join(map(frame, told)))
