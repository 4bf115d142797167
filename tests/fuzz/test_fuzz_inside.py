"""What the outside, and an ingest worker that was taken over, say to the workers inside: they do
what they may or stop with an error, and whatever they say themselves fits agreement and question.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from byte_changes import damaged
from clock import fuzzed
from fuzz_material import answer
from hypothesis import strategies as st
from inside_scene import COMMITTED, OWNERS, Asked, Scene, frames, session
from json_changes import changed_tree, misspelled

from cleanroom import wire
from cleanroom.disclosure.question import AttributeQuestion, MatchQuestion
from cleanroom.sandbox import messages
from cleanroom.sandbox.outside import check
from cleanroom.trust import ledger

ASKED: Asked = [
    ("A01", MatchQuestion(("platform", "brand"))),
    ("A03", AttributeQuestion(("platform",), ("platform.people.a_age",))),
]
PAPERS = ("agreement", "request", "grant")
ENGINE_MEMORY = 4 << 30  # a database and its threads reserve far more than they use


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    made = Scene.made(tmp_path_factory.mktemp("inside"))
    yield made
    made.world.close()


def heard(scene: Scene, told: Sequence[bytes], rows: dict[str, bytes]) -> list[Any]:
    """What an engine says in a session with an honest opening."""
    return scene.engine(lambda job: [msgspec.json.encode(job), *told], rows)


def test_the_honest_jobs_are_done(scene: Scene) -> None:
    said, rows = scene.ingest("brand", lambda job: [msgspec.json.encode(job)])
    assert frames(said, messages.FromIngest)[-1] == messages.Done()
    assert rows == scene.rows["brand"]
    told = heard(scene, session(ASKED), scene.rows)
    assert sum(isinstance(message, messages.Answer) for message in told) == 2
    assert told[-1] == messages.Closed()


# --- jobs ----------------------------------------------------------------------------------------

FIXED = ("package_fd", "rows_fd", "rows_fds", "memory_mb", "threads", "now")


def retold(body: bytes, data: st.DataObject) -> bytes:
    """A job in which a paper is another. Numbers of open files, sizes and the hour stay: they are
    those of the process that started the worker, and of its computer.
    """
    tree = json.loads(body)
    fixed = {name: tree.pop(name) for name in FIXED if name in tree}
    changed = changed_tree(json.dumps(tree).encode(), data)
    return json.dumps({**changed, **fixed}).encode()


def with_paper(job: messages.Ingest, data: st.DataObject) -> bytes:
    """A job one of whose papers has some bytes changed."""
    tree = json.loads(msgspec.json.encode(job))
    name = data.draw(st.sampled_from(PAPERS))
    paper = data.draw(damaged(base64.b64decode(tree[name])))
    return json.dumps({**tree, name: base64.b64encode(paper).decode()}).encode()


def mixed(scene: Scene, owner: str, job: messages.Ingest, data: st.DataObject) -> bytes:
    """A job with a paper of the other owner."""
    (other,) = set(OWNERS) - {owner}
    theirs = scene.ingest_job(other, job.package_fd, job.rows_fd)
    name = data.draw(st.sampled_from(PAPERS))
    return msgspec.json.encode(msgspec.structs.replace(job, **{name: getattr(theirs, name)}))


@fuzzed(st.data())
def test_jobs_of_ingest_workers(scene: Scene, data: st.DataObject) -> None:
    """Rows leave only for the papers of this owner, host and sandbox."""
    owner = data.draw(st.sampled_from(OWNERS))

    def told(job: messages.Ingest) -> list[bytes]:
        how = data.draw(st.integers(0, 3))
        if how == 0:
            return [with_paper(job, data)]
        if how == 1:
            return [mixed(scene, owner, job, data)]
        body = msgspec.json.encode(job)
        return [retold(body, data) if how == 2 else data.draw(st.binary(max_size=40)) + body]

    found = answer(scene.ingest, owner, told)
    if found is not None:
        assert frames(found[0], messages.FromIngest)[-1] == messages.Done()
        assert found[1] == scene.rows[owner]


@fuzzed(st.data(), ENGINE_MEMORY)
def test_openings_of_the_engine(scene: Scene, data: st.DataObject) -> None:
    def told(job: messages.Open) -> list[bytes]:
        return [retold(msgspec.json.encode(job), data), COMMITTED]

    fits(scene, scene.engine(told, scene.rows), [])


# --- an open session -----------------------------------------------------------------------------


def fits(scene: Scene, said: Sequence[Any], asked: Asked) -> None:
    """Every entry goes on from the one before, and every answer has the shape of its question.

    That the text of an entry can be read is left out: a host that puts in an unreadable name of an
    analysis spoils nothing but the ledger that it needs itself.
    """
    agreed = scene.world.signed
    entries = [message.entry for message in said if isinstance(message, messages.Commit)]
    heads = [agreed.hash, *map(ledger.entry_hash, entries)]
    told = [json.loads(entry) for entry in entries]
    assert [entry["prev"] for entry in told] == heads[: len(told)]
    assert [entry["seq"] for entry in told] == list(range(1, len(told) + 1))
    catalogue, policy = agreed.agreement.catalogue(), agreed.agreement.policy
    answers = [message for message in said if isinstance(message, messages.Answer)]
    for (_, question), message in zip(asked, answers, strict=False):
        release = message.release
        assert answer(check.check, release, question, catalogue, policy) == release


@fuzzed(st.data(), ENGINE_MEMORY)
def test_questions_to_the_engine(scene: Scene, data: st.DataObject) -> None:
    """Any messages in any order after an honest opening."""
    told = session(ASKED)
    for _ in range(data.draw(st.sampled_from([1, 1, 2]))):
        at = data.draw(st.integers(0, len(told) - 1))
        how = data.draw(st.integers(0, 5))
        if how == 0:
            told[at : at + 1] = [told[at]] * data.draw(st.sampled_from([0, 2]))
        elif how == 1:
            told.insert(at, data.draw(st.sampled_from(told)))
        elif how == 2:
            told[at] = data.draw(misspelled(told[at][:4096]))
        else:
            ask = messages.Ask(*data.draw(st.sampled_from(ASKED)))
            told[at] = json.dumps(changed_tree(msgspec.json.encode(ask), data)).encode()
        told = told or [COMMITTED]
    decoded = [answer(wire.decode, body, messages.ToEngine) for body in told]
    asked = [(said.analysis, said.question) for said in decoded if isinstance(said, messages.Ask)]
    fits(scene, heard(scene, told, scene.rows), asked)


@fuzzed(st.data(), ENGINE_MEMORY)
def test_rows_to_the_engine(scene: Scene, data: st.DataObject) -> None:
    """One of the two ingest workers was taken over."""
    owner = data.draw(st.sampled_from(OWNERS))
    rows = data.draw(damaged(scene.rows[owner], list(scene.rows.values())))
    fits(scene, heard(scene, session(ASKED), {**scene.rows, owner: rows}), ASKED)
