"""What the outside makes of ledger entries that no honest engine would write."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from player_material import (
    AGE,
    BLOB,
    OPENED,
    ROSTER,
    answered_of,
    commit,
    release_of,
)
from player_material import entry as entry_of
from room_material import World, shop

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.release import Release
from cleanroom.errors import CleanroomError
from cleanroom.sandbox import messages
from cleanroom.sandbox.outside.record import Record
from cleanroom.trust.agreement import Agreement
from cleanroom.trust.ledger import Closed, Entry

POLICY = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = shop(tmp_path_factory.mktemp("liars"), policy=POLICY)
    yield made
    made.close()


def hand(record: Record, agreement: Agreement, seq: int, body: object, blob: bytes = b"") -> None:
    """An entry after its blob, as the engine hands them over; the blob only once."""
    if not record.keeps:
        for piece in messages.pieces(blob):
            record.keep(piece)
    record.store(commit(agreement, seq, body, blob))


def refused(*said: Any) -> str:
    with pytest.raises(CleanroomError) as caught:
        hand(*said)
    return caught.value.code


def nowhere(_entry: bytes, _blob: bytes) -> None:
    """Where entries go that no test looks at."""


def opened(
    agreement: Agreement, stored: list[bytes] | None = None, earlier: Sequence[Entry] = ()
) -> Record:
    """The record of a session that was opened."""
    kept = [] if stored is None else stored
    record = Record(agreement, lambda entry, _blob: kept.append(entry))
    record.begin(earlier)
    hand(record, agreement, 1, OPENED, ROSTER)
    return record


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
    record = opened(agreement, stored)
    record.ask("A03", AGE)
    honest = answered_of(release_of(AGE, agreement), "A03", agreement)
    false = msgspec.structs.replace(honest, **ENTRIES[which])
    assert refused(record, agreement, 2, false, BLOB) == "sandbox.lied"
    assert len(stored) == 1
    hand(record, agreement, 2, honest, BLOB)
    assert len(stored) == 2


def test_a_question_is_recorded_once(world: World) -> None:
    """Also when it was refused: entries that nobody asked for would fill the ledger."""
    agreement = world.signed.agreement
    refusal = Release("", "threshold", "refused", (), FREE, reason="column")
    entry = answered_of(refusal, "A03", agreement, b"")
    record = opened(agreement)
    assert refused(record, agreement, 2, entry) == "sandbox.lied"
    record.ask("A03", AGE)
    hand(record, agreement, 2, entry)
    assert refused(record, agreement, 2, entry) == "sandbox.lied"


@pytest.mark.parametrize("earlier", [True, False])
def test_a_question_is_paid_for_once(world: World, earlier: bool) -> None:
    """What the ledger holds an answer to is a replay, in this session and from earlier ones."""
    agreement = world.signed.agreement
    honest = answered_of(release_of(AGE, agreement), "A03", agreement)
    free = msgspec.structs.replace(honest, price=FREE, blob_sha256="")
    if earlier:
        record = opened(agreement, earlier=[entry_of(agreement, 1, honest)])
    else:
        record = opened(agreement)
        record.ask("A03", AGE)
        assert refused(record, agreement, 2, free) == "sandbox.lied"
        hand(record, agreement, 2, honest, BLOB)
    record.ask("A03", AGE)
    hand(record, agreement, 3, free)
    record.ask("A03", AGE)
    assert refused(record, agreement, 4, honest, BLOB) == "sandbox.lied"


# --- who was there -------------------------------------------------------------------------------

OPENINGS: dict[str, tuple[str, bytes]] = {
    "an unknown blob": ("00" * 32, b""),
    "a blob under another name": ("00" * 32, ROSTER),
    "a blob without a name": ("", ROSTER),
    "rows for a name": ("13800000000", b""),
}


@pytest.mark.parametrize("which", OPENINGS)
def test_an_opening_that_names_no_roster(world: World, which: str) -> None:
    agreement = world.signed.agreement
    name, blob = OPENINGS[which]
    record = Record(agreement, nowhere)
    false = msgspec.structs.replace(OPENED, roster_sha256=name)
    assert refused(record, agreement, 1, false, blob) == "sandbox.lied"


def test_an_opening_that_remembers_nobody_can_only_be_closed(world: World) -> None:
    """It stands for a package that was not admitted; questions in it would never be compared."""
    agreement = world.signed.agreement
    answered = answered_of(release_of(AGE, agreement), "A03", agreement)
    asked, closed = Record(agreement, nowhere), Record(agreement, nowhere)
    for record in (asked, closed):
        hand(record, agreement, 1, msgspec.structs.replace(OPENED, roster_sha256=""))
        assert record.opened
        assert not record.admitted
    asked.ask("A03", AGE)
    assert refused(asked, agreement, 2, answered, BLOB) == "sandbox.lied"
    hand(closed, agreement, 2, Closed(FREE, 0, "version"))
    assert closed.closed


def test_the_roster_of_an_earlier_opening(world: World) -> None:
    """Only of one that is in the ledger."""
    agreement = world.signed.agreement
    assert refused(Record(agreement, nowhere), agreement, 1, OPENED) == "sandbox.lied"
    record = Record(agreement, nowhere)
    record.begin([entry_of(agreement, 1, OPENED)])
    hand(record, agreement, 2, OPENED)
    assert record.opened


@pytest.mark.parametrize(("name", "blob"), [(OPENED.roster_sha256, ROSTER), ("", ROSTER)])
def test_differential_privacy_remembers_nobody(world: World, name: str, blob: bytes) -> None:
    policy = Policy("dp", min_match=0, answer_quantum_ms=0)
    agreement: Agreement = msgspec.structs.replace(world.signed.agreement, effective=policy)
    record = Record(agreement, nowhere)
    false = msgspec.structs.replace(OPENED, roster_sha256=name)
    assert refused(record, agreement, 1, false, blob) == "sandbox.lied"
    honest = Record(agreement, nowhere)
    hand(honest, agreement, 1, msgspec.structs.replace(OPENED, roster_sha256=""))
    assert honest.opened


# --- what a commit says of its blob --------------------------------------------------------------


@pytest.mark.parametrize(
    "false",
    [{"blob_bytes": len(BLOB) + 1}, {"blob_bytes": 0}, {"blob_sha256": "00" * 32}],
    ids=["another length", "no length", "another name"],
)
def test_a_commit_that_names_another_blob(world: World, false: dict[str, object]) -> None:
    agreement = world.signed.agreement
    record = opened(agreement)
    record.ask("A03", AGE)
    said = commit(agreement, 2, answered_of(release_of(AGE, agreement), "A03", agreement), BLOB)
    for piece in messages.pieces(BLOB):
        record.keep(piece)
    with pytest.raises(CleanroomError) as caught:
        record.store(msgspec.structs.replace(said, **false))
    assert caught.value.code == "sandbox.lied"
    record.store(said)
