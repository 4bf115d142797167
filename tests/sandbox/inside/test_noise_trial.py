"""The self-test's look at noise: wrong samplers are seen, and chance alone is not called wrong."""

import itertools
import math
import random
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cleanroom.sandbox import messages
from cleanroom.sandbox.inside import noise_trial, trials

HALF = 1_000
Draws = list[int]


@cache
def exact(sigma: int) -> dict[int, Decimal]:
    """The discrete Gaussian in fifty decimals, from its formula."""
    with localcontext() as context:
        context.prec = 50
        reach = range(-12 * sigma, 12 * sigma + 1)
        weights = {z: (Decimal(-z * z) / (2 * sigma * sigma)).exp() for z in reach}
        total = sum(weights.values())
        return {z: weight / total for z, weight in weights.items()}


def sampled(sigma: int, seed: int, count: int = HALF) -> Draws:
    """Draws of a sound sampler that is not OpenDP's; the same at every run."""
    table = exact(sigma)
    values, weights = list(table), [float(p) for p in table.values()]
    return random.Random(seed).choices(values, weights, k=count)


def odd(first: Draws, second: Draws, sigma: int) -> set[str]:
    return set(noise_trial.judge(first, second, sigma, HALF).odd)


@pytest.mark.parametrize("sigma", messages.TRIAL_SIGMAS)
def test_a_sound_sampler_is_not_odd(sigma: int) -> None:
    for seed in range(10):
        assert odd(sampled(sigma, 2 * seed), sampled(sigma, 2 * seed + 1), sigma) == set()


@pytest.mark.parametrize("sigma", messages.TRIAL_SIGMAS)
def test_the_noise_of_the_product_is_not_odd(sigma: int) -> None:
    """Fails by chance less than once in 10^10 runs, by what the next tests show."""
    seen = trials.try_noise(sigma)
    assert (seen.sigma, seen.draws, seen.odd) == (sigma, 2 * HALF, ())
    assert abs(seen.mean_milli) < 200 * sigma
    assert 800 * sigma < seen.spread_milli < 1200 * sigma


