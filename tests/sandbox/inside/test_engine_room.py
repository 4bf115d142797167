"""One session in the engine: what it writes, remembers, refuses and how it ends."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest
from engine_material import Papers, ThreadEngine, hand_grant, prepare, session_in_threads
from room_material import World, shop

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.question import AttributeQuestion, MatchQuestion, Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import CleanroomError
from cleanroom.sandbox.inside import state
from cleanroom.sandbox.inside.room import Room
from cleanroom.session import identities
from cleanroom.session.books import HostBooks
from cleanroom.trust import codec, ledger
from cleanroom.trust.grant import OpeningRequest
from cleanroom.vault.chain import Head

MATCH = MatchQuestion(("platform", "brand"))
AGE = AttributeQuestion(("platform",), ("platform.people.a_age",), "brand")
BAD = AttributeQuestion(("platform",), ("platform.people.a_nix",))
POLICY = Policy("threshold", min_match=0, people_per_cell=1, refusals_max=3, answer_quantum_ms=0)
PLAN: list[tuple[str, Question]] = [("A01", MATCH), ("A03", AGE)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = shop(tmp_path, policy=POLICY)
    yield made
    made.close()


def by_hand(world: World, books: HostBooks | None = None) -> Papers:
    """Papers whose grants no vault counts."""
    return prepare(world, books=books, grant=partial(hand_grant, world))


def entries(books: HostBooks) -> list[ledger.Entry]:
    return ledger.verify_chain(books.entries(), books.signed.agreement.id, books.signed.genesis)


def refused(papers: Papers, books: HostBooks, **options: object) -> str:
    """The code with which the engine refuses to open."""
    with (
        ThreadEngine(papers, books, **options) as engine,  # type: ignore[arg-type]
        pytest.raises(CleanroomError) as caught,
    ):
        engine.open()
    return caught.value.code


# --- the ledger ----------------------------------------------------------------------------------


def test_the_ledger_tells_what_was_done_and_no_number_of_it(world: World) -> None:
    (match, age), _ = session_in_threads(world, PLAN)
    assert match is not None
    assert age is not None
    books = world.books()
    opened, first, second, closed = entries(books)
    assert opened.opened is not None
    assert opened.opened.agreement_hash == world.signed.hash
    assert set(opened.opened.grants) == set(opened.opened.packages) == {"platform", "brand"}
    assert opened.opened.isolation == 3
    for entry, release in ((first, match), (second, age)):
        answered = entry.answered
        assert answered is not None
        assert answered.release_sha256 == codec.sha256_hex(codec.encode(release))
        assert answered.price == release.price
        assert answered.receivers == ("platform", "brand")
    assert closed.closed == ledger.Closed(Price(0, 3 + 8, 2), 0, "done")
    text = b"".join(books.entries()).decode()
    assert '"values"' not in text
    assert '"noisy"' not in text


def test_blobs_are_sealed_and_no_two_are_alike(world: World) -> None:
    session_in_threads(world, PLAN)
    blobs = list(world.books().blobs())
    assert len(set(blobs)) == 3  # who was there, and two answers
    for blob in blobs:
        assert b"people" not in blob
        assert b"noisy" not in blob


def test_a_replay_has_an_entry_and_no_second_blob(world: World) -> None:
    (first, again), receipts = session_in_threads(world, [("A01", MATCH)] * 2)
    assert first is not None
    assert again is not None
    assert again.replayed
    assert again.vectors == first.vectors
    world.settle(receipts)
    (later,), _ = session_in_threads(world, [("A01", MATCH)])
    assert later == again
    assert len(list(world.books().blobs())) == 2  # one answer, and who was there both times
    answers = [e.answered for e in entries(world.books()) if e.answered is not None]
    assert [a.price for a in answers] == [Price(0, 3), FREE, FREE]
    assert [bool(a.blob_sha256) for a in answers] == [True, False, False]


def test_three_parties_and_a_neutral_host(tmp_path: Path) -> None:
    parties = ("platform", "brand", "partner")
    world = shop(tmp_path, parties, policy=POLICY, neutral_host="host")
    question = MatchQuestion(parties, "membership")
    (release,), receipts = session_in_threads(world, [("A01", question)])
    assert release is not None
    assert len(release.vectors[0].values) == 7
    assert set(receipts) == set(parties)
    world.settle(receipts)
    assert all(not world.vaults[p].allowances.open(world.signed.agreement.id) for p in parties)
    world.close()


# --- the end -------------------------------------------------------------------------------------


def test_too_many_refusals_close_the_session_in_order(world: World) -> None:
    """Three are agreed: the third is still answered, the next question finds it closed."""
    books = world.books()
    with ThreadEngine(by_hand(world, books), books) as engine:
        engine.open()
        said = [engine.ask("A03", BAD) for _ in range(4)]
    assert [release and release.reason for release in said] == ["column"] * 3 + [None]
    last = entries(books)[-1]
    assert last.closed == ledger.Closed(FREE, 3, "refusals")


def test_too_many_refusals_and_then_the_end(world: World) -> None:
    books = world.books()
    with ThreadEngine(by_hand(world, books), books) as engine:
        engine.open()
        for _ in range(3):
            engine.ask("A03", BAD)
        engine.close()
    assert entries(books)[-1].closed == ledger.Closed(FREE, 3, "refusals")


def test_refusals_are_counted_for_the_owners(world: World) -> None:
    (_, refusal, _), _ = session_in_threads(world, [("A01", MATCH), ("A03", BAD), ("A03", AGE)])
    assert refusal is not None
    assert refusal.status == "refused"
    books = world.books()
    assert books.refusals_since(books.acknowledged("brand")) == 1


@pytest.mark.parametrize("hours", [8, 9])
def test_a_session_ends_with_its_grants(
    world: World, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Grants of 8 hours; by the boot clock, whatever the wall clock says."""
    books = world.books()
    real = Room.now
    passed = timedelta(0)
    monkeypatch.setattr(Room, "now", lambda self: real(self) + passed)
    with ThreadEngine(by_hand(world, books), books) as engine:
        engine.open()
        assert engine.ask("A01", MATCH) is not None
        passed = timedelta(hours=hours)
        assert engine.ask("A03", AGE) is None
    closed = entries(books)[-1].closed
    assert closed is not None
    assert closed.reason == "expired"
    assert closed.spent == Price(0, 3, 1)


