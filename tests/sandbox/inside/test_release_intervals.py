"""Released numbers lie around the true ones as the interval on every figure says."""

import pytest
from inside_material import Desk, one_column_world

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion

RUNS = 25
SIZES = [90, 120, 150, 200, 260, 310, 420, 500, 640, 777, 1000, 1234, 90, 100, 110, 130, 140, 170]
ROUNDED = 2.5  # half of the base 5: rounding moves a number by at most that much


@pytest.mark.parametrize(("mode", "spread"), [("threshold", ROUNDED), ("dp", 0.0)])
def test_released_numbers_cover_the_true_ones(mode: str, spread: float) -> None:
    """450 cells, each from a gate of its own: at least 90 % in the 95 % interval, all in five
    sigma. A correct gate fails by chance in about 1 of 4,000 runs (the five sigma of 450 cells).
    """
    policy = Policy(mode, min_match=0, people_per_cell=1, answer_quantum_ms=0)  # type: ignore[arg-type]
    connection, agreed, question = one_column_world(SIZES, others=800)
    distances = []
    for _ in range(RUNS):
        desk = Desk(connection, agreed, policy)
        overlap = desk.ask("A01", MatchQuestion(agreed.parties))
        release = desk.ask("A03", question)
        (vector,) = release.vectors
        assert vector.sigma == policy.sigma
        for value, true in zip(vector.values, SIZES, strict=True):
            assert value is not None  # far from the threshold, else only lucky cells would count
            distances.append(abs(value - true))
        together = overlap.vectors[0].values[2]
        assert together is not None
        assert abs(together - 800) <= 5 * policy.sigma + spread
    assert len(distances) >= 400
    inside = sum(d <= 1.96 * policy.sigma + spread for d in distances)
    assert inside >= 0.9 * len(distances)
    assert max(distances) <= 5 * policy.sigma + spread
    assert len(set(distances)) > 1
    # and the interval is not a barn door: half as much noise would leave almost nobody outside
    assert sum(d > 0.9 * policy.sigma for d in distances) >= 0.15 * len(distances)
