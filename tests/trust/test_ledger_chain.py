"""The ledger is a chain that only session keys can write, and nobody can shorten inside."""

import msgspec
import pytest
from ledger_material import (
    AGREEMENT,
    COST,
    GENESIS,
    SESSION,
    TWO_SESSIONS,
    answered,
    chain,
    closed,
    opened,
)

from cleanroom.errors import CleanroomError, TrustError
from cleanroom.trust import codec, ledger

GOOD = chain(TWO_SESSIONS)


def verify(entries: list[bytes]) -> list[ledger.Entry]:
    return ledger.verify_chain(entries, AGREEMENT, GENESIS)


def broken_at(entries: list[bytes]) -> int:
    with pytest.raises(TrustError, match=r"trust\.ledger_broken") as raised:
        verify(entries)
    number = raised.value.facts["seq"]
    assert isinstance(number, int)
    return number


def test_a_whole_ledger_verifies() -> None:
    entries = verify(GOOD)
    assert [e.seq for e in entries] == [1, 2, 3, 4, 5]
    assert ledger.spent(entries) == COST


def test_it_verifies_from_any_point_between_sessions() -> None:
    rest = ledger.verify_chain(GOOD[3:], AGREEMENT, ledger.entry_hash(GOOD[2]), 3)
    assert [e.session_id for e in rest] == ["second", "second"]
    assert ledger.verify_chain([], AGREEMENT, GENESIS) == []


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_every_changed_byte_of_every_entry_is_noticed(number: int) -> None:
    """All bytes, three masks each: neighbour, letter case, high bit."""
    entry = GOOD[number]
    unnoticed = []
    for position in range(len(entry)):
        for mask in (0x01, 0x20, 0x80):
            changed = bytearray(entry)
            changed[position] ^= mask
            try:
                verify([*GOOD[:number], bytes(changed), *GOOD[number + 1 :]])
            except CleanroomError as error:
                assert error.code in ("trust.malformed", "trust.ledger_broken")  # noqa: PT017
            else:
                unnoticed.append((position, mask))
    assert unnoticed == []


@pytest.mark.parametrize("number", range(len(GOOD) - 1))
def test_an_entry_that_is_left_out_is_noticed(number: int) -> None:
    assert broken_at([*GOOD[:number], *GOOD[number + 1 :]]) == number + 1


@pytest.mark.parametrize("number", range(len(GOOD) - 1))
def test_two_entries_that_changed_places_are_noticed(number: int) -> None:
    turned = list(GOOD)
    turned[number], turned[number + 1] = turned[number + 1], turned[number]
    assert broken_at(turned) == number + 1


def test_a_ledger_belongs_to_its_agreement_and_its_head() -> None:
    for agreement, prev, seq in (
        ("00" * 16, GENESIS, 0),
        (AGREEMENT, "00" * 32, 0),
        (AGREEMENT, GENESIS, 1),
    ):
        with pytest.raises(TrustError, match=r"trust\.ledger_broken"):
            ledger.verify_chain(GOOD, agreement, prev, seq)


@pytest.mark.parametrize("number", range(1, len(GOOD) + 1))
def test_another_key_signs_nothing(number: int) -> None:
    assert broken_at(chain(TWO_SESSIONS, {number: "thief"})) == number


def test_a_session_is_not_opened_twice() -> None:
    """Else whoever holds the chain could close a session again, cheaper, under its own key."""
    again = [*SESSION[:2], ("first", "opened", opened("thief")), ("first", "closed", closed())]
    assert broken_at(chain(again, {3: "thief", 4: "thief"})) == 3
    after = [*SESSION, ("first", "opened", opened("first"))]
    assert broken_at(chain(after)) == 4


def test_nothing_follows_a_closing_statement_in_its_session() -> None:
    assert broken_at(chain([*SESSION, ("first", "answered", answered())])) == 4
    assert broken_at(chain([*SESSION, ("first", "closed", closed())])) == 4


def test_a_crashed_session_stays_silent_once_the_next_one_opened() -> None:
    crashed = [*SESSION[:2], ("second", "opened", opened("second"))]
    assert len(verify(chain(crashed))) == 3
    assert broken_at(chain([*crashed, ("first", "answered", answered())])) == 4


def test_an_entry_needs_its_opening_in_the_run() -> None:
    rest = chain(SESSION[1:], prev=ledger.entry_hash(GOOD[0]), seq=1)
    with pytest.raises(TrustError, match=r"trust\.ledger_broken"):
        ledger.verify_chain(rest, AGREEMENT, ledger.entry_hash(GOOD[0]), 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"v": 2},
        {"opened": None},
        {"closed": closed()},
        {"session_id": ""},
        {"session_id": "../x"},
        {"agreement_id": "a b"},
        {"at": "2026-03-01"},
        {"opened": msgspec.structs.replace(opened("first"), session_key="AB" * 32)},
        {"opened": msgspec.structs.replace(opened("first"), session_key="zz")},
        {"opened": msgspec.structs.replace(opened("first"), grants={"\u202e": "x"})},
    ],
)
def test_malformed_entries(fields: dict[str, object]) -> None:
    entry = msgspec.structs.replace(ledger.read(GOOD[0]), **fields)
    with pytest.raises(TrustError, match=r"trust\.malformed"):
        verify([codec.encode(entry)])


@pytest.mark.parametrize("price", [(-1, 0, 0), (0, -1, 0), (0, 0, -1), (2**53, 0, 0)])
def test_nobody_writes_a_refund_into_the_ledger(price: tuple[int, int, int]) -> None:
    raw = msgspec.to_builtins(ledger.read(GOOD[1]))
    raw["answered"]["price"] = dict(zip(("nano_rho", "cells", "analyses"), price, strict=True))
    with pytest.raises(TrustError, match=r"trust\.malformed"):
        ledger.read(msgspec.json.encode(raw))
