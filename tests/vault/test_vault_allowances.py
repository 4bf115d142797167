"""What an owner may grant: limits, one charge per request, one refund, modes and periods."""

from collections.abc import Callable
from pathlib import Path

import pytest
from vault_material import PASSPHRASE, YEAR, charge_of, digest

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price
from cleanroom.errors import BudgetError
from cleanroom.vault import Allowances, Charge, Limits, Period, Vault

Make = Callable[..., Path]
RECEIPT = b"receipt"


@pytest.fixture
def allowances(vault: Vault) -> Allowances:
    return vault.allowances


def refused(action: Callable[[], object]) -> BudgetError:
    with pytest.raises(BudgetError) as caught:
        action()
    for language in ("en", "zh_CN"):
        assert "…" not in caught.value.message(language)
    return caught.value


def grant(allowances: Allowances, charge: Charge, limits: Limits | None = None) -> bytes:
    return allowances.charge(charge, b"grant " + charge.request.encode(), limits or Limits())


def refusal(allowances: Allowances, charge: Charge, limits: Limits | None = None) -> str:
    """The code with which a charge is refused; nothing is entered."""
    before = allowances.all()
    code = refused(lambda: grant(allowances, charge, limits)).code
    assert allowances.all() == before
    return code


def test_the_same_request_is_charged_once(make: Make) -> None:
    folder, charge = make(), charge_of("one")
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.allowances.charge(charge, b"first grant") == b"first grant"
        assert vault.allowances.charge(charge, b"second grant") == b"first grant"
    with Vault.open(folder, PASSPHRASE) as vault:
        other = charge_of("one", nano_rho=1, grant=digest("another grant"))
        assert vault.allowances.charge(other, b"third grant") == b"first grant"
        assert vault.allowances.usage("crm") == charge.allowance
        stored = vault.allowances.get(charge.request)
        assert (stored.charge, stored.status, stored.spent) == (charge, "open", charge.allowance)
        vault.allowances.settle(charge.request, FREE, RECEIPT)
        assert vault.allowances.charge(charge, b"fourth grant") == b"first grant"
        assert vault.allowances.usage("crm") == FREE


def test_the_three_limits(allowances: Allowances) -> None:
    error = refused(lambda: grant(allowances, charge_of("big", 100_000_001)))
    assert (error.code, error.facts["scope"]) == ("budget.allowance", "session")
    for name in "abc":
        grant(allowances, charge_of(name))
    error = refused(lambda: grant(allowances, charge_of("d", 1)))
    assert error.facts == {
        "scope": "pair", "asked": "0.000000001", "left": "0", "limit": "0.3",
    }  # fmt: skip
    for name in "def":
        grant(allowances, charge_of(name, partners=("market",)))
    error = refused(lambda: grant(allowances, charge_of("g", 1, partners=("third",))))
    assert (error.facts["scope"], error.facts["left"], error.facts["limit"]) == (
        "owner",
        "0",
        "0.6",
    )
    assert allowances.usage("crm").nano_rho == 600_000_000
    grant(allowances, charge_of("free", 0, partners=("third",)))


def test_what_is_left_is_said(allowances: Allowances) -> None:
    for name in "ab":
        grant(allowances, charge_of(name, 95_000_000))
    grant(allowances, charge_of("c", 12_500_000))
    error = refused(lambda: grant(allowances, charge_of("d")))
    assert (error.facts["asked"], error.facts["left"]) == ("0.1", "0.0975")
    assert "0.0975" in error.message("en")
    assert "0.0975" in error.message("zh_CN")


def test_each_partner_is_charged_in_full(allowances: Allowances) -> None:
    both = ("platform", "market")
    grant(allowances, charge_of("a", partners=both))
    assert allowances.usage("crm", YEAR, "platform").nano_rho == 100_000_000
    assert allowances.usage("crm", YEAR, "market").nano_rho == 100_000_000
    assert allowances.usage("crm", YEAR).nano_rho == 100_000_000
    grant(allowances, charge_of("b"))
    grant(allowances, charge_of("c"))
    assert refusal(allowances, charge_of("d", 1, partners=("market", "platform"))) == (
        "budget.allowance"
    )
    grant(allowances, charge_of("d", partners=("market",)))
    assert allowances.get(charge_of("a").request).charge.partners == both


def test_an_agreement_lowers_limits_only(allowances: Allowances) -> None:
    wide = Limits.of(
        Policy("dp", rho_session_nano=10**9, rho_pair_nano=10**9, rho_owner_nano=10**9)
    )
    assert wide == Limits(100_000_000, 300_000_000, 600_000_000)
    low = Limits.of(Policy("dp", rho_pair_nano=40_000_000))
    grant(allowances, charge_of("a", 40_000_000), low)
    assert refusal(allowances, charge_of("b", 1), low) == "budget.allowance"
    grant(allowances, charge_of("b", 1))


