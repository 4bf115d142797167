"""Many comparisons at once, against two other libraries."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from cleanroom.statistics.corrections import benjamini_hochberg, holm

P_VALUES = st.lists(
    st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.05, 1.0]), min_size=1, max_size=40
)


@given(P_VALUES)
def test_benjamini_hochberg(p_values: list[float]) -> None:
    found = benjamini_hochberg(p_values)
    assert found == pytest.approx(list(multipletests(p_values, method="fdr_bh")[1]))
    assert found == pytest.approx(list(false_discovery_control(p_values, method="bh")))


@settings(max_examples=30)  # the other library takes 50 ms for one list
@given(P_VALUES)
def test_holm(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(list(multipletests(p_values, method="holm")[1]))


@given(P_VALUES)
def test_correcting_never_strengthens_and_holm_is_the_stricter(p_values: list[float]) -> None:
    for p, milder, stricter in zip(
        p_values, benjamini_hochberg(p_values), holm(p_values), strict=True
    ):
        assert p <= milder + 1e-15
        assert milder <= stricter + 1e-12
        assert stricter <= 1


@pytest.mark.parametrize("correct", [benjamini_hochberg, holm])
def test_edges(correct) -> None:
    assert correct([]) == []
    assert correct([0.03]) == [0.03]
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="p-value"):
            correct([0.5, wrong])
