"""The self-test's look at the vault: all well here, and each way in which a vault could fail."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from selftest_material import statuses

from cleanroom.errors import VaultError
from cleanroom.session.selftest import vault
from cleanroom.vault import Vault, header
from cleanroom.vault.database import Database
from cleanroom.vault.header import VaultKey
from cleanroom.vault.secret_store import Secrets

NAMES = ("kept", "unreadable", "passphrase", "damaged_data", "damaged_header")


def test_the_vault_is_well_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert statuses(vault.trial()) == dict.fromkeys(NAMES, "ok")
    assert list(tmp_path.iterdir()) == []


def failed() -> set[str]:
    return {name for name, status in statuses(vault.trial()).items() if status == "failed"}


def test_damage_that_nobody_looks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "_check", lambda _: None)
    monkeypatch.setattr(Vault, "open", _keeps_in_memory(Vault.open))
    assert "damaged_data" in failed()


def _keeps_in_memory(really: Callable[[Path, bytes], Vault]) -> Callable[[Path, bytes], Vault]:
    """A vault whose answers do not come from its damaged pages."""

    def open_(path: Path, passphrase: bytes) -> Vault:
        opened = really(path, passphrase)
        opened.secrets.get = lambda _: b""  # type: ignore[method-assign]
        return opened

    return open_


def test_a_header_without_its_checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Damage then reads as a wrong passphrase, or as nothing at all."""
    monkeypatch.setattr(header, "_checksum", lambda found: found.sha256)
    assert failed() == {"damaged_header"}


def test_a_vault_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is the same whatever the passphrase."""
    monkeypatch.setattr(header, "_derive", lambda *_: bytes(32))
    assert failed() == {"passphrase"}


def test_a_vault_in_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    really = Secrets.put

    def put(self: Secrets, name: str, value: bytes) -> None:
        really(self, name, value)
        folder = Path(self._database.run("PRAGMA database_list")[0][2]).parent
        (folder / "copy.txt").write_bytes(value)

    monkeypatch.setattr(Secrets, "put", put)
    assert failed() == {"unreadable"}


def test_a_forgetful_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Secrets, "get", lambda *_: b"something else")
    assert failed() == {"kept"}


def test_a_vault_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> VaultKey:
        raise VaultError("vault.disk_full")

    monkeypatch.setattr(VaultKey, "generate", full)
    with pytest.raises(VaultError, match=r"vault\.disk_full"):
        vault.trial()