def test_one_unsettled_opening_per_agreement(allowances: Allowances) -> None:
    first, second = (charge_of(name, agreement="a") for name in ("one", "two"))
    grant(allowances, first)
    assert refusal(allowances, second) == "budget.unsettled"
    assert [g.charge for g in allowances.open("a")] == [first]
    grant(allowances, charge_of("three", agreement="b"))
    allowances.settle(first.request, FREE, RECEIPT)
    grant(allowances, second)
    allowances.accept_loss(second.request)
    grant(allowances, charge_of("four", agreement="a"))


def test_a_receipt_refunds_once(vault: Vault) -> None:
    allowances, charge, spent = vault.allowances, charge_of("one"), Price(35_000_000, 12, 2)
    grant(allowances, charge)
    allowances.settle(charge.request, spent, RECEIPT)
    allowances.settle(charge.request, spent, b"the same, signed again")
    assert allowances.usage("crm") == spent
    assert [r.file for r in vault.receipts.all(charge.agreement)] == [RECEIPT]
    for other in (FREE, Price(35_000_000, 12, 3)):
        error = refused(lambda other=other: allowances.settle(charge.request, other, b"forged"))
        assert error.code == "budget.settled"
    assert refused(lambda: allowances.accept_loss(charge.request)).code == "budget.settled"
    assert allowances.usage("crm") == spent
    assert [r.file for r in vault.receipts.all(charge.agreement)] == [RECEIPT]
    grant(allowances, charge_of("two"))
    assert allowances.usage("crm").nano_rho == 135_000_000


@pytest.mark.parametrize(
    "spent",
    [
        Price(100_000_001, 40, 4),
        Price(1, 41, 4),
        Price(1, 40, 5),
        Price(-1, 0, 0),
        Price(0, -1, 0),
        Price(0, 0, -1),
    ],
)
def test_no_more_is_spent_than_was_allowed(vault: Vault, spent: Price) -> None:
    charge = charge_of("one")
    grant(vault.allowances, charge)
    error = refused(lambda: vault.allowances.settle(charge.request, spent, RECEIPT))
    assert error.code == "budget.settlement"
    assert vault.allowances.get(charge.request).status == "open"
    assert vault.allowances.usage("crm") == charge.allowance
    assert vault.receipts.all(charge.agreement) == []


def test_a_loss_is_final(vault: Vault) -> None:
    charge = charge_of("one")
    grant(vault.allowances, charge)
    vault.allowances.accept_loss(charge.request)
    vault.allowances.accept_loss(charge.request)
    assert vault.allowances.get(charge.request).status == "lost"
    late = refused(lambda: vault.allowances.settle(charge.request, FREE, RECEIPT))
    assert late.code == "budget.settled"
    assert vault.allowances.usage("crm") == charge.allowance


def test_an_unknown_request(allowances: Allowances) -> None:
    nobody = digest("nobody")
    assert allowances.find(nobody) is None
    for action in (
        lambda: allowances.get(nobody),
        lambda: allowances.settle(nobody, FREE, RECEIPT),
        lambda: allowances.accept_loss(nobody),
    ):
        assert refused(action).code == "budget.unknown"


def test_modes_never_mix(allowances: Allowances) -> None:
    grant(allowances, charge_of("a"))
    guard = {"mode": "threshold", "allowance": Price(0, 25, 3)}
    assert refusal(allowances, charge_of("b", **guard)) == "budget.mode"
    later = Period.of("2026-01-01", "2027-01-01")
    assert refusal(allowances, charge_of("b", period=later, **guard)) == "budget.mode"
    renamed = charge_of("b", dataset="crm-2", **guard)
    assert refusal(allowances, renamed) == "budget.mode", "a new name is not new people"
    allowances.datasets.declare_other_people("staff", b"signed declaration")
    grant(allowances, charge_of("b", dataset="staff", **guard))
    assert refusal(allowances, charge_of("c", dataset="staff")) == "budget.mode"
    grant(allowances, charge_of("c", dataset="crm-2"))


def test_threshold_mode_has_no_rho(allowances: Allowances) -> None:
    charge = charge_of("a", mode="threshold", allowance=Price(1, 25, 3))
    assert refusal(allowances, charge) == "budget.amount"
    grant(allowances, charge_of("a", mode="threshold", allowance=Price(0, 25, 3)))
    assert allowances.usage("crm") == Price(0, 25, 3)


