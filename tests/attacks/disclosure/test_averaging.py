"""Asking again, in other words or in other sessions; the rest of that attack is in its row."""

from attack_averaging import REPEATS, repeated, spellings
from inside_material import one_column_world

from cleanroom.disclosure.canonical import canonical


def test_two_hundred_repeats_are_one_answer() -> None:
    assert repeated() == (1, 0)  # distinct answers; nano-rho beyond the first


def test_the_spellings_are_many() -> None:
    _, agreed, question = one_column_world([150, 250, 350], 500)
    said = spellings(REPEATS, question)
    assert len({repr(asked) for asked in said}) > 100
    assert {canonical(asked, agreed) for asked in said} == {question}
