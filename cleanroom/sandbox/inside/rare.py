"""The small-value gate: a value of an attribute that few people of its owner have is no value.

Before matching, in threshold mode, the people behind such a value get the code ``rare`` instead.
Later no question can single them out: they fall into no public cell, and no filter keeps them.
What was decided about a package stays decided; otherwise asking again would tell, one noisy look
after the other, how many people there are.
"""

from collections.abc import Mapping

import numpy as np

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec
from cleanroom.disclosure.policy import Policy, tau
from cleanroom.errors import TrustError
from cleanroom.sandbox.inside import noise
from cleanroom.tables import Type, storage

Flags = dict[str, tuple[int, ...]]  # people column -> for each code, from 0: 1 if it is merged


def rare_code(spec: ColumnSpec) -> int:
    """The code for all merged values of a column: the largest that its storage holds, which no
    domain reaches.
    """
    return (1 << 8 * storage(spec.type, len(spec.domain)).itemsize) - 1


def decide(
    dataset: DatasetSpec, people: Mapping[str, np.ndarray], policy: Policy, earlier: Flags | None
) -> Flags:
    """Which codes are merged. ``earlier``: what was decided about the same package.

    Raises ``trust.state_damaged`` when that is about other columns.
    """
    specs = _categories(dataset)
    if earlier is not None:
        if {name: len(flags) for name, flags in earlier.items()} != {
            name: _codes(spec) for name, spec in specs.items()
        }:
            raise TrustError("trust.state_damaged")
        return earlier
    return {name: _fail(people[name], spec, policy) for name, spec in specs.items()}


def merge(
    dataset: DatasetSpec, people: Mapping[str, np.ndarray], flags: Flags
) -> dict[str, np.ndarray]:
    """The people columns with merged codes."""
    specs = _categories(dataset)
    merged = dict(people)
    for name, of_codes in flags.items():
        values = people[name]
        code = rare_code(specs[name])
        table = np.arange(code + 1, dtype=values.dtype)
        table[: len(of_codes)][np.array(of_codes, bool)] = code
        merged[name] = table[values]
    return merged


def _categories(dataset: DatasetSpec) -> dict[str, ColumnSpec]:
    """The columns of people that questions group and filter by."""
    columns = sorted(dataset.tables.get("people", {}).items())
    return {name: spec for name, spec in columns if spec.type in (Type.CATEGORY, Type.BOOL)}


def _codes(spec: ColumnSpec) -> int:
    """How many codes a column has, the one for a missing value included."""
    return 1 + (2 if spec.type is Type.BOOL else len(spec.domain))


def _fail(values: np.ndarray, spec: ColumnSpec, policy: Policy) -> tuple[int, ...]:
    """The noisy threshold (disclosure 1.1) for each code: n >= k and n + noise >= tau, or 1."""
    codes = _codes(spec)
    k = policy.k_sensitive if spec.sensitive else policy.k
    limit = tau(k, policy.threshold_sigma)
    counts = np.bincount(values, minlength=codes)[:codes].tolist()
    noisy = noise.add(counts, policy.threshold_sigma)
    return tuple(int(n < k or z < limit) for n, z in zip(counts, noisy, strict=True))
