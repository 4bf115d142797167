"""The mark on a vault that was restored from a backup: it may have forgotten what it granted."""

from cleanroom.vault.database import Database, now

_NAME = "restored_at"


class RestoredMark:
    """While it stands, ``Allowances.charge`` raises ``budget.restored``.

    A folder put back by hand carries no mark; then the ledgers of others show it (``heads.py``,
    ``Allowances.unknown``).
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def at(self) -> int | None:
        """When it was restored, Unix time in seconds; None without the mark."""
        rows = self._database.run("SELECT value FROM meta WHERE name = ?", _NAME)
        return int(rows[0][0]) if rows else None

    def place(self) -> None:
        """Mark this vault."""
        with self._database.transaction():
            self._database.write(
                "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", _NAME, str(now())
            )

    def confirm(self) -> None:
        """The owner says that every opening since the backup was entered (``Allowances.adopt``)."""
        with self._database.transaction():
            self._database.write("DELETE FROM meta WHERE name = ?", _NAME)
