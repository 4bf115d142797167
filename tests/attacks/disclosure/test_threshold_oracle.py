"""Is a cell of 49 told from a cell of 50? Whether it is published is itself an answer."""

import math

import pytest
from inside_material import Desk, one_column_world

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.sandbox.inside.gate import Gate
from cleanroom.sandbox.inside.kernels import Exact
from cleanroom.sandbox.inside.state import StoredVector

CELLS = 200  # of each size in one question: every cell is a trial of its own
ROUNDS = 4
TRIALS = CELLS * ROUNDS


def advantage(smaller: int, larger: int) -> float:
    """2 * accuracy - 1 of the attacker who says "larger" when the cell is published."""
    connection, agreed, question = one_column_world([smaller] * CELLS + [larger] * CELLS, 1000)
    policy = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
    shown = [0, 0]
    for _ in range(ROUNDS):
        desk = Desk(connection, agreed, policy)
        desk.ask("A01", MatchQuestion(agreed.parties))
        values = desk.ask("A03", question).vectors[0].values
        shown[0] += sum(value is not None for value in values[:CELLS])
        shown[1] += sum(value is not None for value in values[CELLS:])
    return (shown[1] - shown[0]) / TRIALS


def hard_rule(
    self: Gate, question: object, exact: Exact, vectors: tuple[StoredVector, ...]
) -> tuple[bool, ...]:
    """k and nothing else."""
    return tuple(n < self._policy.k for n in exact.people)


def test_a_hard_rule_tells_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attack works where the defence is off."""
    monkeypatch.setattr(Gate, "_withheld", hard_rule)
    # the published number alone must not hide it either: today's noisy look is left out too
    monkeypatch.setattr("cleanroom.sandbox.inside.gate.tau", lambda k, sigma: -(10**9))
    assert advantage(49, 50) == 1.0


@pytest.mark.parametrize(("smaller", "larger"), [(49, 50), (56, 57)])
def test_the_noisy_threshold_tells_little(smaller: int, larger: int) -> None:
    """At k itself, and where one person changes most: at tau."""
    standard_error = math.sqrt(2 * 0.25 / TRIALS)
    assert advantage(smaller, larger) <= 0.15 + 4 * standard_error


def test_the_noise_is_at_work() -> None:
    """Cells of 57 come out sometimes, not always and not never."""
    connection, agreed, question = one_column_world([57] * CELLS, 1000)
    policy = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
    desk = Desk(connection, agreed, policy)
    desk.ask("A01", MatchQuestion(agreed.parties))
    values = desk.ask("A03", question).vectors[0].values
    assert 0.3 < sum(value is not None for value in values) / CELLS < 0.8
