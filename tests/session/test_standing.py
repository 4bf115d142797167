"""What a desk knows of an agreement: from the host's ledger, an owner's receipts, what was kept."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from room_material import World, shop

from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.course import Known, Standing
from cleanroom.disclosure.limits import matched_people
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.question import AttributeQuestion, MatchQuestion, Question
from cleanroom.disclosure.release import Release, Vector
from cleanroom.session import costing, standing
from cleanroom.trust import agreement as agreements
from cleanroom.trust import ledger
from cleanroom.trust.ledger import Entry
from cleanroom.trust.receipt import Receipt, sign_receipt

OVERLAP = MatchQuestion(("platform", "brand"))
AGE = AttributeQuestion(("platform",), ("platform.people.a_age",), "brand")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = shop(tmp_path, policy=Policy("threshold"))
    yield made
    made.close()


def key_of(world: World, question: Question) -> str:
    return replay_key(question, world.signed.agreement.catalogue())


def answered(world: World, question: Question, *, shown: bool = True) -> ledger.Answered:
    form = canonical(question, world.signed.agreement.catalogue())
    return ledger.Answered(
        "A01",
        key_of(world, question),
        form,
        "released" if shown else "refused",
        "5" * 64,
        "6" * 64,
        Price(0, 3),
        ("platform",),
    )


def entry(world: World, seq: int, said: ledger.Answered | None = None) -> Entry:
    at, name = f"2026-03-01T09:{seq:02}:00Z", world.signed.agreement.id
    closed = ledger.Closed(FREE, 0, "done") if said is None else None
    return Entry(1, name, seq, "0" * 64, "ab" * 16, at, None, said, closed)


def receive(world: World, owner: str, entries: Sequence[Entry]) -> None:
    """Put a receipt with these entries into an owner's vault, where checked ones are kept."""
    host = world.identities["platform"]
    texts = tuple(ledger.sign(one, host.signing).decode() for one in entries)
    name = world.signed.agreement.id
    made = Receipt(1, name, "ab" * 16, owner, "1" * 64, "2" * 64, 0, texts)
    world.vaults[owner].receipts.put(name, sign_receipt(made, host.signing).to_bytes())


def test_nothing_is_known_before_the_first_session(world: World) -> None:
    for vault in world.vaults.values():
        assert standing.known_entries(vault, world.signed) == []
        assert standing.remembered(vault, world.signed) == {}
    known = world.signed.agreement.catalogue()
    assert standing.standing([], {}, known) == Standing({}, FREE, {})


def test_receipts_one_after_the_other_and_overlapping(world: World) -> None:
    entries = [entry(world, 1, answered(world, OVERLAP)), entry(world, 2), entry(world, 3)]
    receive(world, "brand", entries[:2])
    receive(world, "brand", entries[1:])
    known = standing.known_entries(world.vaults["brand"], world.signed)
    assert [one.seq for one in known] == [1, 2, 3]


def test_entries_after_a_gap_say_nothing_for_sure(world: World) -> None:
    receive(world, "brand", [entry(world, 1, answered(world, OVERLAP))])
    receive(world, "brand", [entry(world, 3, answered(world, AGE))])
    known = standing.known_entries(world.vaults["brand"], world.signed)
    assert [one.seq for one in known] == [1]


def test_answers_and_what_they_cost(world: World) -> None:
    withheld = answered(world, AGE, shown=False)
    no_answer = msgspec.structs.replace(withheld, blob_sha256="", price=FREE)
    stranger = msgspec.structs.replace(no_answer, question=None, question_key="")
    said = [answered(world, OVERLAP), withheld, no_answer, stranger]
    entries = [entry(world, n, one) for n, one in enumerate(said, 1)]
    found = standing.standing(entries, {}, world.signed.agreement.catalogue())
    assert found.answers == {
        key_of(world, OVERLAP): Known(OVERLAP, True),
        key_of(world, AGE): Known(AGE, False),
    }
    assert found.lifetime == Price(0, 6, 2)


def test_what_can_no_longer_be_asked_was_still_paid_for(world: World) -> None:
    """A later version may leave out a column."""
    catalogue = world.signed.agreement.catalogue()
    platform, brand = catalogue.datasets
    less = msgspec.structs.replace(platform, tables={**platform.tables, "people": {}})
    later = msgspec.structs.replace(catalogue, datasets=(less, brand))
    entries = [entry(world, 1, answered(world, OVERLAP)), entry(world, 2, answered(world, AGE))]
    found = standing.standing(entries, {}, later)
    assert [known.question for known in found.answers.values()] == [OVERLAP]
    assert found.lifetime == Price(0, 6, 2)


# --- the overlap ---------------------------------------------------------------------------------


def release(world: World, *values: int | None, rest: int | None = None) -> Release:
    counts = Vector("people", values, 3, 5, rest)
    return Release(key_of(world, OVERLAP), "threshold", "released", (counts,), Price(0, 3))


def test_the_overlap_is_kept_for_this_version_of_the_agreement(world: World) -> None:
    vault = world.vaults["platform"]
    age = msgspec.structs.replace(release(world, 1, 2), question_key=key_of(world, AGE))
    standing.remember(vault, world.signed, [(AGE, age)])
    assert standing.remembered(vault, world.signed) == {}
    standing.remember(vault, world.signed, [(OVERLAP, release(world, 100, 100, 195)), (AGE, age)])
    assert standing.remembered(vault, world.signed) == {key_of(world, OVERLAP): 195}
    later = agreements.wrap(msgspec.structs.replace(world.signed.agreement, version=2))
    assert standing.remembered(vault, later) == {}


def test_a_withheld_overlap_is_not_kept(world: World) -> None:
    refused = Release(
        key_of(world, OVERLAP), "threshold", "refused", (), Price(0, 3), reason="withheld"
    )
    standing.remember(world.vaults["platform"], world.signed, [(OVERLAP, refused)])
    assert standing.remembered(world.vaults["platform"], world.signed) == {}


@pytest.mark.parametrize(
    ("values", "rest", "matched"),
    [
        ((400, 300, 900, 100), None, 1000),
        ((400, 300, 900, None), 60, 960),  # the rest is of people in both
        ((None, 300, 900, None), 360, 900),  # here it may not be
        ((400, 300, None, None), None, 0),
    ],
)
def test_matched_people_are_those_released_in_both(
    values: tuple[int | None, ...], rest: int | None, matched: int
) -> None:
    said = Release("", "threshold", "released", (Vector("people", values, 3, 5, rest),), FREE)
    assert matched_people(OVERLAP, said) == matched


@pytest.mark.parametrize(
    ("nano", "shown"),
    [
        (0, "0"),
        (1, "0.000000001"),
        (10**7, "0.01"),
        (10**8, "0.1"),
        (10**9, "1"),
        (25 * 10**8, "2.5"),
    ],
)
def test_budgets_in_words(nano: int, shown: str) -> None:
    assert costing.rho(nano) == shown
