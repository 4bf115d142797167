"""Attack 4: linear reconstruction. The brand plants random halves; each answer is a noisy linear
equation about everybody's secret, and enough of them are solved by ridge regression.
"""

import math

import numpy as np
from attack_scores import ERRORS
from attack_table import Row, Size, replaced
from attack_worlds import (
    BOTH,
    DP,
    NO_BUDGET,
    NO_DIFFERENCE,
    SECRET,
    AttackWorld,
    attack_world,
    counted_once,
)
from inside_material import Desk

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import AttributeQuestion

RIDGE = 3.0
BUDGET = Policy("threshold", min_match=0, answer_quantum_ms=0)  # a cell for 50 people
ASKED = 60  # far more than the budgets let through


def made(
    people: int, columns: int, dice: np.random.Generator
) -> tuple[AttackWorld, np.ndarray, np.ndarray]:
    """A world with random halves, the secrets, and the halves as rows of 0 and 1."""
    secret = (dice.random(people) < 0.5).astype(int)
    halves = (dice.random((columns, people)) < 0.5).astype(int)
    planted = {f"h{i:04}": half for i, half in enumerate(halves)}
    return attack_world(secret, planted), secret, halves


def equations(desk: Desk, halves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What was answered: rows of who is counted, and how many of them have the secret."""
    left, right = [], []
    for number, half in enumerate(halves):
        question = AttributeQuestion(BOTH, (f"brand.people.a_h{number:04}", SECRET))
        release = desk.ask("A03", question)
        if release.status == "refused":
            continue
        values = release.vectors[0].values  # planted no, yes x secret no, yes
        for cell, inside in ((1, 1 - half), (3, half)):
            if values[cell] is not None:
                left.append(inside)
                right.append(values[cell])
    return np.array(left, float), np.array(right, float)


def advantage(secret: np.ndarray, left: np.ndarray, right: np.ndarray) -> float:
    """2 * accuracy - 1 over everybody."""
    if not len(left):
        return 0.0
    design = np.column_stack([left - 0.5, np.ones(len(left))])  # the last is the overall share
    target = right - left.sum(axis=1) / 2
    weights = design.T @ design + RIDGE**2 * np.eye(design.shape[1])
    solved = np.linalg.solve(weights, design.T @ target)[:-1]
    return float(2 * np.mean((solved > 0) == secret) - 1)


def run(size: Size) -> list[Row]:
    """Advantage with and without the cell budget and the session's budget."""
    people, columns, worlds, times = (400, 600, 6, 1) if size == "short" else (500, 1000, 20, 3)
    dice = np.random.default_rng(4)
    world, secret, halves = made(people, columns, dice)
    with replaced(
        NO_DIFFERENCE,
        NO_BUDGET,
        ("cleanroom.sandbox.inside.reuse.Given.added_up", lambda *_: None),
        ("cleanroom.sandbox.inside.earlier.People.shown", lambda *_: []),
    ):
        off = advantage(secret, *equations(world.desk(BUDGET), halves))
    scores: dict[str, list[float]] = {"threshold": [], "dp": []}
    for _ in range(worlds):
        world, secret, halves = made(1000, ASKED, dice)
        with counted_once():
            for policy in (BUDGET, DP):
                for _ in range(times):
                    found = equations(world.desk(policy), halves)
                    scores[policy.mode].append(advantage(secret, *found))
    name, figure = "4 reconstruction", "advantage on everybody's secret"
    error = ERRORS / math.sqrt(1000 * worlds)
    on = {mode: float(np.mean(found)) for mode, found in scores.items()}
    return [
        Row(name, f"{figure}, threshold mode", off, 0.6, on["threshold"], 0.15 + error),
        Row(name, f"{figure}, DP mode", off, 0.6, on["dp"], 0.28 + error),
    ]
