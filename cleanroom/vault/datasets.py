"""An owner's datasets: which people they are about, in which mode, over which data periods.

Unless the owner has signed that a dataset is about other people, all datasets of a vault are about
the same people: one mode for all of them, and one budget for equal periods, so that a new name is
no new budget. Periods of one dataset are equal or disjoint.
"""

from datetime import date
from typing import Literal

from msgspec import Struct

from cleanroom.errors import BudgetError
from cleanroom.vault.database import Database

Mode = Literal["dp", "threshold"]
_SHARED = ""  # the people of every dataset without a declaration


class Period(Struct, frozen=True, forbid_unknown_fields=True):
    """Dates ``start`` to ``end``, the end not included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError("a period ends after it starts")

    @classmethod
    def of(cls, start: str, end: str) -> "Period":
        """From ISO 8601 dates, as agreements and manifests write them."""
        return cls(date.fromisoformat(start), date.fromisoformat(end))


class Datasets:
    """Names are unique within one owner. A dataset is known from its first grant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def people(self, name: str) -> str:
        """The group of people a dataset is about."""
        rows = self._database.run("SELECT people FROM datasets WHERE name = ?", name)
        return str(rows[0][0]) if rows else _SHARED

    def register(self, name: str) -> None:
        """Make a dataset known, about the same people as the others."""
        self._database.write(
            "INSERT INTO datasets (name, people) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            name,
            _SHARED,
        )

    def declare_other_people(self, name: str, declaration: bytes) -> None:
        """Keep the owner's signed declaration that a dataset is about people of its own.

        Checking the signature is the caller's part. Raises ``budget.declared_late`` once something
        was granted: what was spent cannot change its owner.
        """
        if not name:
            raise ValueError("a dataset has a name")
        with self._database.transaction():
            if self._database.run("SELECT 1 FROM grants WHERE dataset = ? LIMIT 1", name):
                raise BudgetError("budget.declared_late", dataset=name)
            self._database.write(
                "INSERT OR REPLACE INTO datasets (name, people, declaration) VALUES (?, ?, ?)",
                name,
                name,
                declaration,
            )

    def modes(self, name: str) -> set[str]:
        """The modes in which grants were given on a dataset's people: one, unless forced."""
        rows = self._database.run(
            "SELECT DISTINCT g.mode FROM grants g JOIN datasets d ON d.name = g.dataset"
            " WHERE d.people = ?",
            self.people(name),
        )
        return {mode for (mode,) in rows}

    def periods(self, name: str) -> list[Period]:
        """The periods of which something was granted, oldest first."""
        rows = self._database.run(
            "SELECT DISTINCT period_start, period_end FROM grants WHERE dataset = ? ORDER BY 1, 2",
            name,
        )
        return [Period.of(start, end) for start, end in rows]

    def check(self, name: str, mode: Mode, period: Period) -> None:
        """Raise ``budget.mode`` or ``budget.period`` for a grant that would mix."""
        other = self.modes(name) - {mode}
        if other:
            raise BudgetError("budget.mode", dataset=name, mode=min(other))
        for known in self.periods(name):
            if known != period and known.start < period.end and period.start < known.end:
                raise BudgetError(
                    "budget.period",
                    dataset=name,
                    start=known.start.isoformat(),
                    end=known.end.isoformat(),
                )
