"""Is a cell of 49 told from a cell of 50? The rest of that attack is in its row."""

import math

import pytest
from attack_oracle import CELLS, of_cells
from attack_worlds import THRESHOLD
from inside_material import Desk, one_column_world

from cleanroom.disclosure.question import MatchQuestion


@pytest.mark.parametrize(("smaller", "larger"), [(49, 50), (56, 57)])
def test_the_noisy_threshold_tells_little(smaller: int, larger: int) -> None:
    """At k itself, and where one person changes most: at tau."""
    standard_error = math.sqrt(2 * 0.25 / (2 * CELLS))
    assert of_cells(smaller, larger, 2) <= 0.15 + 4 * standard_error


def test_the_noise_is_at_work() -> None:
    """Cells of 57 come out sometimes, not always and not never."""
    connection, agreed, question = one_column_world([57] * CELLS, 1000)
    desk = Desk(connection, agreed, THRESHOLD)
    desk.ask("A01", MatchQuestion(agreed.parties))
    values = desk.ask("A03", question).vectors[0].values
    assert 0.3 < sum(value is not None for value in values) / CELLS < 0.8