def test_a_declaration_comes_first(allowances: Allowances) -> None:
    grant(allowances, charge_of("a"))
    late = refused(lambda: allowances.datasets.declare_other_people("crm", b"signed"))
    assert late.code == "budget.declared_late"
    allowances.datasets.declare_other_people("staff", b"signed")
    allowances.datasets.declare_other_people("staff", b"signed again")
    with pytest.raises(ValueError, match="name"):
        allowances.datasets.declare_other_people("", b"signed")


def test_a_new_name_is_no_new_budget(allowances: Allowances) -> None:
    for name in "abc":
        grant(allowances, charge_of(name))
    assert refusal(allowances, charge_of("d", 1, dataset="crm-renamed")) == "budget.allowance"
    allowances.datasets.declare_other_people("staff", b"signed")
    grant(allowances, charge_of("d", dataset="staff"))
    assert allowances.usage("staff").nano_rho == 100_000_000
    assert allowances.usage("crm").nano_rho == 300_000_000


def test_periods_are_equal_or_disjoint(allowances: Allowances) -> None:
    for name in "abc":
        grant(allowances, charge_of(name))
    for start, end in (
        ("2025-06-01", "2025-07-01"),
        ("2024-06-01", "2025-01-02"),
        ("2025-12-31", "2026-02-01"),
        ("2024-01-01", "2027-01-01"),
        ("2025-01-01", "2025-12-31"),
    ):
        charge = charge_of("d", period=Period.of(start, end))
        assert refusal(allowances, charge) == "budget.period"
    for name, start, end in (("d", "2026-01-01", "2026-02-01"), ("e", "2024-01-01", "2025-01-01")):
        grant(allowances, charge_of(name, period=Period.of(start, end)))
    assert allowances.usage("crm", YEAR).nano_rho == 300_000_000
    assert allowances.usage("crm").nano_rho == 500_000_000, "the lifetime adds up"
    assert [p.start.year for p in allowances.datasets.periods("crm")] == [2024, 2025, 2026]
    with pytest.raises(ValueError, match="period"):
        Period.of("2025-01-01", "2025-01-01")


@pytest.mark.parametrize(
    "price", [Price(-1, 1, 1), Price(1, -1, 1), Price(1, 1, -1), Price(1 << 53, 1, 1)]
)
def test_amounts_that_no_budget_holds(allowances: Allowances, price: Price) -> None:
    assert refusal(allowances, charge_of("a", allowance=price)) == "budget.amount"


@pytest.mark.parametrize(
    "changes",
    [
        {"request": "x"},
        {"grant": ""},
        {"partners": ()},
        {"partners": ("a", "a")},
        {"partners": ("",)},
        {"dataset": ""},
        {"agreement": ""},
    ],
)
def test_a_charge_that_is_a_mistake(allowances: Allowances, changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="charge"):
        grant(allowances, charge_of("a", **changes))
    assert allowances.all() == []


def test_forgotten_grants_are_entered_again(allowances: Allowances) -> None:
    """A vault put back to an older state meets a ledger that shows more than it remembers."""
    known, lost = charge_of("known", agreement="a"), charge_of("lost", agreement="a")
    grant(allowances, known)
    allowances.settle(known.request, Price(100_000_000, 1, 1), RECEIPT)
    assert allowances.unknown([known.grant, lost.grant]) == [lost.grant]
    allowances.adopt(lost, b"grant as the host shows it")
    allowances.adopt(lost, b"again")
    assert allowances.unknown([known.grant, lost.grant]) == []
    assert allowances.usage("crm").nano_rho == 200_000_000
    assert refusal(allowances, charge_of("next", agreement="a")) == "budget.unsettled"
    allowances.settle(lost.request, Price(50_000_000, 1, 1), RECEIPT)
    for name in ("over1", "over2"):
        allowances.adopt(charge_of(name), b"grant")
    assert allowances.usage("crm").nano_rho == 350_000_000, "what was spent counts over the limit"
    error = refused(lambda: grant(allowances, charge_of("next", 1)))
    assert error.facts["left"] == "0"


def test_a_restored_vault_waits_for_its_owner(vault: Vault) -> None:
    old = charge_of("old")
    grant(vault.allowances, old)
    assert vault.restored.at is None
    vault.restored.place()
    assert vault.restored.at is not None
    assert refusal(vault.allowances, charge_of("new")) == "budget.restored"
    assert grant(vault.allowances, old), "what was paid for may be handed over again"
    vault.allowances.adopt(charge_of("forgotten"), b"grant")
    vault.restored.confirm()
    grant(vault.allowances, charge_of("new"))
    assert vault.allowances.usage("crm").nano_rho == 300_000_000
