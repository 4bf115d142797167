"""The encrypted database: opened with a raw key, checked whole, changed in transactions.

Settings are those of the vault specification: memory of SQLCipher wiped and locked, a rollback
journal whose removal is synced (a committed charge survives ``kill -9`` and a power cut), freed
pages zeroed, nothing in the schema trusted, SQLCipher's own messages off. Loading extensions is
compiled in and never enabled. A database belongs to the thread that opened it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from cleanroom.errors import VaultError
from cleanroom.vault.header import VaultKey
from cleanroom.vault.schema import APPLICATION, STATEMENTS, VERSION

DATABASE = "vault.db"
_PAGE = 4096
_SETTINGS = (
    "PRAGMA cipher_compatibility = 4",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA synchronous = EXTRA",
)
_SAID = {  # what SQLite says -> what the user is told
    "malformed": "vault.damaged",
    "not a database": "vault.damaged",
    "disk is full": "vault.disk_full",
    "is locked": "vault.busy",
    "disk I/O error": "vault.files",
    "readonly": "vault.files",
    "unable to open": "vault.files",
    "closed database": "vault.closed",
}


def now() -> int:
    """Unix time in seconds."""
    return int(time.time())


def _connect(path: Path) -> Any:
    try:
        return dbapi2.connect(str(path), isolation_level=None)
    except dbapi2.Error:
        raise VaultError("vault.files") from None


def _give_key(connection: Any, key: VaultKey) -> None:
    """The one statement that holds the key. It is never a variable, and an error of SQLite, which
    might quote it, is dropped before ours is raised."""
    try:
        connection.execute(key.pragma()).fetchall()
    except dbapi2.Error:
        refused = True
    else:
        refused = False
    if refused:
        raise VaultError("vault.damaged")


def _code(error: Exception) -> str | None:
    said = str(error)
    return next((code for words, code in _SAID.items() if words in said), None)


class Database:
    """One open ``vault.db``. Every method raises ``vault.damaged`` when a page does not verify,
    ``vault.disk_full``, ``vault.files`` or ``vault.busy`` when the disk or another program stands
    in the way, ``vault.closed`` after ``close``."""

    def __init__(self, path: Path, key: VaultKey) -> None:
        self._depth = 0
        self._closed = False
        self._connection: Any = _connect(path)
        # These three come before the key: they must hold while the key is being used.
        self.run("PRAGMA cipher_log = 'off'")
        self.run("PRAGMA cipher_log_level = NONE")
        self.run("PRAGMA cipher_memory_security = ON")
        _give_key(self._connection, key)
        for setting in _SETTINGS:
            self.run(setting)

    @classmethod
    def create(cls, path: Path, key: VaultKey) -> None:
        """Make an empty vault database at a path where nothing is."""
        database = cls(path, key)
        try:
            database.run("PRAGMA journal_mode = DELETE")
            with database.transaction():
                for statement in STATEMENTS:
                    database.write(statement)
                database.write(f"PRAGMA application_id = {APPLICATION}")
                database.write(f"PRAGMA user_version = {VERSION}")
        finally:
            database.close()

    @classmethod
    def open(cls, path: Path, key: VaultKey) -> "Database":
        """Open and check every page. Raises ``vault.damaged``, ``vault.version``."""
        try:
            with path.open("rb") as file:
                if not key.begins(file.read(_PAGE)):
                    raise VaultError("vault.damaged")
        except FileNotFoundError:  # SQLite would make an empty one
            raise VaultError("vault.damaged") from None
        except OSError:
            raise VaultError("vault.files") from None
        database = cls(path, key)
        try:
            database._check()
        except BaseException:
            database.close()
            raise
        return database

    def _check(self) -> None:
        # The first read also rolls back what a killed process left half-written.
        application = self.run("PRAGMA application_id")[0][0]
        version = self.run("PRAGMA user_version")[0][0]
        if application != APPLICATION:
            raise VaultError("vault.damaged")
        if version != VERSION:
            raise VaultError("vault.version")
        if self.run("PRAGMA journal_mode = DELETE") != [("delete",)]:
            raise VaultError("vault.damaged")
        # HMAC of every page, then the structure: a file cut at the end of a page verifies.
        if self.run("PRAGMA cipher_integrity_check"):
            raise VaultError("vault.damaged")
        if self.run("PRAGMA quick_check") != [("ok",)]:
            raise VaultError("vault.damaged")

    def run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Execute one statement with bound values; all rows."""
        try:
            return list(self._connection.execute(sql, values).fetchall())
        except dbapi2.Error as error:
            code = _code(error)
            if code is None:
                raise
        raise VaultError(code)

    def write(self, sql: str, *values: object) -> None:
        """Execute one changing statement. A change outside a transaction is a mistake."""
        if not self._depth:
            raise ValueError("a change needs a transaction")
        self._check_alive()
        self.run(sql, *values)

    def _check_alive(self) -> None:
        """SQLite ends a transaction by itself after some failures. What comes after it in the same
        block must not be committed without what came before."""
        if not self._alive:
            raise VaultError("vault.closed" if self._closed else "vault.files")

    @property
    def _alive(self) -> bool:
        return not self._closed and bool(self._connection.in_transaction)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, exclusive from its start. Inside another one it is a part of that one,
        undone by itself when it fails."""
        self._depth += 1
        level = self._depth
        try:
            begin, commit, undo = _words(level)
            if level > 1:
                self._check_alive()
            self.run(begin)
            try:
                yield
                self._check_alive()
                self.run(commit)
            except BaseException:
                if self._alive:
                    for statement in undo:
                        self.run(statement)
                raise
        finally:
            self._depth -= 1

    def close(self) -> None:
        """Forget the key. Calling it twice is harmless."""
        self._closed = True
        self._connection.close()


def _words(level: int) -> tuple[str, str, tuple[str, ...]]:
    if level == 1:
        return "BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)
    name = f"level_{level}"
    return f"SAVEPOINT {name}", f"RELEASE {name}", (f"ROLLBACK TO {name}", f"RELEASE {name}")