# what a sampler does instead of its work -> what is seen of it
WRONG: dict[str, tuple[int, str, Callable[[int], int]]] = {
    "no noise": (3, "cells", lambda z: 0),
    "no noise on amounts": (300, "spread", lambda z: 0),
    "the same for everybody": (3, "cells", lambda z: 2),
    "one person too many": (3, "sign", lambda z: z + 1),
    "one person too few": (3, "sign", lambda z: z - 1),
    "half a sigma too high": (300, "sign", lambda z: z + 150),
    "too little": (300, "spread", lambda z: z * 3 // 4),
    "too much": (300, "spread", lambda z: z * 4 // 3),
    "never negative": (3, "sign", abs),
    "never zero": (3, "cells", lambda z: z or 1),
    "even only": (300, "digits", lambda z: z - z % 2),
    "in steps of five": (300, "digits", lambda z: z - z % 5),
    "cut off": (3, "cells", lambda z: max(-3, min(3, z))),
    "of heavy tails": (300, "far", lambda z: z * 10 if z % 97 == 0 else z),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_sampler_is_seen(fault: str) -> None:
    sigma, seen, change = WRONG[fault]
    first, second = ([change(z) for z in sampled(sigma, seed)] for seed in (1, 2))
    assert seen in odd(first, second, sigma)


@pytest.mark.parametrize(("asked", "drawn"), [(3, 2), (3, 4), (300, 240), (300, 370)])
def test_another_sigma_is_seen(asked: int, drawn: int) -> None:
    assert "spread" in odd(sampled(drawn, 1), sampled(drawn, 2), asked)


@pytest.mark.parametrize("sigma", messages.TRIAL_SIGMAS)
def test_the_same_again_is_seen(sigma: int) -> None:
    draws = sampled(sigma, 1)
    assert "again" in odd(draws, list(draws), sigma)


@pytest.mark.parametrize("sigma", messages.TRIAL_SIGMAS)
def test_neighbours_that_know_each_other_are_seen(sigma: int) -> None:
    halves = [sampled(sigma, seed, HALF // 2) for seed in (1, 2)]
    twice = [[z for z in half for _ in range(2)] for half in halves]
    against = [[side for z in half for side in (z, -z)] for half in halves]
    for first, second in (twice, against):
        assert "neighbours" in odd(first, second, sigma)


@pytest.mark.parametrize("lengths", [(0, 0), (0, HALF), (HALF, HALF - 1), (HALF + 1, HALF), (1, 0)])
def test_another_number_of_draws_is_seen(lengths: tuple[int, int]) -> None:
    first, second = (sampled(3, seed, count) for seed, count in enumerate(lengths))
    assert "count" in odd(first, second, 3)


def test_figures_are_those_of_the_draws() -> None:
    seen = noise_trial.judge([3, -1], [0, 4], 3, 2)
    assert (seen.draws, seen.mean_milli, seen.spread_milli) == (4, 1500, 2550)


@given(st.integers(1, 400), st.data())
def test_tails_are_those_of_the_binomial(asked: int, data: st.DataObject) -> None:
    """In whole numbers: a float is a fraction, so every term is one, too."""
    hits = data.draw(st.integers(0, asked))
    p = data.draw(st.floats(1e-12, 1 - 1e-6))
    top, bottom = p.as_integer_ratio()
    terms = [math.comb(asked, k) * top**k * (bottom - top) ** (asked - k) for k in range(asked + 1)]
    exactly = [Fraction(sum(part), bottom**asked) for part in (terms[: hits + 1], terms[hits:])]
    found = noise_trial.tails(hits, asked, p)
    assert list(found) == [pytest.approx(float(tail), rel=1e-9, abs=1e-290) for tail in exactly]


@pytest.mark.parametrize("sigma", messages.TRIAL_SIGMAS)
def test_probabilities_are_those_of_the_formula(sigma: int) -> None:
    found = noise_trial.probabilities(sigma)
    for z, p in exact(sigma).items():
        assert found[z] == pytest.approx(float(p), rel=1e-12)


@pytest.mark.parametrize("sigma", [1, 3, 10])
def test_each_question_has_its_probability(sigma: int) -> None:
    """By asking about every value once, weighted with fifty decimals."""
    table = exact(sigma)
    asked = list(noise_trial.questions([0], sigma))
    expected = [Decimal(0)] * len(asked)
    for z, p in table.items():
        for place, question in enumerate(noise_trial.questions([z], sigma)):
            expected[place] += p * question.hits
    assert [q.p for q in asked] == [pytest.approx(float(p), rel=1e-9) for p in expected]


def test_questions_about_neighbours_have_their_probability() -> None:
    """The same over every pair of values; the two questions come last."""
    table = {z: p for z, p in exact(1).items() if abs(z) < 10}
    expected = [Decimal(0)] * 2
    for a, b in itertools.product(table, repeat=2):
        asked = list(noise_trial.questions([a, b], 1))[-2:]
        expected = [p + table[a] * table[b] * q.hits for p, q in zip(expected, asked, strict=True)]
    assert [q.name for q in asked] == ["neighbours"] * 2
    assert [q.p for q in asked] == [pytest.approx(float(p), rel=1e-9) for p in expected]


@pytest.mark.parametrize("sigma", messages.TRIAL_SIGMAS)
def test_chance_alone_is_called_odd_less_than_once_in_a_billion(sigma: int) -> None:
    """Added up over all questions with another library's binomial."""
    asked = list(noise_trial.questions([0] * 2 * HALF, sigma))
    limit = noise_trial.FALSE_ALARM / (2 * len(asked))
    alarm = 0.0
    for question in asked:
        hits = np.arange(question.asked + 1)
        fewer = stats.binom.cdf(hits, question.asked, question.p)
        more = stats.binom.sf(hits - 1, question.asked, question.p)
        alarm += max(fewer[fewer < limit], default=0.0) + max(more[more < limit], default=0.0)
    assert 0 < alarm <= noise_trial.FALSE_ALARM
    assert len(messages.TRIAL_SIGMAS) * noise_trial.FALSE_ALARM < 1e-9
