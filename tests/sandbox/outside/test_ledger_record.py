"""What the outside makes of ledger entries that no honest engine would write."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from player_material import (
    BLOB,
    OPENED,
    answered_of,
    commit,
    release_of,
)
from room_material import World, shop

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.question import AttributeQuestion
from cleanroom.disclosure.release import Release
from cleanroom.errors import CleanroomError
from cleanroom.sandbox.outside.record import Record

POLICY = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
AGE = AttributeQuestion(("platform",), ("platform.people.a_age",))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = shop(tmp_path_factory.mktemp("liars"), policy=POLICY)
    yield made
    made.close()


def refused(act: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(CleanroomError) as caught:
        act(*arguments)
    return caught.value.code


ENTRIES: dict[str, dict[str, object]] = {
    "another analysis": {"analysis": "A01"},
    "a text for an analysis": {"analysis": "13800000000"},
    "other receivers": {"receivers": ("platform",)},
    "rows for receivers": {"receivers": ("13800000000",)},
    "another question": {"question_key": "00" * 32},
    "rows for a question": {"question_key": "13800000000"},
    "for nothing": {"price": FREE},
    "too dear": {"price": Price(10**9, 10**6, 1)},
    "rows for a hash": {"release_sha256": "13800000000"},
    "another blob": {"blob_sha256": "00" * 32},
    "no blob": {"blob_sha256": ""},
    "refused and remembered": {"status": "refused", "price": FREE},
}


@pytest.mark.parametrize("which", ENTRIES)
def test_an_entry_that_does_not_follow_from_the_question(world: World, which: str) -> None:
    """Everybody reads the ledger: it is refused before it is stored."""
    agreement = world.signed.agreement
    stored: list[bytes] = []
    record = Record(agreement, lambda entry, _blob: stored.append(entry))
    record.store(commit(agreement, 1, OPENED))
    record.ask("A03", AGE)
    honest = answered_of(release_of(AGE, agreement), "A03", agreement)
    false = msgspec.structs.replace(honest, **ENTRIES[which])
    assert refused(record.store, commit(agreement, 2, false, BLOB)) == "sandbox.lied"
    assert len(stored) == 1
    record.store(commit(agreement, 2, honest, BLOB))
    assert len(stored) == 2


def test_a_question_is_recorded_once(world: World) -> None:
    """Also when it was refused: entries that nobody asked for would fill the ledger."""
    agreement = world.signed.agreement
    refusal = Release("", "threshold", "refused", (), FREE, reason="column")
    entry = commit(agreement, 2, answered_of(refusal, "A03", agreement, b""))
    record = Record(agreement, lambda _entry, _blob: None)
    record.store(commit(agreement, 1, OPENED))
    assert refused(record.store, entry) == "sandbox.lied"
    record.ask("A03", AGE)
    record.store(entry)
    assert refused(record.store, entry) == "sandbox.lied"


def test_a_question_is_paid_for_once(world: World) -> None:
    """What the ledger holds an answer to is a replay, in this session and from earlier ones."""
    agreement = world.signed.agreement
    honest = answered_of(release_of(AGE, agreement), "A03", agreement)
    free = msgspec.structs.replace(honest, price=FREE, blob_sha256="")
    for earlier in (True, False):
        record = Record(agreement, lambda _entry, _blob: None)
        first = commit(agreement, 1, honest, BLOB)
        record.begin([first.entry] if earlier else [])
        record.store(commit(agreement, 1, OPENED))
        if not earlier:
            record.ask("A03", AGE)
            assert refused(record.store, commit(agreement, 2, free)) == "sandbox.lied"
            record.store(first)
        record.ask("A03", AGE)
        assert refused(record.store, first) == "sandbox.lied"
        record.store(commit(agreement, 2, free))
