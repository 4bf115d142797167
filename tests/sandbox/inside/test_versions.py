"""Which package may follow the ones used before: nobody new or many, and not every day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest
from engine_material import ThreadEngine, hand_grant, prepare
from hypothesis import given
from hypothesis import strategies as st
from room_material import Rows, World, shop, tokens_of

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE
from cleanroom.errors import CleanroomError
from cleanroom.sandbox.inside import versions
from cleanroom.sandbox.inside.roster import Roster
from cleanroom.session import granting
from cleanroom.trust import ledger
from cleanroom.trust.instants import timestamp

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLICY = Policy("threshold", min_match=0, answer_quantum_ms=0, people_per_cell=1)
WEEK = timedelta(days=7)
People = Sequence[int]


def opening(name: str, people: People, at: datetime) -> Roster:
    """Platform's package of a letter, with people whom the brand does not have, and one it has."""
    ids = np.array([*people, 0], "<u8")
    brand = np.zeros(len(ids), "<u8")
    brand[-1] = 1
    return Roster({"platform": name, "brand": "b"}, timestamp(at), {}, (ids, brand))


def refused(
    name: str,
    people: People,
    earlier: Sequence[Roster],
    after: timedelta = WEEK,
    policy: Policy = POLICY,
) -> str:
    """The code with which the platform's package is refused; "" when it is admitted."""
    ids = np.array(people, "<u8")
    try:
        versions.check("platform", 0, name, ids, earlier, policy, START + after)
    except CleanroomError as error:
        return error.code
    return ""


REFUSED = "disclosure.version"
MANY = range(1, 10_001)
FIRST = [opening("first", MANY, START)]
NOW = timedelta(0)


def test_the_first_package_and_the_same_again() -> None:
    assert refused("first", [1], [], NOW) == ""
    assert refused("first", MANY, FIRST, NOW) == ""


@pytest.mark.parametrize(
    ("added", "code"), [(0, ""), (1, REFUSED), (499, REFUSED), (500, ""), (5000, "")]
)
@pytest.mark.parametrize("removed", [0, 1, 3000])
def test_nobody_new_or_many(added: int, removed: int, code: str) -> None:
    people = range(1 + removed, 10_001 + added)
    assert refused("second", people, FIRST) == code


@pytest.mark.parametrize(("added", "code"), [(1000, REFUSED), (1001, "")])
def test_many_is_a_share_of_large_packages(added: int, code: str) -> None:
    """1 % of 100,050 people, rounded up."""
    earlier = [opening("first", range(1, 100_051), START)]
    assert refused("second", range(1, 100_051 + added), earlier) == code


def test_a_new_package_needs_its_time() -> None:
    """Counted from the first opening with the version that was used last."""
    more = range(1, 20_001)
    almost = WEEK - timedelta(seconds=1)
    assert refused("second", more, FIRST, almost) == REFUSED
    assert refused("second", more, FIRST, WEEK) == ""
    again = [*FIRST, opening("first", MANY, START + timedelta(days=5))]
    assert refused("second", more, again, WEEK) == ""
    second = [*FIRST, opening("second", more, START + timedelta(days=8))]
    assert refused("third", range(1, 30_001), second, timedelta(days=14)) == REFUSED
    assert refused("third", range(1, 30_001), second, timedelta(days=15)) == ""


def test_the_same_people_sealed_anew_need_time_too() -> None:
    """What is known about one of them may have been changed."""
    assert refused("second", MANY, FIRST, NOW) == REFUSED
    assert refused("second", MANY, FIRST, WEEK) == ""


@pytest.mark.parametrize("people", [range(2, 10_001), range(1, 10_000), [], [5]])
def test_people_may_be_taken_out_at_any_time(people: People) -> None:
    assert refused("second", people, FIRST, NOW) == ""


def test_there_and_back_is_no_way_round() -> None:
    """Somebody is taken out, which is always allowed, and comes back alone or with a friend."""
    fewer = [*FIRST, opening("second", range(2, 10_001), START)]
    assert refused("first", MANY, fewer) == ""  # exactly as it was
    assert refused("third", MANY, fewer) == ""
    assert refused("third", range(1, 10_000), fewer) == REFUSED  # back, and somebody else gone
    assert refused("third", [*range(2, 10_001), 20_000], fewer) == REFUSED


def test_every_earlier_version_counts() -> None:
    """Many people more than the last version has, and one more than the version before."""
    openings = [*FIRST, opening("second", range(1, 5_001), START)]
    assert refused("third", range(1, 10_002), openings) == REFUSED
    assert refused("third", range(1, 10_501), openings) == ""


