"""What a budget means in plain words."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from cleanroom.statistics.attacker import attacker_accuracy, crowd_attacker_accuracy


@pytest.mark.parametrize(
    ("rho_nano", "percent"), [(100_000_000, 59), (300_000_000, 65), (600_000_000, 71)]
)
def test_the_budgets_of_the_protocol(rho_nano: int, percent: int) -> None:
    assert round(100 * attacker_accuracy(rho_nano)) == percent


def test_the_older_budgets_of_the_specification() -> None:
    found = [round(100 * attacker_accuracy(r)) for r in (5_000_000, 50_000_000, 250_000_000)]
    assert found == [52, 56, 64]


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_more_budget_never_helps_privacy(one: int, more: int) -> None:
    assert 0.5 <= attacker_accuracy(one) <= attacker_accuracy(one + more) <= 1
    assert attacker_accuracy(one) == pytest.approx(norm.cdf(math.sqrt(2 * one / 1e9) / 2))


def test_nothing_spent_is_a_coin() -> None:
    assert attacker_accuracy(0) == 0.5
    with pytest.raises(ValueError, match="budget"):
        attacker_accuracy(-1)


@pytest.mark.parametrize("answers", [1, 40])
def test_the_best_guess_is_right_that_often(gate, answers: int) -> None:
    """A person moves between two cells; sigma = s, rho = 1/s^2 for each of the answers.

    The attacker adds up the likelihoods of all released pairs of cells and takes the likelier.
    """
    s, trials = 20.0, 20_000
    moved = gate.rng.integers(0, 2, trials)
    noise = gate.rng.normal(0, s, (trials, answers, 2))
    seen = noise + np.stack([moved, 1 - moved], axis=-1)[:, None, :]
    guess = (seen[..., 0] - seen[..., 1]).sum(axis=1) > 0
    expected = attacker_accuracy(round(answers * 1e9 / s**2))
    # sd of the share: 0.0035; 0.015 is more than four of them.
    assert np.mean(guess == moved) == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize(
    ("answers", "advantage"), [(0, 0), (1, 0.13), (9, 0.38), (50, 0.76), (200, 0.98)]
)
def test_the_advantages_of_the_specification_without_a_guarantee(
    answers: int, advantage: float
) -> None:
    assert 2 * crowd_attacker_accuracy(answers, 3) - 1 == pytest.approx(advantage, abs=0.005)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(1, 1000))
def test_a_crowd_hides_less_with_every_answer(one: int, more: int, noise: int) -> None:
    found = crowd_attacker_accuracy(one, noise)
    assert 0.5 <= found <= crowd_attacker_accuracy(one + more, noise) <= 1
    assert found == pytest.approx(norm.cdf(math.sqrt(one) / noise / 2))
    assert found >= crowd_attacker_accuracy(one, noise + 1)


@pytest.mark.parametrize(("answers", "noise"), [(-1, 3), (1, 0)])
def test_impossible_answers_and_noise(answers: int, noise: int) -> None:
    with pytest.raises(ValueError, match="answers"):
        crowd_attacker_accuracy(answers, noise)


@pytest.mark.parametrize("answers", [1, 9])
def test_the_best_guess_against_a_crowd_is_right_that_often(gate, answers: int) -> None:
    """A person is there or not: one cell, moved by 1, noise of 3 on each answer."""
    trials = 20_000
    there = gate.rng.integers(0, 2, trials)
    seen = gate.rng.normal(0, 3.0, (trials, answers)) + there[:, None]
    guess = seen.mean(axis=1) > 0.5
    expected = crowd_attacker_accuracy(answers, 3)
    # sd of the share: 0.0035; 0.015 is more than four of them.
    assert np.mean(guess == there) == pytest.approx(expected, abs=0.015)
