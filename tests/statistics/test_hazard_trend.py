"""The trend of a hazard, against statsmodels without noise and against draws with it."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.regression.linear_model import WLS

from cleanroom.statistics.hazard import Step, Trend, hazard_trend
from cleanroom.statistics.noise import Noise


def trend(events: list[int], others: list[int], beyond: int, variance: float = 0.0) -> Trend | None:
    steps = [Step(c, o, variance, variance) for c, o in zip(events, others, strict=True)]
    return hazard_trend(steps, beyond, variance)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(20, 5000)), min_size=2, max_size=12),
    st.integers(20, 3000),
)
def test_without_noise_it_is_the_score_test_of_a_logistic_model(
    left: list[tuple[int, int]], beyond: int
) -> None:
    events, others = [c for c, _ in left], [o for _, o in left]
    found = trend(events, others, beyond)
    assert found is not None
    there = np.cumsum([c + o for c, o in left][::-1])[::-1] + beyond
    step = np.arange(len(left), dtype=float)
    counts = np.column_stack([events, there - events])
    alone = GLM(counts, np.ones((len(left), 1)), family=Binomial()).fit()
    _, p_value, *_ = alone.score_test(exog_extra=step[:, None])
    assert found.p_value == pytest.approx(np.ravel(p_value)[0], rel=1e-6, abs=1e-9)
    line = WLS(np.array(events) / there, np.column_stack([np.ones(len(left)), step]), there).fit()
    assert found.slope == pytest.approx(line.params[1], rel=1e-6, abs=1e-12)


def simulate(
    gate: Any, hazards: list[float], people: int, noise: Noise
) -> tuple[list[Step], int, float]:
    """People who go on at each step with probability 0.7, cells released with noise."""
    there, events, others = people, [], []
    for hazard in hazards:
        happened = gate.rng.binomial(there, hazard)
        stopped = gate.rng.binomial(there - happened, 0.3)
        events.append(happened)
        others.append(stopped)
        there -= happened + stopped
    shown = gate.release(np.array([*events, *others, there]), noise).tolist()
    v, count = noise.variance, len(hazards)
    steps = [Step(shown[i], shown[count + i], v, v) for i in range(count)]
    return steps, shown[-1], v


@pytest.mark.parametrize("noise", [Noise(0.0), Noise(10.0), Noise(3.0, 5)])
def test_p_values_of_a_flat_hazard_are_uniform(gate: Any, noise: Noise) -> None:
    runs = 3000
    found = [hazard_trend(*simulate(gate, [0.02] * 8, 20_000, noise)) for _ in range(runs)]
    p_values = np.array([one.p_value for one in found if one])
    assert len(p_values) == runs
    for level in (0.05, 0.1, 0.5):
        # four standard deviations, and a little because counts are whole
        margin = 4 * math.sqrt(level * (1 - level) / runs) + 0.004
        assert abs((p_values < level).mean() - level) < margin


@pytest.mark.parametrize("noise", [Noise(0.0), Noise(10.0)])
def test_a_falling_hazard_is_seen(gate: Any, noise: Noise) -> None:
    falling = [0.04 * 0.8**i for i in range(8)]
    found = [hazard_trend(*simulate(gate, falling, 20_000, noise)) for _ in range(100)]
    assert all(one is not None and one.slope < 0 and one.p_value < 0.05 for one in found)
    assert all(one is not None and one.interval.contains(one.slope) for one in found)


def test_noise_widens_the_interval() -> None:
    one, two = (trend([50, 40, 30], [200, 150, 100], 400, v) for v in (0.0, 100.0))
    assert one is not None
    assert two is not None
    assert two.slope == one.slope
    assert two.interval.width > one.interval.width
    assert two.p_value > one.p_value


def test_what_carries_no_trend() -> None:
    assert trend([5], [10], 20) is None
    assert trend([0, 0], [10, 10], 20) is None
    assert trend([5, 5], [0, 0], 0) is not None
    assert trend([5, 5], [10, 10], 20, variance=400.0) is None
    assert trend([-3, 1], [10, 10], 20, variance=1.0) is None
