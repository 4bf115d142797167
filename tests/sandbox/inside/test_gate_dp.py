"""Differential privacy at the gate; and nothing that the gate says is a lie."""

import msgspec
import numpy as np
import pytest
from gate_material import (
    AGE,
    AGE_VERSUS,
    ALL_MATCH,
    BAD,
    CATALOGUE,
    DP,
    HEALTHY,
    THRESHOLD,
    VALUE,
    opened,
    rows,
    values,
)
from inside_material import Desk, open_database

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import Price
from cleanroom.errors import SandboxError
from cleanroom.sandbox.inside import kernels, noise
from cleanroom.sandbox.inside.kernels import Exact
from cleanroom.sandbox.outside.check import check


class Untouchable:
    """A true count that must not be looked at."""

    def _looked(self, *_: object) -> bool:
        raise AssertionError("a true count was looked at")

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _looked  # type: ignore[assignment]
    __add__ = __sub__ = __int__ = __bool__ = __index__ = __hash__ = _looked  # type: ignore[assignment]


def test_no_rule_looks_at_true_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it decided by them would be outside the guarantee. Only the noise gets them."""
    real = kernels.run

    def run(*arguments: object) -> Exact:
        exact = real(*arguments)  # type: ignore[arg-type]
        return Exact([[Untouchable() for _ in vector] for vector in exact.vectors])  # type: ignore[misc]

    monkeypatch.setattr(kernels, "run", run)
    monkeypatch.setattr(kernels, "run_by_person", Untouchable()._looked)
    monkeypatch.setattr(noise, "add", lambda exact, _: [100] * len(exact))
    desk = opened(DP)
    for name, question in (("A03", AGE), ("A03", HEALTHY), ("A04", VALUE)):
        assert set(values(desk.ask(name, question))) == {100}
    with pytest.raises(AssertionError, match="looked at"):
        opened(THRESHOLD)


def test_every_cell_is_answered_also_empty_ones() -> None:
    release = opened(DP).ask("A03", AGE_VERSUS)
    assert len(values(release)) == 8
    assert None not in values(release)
    assert [vector.rounding for vector in release.vectors] == [1]


def test_sums_are_clipped_and_noised_by_the_cap() -> None:
    release = opened(DP).ask("A04", VALUE)
    assert [vector.sigma for vector in release.vectors] == [10, 10_000]
    assert release.price == Price(20_000_000, 10)
    amount = values(release, 1)[2]
    assert amount is not None
    assert abs(amount - 225 * 1000) < 8 * 10_000  # 50.00 each would be 1,125,000


@pytest.mark.parametrize(
    "policy",
    [THRESHOLD, DP, msgspec.structs.replace(THRESHOLD, rounding=400)],
    ids=["threshold", "dp", "coarse"],
)
def test_all_that_leaves_the_gate_passes_the_outside(policy: Policy) -> None:
    desk = opened(policy)
    asked = [*((a, q) for a, q, _ in BAD), ("A03", AGE), ("A03", AGE_VERSUS), ("A04", VALUE)]
    for analysis, question in asked * 2:
        release = desk.ask(analysis, question)
        assert check(release, question, CATALOGUE, policy) is release


def test_a_kernel_that_names_no_cell_ends_the_session() -> None:
    """A code that no cell belongs to is never put into another cell."""
    odd = rows()
    odd["platform"].columns["a_age"] = np.full(544, 9)
    connection = open_database(CATALOGUE, odd)
    desk = Desk(connection, CATALOGUE, THRESHOLD)
    desk.ask("A01", ALL_MATCH)
    with pytest.raises(SandboxError) as caught:
        desk.ask("A03", AGE)
    assert caught.value.code == "sandbox.failed"
