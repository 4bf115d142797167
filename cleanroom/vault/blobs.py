"""``blobs/``: sealed answer files by the SHA-256 of their bytes.

Written whole before the ledger entry that names them, so after a crash there may be a blob without
an entry (nobody has seen its answer: ``delete_orphans``), never an entry without a blob. Callers
seal the bytes; the vault only keeps them.
"""

from pathlib import Path

from cleanroom.errors import VaultError
from cleanroom.trust.codec import sha256_hex
from cleanroom.vault.chain import is_digest
from cleanroom.vault.database import Database
from cleanroom.vault.durable import PART, disk_errors, write_file

FOLDER = "blobs"


class Blobs:
    """The files of one vault."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._database = database

    def put(self, sealed: bytes) -> str:
        """Write a blob durably; its SHA-256. The same bytes twice are one file.

        Raises ``vault.disk_full``, ``vault.files``; then nothing was left behind.
        """
        name = sha256_hex(sealed)
        if not self._intact(name):
            write_file(self._folder / name, sealed)
        return name

    def get(self, name: str, entry: int = 0) -> bytes:
        """The bytes. Raises ``vault.blob_missing``, ``vault.blob_damaged``, naming the ledger
        entry that asked for it."""
        if not self.has(name):
            raise VaultError("vault.blob_missing", entry=entry)
        with disk_errors():
            sealed = (self._folder / name).read_bytes()
        if sha256_hex(sealed) != name:
            raise VaultError("vault.blob_damaged", entry=entry)
        return sealed

    def has(self, name: str) -> bool:
        """Whether there is such a file; its content is not read."""
        return is_digest(name) and (self._folder / name).is_file()

    def _intact(self, name: str) -> bool:
        path = self._folder / name
        with disk_errors():
            return path.is_file() and sha256_hex(path.read_bytes()) == name

    def names(self) -> list[str]:
        """Every blob that is there, sorted."""
        with disk_errors():
            return sorted(p.name for p in self._folder.iterdir() if is_digest(p.name))

    def referenced(self) -> set[str]:
        """Every blob that some ledger entry names."""
        rows = self._database.run("SELECT DISTINCT blob FROM entries WHERE blob IS NOT NULL")
        return {name for (name,) in rows}

    def delete_orphans(self) -> int:
        """Remove blobs without an entry and what a crash left half-written; how many files.

        Not done by ``Vault.open``: on a vault that was put back to an older state the newer blobs
        look like orphans. Call it after the ledger was found to extend what others remember.
        """
        kept = self.referenced()
        with disk_errors():
            orphans = [
                path
                for path in self._folder.iterdir()
                if path.name.endswith(PART) or (is_digest(path.name) and path.name not in kept)
            ]
            for path in orphans:
                path.unlink()
        return len(orphans)