def test_time_goes_by_the_boot_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    books = world.books()
    ticks = iter([100.0, *[100.0 + 3600 * hour for hour in range(100)]])
    papers = by_hand(world, books)
    start = datetime.now(UTC)  # no paper is of a later second
    with ThreadEngine(papers, books, now=start) as engine:
        monkeypatch.setattr(
            "cleanroom.sandbox.inside.room.time.clock_gettime", lambda _clock: next(ticks)
        )
        engine.open()
        assert engine.room is not None
        first, second = engine.room.now(), engine.room.now()
        engine.close()
    assert second - first == timedelta(hours=1)
    assert first - start >= timedelta(0)


# --- reopening -----------------------------------------------------------------------------------


@pytest.fixture
def reopened(world: World) -> tuple[World, HostBooks]:
    """A world with one session behind it, settled: two answers in the ledger."""
    _, receipts = session_in_threads(world, PLAN)
    world.settle(receipts)
    return world, world.books()


def test_every_answer_must_be_there(reopened: tuple[World, HostBooks]) -> None:
    world, books = reopened
    papers = by_hand(world, books)
    blobs = list(books.blobs())
    for missing in range(3):
        left = [*blobs[:missing], *blobs[missing + 1 :]]
        assert refused(papers, books, blobs=left) == "trust.state_missing"
        assert refused(papers, books, blobs=[*left, b"another"]) == "trust.state_missing"
    assert refused(papers, books, blobs=[]) == "trust.state_missing"


def test_an_altered_answer_is_a_missing_one(reopened: tuple[World, HostBooks]) -> None:
    world, books = reopened
    blobs = list(books.blobs())
    papers = by_hand(world, books)
    for number, blob in enumerate(blobs):
        altered = [*blobs[:number], bytes([*blob[:-1], blob[-1] ^ 1]), *blobs[number + 1 :]]
        assert refused(papers, books, blobs=altered) == "trust.state_missing"


def test_more_blobs_than_the_ledger_names(reopened: tuple[World, HostBooks]) -> None:
    world, books = reopened
    blobs = [*books.blobs(), b"orphan"]
    assert refused(by_hand(world, books), books, blobs=blobs) == "trust.state_damaged"


