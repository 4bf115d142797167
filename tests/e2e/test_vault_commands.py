"""``vault passphrase``, ``backup``, ``restore``, ``confirm``."""

import shutil
from pathlib import Path

import desk
import pytest
from rooms import Room

from cleanroom.vault.vault import Vault

pytestmark = pytest.mark.slow


def card(room: Room, vault: Path, secret: Path) -> tuple[object, ...]:
    """A command that opens a vault."""
    return ("identity", "card", "--vault", vault, "--passphrase-file", secret)


def test_a_new_passphrase_replaces_the_old(room: Room) -> None:
    vault, old = room.vault("brand"), room.secret("brand")
    new = desk.secret_file(room.folder / "new.pass", "the new one")
    desk.run(
        *(room.folder, "vault", "passphrase", "--vault", vault),
        *("--passphrase-file", old, "--new-passphrase-file", new),
    )
    assert "Company brand" in desk.run(room.folder, *card(room, vault, new)).out
    desk.refused(room.folder, "vault.passphrase", *card(room, vault, old))


@pytest.mark.parametrize("new", ["", None], ids=["empty", "none given"])
def test_the_passphrase_stays_when_there_is_no_new_one(room: Room, new: str | None) -> None:
    vault, old = room.vault("brand"), room.secret("brand")
    change = ("vault", "passphrase", "--vault", vault, "--passphrase-file", old)
    if new is None:
        desk.refused(room.folder, "vault.passphrase_source", *change)
    else:
        (room.folder / "empty").write_text(new)
        change = (*change, "--new-passphrase-file", "empty")
        desk.refused(room.folder, "vault.no_passphrase", *change)
    desk.run(room.folder, *card(room, vault, old))


def backup(room: Room, target: str = "brand.backup") -> tuple[object, ...]:
    """The command that copies the brand's vault."""
    vault, secret = room.vault("brand"), room.secret("brand")
    return ("vault", "backup", target, "--vault", vault, "--passphrase-file", secret)


def restore(room: Room, source: str = "brand.backup") -> tuple[object, ...]:
    """The command that makes a vault of it."""
    back = room.folder / "back"
    return ("vault", "restore", source, "--vault", back, "--passphrase-file", room.secret("brand"))


def test_a_backup_comes_back_marked_until_it_is_confirmed(room: Room) -> None:
    desk.run(room.folder, *backup(room))
    desk.refused(room.folder, "vault.exists", *backup(room))
    desk.run(room.folder, *restore(room))
    desk.refused(room.folder, "vault.exists", *restore(room))
    back = room.folder / "back"
    with Vault.open(back, desk.passphrase("brand")) as vault:
        assert vault.restored.at is not None
    confirm = ("vault", "confirm", "--vault", back, "--passphrase-file", room.secret("brand"))
    desk.run(room.folder, *confirm)
    with Vault.open(back, desk.passphrase("brand")) as vault:
        assert vault.restored.at is None
    own = desk.run(room.folder, *card(room, room.vault("brand"), room.secret("brand")))
    assert desk.run(room.folder, *card(room, back, room.secret("brand"))).out == own.out


def test_a_damaged_backup_makes_no_vault(room: Room) -> None:
    desk.run(room.folder, *backup(room))
    data = bytearray((room.folder / "brand.backup").read_bytes())
    data[-len(data) // 2] ^= 1
    (room.folder / "flipped").write_bytes(data)
    (room.folder / "cut").write_bytes(data[: len(data) // 3])
    shutil.copy(room.agreement, room.folder / "other")
    for name in ("flipped", "cut", "other"):
        desk.refused(room.folder, "vault.backup_damaged", *restore(room, name))
    desk.refused(room.folder, "vault.backup_missing", *restore(room, "nowhere"))
    assert not (room.folder / "back").exists()


def test_a_backup_needs_its_passphrase(room: Room) -> None:
    desk.run(room.folder, *backup(room))
    vault, wrong = room.folder / "back", room.secret("platform")
    again = ("vault", "restore", "brand.backup", "--vault", vault, "--passphrase-file", wrong)
    desk.refused(room.folder, "vault.passphrase", *again)
    assert not vault.exists()


def test_a_vault_that_is_open_is_busy(room: Room) -> None:
    with room.open("brand"):
        for command in (backup(room), card(room, room.vault("brand"), room.secret("brand"))):
            desk.refused(room.folder, "vault.busy", *command)
    assert not (room.folder / "brand.backup").exists()
