"""Attack 10: noise in floating point gives the number away. Only some floats can be the sum of a
number and a noise, and for its neighbour they are others (Mironov, "On significance of the least
significant bits for differential privacy", CCS 2012).
"""

import math

import numpy as np
from attack_table import Row, Size
from attack_worlds import DP, MATCH, THRESHOLD, attack_world, counted_once

COUNT, SCALE = 12, 10.0
NEAR = 64  # uniform numbers around the one that the inverse gives


def naive(count: int, draws: int) -> np.ndarray:
    """The Laplace mechanism of the textbooks, from 53-bit uniform numbers. Fresh ones each run."""
    dice = np.random.default_rng()
    uniform = dice.integers(1, 1 << 53, draws) / (1 << 53)
    signs = np.where(dice.random(draws) < 0.5, -1.0, 1.0)
    return count + signs * SCALE * np.log(uniform)


def possible(output: float, count: int) -> bool:
    """Whether any uniform number leads from this count to this output."""
    noise = output - count
    sign = -1.0 if noise > 0 else 1.0
    guess = round(math.exp(-abs(noise) / SCALE) * (1 << 53))
    near = np.arange(max(1, guess - NEAR), min((1 << 53) - 1, guess + NEAR) + 1) / (1 << 53)
    return bool((count + sign * SCALE * np.log(near) == output).any())


def proved(outputs: np.ndarray, other: int) -> float:
    """Share of outputs that cannot come from the neighbouring count."""
    return float(np.mean([not possible(output, other) for output in outputs.tolist()]))


def released(trials: int) -> list[object]:
    """Numbers of the product, as they came."""
    world = attack_world(np.arange(1000) % 2, {})
    values: list[object] = []
    with counted_once():
        for policy in (THRESHOLD, DP):
            for _ in range(trials):
                values += world.new_desk(policy).ask("A01", MATCH).vectors[0].values
    return values


def reachable(value: object) -> bool:
    """Whether both neighbours lead to it: every whole number has a chance under both."""
    return type(value) is int


def run(size: Size) -> list[Row]:
    """Outputs that prove the count."""
    draws, trials = (400, 100) if size == "short" else (20_000, 5000)
    outputs = naive(COUNT, draws)
    assert proved(outputs, COUNT) == 0
    off = proved(outputs, COUNT + 1)
    values = released(trials)
    on = float(np.mean([not reachable(value) for value in values]))
    return [Row("10 float noise", "outputs that prove the count", off, 0.05, on, 0)]