def test_an_owner_with_another_share(reopened: tuple[World, HostBooks]) -> None:
    """A vault made anew: what was sealed under all shares no longer opens, and nothing starts."""
    world, books = reopened
    papers = by_hand(world, books)
    papers.grants["brand"] = hand_grant(world, "brand", papers.requests["brand"], share=bytes(32))
    assert refused(papers, books) == "trust.state_damaged"


class ForgetfulBooks(HostBooks):
    """A host that shows owners the whole ledger, and the engine only its beginning."""

    shown = 0

    def entries(self) -> list[bytes]:
        return super().entries()[: self.shown]

    def blobs(self) -> Iterator[bytes]:
        return iter(())


@pytest.mark.parametrize("shown", [0, 1])
def test_a_host_cannot_make_the_engine_forget(
    reopened: tuple[World, HostBooks], shown: int
) -> None:
    """The attack: every question answered anew and with new noise, no budget counted. The request
    that the owners granted holds the entries, so the engine sees that some are missing.
    """
    world, _ = reopened
    books = ForgetfulBooks(world.vaults["platform"], world.signed)
    books.shown = shown
    assert refused(by_hand(world, books), books) == "trust.fork"


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_a_request_with_fewer_entries_than_the_ledger(
    reopened: tuple[World, HostBooks], keep: int
) -> None:
    """The other way round: the owner was shown less than the engine is."""
    world, books = reopened
    whole = books.since(Head(0, world.signed.genesis))

    def shorter(request: OpeningRequest) -> OpeningRequest:
        return msgspec.structs.replace(
            request, since=world.signed.genesis, since_seq=0, entries=whole[:keep]
        )

    papers = prepare(world, books=books, change=shorter, grant=partial(hand_grant, world))
    assert refused(papers, books) == "trust.fork"


def test_a_head_that_is_in_no_chain(reopened: tuple[World, HostBooks]) -> None:
    """An owner remembers another ledger of as many entries."""
    world, books = reopened

    def elsewhere(request: OpeningRequest) -> OpeningRequest:
        return msgspec.structs.replace(
            request, since="00" * 32, since_seq=len(books.entries()), entries=()
        )

    papers = prepare(world, books=books, change=elsewhere, grant=partial(hand_grant, world))
    assert refused(papers, books) == "trust.fork"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda chain: [chain[0], *chain[2:]], "trust.ledger_broken"),
        (lambda chain: chain[::-1], "trust.ledger_broken"),
        (lambda chain: [*chain[:-1], chain[-1].replace(b"done", b"gone")], "trust.ledger_broken"),
        (lambda chain: [*chain, chain[-1]], "trust.ledger_broken"),
        (lambda chain: [b"{}", *chain], "trust.malformed"),
    ],
    ids=["left out", "turned round", "altered", "repeated", "not an entry"],
)
def test_a_ledger_that_is_no_chain(
    reopened: tuple[World, HostBooks], change: object, code: str
) -> None:
    world, books = reopened
    changed = change(books.entries())  # type: ignore[operator]
    assert refused(by_hand(world, books), books, entries=changed) == code


def test_budgets_go_on_where_they_were(tmp_path: Path) -> None:
    """Two analyses are agreed for good: the second session gets replays and nothing new."""
    world = shop(tmp_path, policy=msgspec.structs.replace(POLICY, analyses_max=2))
    _, receipts = session_in_threads(world, PLAN)
    world.settle(receipts)
    other = replace_versus(AGE)
    (_, again, new), _ = session_in_threads(world, [*PLAN, ("A03", other)])
    assert again is not None
    assert again.replayed
    assert new == Release(
        new.question_key if new else "", "threshold", "refused", (), FREE, reason="analyses"
    )
    world.close()


def replace_versus(question: AttributeQuestion) -> AttributeQuestion:
    return msgspec.structs.replace(question, versus="")


# --- a crash -------------------------------------------------------------------------------------


class Crash(Exception):
    """The host dies here."""


class CrashingBooks(HostBooks):
    """A host that dies while it stores an answer."""

    after = ""

    def store(self, entry: bytes, blob: bytes) -> None:
        if ledger.read(entry).answered is None or not blob:
            super().store(entry, blob)
            return
        if self.after == "blob":
            self.vault.blobs.put(blob)
        if self.after == "entry":
            super().store(entry, blob)
        raise Crash


