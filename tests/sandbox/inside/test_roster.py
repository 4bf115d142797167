"""Who was there: kept between sessions, the same bytes for the same people, and nothing to read
from outside.
"""

import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest
from engine_material import Papers, ThreadEngine, hand_grant, prepare, session_in_threads
from hypothesis import given
from hypothesis import strategies as st
from inside_material import catalogue_of, party_rows
from room_material import Rows, World, dataset, shop, shop_rows, tokens_of

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.errors import CleanroomError
from cleanroom.sandbox import messages
from cleanroom.sandbox.inside import database, matching, memory, roster
from cleanroom.sandbox.inside.roster import Roster
from cleanroom.session.books import HostBooks
from cleanroom.trust import codec, ledger

KEY = bytes(range(32))
AT = "2026-03-02T09:00:00Z"
MATCH = MatchQuestion(("platform", "brand"))
POLICY = Policy("threshold", min_match=0, people_per_cell=1, version_days=0, answer_quantum_ms=0)


def made(*people: list[int], at: str = AT, rare: roster.Flags | None = None) -> Roster:
    """A roster of parties p0, p1 ... with these ids over persons."""
    ids = tuple(np.array(listed, "<u8") for listed in people)
    packages = {f"p{number}": f"{number:02x}" * 32 for number in range(len(people))}
    return Roster(packages, at, {} if rare is None else rare, ids)


def same(left: Roster, right: Roster) -> bool:
    told = (left.packages, left.at, left.rare, left.digest)
    if told != (right.packages, right.at, right.rare, right.digest):
        return False
    return all(np.array_equal(a, b) for a, b in zip(left.ids, right.ids, strict=True))


def refused(data: bytes) -> str:
    with pytest.raises(CleanroomError) as caught:
        roster.unpack(data)
    return caught.value.code


# --- as bytes ------------------------------------------------------------------------------------

_IDS = st.one_of(st.just(0), st.integers(1, 2**64 - 1))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    parties = draw(st.integers(1, 5))
    persons = draw(st.lists(st.lists(_IDS, min_size=parties, max_size=parties).filter(any)))
    people = [[person[place] for person in persons] for place in range(parties)]
    flags = st.lists(st.integers(0, 1), max_size=6).map(tuple)
    names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    return made(*people, rare=draw(st.dictionaries(names, st.dictionaries(names, flags))))


@given(rosters())
def test_what_is_packed_comes_back(here: Roster) -> None:
    data = roster.pack(here)
    assert same(roster.unpack(data), here)
    assert len(data) == roster.padded(len(data))


