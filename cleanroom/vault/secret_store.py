"""Named secrets: identity keys, the pid key, package keys, state shares, matching secrets.

Names in use: ``identity/...``, ``pid``, ``package/<package id>``, ``state/<agreement id>``. Names
are no secrets themselves and may appear in errors; values never do.
"""

from cleanroom.errors import VaultError
from cleanroom.vault.database import Database


class Secrets:
    """Bytes by name, kept in the encrypted database only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, name: str, value: bytes, *, replace: bool = False) -> None:
        """Keep a value. A different one under the same name is lost only with ``replace``:
        raises ``vault.key_exists`` otherwise, because a lost package key cannot be remade."""
        with self._database.transaction():
            if not replace and self.has(name) and self.get(name) != value:
                raise VaultError("vault.key_exists", name=name)
            self._database.write(
                "INSERT INTO secrets VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                name,
                value,
            )

    def get(self, name: str) -> bytes:
        """The value. Raises ``vault.no_key``."""
        rows = self._database.run("SELECT value FROM secrets WHERE name = ?", name)
        if not rows:
            raise VaultError("vault.no_key", name=name)
        return bytes(rows[0][0])

    def has(self, name: str) -> bool:
        """Whether there is a value of that name."""
        return bool(self._database.run("SELECT 1 FROM secrets WHERE name = ?", name))

    def delete(self, name: str) -> None:
        """Forget a value; its page is zeroed. Older copies of the vault still hold it.

        Raises ``vault.no_key``.
        """
        with self._database.transaction():
            if not self.has(name):
                raise VaultError("vault.no_key", name=name)
            self._database.write("DELETE FROM secrets WHERE name = ?", name)

    def names(self, prefix: str = "") -> list[str]:
        """Names that begin with ``prefix``, sorted."""
        rows = self._database.run("SELECT name FROM secrets ORDER BY name")
        return [name for (name,) in rows if name.startswith(prefix)]
