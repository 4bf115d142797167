"""A vault: the folder that keeps one party's keys, cards, ledgers, allowances and receipts.

    vault.hdr    the wrapped key (header.py)
    vault.db     everything else, encrypted (database.py, schema.py)
    blobs/       sealed answer files by their SHA-256 (blobs.py)
    vault.lock   empty; locked while a program has the vault open

An open vault belongs to the thread that opened it and to one program at a time.
"""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType

from cleanroom.errors import VaultError
from cleanroom.vault import header
from cleanroom.vault.allowances import Allowances
from cleanroom.vault.blobs import FOLDER, Blobs
from cleanroom.vault.cards import Cards
from cleanroom.vault.database import DATABASE, Database
from cleanroom.vault.durable import disk_errors, part_beside, sync_file, sync_folder
from cleanroom.vault.header import RECOMMENDED, Argon2, VaultKey
from cleanroom.vault.heads import Heads
from cleanroom.vault.ledger import Ledger
from cleanroom.vault.lock import VaultLock
from cleanroom.vault.receipts import Receipts
from cleanroom.vault.releases import Releases
from cleanroom.vault.restored import RestoredMark
from cleanroom.vault.secret_store import Secrets

LOCK = "vault.lock"


class Vault:
    """An open vault. Use it as a context manager, or ``close`` it."""

    def __init__(self, folder: Path, key: VaultKey, lock: VaultLock) -> None:
        self._database = Database.open(folder / DATABASE, key)
        self._lock = lock
        self.folder = folder
        self.secrets = Secrets(self._database)
        self.cards = Cards(self._database)
        self.heads = Heads(self._database)
        self.allowances = Allowances(self._database)
        self.receipts = Receipts(self._database)
        self.restored = RestoredMark(self._database)
        self.blobs = Blobs(folder / FOLDER, self._database)

    @classmethod
    def create(cls, path: Path, passphrase: bytes, kdf: Argon2 = RECOMMENDED) -> "Vault":
        """Make a vault where nothing is, whole or not at all, and open it.

        Raises ``vault.exists``, ``vault.no_passphrase``, ``vault.disk_full``, ``vault.files``.
        """
        key = VaultKey.generate()
        sealed = header.wrap(key, passphrase, kdf)
        del passphrase
        with new_folder(path) as part:
            Database.create(part / DATABASE, key)
            sync_file(part / DATABASE)
            (part / DATABASE).chmod(0o600)
            (part / FOLDER).mkdir(mode=0o700)
            header.write(part, sealed)
        return cls._enter(path, key, VaultLock(path / LOCK))

    @classmethod
    def open(cls, path: Path, passphrase: bytes) -> "Vault":
        """Open a vault and check every page of its database.

        Raises ``vault.missing``, ``vault.busy``, ``vault.passphrase``, ``vault.damaged``,
        ``vault.version``, ``vault.memory``, ``vault.files``.
        """
        lock, key = _unlock(path, passphrase)
        del passphrase
        return cls._enter(path, key, lock)

    @classmethod
    def _enter(cls, path: Path, key: VaultKey, lock: VaultLock) -> "Vault":
        try:
            with disk_errors():
                (path / FOLDER).mkdir(mode=0o700, exist_ok=True)
            return cls(path, key, lock)
        except BaseException:
            lock.release()
            raise

    def ledger(self, agreement: str) -> Ledger:
        """The ledger of an agreement, by the agreement's id."""
        return Ledger(self._database, agreement, self.blobs)

    def ledgers(self) -> list[str]:
        """Ids of the agreements that have a ledger here."""
        rows = self._database.run("SELECT agreement FROM ledgers ORDER BY agreement")
        return [agreement for (agreement,) in rows]

    def releases(self, agreement: str) -> Releases:
        """The answers given under an agreement, by the agreement's id."""
        return Releases(self._database, agreement, self.blobs)

    def transaction(self) -> AbstractContextManager[None]:
        """Several changes as one: all committed at its end, or none."""
        return self._database.transaction()

    def close(self) -> None:
        """Forget the key and let others in. Calling it twice is harmless."""
        self._database.close()
        self._lock.release()

    def __enter__(self) -> "Vault":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _unlock(path: Path, passphrase: bytes) -> tuple[VaultLock, VaultKey]:
    lock = lock_vault(path)
    try:
        return lock, header.unwrap(header.read(path), passphrase)
    except BaseException:
        lock.release()
        raise


def lock_vault(path: Path) -> VaultLock:
    """Keep others out of a vault. Raises ``vault.missing``, ``vault.busy``, ``vault.files``."""
    if not any((path / name).is_file() for name in (header.HEADER, DATABASE)):
        raise VaultError("vault.missing", path=path.name)
    return VaultLock(path / LOCK)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A temporary folder that takes its place at ``path`` when the block ends without an error.

    Raises ``vault.exists`` unless there is nothing, or an empty folder.
    """
    with disk_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_free(path)
        part = part_beside(path)
        part.mkdir(mode=0o700)
    try:
        yield part
        with disk_errors():
            sync_folder(part)
            _check_free(path)
            if path.is_dir():
                path.rmdir()
            part.rename(path)
            sync_folder(path.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _check_free(path: Path) -> None:
    if path.is_symlink() or path.exists():
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            return
        raise VaultError("vault.exists", path=path.name)


def change_passphrase(path: Path, old: bytes, new: bytes, kdf: Argon2 = RECOMMENDED) -> None:
    """Wrap the same key under another passphrase; the database is not touched.

    An older copy of ``vault.hdr`` still opens with the old passphrase. Raises as ``Vault.open``
    does, and ``vault.no_passphrase``.
    """
    lock, key = _unlock(path, old)
    try:
        header.write(path, header.wrap(key, new, kdf))
    finally:
        lock.release()