@pytest.mark.parametrize(("after", "shown"), [("nothing", 0), ("blob", 0), ("entry", 1)])
def test_what_a_crash_leaves(world: World, after: str, shown: int) -> None:
    """Before the entry nothing was shown, nothing costs; after it the answer is there, free."""
    books = CrashingBooks(world.vaults["platform"], world.signed)
    books.after = after
    with ThreadEngine(by_hand(world, books), books) as engine:
        engine.open()
        with pytest.raises(Crash):
            engine.ask("A01", MATCH)
    honest = world.books()
    answers = [e.answered for e in entries(honest) if e.answered is not None]
    assert len(answers) == shown
    with ThreadEngine(by_hand(world, honest), honest) as engine:
        engine.open()
        release = engine.ask("A01", MATCH)
        engine.close()
    assert release is not None
    assert release.replayed is bool(shown)
    if shown:
        assert answers[0] is not None
        first = msgspec.structs.replace(release, replayed=False, price=Price(0, 3))
        assert answers[0].release_sha256 == codec.sha256_hex(codec.encode(first))


def test_orphans_are_removed_after_the_owners_have_agreed(world: World) -> None:
    books = CrashingBooks(world.vaults["platform"], world.signed)
    books.after = "blob"
    with ThreadEngine(by_hand(world, books), books) as engine:
        engine.open()
        with pytest.raises(Crash):
            engine.ask("A01", MATCH)
    vault = world.vaults["platform"]
    assert len(vault.blobs.names()) == 2
    honest = world.books()
    honest.start()
    assert len(vault.blobs.names()) == 2  # an older copy of the vault must not lose newer answers
    honest.clean()
    (kept,) = entries(honest)
    assert kept.opened is not None
    assert vault.blobs.names() == [kept.opened.roster_sha256]


def test_an_interrupted_commit_can_be_finished(world: World) -> None:
    session_in_threads(world, PLAN)
    books = world.books()
    before = books.entries()
    books.store(before[-1], b"")
    assert books.entries() == before


# --- the sealed state ----------------------------------------------------------------------------

KEY = bytes(range(32))
STORED = state.Stored("ab" * 32, MATCH, (state.StoredVector("people", (-3, 0), 3, (True, False)),))


def test_state_opens_with_its_key_only() -> None:
    blob = state.seal(STORED, KEY)
    assert state.unseal(blob, KEY) == STORED
    assert state.seal(STORED, KEY) != blob
    for wrong in (bytes(32), KEY[::-1]):
        with pytest.raises(CleanroomError) as caught:
            state.unseal(blob, wrong)
        assert caught.value.code == "trust.state_damaged"


@pytest.mark.parametrize("blob", [b"", b"x" * 11, b"x" * 12, b"x" * 27, b"x" * 1000])
def test_what_is_no_state(blob: bytes) -> None:
    with pytest.raises(CleanroomError) as caught:
        state.unseal(blob, KEY)
    assert caught.value.code == "trust.state_damaged"


def test_state_of_another_question_is_not_taken(world: World) -> None:
    """A blob whose hash the ledger names under another question."""
    _, _ = session_in_threads(world, PLAN)
    first, second = (e for e in entries(world.books()) if e.answered is not None)
    assert first.answered is not None
    assert second.answered is not None
    blob = state.seal(STORED, KEY)
    answered = msgspec.structs.replace(first.answered, blob_sha256=codec.sha256_hex(blob))
    entry = msgspec.structs.replace(first, answered=answered)
    with pytest.raises(CleanroomError) as caught:
        state.recall([entry], [blob], KEY)
    assert caught.value.code == "trust.state_damaged"
    right = msgspec.structs.replace(answered, question_key=STORED.question_key)
    known = state.recall([msgspec.structs.replace(entry, answered=right)], [blob], KEY)
    assert known == {STORED.question_key: STORED}


def test_shares_come_from_the_vaults(world: World) -> None:
    """The fixture would hide a wrong name."""
    for party, vault in world.vaults.items():
        share = vault.secrets.get(identities.state_share_name(world.signed.agreement.id))
        assert len(share) == 32, party
