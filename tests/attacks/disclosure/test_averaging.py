"""Asking again, in other words or in other sessions, to average the noise away."""

import random

from inside_material import Desk, one_column_world

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import AttributeQuestion, Filter, MatchQuestion

SIZES = [150, 250, 350]
DP = Policy("dp", min_match=0, answer_quantum_ms=0)


def spellings(count: int, question: AttributeQuestion) -> list[AttributeQuestion]:
    """One question said in many ways."""
    (column,) = question.columns
    dice = random.Random(1)
    said = []
    for _ in range(count):
        kept = [f"v{number}" for number in range(len(SIZES))] * dice.randint(1, 3)
        dice.shuffle(kept)
        whole = Filter(column, tuple(kept))
        said.append(
            AttributeQuestion(
                question.base * dice.randint(1, 2),
                (column,) * dice.randint(1, 3),
                where=(whole,) * dice.randint(0, 3),
            )
        )
    return said


def test_two_hundred_repeats_are_one_answer() -> None:
    connection, agreed, question = one_column_world(SIZES, 500)
    desk = Desk(connection, agreed, DP)
    desk.ask("A01", MatchQuestion(agreed.parties))
    answers = [desk.ask("A03", asked).vectors for asked in spellings(200, question)]
    assert len(set(answers)) == 1
    assert desk.books.session.nano_rho == 20_000_000  # the overlap and one answer


def test_without_the_memory_it_works() -> None:
    """The attack itself is sound: 200 gates that know nothing give the true numbers away."""
    connection, agreed, question = one_column_world(SIZES, 500)
    noisy = []
    for _ in range(200):
        desk = Desk(connection, agreed, DP)
        desk.ask("A01", MatchQuestion(agreed.parties))
        noisy.append(desk.ask("A03", question).vectors[0].values)
    for cell, size in enumerate(SIZES):
        mean = sum(values[cell] or 0 for values in noisy) / len(noisy)
        assert abs(mean - size) < 5 * DP.sigma / len(noisy) ** 0.5


def test_the_spellings_are_many() -> None:
    _, agreed, question = one_column_world(SIZES, 500)
    said = spellings(200, question)
    assert len({repr(asked) for asked in said}) > 100
    assert {canonical(asked, agreed) for asked in said} == {question}
