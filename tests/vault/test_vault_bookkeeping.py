"""Random histories of grants, receipts and losses, checked by a second, simpler bookkeeper."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_material import PASSPHRASE, YEAR, charge_of

from cleanroom.disclosure.price import Price
from cleanroom.errors import CleanroomError
from cleanroom.vault import Allowances, Argon2, Charge, Period, Vault

RECEIPT = b"receipt"


class Model:
    """The rules again in a few lines of fractions: what was spent by period and partner."""

    def __init__(self) -> None:
        self.grants: dict[str, tuple[Charge, Fraction, str]] = {}

    def spent(self, period: Period, partner: str | None = None) -> Fraction:
        return sum(
            (
                rho
                for charge, rho, _ in self.grants.values()
                if charge.period == period and (partner is None or partner in charge.partners)
            ),
            Fraction(),
        )

    def charge(self, charge: Charge) -> bool:
        if charge.request in self.grants:
            return True
        asked = Fraction(charge.allowance.nano_rho, 10**9)
        unsettled = any(
            known.agreement == charge.agreement and status == "open"
            for known, _, status in self.grants.values()
        )
        fits = (
            asked <= Fraction(1, 10)
            and self.spent(charge.period) + asked <= Fraction(6, 10)
            and all(
                self.spent(charge.period, p) + asked <= Fraction(3, 10) for p in charge.partners
            )
        )
        if fits and not unsettled:
            self.grants[charge.request] = (charge, asked, "open")
        return fits and not unsettled

    def close(self, request: str, spent: int, status: str) -> bool:
        if request not in self.grants:
            return False
        charge, held, now = self.grants[request]
        rho = Fraction(spent, 10**9) if status == "settled" else held
        if now != "open":
            return now == status and (status == "lost" or rho == held)
        if spent > charge.allowance.nano_rho:
            return False
        self.grants[request] = (charge, rho, status)
        return True


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["charge", "charge", "settle", "lose"]),
        st.integers(0, 9),
        st.sampled_from([0, 1, 50_000_000, 99_999_999, 100_000_000, 100_000_001]),
        st.sampled_from([("x",), ("y",), ("x", "y"), ("z",)]),
        st.integers(0, 1),
        st.integers(0, 3),
    ),
    max_size=30,
)


@settings(max_examples=60)
@given(steps=STEPS)
def test_any_history_agrees_with_a_second_bookkeeper(
    tmp_path_factory: pytest.TempPathFactory, fast_kdf: Argon2, steps: list[tuple[object, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("model") / "v"
    periods = [YEAR, Period.of("2026-01-01", "2027-01-01")]
    model = Model()
    with Vault.create(folder, PASSPHRASE, fast_kdf) as vault:
        for what, name, amount, partners, period, agreement in steps:
            charge = charge_of(
                str(name),
                int(str(amount)),
                partners=partners,
                period=periods[int(str(period))],
                agreement=f"a{agreement}",
            )
            expected, done = _step(model, vault.allowances, str(what), charge)
            assert done == expected
        for period_ in periods:
            for partner in (None, "x", "y", "z"):
                used = vault.allowances.usage("crm", period_, partner).nano_rho
                assert Fraction(used, 10**9) == model.spent(period_, partner)
    with Vault.open(folder, PASSPHRASE) as vault:
        total = sum((model.spent(period_) for period_ in periods), Fraction())
        assert Fraction(vault.allowances.usage("crm").nano_rho, 10**9) == total


def _step(model: Model, allowances: Allowances, what: str, charge: Charge) -> tuple[bool, bool]:
    amount = charge.allowance.nano_rho
    expected: bool
    if what == "charge":
        expected = model.charge(charge)
        action: Callable[[], object] = lambda: allowances.charge(charge, b"grant")  # noqa: E731
    elif what == "settle":
        expected = model.close(charge.request, amount, "settled")
        spent = Price(amount, 0, 0)
        action = lambda: allowances.settle(charge.request, spent, RECEIPT)  # noqa: E731
    else:
        expected = model.close(charge.request, 0, "lost")
        action = lambda: allowances.accept_loss(charge.request)  # noqa: E731
    try:
        action()
    except CleanroomError:
        return expected, False
    return expected, True
