"""The stored grants: what each allowed, to whom, and how it ended.

Until its receipt arrives the whole allowance of a grant counts as spent. Everything that was ever
spent is the sum over these rows.
"""

from typing import Any, Literal

from msgspec import Struct

from cleanroom.disclosure.price import Price
from cleanroom.errors import BudgetError
from cleanroom.vault.chain import is_digest
from cleanroom.vault.database import Database, now
from cleanroom.vault.datasets import Datasets, Mode, Period

LARGEST = 1 << 53  # whole numbers that every JSON reader keeps exact


class Charge(Struct, frozen=True, forbid_unknown_fields=True):
    """What a grant will cost. ``request`` and ``grant``: SHA-256 (hex) by which requests name each
    other and by which ledgers show grants; ``agreement``: its id, the same over versions;
    ``partners``: every other party that receives results."""

    request: str
    grant: str
    agreement: str
    dataset: str
    period: Period
    partners: tuple[str, ...]
    mode: Mode
    allowance: Price


class Granted(Struct, frozen=True, forbid_unknown_fields=True):
    """A grant as stored. ``spent`` is the whole allowance until a receipt says less. ``file``: the
    grant's bytes. ``at``: Unix time in seconds."""

    charge: Charge
    status: Literal["open", "settled", "lost"]
    spent: Price
    file: bytes
    at: int


def amounts(price: Price) -> tuple[int, int, int]:
    """Nano-rho, cells, analyses."""
    return price.nano_rho, price.cells, price.analyses


def check_charge(charge: Charge) -> None:
    """Raise ``budget.amount`` for an allowance that no budget can hold."""
    names = (charge.agreement, charge.dataset, *charge.partners)
    if not (is_digest(charge.request) and is_digest(charge.grant)) or not all(names):
        raise ValueError("a charge names its request, agreement, dataset and partners")
    if not charge.partners or len(set(charge.partners)) != len(charge.partners):
        raise ValueError("a charge names each partner once")
    if not all(0 <= amount < LARGEST for amount in amounts(charge.allowance)):
        raise BudgetError("budget.amount")
    if charge.mode == "threshold" and charge.allowance.nano_rho:
        raise BudgetError("budget.amount")  # two meters, never one: no rho without a guarantee


class Grants:
    """Rows of the table ``grants``; the rules are in ``allowances.py``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._datasets = Datasets(database)

    def insert(self, charge: Charge, file: bytes) -> None:
        """Enter a grant as open and wholly spent."""
        self._datasets.register(charge.dataset)
        self._database.write(
            "INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?)",
            charge.request,
            charge.grant,
            charge.agreement,
            charge.dataset,
            charge.mode,
            charge.period.start.isoformat(),
            charge.period.end.isoformat(),
            *amounts(charge.allowance),
            *amounts(charge.allowance),
            file,
            now(),
        )
        for partner in charge.partners:
            self._database.write(
                "INSERT INTO grant_partners VALUES (?, ?)", charge.request, partner
            )

    def end(self, request: str, status: Literal["settled", "lost"], spent: Price) -> None:
        """Close an open grant."""
        self._database.write(
            "UPDATE grants SET status = ?, spent_nano_rho = ?, spent_cells = ?,"
            " spent_analyses = ? WHERE request = ? AND status = 'open'",
            status,
            *amounts(spent),
            request,
        )

    def select(self, request: str | None = None, agreement: str | None = None) -> list[Granted]:
        """Grants of a request or an agreement, oldest first."""
        rows = self._database.run(
            "SELECT request, grant_hash, agreement, dataset, period_start, period_end, mode,"
            " nano_rho, cells, analyses, status, spent_nano_rho, spent_cells, spent_analyses,"
            " file, at FROM grants"
            " WHERE (?1 IS NULL OR request = ?1) AND (?2 IS NULL OR agreement = ?2) ORDER BY rowid",
            request,
            agreement,
        )
        return [_granted(row, self._partners(row[0])) for row in rows]

    def known(self, grant_hash: str) -> bool:
        """Whether a grant of that hash was given."""
        sql = "SELECT 1 FROM grants WHERE grant_hash = ?"
        return bool(self._database.run(sql, grant_hash))

    def _partners(self, request: str) -> tuple[str, ...]:
        sql = "SELECT partner FROM grant_partners WHERE request = ? ORDER BY rowid"
        return tuple(partner for (partner,) in self._database.run(sql, request))

    def usage(self, dataset: str, period: Period | None, partner: str | None) -> Price:
        """Everything spent or held back on a dataset's people; None means all."""
        start, end = (period.start.isoformat(), period.end.isoformat()) if period else (None, None)
        rows = self._database.run(
            "SELECT COALESCE(SUM(spent_nano_rho), 0), COALESCE(SUM(spent_cells), 0),"
            " COALESCE(SUM(spent_analyses), 0) FROM grants g JOIN datasets d ON d.name = g.dataset"
            " WHERE d.people = ?1 AND (?2 IS NULL OR (period_start = ?2 AND period_end = ?3))"
            " AND (?4 IS NULL OR EXISTS (SELECT 1 FROM grant_partners p"
            " WHERE p.request = g.request AND p.partner = ?4))",
            self._datasets.people(dataset),
            start,
            end,
            partner,
        )
        return Price(*rows[0])


def _granted(row: tuple[Any, ...], partners: tuple[str, ...]) -> Granted:
    request, grant, agreement, dataset, start, end, mode, *rest = row
    allowed, status, spent, file, at = Price(*rest[:3]), rest[3], Price(*rest[4:7]), *rest[7:]
    charge = Charge(
        request, grant, agreement, dataset, Period.of(start, end), partners, mode, allowed
    )
    return Granted(charge, status, spent, bytes(file), at)
