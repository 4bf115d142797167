"""Backups: one file with everything that a vault holds, still encrypted.

An uncompressed tar: ``manifest.json`` (RFC 8785; size and SHA-256 of every other member), then
``vault.hdr``, ``vault.db`` and ``blobs/<sha256>``. It is no vault by itself, so that nobody grants
from it by mistake, and it opens with the passphrase the vault had when it was made.

A restored vault is marked: it may have forgotten grants, and refuses new ones until its owner
confirms (``restored.py``).
"""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from msgspec import Struct

from cleanroom.errors import TrustError, VaultError
from cleanroom.trust import codec
from cleanroom.vault.blobs import FOLDER
from cleanroom.vault.chain import is_digest
from cleanroom.vault.database import DATABASE, now
from cleanroom.vault.durable import disk_errors, part_beside, sync_file, sync_folder
from cleanroom.vault.header import HEADER
from cleanroom.vault.vault import Vault, new_folder

FORMAT = "cleanroom-vault-backup/1"
_MANIFEST = "manifest.json"
_MANIFEST_LIMIT = 32 << 20
_PIECE = 1 << 20


class Member(Struct, frozen=True, forbid_unknown_fields=True):
    """Size in bytes and SHA-256 (hex) of one member."""

    bytes: int
    sha256: str


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """The first member. ``created``: Unix time in seconds."""

    format: str
    created: int
    files: dict[str, Member]


def backup(path: Path, passphrase: bytes, target: Path) -> None:
    """Write a backup of a vault, whole or not at all.

    The vault is opened, so its pages are checked and nobody changes it meanwhile. Raises as
    ``Vault.open`` does, ``vault.exists`` for the target, ``vault.blob_missing``,
    ``vault.blob_damaged``, ``vault.disk_full``.
    """
    with Vault.open(path, passphrase) as vault:
        del passphrase
        names = [HEADER, DATABASE, *(f"{FOLDER}/{blob}" for blob in sorted(_checked_blobs(vault)))]
        with _new_file(target) as part, tarfile.open(part, "w") as archive:
            files = {name: _describe(path / name) for name in names}
            _add(archive, _MANIFEST, codec.encode(Manifest(FORMAT, now(), files)))
            for name in names:
                archive.add(path / name, name, recursive=False, filter=_plain)


def _checked_blobs(vault: Vault) -> set[str]:
    """The blobs that ledgers name, each found intact. Orphans are not worth keeping."""
    for agreement in vault.ledgers():
        vault.releases(agreement).check_blobs()
    return vault.blobs.referenced()


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    part = part_beside(target)
    with disk_errors():
        if target.exists() or target.is_symlink():
            raise VaultError("vault.exists", path=target.name)
        try:
            part.touch(mode=0o600, exist_ok=False)
            yield part
            sync_file(part)
            part.rename(target)
            sync_folder(target.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _describe(path: Path) -> Member:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Member(path.stat().st_size, digest)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who owned the file and when it changed."""
    plain = tarfile.TarInfo(member.name)
    plain.size, plain.mode = member.size, 0o600
    return plain


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))


def restore(source: Path, passphrase: bytes, target: Path) -> None:
    """Make a vault from a backup, whole or not at all, and mark it as restored.

    Raises ``vault.backup_missing``, ``vault.backup_damaged``, ``vault.passphrase``,
    ``vault.exists``, ``vault.disk_full``.
    """
    if not source.is_file():
        raise VaultError("vault.backup_missing", path=source.name)
    with new_folder(target) as part:
        (part / FOLDER).mkdir(mode=0o700)
        try:
            with tarfile.open(source, "r:") as archive:
                _unpack(archive, part)
        except (tarfile.TarError, ValueError, EOFError, OverflowError):
            raise VaultError("vault.backup_damaged") from None
        with Vault.open(part, passphrase) as vault:
            _checked_blobs(vault)
            vault.restored.place()


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Take out exactly the files of the manifest, in any order, by names made here."""
    left = dict(_read_manifest(archive).files)
    if not {HEADER, DATABASE} <= left.keys() or not all(map(_is_member, left)):
        raise VaultError("vault.backup_damaged")
    while (member := archive.next()) is not None:
        expected = left.pop(member.name, None)
        if expected is None or not member.isreg() or member.size != expected.bytes:
            raise VaultError("vault.backup_damaged")
        with disk_errors(), (folder / member.name).open("xb") as out:
            digest = _copy(_content(archive, member), out)
        if digest != expected.sha256:
            raise VaultError("vault.backup_damaged")
        sync_file(folder / member.name)
        (folder / member.name).chmod(0o600)
    if left:
        raise VaultError("vault.backup_damaged")
    sync_folder(folder / FOLDER)


def _is_member(name: str) -> bool:
    head, _, tail = name.rpartition("/")
    return name in {HEADER, DATABASE} or (head == FOLDER and is_digest(tail))


def _read_manifest(archive: tarfile.TarFile) -> Manifest:
    member = archive.next()
    if member is None or member.name != _MANIFEST or member.size > _MANIFEST_LIMIT:
        raise VaultError("vault.backup_damaged")
    try:
        data = _content(archive, member).read()
        manifest = codec.decode(data, Manifest, _MANIFEST, limit=_MANIFEST_LIMIT)
    except TrustError:
        raise VaultError("vault.backup_damaged") from None
    if manifest.format != FORMAT:
        raise VaultError("vault.version")
    return manifest


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    if content is None:
        raise VaultError("vault.backup_damaged")
    return content


def _copy(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := source.read(_PIECE):
        digest.update(piece)
        target.write(piece)
    return digest.hexdigest()