@given(rosters(), st.data())
def test_a_changed_byte_is_another_roster_or_none(here: Roster, data: st.DataObject) -> None:
    """Inside the seal, so only a fault of our own could change it; even then nothing breaks."""
    packed = bytearray(roster.pack(here))
    place = data.draw(st.integers(0, min(len(packed), 4096) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    code, found = "", None
    try:
        found = roster.unpack(bytes(packed))
    except CleanroomError as error:
        code = error.code
    assert code == "trust.state_damaged" if found is None else not same(found, here)


HERE = made([5, 6, 7, 0], [0, 8, 0, 9], rare={"p0": {"a_age": (1, 0, 0)}})


def with_header(**changes: object) -> bytes:
    """The roster with another header, all else fitting to it."""
    data = roster.pack(HERE)
    (length,) = struct.unpack_from("<I", data)
    header = msgspec.json.decode(data[4 : 4 + length])
    text = codec.encode({**header, **changes})
    arrays = data[4 + length : 4 + length + 2 * 1 + 5 * 8]
    whole = struct.pack("<I", len(text)) + text + arrays
    return whole.ljust(roster.padded(len(whole)), b"\0")


BAD: dict[str, bytes] = {
    "nothing": b"",
    "half a length": b"\1\0\0",
    "no header": struct.pack("<I", 0),
    "a header that never ends": struct.pack("<I", 2**32 - 1) + b"{}",
    "cut": roster.pack(HERE)[:-1],
    "longer": roster.pack(HERE) + b"\0",
    "another block": roster.pack(HERE) + bytes(64 << 10),
    "something in the padding": roster.pack(HERE)[:-1] + b"\1",
    "another version": with_header(v=2),
    "a field more": with_header(zz=1),
    "no moment": with_header(at="2026-03-02"),
    "no package": with_header(packages={"p0": "00" * 32}),
    "a package that is none": with_header(packages={"p0": "00" * 32, "p1": "x"}),
    "a flag of two": with_header(rare={"p0": {"a_age": [2]}}),
    "more people": with_header(people=[3, 3]),
    "fewer people": with_header(people=[3, 1]),
    "a negative number of people": with_header(people=[-1, 6]),
    "absurdly many people": with_header(people=[2**53 - 1, 2**53 - 1]),
    "no party": with_header(people=[], packages={}),
}


@pytest.mark.parametrize("which", BAD)
def test_what_is_no_roster(which: str) -> None:
    assert refused(BAD[which]) == "trust.state_damaged"


def test_a_person_of_nobody_is_damage() -> None:
    assert refused(roster.pack(made([5, 0, 7], [0, 0, 9]))) == "trust.state_damaged"


def test_an_id_of_nobody_is_damage() -> None:
    data = roster.pack(HERE)
    place = data.index(struct.pack("<QQQ", 5, 6, 7))
    assert refused(data[:place] + bytes(8) + data[place + 8 :]) == "trust.state_damaged"


# --- sealed --------------------------------------------------------------------------------------


def test_a_roster_opens_with_its_key_only() -> None:
    blob = roster.seal(HERE, KEY)
    assert same(roster.unseal(blob, KEY), HERE)
    assert roster.seal(HERE, KEY) != blob
    for bad, key in ((blob, bytes(32)), (blob[:-1], KEY), (blob[:11], KEY), (b"", KEY)):
        with pytest.raises(CleanroomError) as caught:
            roster.unseal(bad, key)
        assert caught.value.code == "trust.state_damaged"


def matched_by(shared: int, people: int = 30_000) -> Roster:
    """Two parties of so many people, some of whom they share."""
    agreed = catalogue_of({name: dataset(name, {"people": {}}) for name in ("platform", "brand")})
    connection = database.connect(256, 1)
    rows = {
        "platform": Rows(people, tokens={"email": tokens_of(range(people), range(people))}),
        "brand": Rows(
            people,
            tokens={"email": tokens_of(range(people), range(people - shared, 2 * people - shared))},
        ),
    }
    parties = [party_rows(agreed, party, rows[party]) for party in agreed.parties]
    links = matching.link(connection, agreed, parties)
    connection.close()
    return roster.build(dict.fromkeys(agreed.parties, "00" * 32), AT, {}, parties, links)


def test_the_size_of_a_blob_does_not_tell_how_many_matched() -> None:
    """The host sees it before anything is released, and could subtract."""
    found = [matched_by(shared) for shared in (0, 1, 12_345, 30_000)]
    assert [each.persons for each in found] == [60_000, 59_999, 47_655, 30_000]
    assert len({len(roster.seal(each, KEY)) for each in found}) == 1


@given(st.integers(1, 2**34))
def test_padding_hides_small_changes_and_costs_little(size: int) -> None:
    whole = roster.padded(size)
    assert size <= whole <= size + max(64 << 10, size // 16)
    assert roster.padded(whole) == whole


def test_the_digest_is_of_people_packages_and_merged_values() -> None:
    assert made([5, 6], [0, 7]).digest == made([5, 6], [0, 7], at="2027-01-01T00:00:00Z").digest
    others = [
        made([5, 6], [7, 0]),
        made([6, 5], [0, 7]),
        made([5, 6], [0, 8]),
        made([5, 6], [0, 7], rare={"p0": {"a_age": (1,)}}),
        Roster({"p0": "00" * 32, "p1": "02" * 32}, AT, {}, made([5, 6], [0, 7]).ids),
    ]
    assert len({other.digest for other in [made([5, 6], [0, 7]), *others]}) == 6


def test_who_is_who_in_a_roster() -> None:
    """The first party's people in their order, then those whom nobody linked."""
    found = matched_by(2, people=3)
    assert found.ids[0].tolist() == [1, 2, 3, 0]
    assert found.ids[1].tolist() == [0, 1, 2, 3]


def test_an_id_of_nobody_is_a_lie() -> None:
    """The ingest worker refuses it; one that was taken over may not."""
    agreed = catalogue_of({name: dataset(name, {"people": {}}) for name in ("platform", "brand")})
    parties = [party_rows(agreed, party, Rows(2)) for party in agreed.parties]
    parties[1].ids[1] = 0
    links = matching.link(database.connect(64, 1), agreed, parties)
    with pytest.raises(CleanroomError) as caught:
        roster.build({}, AT, {}, parties, links)
    assert caught.value.code == "sandbox.lied"


# --- over sessions -------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made_up = shop(tmp_path, policy=POLICY)
    yield made_up
    made_up.close()


def by_hand(world: World, books: HostBooks) -> Papers:
    """Papers whose grants no vault counts."""
    return prepare(world, books=books, grant=partial(hand_grant, world))


def once(world: World) -> ledger.Opened:
    """A session with one answer; what its opening says."""
    _, receipts = session_in_threads(world, [("A01", MATCH)])
    world.settle(receipts)
    return openings(world)[-1]


def openings(world: World) -> list[ledger.Opened]:
    books = world.books()
    entries = ledger.verify_chain(books.entries(), books.signed.agreement.id, books.signed.genesis)
    return [entry.opened for entry in entries if entry.opened is not None]


def test_the_same_people_are_stored_once(world: World) -> None:
    opened = [once(world) for _ in range(3)]
    assert len({each.roster_sha256 for each in opened}) == 1
    assert len(list(world.books().blobs())) == 2
    assert codec.sha256_hex(next(world.books().blobs())) == opened[0].roster_sha256


def test_every_version_is_stored_and_found_again(world: World) -> None:
    """Platform sealed anew with fewer people, then as at first."""
    first, honest = once(world), world.packages["platform"]
    fewer = shop_rows()["platform"]
    fewer.tokens["email"] = tuple(array[:290] for array in fewer.tokens["email"])  # type: ignore[assignment]
    for name, array in fewer.events["exposures"].items():
        fewer.events["exposures"][name] = array[:290]
    world.seal("platform", Rows(290, {"a_age": np.arange(290) % 4}, fewer.tokens, fewer.events))
    second = once(world)
    assert second.roster_sha256 != first.roster_sha256
    assert second.packages["brand"] == first.packages["brand"]
    assert second.packages["platform"] != first.packages["platform"]
    world.packages["platform"] = honest
    assert once(world).roster_sha256 == first.roster_sha256
    books = world.books()
    names = list(ledger.blobs(ledger.read(entry) for entry in books.entries()))
    assert [codec.sha256_hex(blob) for blob in books.blobs()] == names
    assert len(names) == 3  # two rosters, one answer
    with ThreadEngine(by_hand(world, books), books) as engine:
        engine.open()
        assert engine.room is not None
        known = engine.room._memory
        engine.close()
    assert [each.packages for each in known.openings] == [o.packages for o in openings(world)[:3]]
    there = {name: each.persons for name, each in known.rosters.items()}
    assert there == {first.roster_sha256: 400, second.roster_sha256: 400}
    platform = [np.count_nonzero(each.ids[0]) for each in known.rosters.values()]
    assert platform == [300, 290]


def test_differential_privacy_remembers_nobody(tmp_path: Path) -> None:
    world = shop(tmp_path, policy=Policy("dp", min_match=0, answer_quantum_ms=0))
    assert once(world).roster_sha256 == ""
    assert once(world).roster_sha256 == ""
    assert len(list(world.books().blobs())) == 1
    world.close()


@pytest.mark.parametrize("sessions", [1, 2])
@pytest.mark.parametrize("act", ["delete", "alter", "swap"])
def test_a_roster_that_is_not_there(world: World, sessions: int, act: str) -> None:
    for _ in range(sessions):
        once(world)
    books = world.books()
    there, answer = books.blobs()
    blobs = {
        "delete": [answer],
        "alter": [bytes([there[0] ^ 1, *there[1:]]), answer],
        "swap": [answer, there],
    }[act]
    with (
        ThreadEngine(by_hand(world, books), books, blobs=blobs) as engine,
        pytest.raises(CleanroomError) as caught,
    ):
        engine.open()
    assert caught.value.code == "trust.state_missing"


def test_fewer_blobs_than_announced(world: World) -> None:
    """The engine waits for the rest, and gives up when nobody speaks any more."""
    once(world)
    books = world.books()
    first = next(books.blobs())
    with ThreadEngine(by_hand(world, books), books, blobs=[first], count=2) as engine:
        for thread in engine._threads:
            thread.start()
        engine._threads[1].join()
        engine.send(messages.Close("done"))
        with pytest.raises(CleanroomError) as caught:
            engine._until(messages.Opened)
    assert caught.value.code == "sandbox.lied"


@pytest.mark.parametrize(
    ("body", "blob", "code"),
    [
        ("opened", b"", "vault.blob_missing"),  # a roster that nobody stored
        ("opened", b"another", "trust.malformed"),
        ("answered", b"", "trust.malformed"),
        ("answered", b"another", "trust.malformed"),
        ("closed", b"another", "trust.malformed"),
    ],
)
def test_the_hosts_books_store_no_entry_without_its_blob(
    world: World, body: str, blob: bytes, code: str
) -> None:
    books = world.books()
    books.start()
    bodies: dict[str, object] = {
        "opened": ledger.Opened("cd" * 32, "ab" * 32, {}, {}, 3, "77" * 32),
        "answered": ledger.Answered(
            "A01", "ab" * 32, MATCH, "released", "cd" * 32, "77" * 32, FREE, ()
        ),
        "closed": ledger.Closed(FREE, 0, "done"),
    }
    identifier, head = world.signed.agreement.id, books.head()
    entry = ledger.Entry(1, identifier, 1, head.hash, "cd" * 16, AT, **{body: bodies[body]})  # type: ignore[arg-type]
    with pytest.raises(CleanroomError) as caught:
        books.store(codec.encode(entry), blob)
    assert caught.value.code == code
    assert books.entries() == []
    assert world.vaults["platform"].blobs.names() == []


class Named:
    """A chain that names a blob as the roster of its opening."""

    def __init__(self, here: Roster, packages: dict[str, str]) -> None:
        self.blob = roster.seal(here, KEY)
        name = codec.sha256_hex(self.blob)
        opened = ledger.Opened("cd" * 32, "ab" * 32, {}, packages, 3, name)
        self.entries = [ledger.Entry(1, "ab" * 16, 1, "ef" * 32, "cd" * 16, AT, opened)]


def received(entries: list[ledger.Entry], *blobs: bytes) -> memory.Memory:
    """What the engine makes of blobs that are sent to it."""
    queue = iter(blobs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "receive_blob", lambda _fd: next(queue))
        return memory.receive(-1, entries, len(blobs), KEY)


def test_a_roster_of_other_packages_is_damage() -> None:
    """A blob that is right in itself, under an opening that it does not belong to."""
    named = Named(HERE, HERE.packages)
    found = received(named.entries, named.blob)
    assert same(found.openings[0], HERE)
    assert list(found.by_digest()) == [HERE.digest]
    assert found.to_store(HERE, KEY) == (b"", codec.sha256_hex(named.blob))
    foreign = Named(HERE, {"p0": "00" * 32, "p1": "07" * 32})
    with pytest.raises(CleanroomError) as caught:
        received(foreign.entries, foreign.blob)
    assert caught.value.code == "trust.state_damaged"


def test_a_roster_in_place_of_an_answer_is_damage() -> None:
    """Sealed under the same key, for another purpose."""
    named = Named(HERE, HERE.packages)
    name = codec.sha256_hex(named.blob)
    answered = ledger.Answered("A01", "ab" * 32, MATCH, "released", "cd" * 32, name, FREE, ())
    entry = msgspec.structs.replace(named.entries[0], opened=None, answered=answered)
    with pytest.raises(CleanroomError) as caught:
        received([entry], named.blob)
    assert caught.value.code == "trust.state_damaged"
