"""Several wishes become one policy: the strictest of each field, in any order, never looser."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.disclosure.policy import MERGE, RHO_LIMITS, Policy, check, merge, tau
from cleanroom.errors import CleanroomError, DisclosureError, TrustError

# For every field: which direction protects more. Written down once more, independently.
MORE_PROTECTS = {
    "k",
    "k_sensitive",
    "min_match",
    "people_of_noise",
    "threshold_sigma",
    "rounding",
    "people_per_cell",
    "p_percent",
    "difference_min",
    "version_min_people",
    "version_min_percent",
    "version_days",
    "answer_quantum_ms",
}
LESS_PROTECTS = {
    "rho_session_nano",
    "rho_pair_nano",
    "rho_owner_nano",
    "analyses_max",
    "refusals_max",
    "group_columns_max",
    "filter_columns_max",
    "dominance_two_percent",
}
RANGES = {
    "k": (10, 500),
    "people_of_noise": (1, 100_000),
    "threshold_sigma": (1, 100),
    "rounding": (1, 100),
    "people_per_cell": (1, 500),
    "analyses_max": (1, 500),
    "rho_session_nano": (0, 10**8),
    "rho_pair_nano": (0, 3 * 10**8),
    "rho_owner_nano": (0, 6 * 10**8),
    "group_columns_max": (0, 3),
    "filter_columns_max": (0, 3),
    "dominance_two_percent": (0, 100),
    "answer_quantum_ms": (0, 600_000),
}


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    fields = {
        name: draw(st.integers(*RANGES.get(name, (0, 1000))))
        for name in sorted(MORE_PROTECTS | LESS_PROTECTS)
    }
    fields["k_sensitive"] = fields["k"] + draw(st.integers(0, 500))
    return check(Policy("dp", **fields))


def strict_enough(effective: Policy, wish: Policy) -> bool:
    more = all(getattr(effective, f) >= getattr(wish, f) for f in MORE_PROTECTS)
    return more and all(getattr(effective, f) <= getattr(wish, f) for f in LESS_PROTECTS)


def test_every_field_has_its_rule() -> None:
    assert set(MERGE) == set(Policy.__struct_fields__)
    assert MORE_PROTECTS | LESS_PROTECTS | {"mode"} == set(MERGE)
    assert all(MERGE[name] is max for name in MORE_PROTECTS)
    assert all(MERGE[name] is min for name in LESS_PROTECTS)


@given(st.lists(policies(), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_the_parties_does_not_matter(wishes: list[Policy], draw: object) -> None:
    mixed = list(wishes)
    draw.shuffle(mixed)  # type: ignore[attr-defined]
    assert merge(mixed) == merge(wishes)


@given(st.lists(policies(), min_size=1, max_size=5))
def test_the_effective_policy_is_never_looser_than_any_wish(wishes: list[Policy]) -> None:
    effective = merge(wishes)
    assert all(strict_enough(effective, wish) for wish in wishes)
    for field in MERGE:
        assert getattr(effective, field) in {getattr(wish, field) for wish in wishes}


@given(policies(), policies(), policies())
def test_merging_is_idempotent_and_associative(one: Policy, two: Policy, three: Policy) -> None:
    assert merge([one]) == merge([one, one]) == one
    assert merge([merge([one, two]), three]) == merge([one, merge([two, three])])
    assert merge([merge([one, two]), one]) == merge([one, two])


@given(st.lists(policies(), min_size=1, max_size=4))
def test_derived_figures_follow_the_stricter_side(wishes: list[Policy]) -> None:
    effective = merge(wishes)
    for wish in wishes:
        assert effective.tau >= wish.tau
        assert effective.cell_budget(12_345) <= wish.cell_budget(12_345)
        assert effective.sigma >= wish.sigma


def test_modes_are_never_mixed() -> None:
    with pytest.raises(TrustError, match=r"trust\.policies_differ"):
        merge([Policy("dp"), Policy("threshold")])


# --- figures that follow ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k", "sigma", "value"), [(50, 3, 57), (10, 3, 17), (100, 3, 107), (50, 100, 283)]
)
def test_tau_of_the_specification(k: int, sigma: int, value: int) -> None:
    assert tau(k, sigma) == value


@given(st.integers(10, 10**6), st.integers(1, 10**5))
def test_tau_is_a_whole_number_from_whole_numbers(k: int, sigma: int) -> None:
    assert tau(k, sigma) == k + math.ceil(233 * sigma / 100)
    assert 0 <= tau(k, sigma) - k - 2.33 * sigma < 1 + 1e-6


def test_tau_publishes_a_cell_of_k_people_in_one_draw_of_a_hundred() -> None:
    """P[Z >= 7] for the discrete Gaussian with sigma 3, summed here by hand."""
    weight = {z: math.exp(-(z**2) / 18) for z in range(-60, 61)}
    share = sum(w for z, w in weight.items() if z >= tau(50, 3) - 50) / sum(weight.values())
    assert 0.01 < share < 0.02


@pytest.mark.parametrize(("match", "cells"), [(1_257, 25), (1_000, 20), (49, 0), (-12, 0), (0, 0)])
def test_the_cell_budget_comes_from_the_released_count(match: int, cells: int) -> None:
    assert Policy("threshold").cell_budget(match) == cells


def test_the_defaults_are_the_ones_of_the_protocol() -> None:
    policy = Policy("dp")
    assert (policy.k, policy.threshold_sigma, policy.rounding, policy.tau) == (50, 3, 5, 57)
    assert (policy.rho_session_nano, policy.rho_pair_nano, policy.rho_owner_nano) == (
        100_000_000,
        300_000_000,
        600_000_000,
    )
    assert list(RHO_LIMITS.values()) == [100_000_000, 300_000_000, 600_000_000]
    assert policy.refusals_max == 20
    assert check(policy) is policy


@pytest.mark.parametrize(
    "fields",
    [
        {"k": 9},
        {"k": 0},
        {"k": 60, "k_sensitive": 59},
        {"people_of_noise": 0},
        {"people_of_noise": 100_001},
        {"threshold_sigma": 0},
        {"threshold_sigma": -3},
        {"rounding": 0},
        {"people_per_cell": 0},
        {"analyses_max": 0},
        {"rho_session_nano": -1},
        {"rho_owner_nano": 6 * 10**8 + 1},
        {"group_columns_max": 4},
        {"dominance_two_percent": 101},
        {"answer_quantum_ms": -1},
        {"min_match": -1},
        {"version_days": 10**10},
    ],
)
def test_a_policy_that_protects_nobody_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(DisclosureError, match=r"disclosure\.policy"):
        check(msgspec.structs.replace(Policy("dp"), **fields))


@given(st.dictionaries(st.sampled_from(sorted(MERGE)), st.integers(-(2**40), 2**40)))
def test_any_numbers_are_checked_and_not_crashed_on(fields: dict[str, int]) -> None:
    fields.pop("mode", None)
    try:
        check(msgspec.structs.replace(Policy("dp"), **fields))
    except CleanroomError as error:
        assert error.code == "disclosure.policy"  # noqa: PT017