def test_only_the_owners_own_package_counts() -> None:
    """The other party changed its package every day."""
    ids = np.arange(1, 10_001, dtype="<u8")
    brand = np.ones(10_000, "<u8")
    openings = [
        Roster({"platform": "first", "brand": name}, timestamp(START), {}, (ids, brand))
        for name in "bcd"
    ]
    assert refused("first", MANY, openings, NOW) == ""


@pytest.mark.parametrize("earlier", [[], FIRST])
def test_two_people_with_one_id_are_a_lie(earlier: Sequence[Roster]) -> None:
    """The ingest worker refuses them; one that was taken over may not."""
    assert refused("first", [1, 2, 1], earlier) == "sandbox.lied"


_SETS = st.frozensets(st.integers(1, 12), max_size=12)


@given(st.lists(_SETS, min_size=1, max_size=4), _SETS, st.integers(1, 4), st.integers(0, 60))
def test_the_rule_in_words(
    earlier: list[frozenset[int]], new: frozenset[int], least: int, percent: int
) -> None:
    """Against plain sets; every earlier version lasted long enough."""
    policy = msgspec.structs.replace(
        POLICY, version_min_people=least, version_min_percent=percent, version_days=0
    )
    openings = [opening(str(n), sorted(people), START) for n, people in enumerate(earlier)]
    few = any(
        0 < len(new - people) < max(least, -(-percent * len(people) // 100)) for people in earlier
    )
    expected = REFUSED if few and new not in earlier else ""
    assert refused("new", sorted(new), openings, NOW, policy) == expected


# --- in sessions ---------------------------------------------------------------------------------

SMALL = msgspec.structs.replace(POLICY, version_min_people=30, version_min_percent=5)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = shop(tmp_path, policy=SMALL)
    yield made
    made.close()


def seal(world: World, people: int) -> None:
    """The brand's package with its first so many people: always the same ones."""
    nothing = np.zeros(0)
    events = {"conversions": dict.fromkeys(("person", "ts", "paid"), nothing)}
    tokens = {"email": tokens_of(range(people), range(people))}
    world.seal("brand", Rows(people, {}, tokens, events))


def opens(world: World, days: int = 0) -> str:
    """A session some days from now; the code with which it is refused."""
    books, when = world.books(), datetime.now(UTC) + timedelta(days=days)
    papers = prepare(world, books=books, grant=partial(hand_grant, world, issued=when))
    with ThreadEngine(papers, books, now=when + timedelta(seconds=1)) as engine:
        try:
            engine.open()
        except CleanroomError as error:
            return error.code
        engine.close()
    return ""


def test_versions_over_three_sessions(world: World) -> None:
    """Of the brand's 300 people; the platform's package stays."""
    assert opens(world) == ""
    seal(world, 301)
    assert opens(world, 8) == REFUSED
    seal(world, 330)
    assert opens(world, 1) == REFUSED
    assert opens(world, 8) == ""
    seal(world, 310)
    assert opens(world, 9) == REFUSED  # fewer than last time, ten more than the first time
    seal(world, 299)
    assert opens(world, 9) == ""
    entries = [ledger.read(entry) for entry in world.books().entries()]
    rosters = [entry.opened.roster_sha256 for entry in entries if entry.opened is not None]
    assert [bool(name) for name in rosters] == [True, False, False, True, False, True]
    assert len(set(rosters)) == 4  # a refused opening remembers nobody


def test_a_refused_version_costs_nothing(tmp_path: Path) -> None:
    """The engine signs that nothing was asked, so every owner's receipt gives all back."""
    world = shop(tmp_path, policy=msgspec.structs.replace(SMALL, version_days=0))
    for people, code in ((300, ""), (301, REFUSED), (300, "")):
        seal(world, people)
        books = world.books()
        papers = prepare(world, books=books)
        with ThreadEngine(papers, books) as engine:
            if code:
                with pytest.raises(CleanroomError, match=code):
                    engine.open()
            else:
                engine.open()
                engine.close()
            receipts = engine.receipts()
        for owner, receipt in receipts.items():
            spent = granting.import_receipt(world.vaults[owner], world.signed, receipt)
            assert spent == FREE
            assert not world.vaults[owner].allowances.open(world.signed.agreement.id)
    world.close()


def test_differential_privacy_has_no_version_gate(tmp_path: Path) -> None:
    """It remembers nobody; its guarantee covers one person more."""
    world = shop(tmp_path, policy=Policy("dp", min_match=0, answer_quantum_ms=0))
    assert opens(world) == ""
    seal(world, 301)
    assert opens(world) == ""
    world.close()
