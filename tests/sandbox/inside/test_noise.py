"""The noise against the discrete Gaussian's own formula, computed here with ``math`` only."""

import ast
import inspect
import math

import pytest
from scipy import stats

from cleanroom.sandbox.inside import noise

CHANCE = 1e-5  # a correct sampler fails one of these tests that often


def probabilities(sigma: int, reach: int) -> dict[int, float]:
    """P(Z = z) for |z| <= reach: exp(-z^2 / (2 sigma^2)) over its sum (Canonne et al. 2020)."""
    weights = {
        z: math.exp(-z * z / (2 * sigma * sigma)) for z in range(-40 * sigma, 40 * sigma + 1)
    }
    total = math.fsum(weights.values())
    return {z: weights[z] / total for z in range(-reach, reach + 1)}


@pytest.mark.parametrize(("sigma", "draws"), [(1, 60_000), (3, 20_000), (10, 20_000)])
def test_draws_have_the_distribution(sigma: int, draws: int) -> None:
    """Chi-square over single values, with both tails as one bin each."""
    seen = noise.add([0] * draws, sigma)
    expected = probabilities(sigma, 3 * sigma)
    counts = {z: seen.count(z) for z in expected}
    tail = (1 - math.fsum(expected.values())) / 2
    observed = [
        *counts.values(),
        sum(z < -3 * sigma for z in seen),
        sum(z > 3 * sigma for z in seen),
    ]
    wanted = [draws * p for p in [*expected.values(), tail, tail]]
    assert min(wanted) > 5
    assert sum(observed) == draws
    statistic = math.fsum((o - e) ** 2 / e for o, e in zip(observed, wanted, strict=True))
    assert stats.chi2.sf(statistic, len(wanted) - 1) > CHANCE


@pytest.mark.parametrize("wrong", [2, 4])
def test_the_chi_square_would_see_another_sigma(wrong: int) -> None:
    draws = 20_000
    seen = noise.add([0] * draws, wrong)
    expected = probabilities(3, 9)
    statistic = math.fsum(
        (seen.count(z) - draws * p) ** 2 / (draws * p) for z, p in expected.items()
    )
    assert stats.chi2.sf(statistic, len(expected) - 1) < CHANCE


def test_noise_of_money_has_its_spread() -> None:
    """sigma = 3 people of 250.00 each: mean and variance, in hundredths."""
    sigma, draws = 3 * 25_000, 4_000
    seen = noise.add([1_000_000] * draws, sigma)
    reach = stats.norm.isf(CHANCE / 2)
    mean = math.fsum(seen) / draws
    assert abs(mean - 1_000_000) < reach * sigma / math.sqrt(draws)
    variance = math.fsum((value - 1_000_000) ** 2 for value in seen) / draws
    low, high = stats.chi2.ppf([CHANCE / 2, 1 - CHANCE / 2], draws)
    assert low < variance * draws / sigma**2 < high
    assert len({value % 5 for value in seen}) == 5  # every hundredth occurs


def test_cells_are_independent() -> None:
    """Neighbours in one answer share no noise: their correlation is that of nothing."""
    draws = noise.add([0] * 20_000, 3)
    pairs = math.fsum(a * b for a, b in zip(draws[::2], draws[1::2], strict=True)) / 10_000
    assert abs(pairs) < stats.norm.isf(CHANCE / 2) * 9 / math.sqrt(10_000)


def test_two_draws_differ() -> None:
    """Nothing is seeded: 200 cells come out the same with probability below 10^-100."""
    assert noise.add([0] * 200, 3) != noise.add([0] * 200, 3)


def test_values_shift_the_noise_and_nothing_else() -> None:
    assert all(abs(z - value) < 100 for value, z in enumerate(noise.add(range(500), 3)))
    assert noise.add([], 3) == []


@pytest.mark.parametrize("sigma", [0, -1, 0.0, 3.0, math.nan, "3"])
def test_no_noise_is_refused(sigma: object) -> None:
    """OpenDP would return the true numbers for a scale of 0."""
    with pytest.raises(ValueError, match="sigma"):
        noise.add([1, 2, 3], sigma)  # type: ignore[arg-type]


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_beyond_32_bits_are_exact(sign: int) -> None:
    """OpenDP's default integer saturates at 2^31."""
    (seen,) = noise.add([sign * 2**40], 3)
    assert abs(seen - sign * 2**40) < 100


@pytest.mark.parametrize("value", [2**53 + 10**6, -(2**53) - 10**6, 2**63 - 1, 10**30])
def test_what_is_too_large_is_clipped_and_no_error(value: int) -> None:
    """An error would tell that a sum is large; clipping is what neighbours can't move apart."""
    (seen,) = noise.add([value], 3)
    assert abs(abs(seen) - 2**53) < 100
    assert abs(seen) < 2**53
    assert (seen > 0) == (value > 0)


def test_the_largest_noise_does_not_wrap_around() -> None:
    """The largest sigma that policy and cap allow: answers stay within what JSON keeps exact."""
    seen = noise.add([2**53] * 50, 100_000 * 10_000_000_000)
    assert all(abs(value) < 2**53 for value in seen)


def test_nothing_else_in_the_module_draws() -> None:
    tree = ast.parse(inspect.getsource(noise))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "make_gaussian" in names
    assert not names & {"make_laplace", "make_noisy_max", "random", "urandom", "make_randomized"}
