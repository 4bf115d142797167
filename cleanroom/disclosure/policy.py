"""The disclosure policy of an agreement, and how the wishes of several parties become one.

Each data party states a policy; the *effective* policy is computed once, field by field, by the
table ``MERGE``, and everybody signs those bytes. The stricter wish wins everywhere. Figures that
follow from others (tau, the cell budget, delta) are derived here and never merged.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from cleanroom.errors import DisclosureError, TrustError

NANO = 1_000_000_000
K_FLOOR = 10  # nobody can agree on less
RHO_LIMITS = {"session": 100_000_000, "pair": 300_000_000, "owner": 600_000_000}


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """Whole numbers only. ``mode``: "dp" promises mathematically, "threshold" is a guard."""

    mode: Literal["dp", "threshold"]
    k: int = 50  # fewest people behind a published cell
    k_sensitive: int = 100  # the same where a sensitive column is involved
    min_match: int = 1000  # fewest matched people (noisy) for a session to go on
    people_of_noise: int = 10  # dp: s; sigma = s * cap * sqrt(L0)
    threshold_sigma: int = 3  # threshold: people of noise
    rounding: int = 5  # threshold: counts are published in multiples of this
    rho_session_nano: int = RHO_LIMITS["session"]
    rho_pair_nano: int = RHO_LIMITS["pair"]
    rho_owner_nano: int = RHO_LIMITS["owner"]
    people_per_cell: int = 50  # threshold: one domain cell for so many matched people
    analyses_max: int = 200
    refusals_max: int = 20
    group_columns_max: int = 3
    filter_columns_max: int = 3
    p_percent: int = 10  # dominance: T - x1 - x2 >= p % of x1
    dominance_two_percent: int = 75  # dominance: x1 + x2 <= this share of T
    difference_min: int = 50  # threshold: fewest people between two published cells
    version_min_people: int = 500  # a re-seal changes nobody or at least so many people
    version_min_percent: int = 1
    version_days: int = 7
    answer_quantum_ms: int = 2000  # answers come at multiples of this

    @property
    def sigma(self) -> int:
        """People of noise on a count."""
        return self.people_of_noise if self.mode == "dp" else self.threshold_sigma

    @property
    def tau(self) -> int:
        """Noisy count from which a cell is published: k + ceil(2.33 sigma) (disclosure 1.1)."""
        return tau(self.k, self.threshold_sigma)

    def cell_budget(self, noisy_match: int) -> int:
        """Domain cells that all analyses together may ask for, from the released match count."""
        return max(0, noisy_match) // self.people_per_cell


def tau(k: int, sigma: int) -> int:
    """k + ceil(2.33 sigma): a cell of exactly k people is published in about 1 of 100 draws."""
    return k + -(-233 * sigma // 100)


def _same(values: Sequence[str]) -> str:
    if len(set(values)) != 1:
        raise TrustError("trust.policies_differ", field="mode")
    return values[0]


MERGE: dict[str, Callable[..., object]] = {
    "mode": _same,
    "k": max,
    "k_sensitive": max,
    "min_match": max,
    "people_of_noise": max,
    "threshold_sigma": max,
    "rounding": max,
    "rho_session_nano": min,
    "rho_pair_nano": min,
    "rho_owner_nano": min,
    "people_per_cell": max,
    "analyses_max": min,
    "refusals_max": min,
    "group_columns_max": min,
    "filter_columns_max": min,
    "p_percent": max,
    "dominance_two_percent": min,
    "difference_min": max,
    "version_min_people": max,
    "version_min_percent": max,
    "version_days": max,
    "answer_quantum_ms": max,
}


def merge(policies: Sequence[Policy]) -> Policy:
    """The effective policy: the strictest wish in every field. Raises ``trust.policies_differ``."""
    merged = {name: rule([getattr(p, name) for p in policies]) for name, rule in MERGE.items()}
    return check(msgspec.convert(merged, Policy))


def check(policy: Policy) -> Policy:
    """Refuse a policy that would protect nobody. Raises ``disclosure.policy``."""
    floors = {
        "k": K_FLOOR,
        "k_sensitive": policy.k,
        "people_of_noise": 1,
        "threshold_sigma": 1,
        "rounding": 1,
        "people_per_cell": 1,
        "answer_quantum_ms": 0,
        "analyses_max": 1,
    }
    ceilings = {
        "rho_session_nano": RHO_LIMITS["session"],
        "rho_pair_nano": RHO_LIMITS["pair"],
        "rho_owner_nano": RHO_LIMITS["owner"],
        "dominance_two_percent": 100,
        "group_columns_max": 3,
        "filter_columns_max": 3,
        "people_of_noise": 100_000,
        "threshold_sigma": 100_000,
        "rounding": 10_000,
        "answer_quantum_ms": 600_000,
    }
    for field in MERGE:
        value = getattr(policy, field)
        low, high = floors.get(field, 0), ceilings.get(field, 1_000_000_000)
        if isinstance(value, int) and not low <= value <= high:
            raise DisclosureError("disclosure.policy", field=field, low=low, high=high)
    return policy
