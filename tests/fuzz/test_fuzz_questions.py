"""Questions, and frames of any kind: decoded strictly, or refused before anything is done."""

import json
from typing import Any

import msgspec
from byte_changes import damaged
from clock import fuzzed
from conversations import lies
from fuzz_material import GOOD, answer
from hostile_pipes import frame, saying
from hypothesis import strategies as st
from json_changes import canonical_json, changed_tree, misspelled

from cleanroom import wire
from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.price import price
from cleanroom.disclosure.question import FirstChannelQuestion, MatchQuestion, Question
from cleanroom.prepare import jobs
from cleanroom.sandbox import columns, messages
from cleanroom.trust import agreement_rules

AGREED = agreement_rules.read_checked(GOOD["agreement"]).agreement
ASKED: list[Question] = [
    MatchQuestion(("platform", "brand")),
    FirstChannelQuestion("platform", "brand", "2025-04-01", "2025-07-01", order_kinds=("order",)),
]
PROFILE = {
    "kernel": "attribute",
    "base": ["platform"],
    "columns": ["platform.people.a_age_band"],
    "versus": "brand",
    "where": [{"column": "platform.people.is_fan", "values": ["true"]}],
}


def use_question(body: bytes) -> None:
    """What the engine does with a question before it looks at a single row."""
    catalogue = AGREED.catalogue()
    question = wire.decode(body, Question)  # type: ignore[arg-type]
    form = canonical(question, catalogue)
    assert canonical(form, catalogue) == form
    assert len(replay_key(question, catalogue)) == 64
    assert price(shape(question, catalogue), AGREED.policy).nano_rho > 0


@fuzzed(st.data())
def test_questions_with_anything_inside(data: st.DataObject) -> None:
    tree = data.draw(st.sampled_from([*map(msgspec.to_builtins, ASKED), PROFILE]))
    good = json.dumps(tree).encode()
    changed = canonical_json(changed_tree(good, data)) or b"{}"
    body = data.draw(st.just(changed) | misspelled(good))
    answer(use_question, body)


KINDS: dict[str, tuple[Any, list[object]]] = {
    "from an engine": (messages.FromEngine, [messages.MATCHING, messages.Closed()]),
    "from an ingest worker": (messages.FromIngest, [messages.Done(), wire.Failed("a", {"b": 1})]),
    "to an engine": (messages.ToEngine, [messages.Ask("A01", ASKED[0]), messages.Close("done")]),
    "from a pipe of rows": (columns.Item, [columns.Batch(3), columns.End()]),
    "to a reading worker": (jobs.Job, [jobs.InferJob(jobs.FileSpec("/a"), "a")]),
}


def from_pipe(data: bytes, kinds: Any, limit: int) -> list[object]:
    """What a reader that blocks takes, until it refuses or the pipe ends."""
    found: list[object] = []
    with saying(data) as reader:
        while (message := answer(wire.receive_any, reader, kinds, limit)) is not None:
            found.append(message)
    return found


def from_buffer(data: bytes, kinds: Any, limit: int) -> list[object]:
    """What a reader that never waits cuts out."""
    found: list[object] = []
    buffer = bytearray(data)
    while (body := answer(wire.take_frame, buffer, limit)) is not None:
        message = answer(wire.decode, body, kinds)
        if message is None:
            break
        found.append(message)
    return found


@fuzzed(st.data())
def test_frames_of_any_kind(data: st.DataObject) -> None:
    """Both readers take the same."""
    kinds, known = KINDS[data.draw(st.sampled_from(sorted(KINDS)))]
    good = list(map(msgspec.json.encode, known))
    whole = b"".join(map(frame, good))
    stream = data.draw(damaged(whole, [whole]) | lies(good))
    limit = data.draw(st.sampled_from([0, 16, 1 << 10, wire.FRAME_LIMIT]))
    assert from_pipe(stream, kinds, limit) == from_buffer(stream, kinds, limit)
