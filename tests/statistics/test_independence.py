"""Chi-square and Cramer's V on noisy tables."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import chi2, chi2_contingency
from scipy.stats.contingency import association
from statsmodels.stats.contingency_tables import Table

from cleanroom.statistics.independence import chi_square_independence
from cleanroom.statistics.noise import NO_NOISE, Noise

TABLES = hnp.arrays(
    np.int64, st.tuples(st.integers(2, 5), st.integers(2, 6)), elements=st.integers(20, 10**5)
)


@given(TABLES)
def test_without_noise_it_is_pearson(table: np.ndarray) -> None:
    found = chi_square_independence(table.tolist(), NO_NOISE)
    assume(found is not None)
    assert found is not None
    expected = chi2_contingency(table, correction=False)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
    assert found.degrees == pytest.approx(expected.dof)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)
    assert found.cramers_v == pytest.approx(association(table, "cramer"), rel=1e-6, abs=1e-9)
    other = Table(table, shift_zeros=False).test_nominal_association()
    assert found.statistic == pytest.approx(other.statistic, rel=1e-9, abs=1e-9)


def explicit(table: np.ndarray, variance: float, sampling: float) -> tuple[float, float, float]:
    """Scale, degrees and noise's part from the eigenvalues of the full RC x RC matrix."""
    expected = np.outer(table.sum(1), table.sum(0)) / table.sum()
    p, q = np.sqrt(table.sum(1) / table.sum()), np.sqrt(table.sum(0) / table.sum())
    projection = np.kron(np.eye(len(p)) - np.outer(p, p), np.eye(len(q)) - np.outer(q, q))
    noisy = projection @ np.diag(variance / expected.ravel()) @ projection
    eigenvalues = np.linalg.eigvalsh(sampling * projection + noisy)
    first, second = eigenvalues.sum(), (eigenvalues**2).sum()
    return second / first, first**2 / second, float(np.trace(noisy))


@given(TABLES, st.floats(0.5, 4), st.booleans())
def test_moments_match_the_eigenvalues(table: np.ndarray, sigma: float, sampling: bool) -> None:
    found = chi_square_independence(table.tolist(), Noise(sigma), sampling=sampling)
    assume(found is not None)
    assert found is not None
    scale, degrees, of_noise = explicit(table, sigma**2, float(sampling))
    pearson = chi2_contingency(table, correction=False).statistic
    assert found.degrees == pytest.approx(degrees, rel=1e-6)
    assert found.statistic == pytest.approx(pearson / scale, rel=1e-6, abs=1e-9)
    assert found.p_value == pytest.approx(chi2.sf(pearson / scale, degrees), rel=1e-4, abs=1e-12)
    left = max(pearson - of_noise, 0) / table.sum() / (min(table.shape) - 1)
    assert found.cramers_v == pytest.approx(math.sqrt(left), rel=1e-4, abs=1e-6)


@given(TABLES, st.floats(0.5, 4))
def test_rows_and_columns_are_alike(table: np.ndarray, sigma: float) -> None:
    one = chi_square_independence(table.tolist(), Noise(sigma))
    two = chi_square_independence(table.T.tolist(), Noise(sigma))
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert one.p_value == pytest.approx(two.p_value, rel=1e-6, abs=1e-12)
        assert one.cramers_v == pytest.approx(two.cramers_v, rel=1e-6, abs=1e-9)


def test_equal_cells_only_rescale() -> None:
    # E = 100 in every cell, noise variance 100: X^2 is twice as spread, with the same degrees.
    table = [[110, 90, 100], [90, 110, 100]]
    found = chi_square_independence(table, Noise(10))
    assert found is not None
    assert found.degrees == pytest.approx(2)
    assert found.statistic == pytest.approx(4 / 2)


def test_strength_does_not_fall_to_the_noise_nor_exceed_one() -> None:
    exact = chi_square_independence([[500, 0], [0, 500]], NO_NOISE)
    assert exact is not None
    assert exact.cramers_v == 1
    beyond = chi_square_independence([[500, -60], [-60, 500]], Noise(3))
    assert beyond is not None
    assert beyond.cramers_v == 1
    nothing = chi_square_independence([[201, 199], [199, 201]], Noise(10))
    assert nothing is not None
    assert nothing.cramers_v == 0


def test_people_present_are_known_exactly_without_noise() -> None:
    same = chi_square_independence([[10, 20], [30, 60]], NO_NOISE, sampling=False)
    other = chi_square_independence([[10, 20], [30, 50]], NO_NOISE, sampling=False)
    assert same is not None
    assert other is not None
    assert same.p_value == 1
    assert other.p_value == 0


@pytest.mark.parametrize(
    "table", [[[4, 400], [5, 500]], [[0, 0], [50, 60]], [[-80, 40], [50, 60]], [[9, 9], [9, 9]]]
)
def test_too_few_people(table: list[list[int]]) -> None:
    assert chi_square_independence(table, Noise(10)) is None


@pytest.mark.parametrize("table", [[[1, 2]], [[1], [2]], [[math.nan, 1], [1, 1]]])
def test_what_is_no_table_is_refused(table: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="table"):
        chi_square_independence(table, Noise(1))


@pytest.mark.parametrize(
    ("people", "rows", "columns", "noise"),
    [
        (2000, [0.3, 0.7], [0.5, 0.3, 0.15, 0.05], Noise(10)),
        (1257, [0.3, 0.7], [0.3, 0.3, 0.2, 0.1, 0.1], Noise(3, 5)),
        (3000, [0.2, 0.3, 0.5], [0.05, 0.05, 0.1, 0.2, 0.3, 0.3], Noise(10)),
    ],
)
def test_independent_tables_are_called_dependent_as_often_as_promised(
    gate, people: int, rows: list[float], columns: list[float], noise: Noise
) -> None:
    chances = np.outer(rows, columns)
    drawn = gate.rng.multinomial(people, chances.ravel(), 4000).reshape(-1, *chances.shape)
    tables = gate.release(drawn, noise).tolist()
    found = [chi_square_independence(table, noise) for table in tables]
    wrong = np.mean([test is not None and test.p_value < 0.05 for test in found])
    assert 0.03 < wrong < 0.07  # the sd of this share is 0.0034
    naive = [chi_square_independence(table, NO_NOISE) for table in tables]
    # sigma 3 adds little to these cells, sigma 10 a lot.
    floor = 0.065 if noise.sigma < 5 else 0.25
    assert np.mean([test is not None and test.p_value < 0.05 for test in naive]) > floor
