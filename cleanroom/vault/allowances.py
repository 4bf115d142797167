"""What an owner may still grant. Whole nano-rho, never a float.

A grant is paid for before it leaves the vault. One charge counts in full against three limits: the
opening itself, each partner within the data period, and the data period over all partners (who may
pool what they learn). The receipt gives back what was not spent, once.
"""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import Struct

from cleanroom.disclosure.policy import NANO, RHO_LIMITS, Policy
from cleanroom.disclosure.price import Price
from cleanroom.errors import BudgetError
from cleanroom.vault.database import Database
from cleanroom.vault.datasets import Datasets, Period
from cleanroom.vault.grants import Charge, Granted, Grants, amounts, check_charge
from cleanroom.vault.receipts import Receipts
from cleanroom.vault.restored import RestoredMark


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """Nano-rho for one opening, one partner per data period, one data period."""

    session: int = RHO_LIMITS["session"]
    pair: int = RHO_LIMITS["pair"]
    owner: int = RHO_LIMITS["owner"]

    @classmethod
    def of(cls, policy: Policy) -> "Limits":
        """An agreement may lower the limits of this vault, never raise them."""
        return cls(
            min(policy.rho_session_nano, RHO_LIMITS["session"]),
            min(policy.rho_pair_nano, RHO_LIMITS["pair"]),
            min(policy.rho_owner_nano, RHO_LIMITS["owner"]),
        )


VAULT_LIMITS = Limits()


class Allowances:
    """One owner's grants. Every change is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._grants = Grants(database)
        self._receipts = Receipts(database)
        self._restored = RestoredMark(database)
        self.datasets = Datasets(database)

    def charge(self, charge: Charge, file: bytes, limits: Limits = VAULT_LIMITS) -> bytes:
        """Pay for a grant and keep its bytes; the bytes to hand over.

        The same request gets the first grant's bytes again and is not charged again. Raises, with
        nothing charged: ``budget.amount``, ``budget.restored``, ``budget.unsettled`` (an earlier
        opening of the agreement has no receipt), ``budget.mode``, ``budget.period``,
        ``budget.allowance`` (facts scope, asked, left, limit).
        """
        check_charge(charge)
        with self._database.transaction():
            known = self.find(charge.request)
            if known is not None:
                return known.file
            if self._restored.at is not None:
                raise BudgetError("budget.restored")
            if self.open(charge.agreement):
                raise BudgetError("budget.unsettled")
            self.datasets.check(charge.dataset, charge.mode, charge.period)
            self._check_limits(charge, limits)
            self._grants.insert(charge, file)
        return file

    def adopt(self, charge: Charge, file: bytes) -> None:
        """Enter a grant that a chain shows and this vault has forgotten, because it was put back to
        an older state. It counts whatever the limits; then settle it or accept its loss. A known
        request changes nothing. Raises ``budget.amount``."""
        check_charge(charge)
        with self._database.transaction():
            if self.find(charge.request) is None:
                self._grants.insert(charge, file)

    def _check_limits(self, charge: Charge, limits: Limits) -> None:
        asked = charge.allowance.nano_rho
        _check_limit("session", 0, asked, limits.session)
        for partner in charge.partners:
            used = self.usage(charge.dataset, charge.period, partner).nano_rho
            _check_limit("pair", used, asked, limits.pair)
        used = self.usage(charge.dataset, charge.period).nano_rho
        _check_limit("owner", used, asked, limits.owner)

    def settle(self, request: str, spent: Price, receipt: bytes) -> None:
        """Give back what the closing statement in a receipt leaves over; keep the receipt.

        Checking the receipt is the caller's part. The same settlement again changes nothing.
        Raises ``budget.unknown``, ``budget.settled`` (already ended otherwise),
        ``budget.settlement`` (more than was allowed).
        """
        with self._database.transaction():
            grant = self.get(request)
            if grant.status == "settled" and grant.spent == spent:
                return
            if grant.status != "open":
                raise BudgetError("budget.settled")
            allowed = amounts(grant.charge.allowance)
            if not all(0 <= s <= a for s, a in zip(amounts(spent), allowed, strict=True)):
                raise BudgetError("budget.settlement")
            self._receipts.put(grant.charge.agreement, receipt)
            self._grants.end(request, "settled", spent)

    def accept_loss(self, request: str) -> None:
        """No receipt will come: the whole allowance stays spent for good. Again changes nothing.

        Raises ``budget.unknown``, ``budget.settled``.
        """
        with self._database.transaction():
            grant = self.get(request)
            if grant.status == "settled":
                raise BudgetError("budget.settled")
            self._grants.end(request, "lost", grant.charge.allowance)

    def find(self, request: str) -> Granted | None:
        """The grant that answered a request, or None."""
        return next(iter(self._grants.select(request=request)), None)

    def get(self, request: str) -> Granted:
        """The same. Raises ``budget.unknown``."""
        grant = self.find(request)
        if grant is None:
            raise BudgetError("budget.unknown")
        return grant

    def all(self, agreement: str | None = None) -> list[Granted]:
        """Every grant, or those of one agreement, oldest first."""
        return self._grants.select(agreement=agreement)

    def open(self, agreement: str) -> list[Granted]:
        """Grants of an agreement whose receipt is still to come."""
        return [grant for grant in self.all(agreement) if grant.status == "open"]

    def unknown(self, grant_hashes: Iterable[str]) -> list[str]:
        """Those grants, shown by a ledger as given here, of which this vault knows nothing: it was
        put back to an older state. ``adopt`` them before anything else is granted."""
        return [digest for digest in grant_hashes if not self._grants.known(digest)]

    def usage(
        self, dataset: str, period: Period | None = None, partner: str | None = None
    ) -> Price:
        """What was spent, or is held back by open grants, on a dataset's people: in one period or
        in their lifetime, towards one partner or over all."""
        return self._grants.usage(dataset, period, partner)


def _check_limit(scope: str, used: int, asked: int, limit: int) -> None:
    if used + asked > limit:
        left = _rho(max(0, limit - used))
        raise BudgetError(
            "budget.allowance", scope=scope, asked=_rho(asked), left=left, limit=_rho(limit)
        )


def _rho(nano: int) -> str:
    """Nano-rho as people read it: 0.3."""
    return f"{Decimal(nano) / NANO:f}"
