"""Sealed answers: what was stored comes back, nothing else does, and lengths tell nothing."""

import os

import msgspec
import numpy as np
import pytest
from gate_material import AGE, AGE_VERSUS, ALL_MATCH, THRESHOLD, VALUE, opened
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import TrustError
from cleanroom.sandbox.inside import state
from cleanroom.sandbox.inside.members import Members
from cleanroom.sandbox.inside.state import Stored, StoredVector

KEY = bytes(range(32))
CELLS = 4


@st.composite
def answers(draw: st.DrawFn) -> Stored:
    numbers = st.lists(st.integers(-(2**53) + 1, 2**53 - 1), min_size=CELLS, max_size=CELLS)
    flags = st.lists(st.booleans(), min_size=CELLS, max_size=CELLS)
    vectors = tuple(
        StoredVector(
            name, tuple(draw(numbers)), 3, tuple(draw(flags)), draw(st.none() | st.just(7))
        )
        for name in draw(st.sampled_from([("people",), ("people", "first_order_value")]))
    )
    people = draw(st.integers(0, 20))
    room = people + draw(st.integers(0, 20))
    cells = st.lists(st.sampled_from([0, 3, 4, 255]), min_size=people, max_size=people)
    columns = tuple(np.array(draw(cells), "u1") for _ in range(draw(st.integers(1, 3))))
    members = draw(st.none() | st.just(Members("ab" * 32, room, columns)))
    return Stored("cd" * 32, draw(st.sampled_from([AGE, AGE_VERSUS, VALUE])), vectors, members)


def same(one: Stored, other: Stored) -> bool:
    heads = (one.question_key, one.question, one.vectors)
    if heads != (other.question_key, other.question, other.vectors):
        return False
    if one.members is None or other.members is None:
        return one.members is other.members
    pairs = zip(one.members.columns, other.members.columns, strict=True)
    rosters = (one.members.roster, one.members.room)
    return rosters == (other.members.roster, other.members.room) and all(
        np.array_equal(a, b) for a, b in pairs
    )


@given(answers())
def test_what_was_stored_comes_back(stored: Stored) -> None:
    assert same(state.unseal(state.seal(stored, KEY), KEY), stored)


@given(answers(), st.data())
def test_altered_blobs_are_refused(stored: Stored, data: st.DataObject) -> None:
    blob = bytearray(state.seal(stored, KEY))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(TrustError):
        state.unseal(bytes(blob), KEY)
    with pytest.raises(TrustError):
        state.unseal(bytes(blob[:place]), KEY)


@given(answers(), st.data())
def test_other_contents_under_the_right_key_are_refused(
    stored: Stored, data: st.DataObject
) -> None:
    """Somebody with all shares can seal; what they seal must still be an answer, to the byte."""
    plain = bytearray(state.pack(stored))
    place = data.draw(st.integers(0, len(plain) - 1))
    plain[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = state.pack(state.unpack(bytes(plain)))
    except TrustError:
        return
    assert found == bytes(plain)


@given(answers(), answers())
def test_the_length_tells_neither_numbers_nor_people(one: Stored, other: Stored) -> None:
    """Only the question and the sizes of the packages."""

    def public(stored: Stored) -> object:
        members = stored.members
        return len(stored.vectors), members and (members.room, len(members.columns))

    if public(one) == public(other):
        assert len(state.seal(one, KEY)) == len(state.seal(other, KEY))


def test_real_answers_of_the_gate_come_back() -> None:
    desk = opened(THRESHOLD)
    for name, question in (("A03", AGE), ("A03", AGE_VERSUS), ("A04", VALUE), ("A01", ALL_MATCH)):
        desk.ask(name, question)
    assert len(desk.known) == 4
    for stored in desk.known.values():
        assert same(state.unseal(state.seal(stored, KEY), KEY), stored)


def test_a_longer_header_than_there_is_room_for_is_an_error() -> None:
    desk = opened(THRESHOLD)
    (stored,) = desk.known.values()
    long = msgspec.structs.replace(ALL_MATCH, parties=tuple("x" * 60 for _ in range(2000)))
    with pytest.raises(ValueError, match="room"):
        state.pack(Stored(stored.question_key, long, stored.vectors))


def test_another_key_opens_nothing() -> None:
    desk = opened(THRESHOLD)
    (stored,) = desk.known.values()
    with pytest.raises(TrustError):
        state.unseal(state.seal(stored, KEY), os.urandom(32))
