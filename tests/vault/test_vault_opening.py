"""Making and opening a vault: what is refused, and that it is refused clearly and quietly."""

import os
import stat
import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from vault_material import PASSPHRASE, raw_database, raw_key

from cleanroom.errors import VaultError
from cleanroom.vault import Argon2, Vault

Make = Callable[..., Path]
Child = Callable[..., "subprocess.Popen[str]"]
PAGE = 4096


def refused(folder: Path, passphrase: bytes = PASSPHRASE) -> VaultError:
    with pytest.raises(VaultError) as caught:
        Vault.open(folder, passphrase)
    return caught.value


def filled(folder: Path) -> Path:
    """A vault of some twenty pages, some of them free."""
    with Vault.open(folder, PASSPHRASE) as vault:
        for number in range(20):
            vault.secrets.put(f"package/{number}", os.urandom(3000))
        for number in range(5):
            vault.secrets.delete(f"package/{number}")
    return folder


def test_nothing_is_there(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    for name in ("absent", "folder", "file"):
        assert refused(tmp_path / name).code == "vault.missing"
    assert list((tmp_path / "folder").iterdir()) == []


def test_something_is_there(make: Make, tmp_path: Path, fast_kdf: Argon2) -> None:
    vault = make()
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = sorted(tmp_path.rglob("*"))
    for place in (vault, tmp_path / "file", tmp_path / "full", tmp_path / "link"):
        with pytest.raises(VaultError) as caught:
            Vault.create(place, PASSPHRASE, fast_kdf)
        assert caught.value.code == "vault.exists"
    assert sorted(tmp_path.rglob("*")) == before
    Vault.open(vault, PASSPHRASE).close()


def test_an_empty_folder_becomes_a_vault(tmp_path: Path, fast_kdf: Argon2) -> None:
    (tmp_path / "v").mkdir()
    Vault.create(tmp_path / "v", PASSPHRASE, fast_kdf).close()
    Vault.open(tmp_path / "v", PASSPHRASE).close()
    Vault.create(tmp_path / "new" / "folder" / "v", PASSPHRASE, fast_kdf).close()


def test_a_failed_creation_leaves_nothing(
    tmp_path: Path, fast_kdf: Argon2, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr("cleanroom.vault.durable.os.fsync", full)
    with pytest.raises(VaultError) as caught:
        Vault.create(tmp_path / "v", PASSPHRASE, fast_kdf)
    assert caught.value.code == "vault.disk_full"
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_may_read(make: Make) -> None:
    folder = filled(make())
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.blobs.put(b"sealed")
    modes = {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in [folder, *folder.rglob("*")]
    }
    blob = next(name for name in modes if name.startswith("blobs/"))
    assert modes == {
        ".": 0o700, "blobs": 0o700, "vault.db": 0o600, "vault.hdr": 0o600, "vault.lock": 0o600,
        blob: 0o600,
    }  # fmt: skip


def test_settings(vault: Vault) -> None:
    expected: dict[str, object] = {
        "cipher_memory_security": "1",
        "journal_mode": "delete",
        "trusted_schema": 0,
        "secure_delete": 1,
        "synchronous": 3,
        "foreign_keys": 1,
        "temp_store": 2,
    }
    found = {name: vault._database.run(f"PRAGMA {name}")[0][0] for name in expected}
    assert found == expected
    with pytest.raises(Exception, match="not authorized"):
        vault._database.run("SELECT load_extension('x')")


def test_nothing_readable_is_on_disk(make: Make) -> None:
    folder, marker = make(), b"MARKER-of-a-secret-name"
    with Vault.open(folder, PASSPHRASE) as vault, vault.transaction():
        for number in range(50):
            vault.secrets.put(f"{marker.decode()}/{number}", marker * 100)
        files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert any(path.name.endswith("-journal") for path in files), "the journal exists now"
        assert not [path for path, content in files.items() if marker in content]
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert not [path for path, content in files.items() if marker in content]
    assert b"SQLite format" not in files[folder / "vault.db"]


def test_a_flipped_byte_in_each_page(make: Make) -> None:
    folder = filled(make())
    path = folder / "vault.db"
    good = path.read_bytes()
    pages = len(good) // PAGE
    assert pages >= 20
    for page in range(pages):
        for offset in (0, 17, 100, 2000, PAGE - 1):
            place = page * PAGE + offset
            path.write_bytes(good[:place] + bytes([good[place] ^ 0x40]) + good[place + 1 :])
            error = refused(folder)
            assert error.code == "vault.damaged", (page, offset)
            assert error.message("en").endswith("[vault.damaged]")
    path.write_bytes(good)
    Vault.open(folder, PASSPHRASE).close()


def test_pages_cannot_be_moved(make: Make) -> None:
    folder = filled(make())
    path = folder / "vault.db"
    good = path.read_bytes()
    third, fourth = good[2 * PAGE : 3 * PAGE], good[3 * PAGE : 4 * PAGE]
    path.write_bytes(good[: 2 * PAGE] + fourth + third + good[4 * PAGE :])
    assert refused(folder).code == "vault.damaged"


def test_a_page_of_an_older_state(make: Make) -> None:
    """Every page verifies by itself; that they belong together is the structure's part."""
    folder = filled(make())
    path = folder / "vault.db"
    older = path.read_bytes()
    with Vault.open(folder, PASSPHRASE) as vault:
        for number in range(30, 60):
            vault.secrets.put(f"package/{number}", os.urandom(3000))
    newer = path.read_bytes()
    assert len(newer) > len(older)
    path.write_bytes(older[:PAGE] + newer[PAGE:])
    connection = raw_database(folder)
    assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
    connection.close()
    assert refused(folder).code == "vault.damaged"


@pytest.mark.parametrize("cut", [0, 1, 100, PAGE, PAGE + 1, -PAGE, -1])
def test_a_cut_database(make: Make, cut: int) -> None:
    folder = filled(make())
    path = folder / "vault.db"
    path.write_bytes(path.read_bytes()[:cut])
    assert refused(folder).code == "vault.damaged"


def test_one_file_is_missing(make: Make) -> None:
    for name in ("vault.db", "vault.hdr"):
        folder = make(name)
        (folder / name).unlink()
        assert refused(folder).code == "vault.damaged"
        assert not (folder / name).exists()


def test_a_plain_database_is_not_a_vault(make: Make) -> None:
    folder = make()
    connection = raw_database(folder)
    connection.execute("PRAGMA application_id = 1")
    connection.close()
    assert refused(folder).code == "vault.damaged"


def test_a_newer_vault(make: Make) -> None:
    folder = make()
    connection = raw_database(folder)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    assert refused(folder).code == "vault.version"


def test_damage_while_it_is_open(make: Make) -> None:
    folder = make()
    with Vault.open(folder, PASSPHRASE) as vault:
        for number in range(12):  # more than SQLite keeps in memory
            vault.secrets.put(f"package/{number}", bytes(1 << 20))
        path = folder / "vault.db"
        good = path.read_bytes()
        path.write_bytes(good[:PAGE] + b"\x55" * (len(good) - PAGE))
        with pytest.raises(VaultError) as caught:
            [vault.secrets.get(name) for name in vault.secrets.names()]
        assert caught.value.code == "vault.damaged"


def test_two_sessions_on_one_vault(make: Make, child: Child) -> None:
    folder = make()
    code = (
        "from pathlib import Path; from vault_material import PASSPHRASE\n"
        "from cleanroom.vault import Vault\n"
        "vault = Vault.open(Path(sys.argv[1]), PASSPHRASE)\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    other = child(code, folder)
    assert other.stdout is not None
    assert other.stdout.readline() == "open\n"
    assert refused(folder).code == "vault.busy"
    assert refused(folder, b"wrong").code == "vault.busy"
    other.kill()
    other.wait()
    with Vault.open(folder, PASSPHRASE):
        assert refused(folder).code == "vault.busy", "also in the same process"
    Vault.open(folder, PASSPHRASE).close()


def test_a_failed_opening_lets_others_in(make: Make) -> None:
    folder = make()
    assert refused(folder, b"wrong").code == "vault.passphrase"
    good = (folder / "vault.db").read_bytes()
    (folder / "vault.db").write_bytes(b"")
    assert refused(folder).code == "vault.damaged"
    (folder / "vault.db").write_bytes(good)
    Vault.open(folder, PASSPHRASE).close()


def test_a_closed_vault(make: Make) -> None:
    vault = Vault.open(make(), PASSPHRASE)
    vault.close()
    vault.close()
    for use in (vault.secrets.names, lambda: vault.secrets.put("x", b"y"), vault.ledgers):
        with pytest.raises(VaultError) as caught:
            use()
        assert caught.value.code == "vault.closed"


def test_the_key_shows_nowhere(make: Make) -> None:
    """Not in an error, its chain, or the local variables of any frame it passed."""
    folder = filled(make())
    key = raw_key(folder)
    path = folder / "vault.db"
    good = path.read_bytes()
    shown = []
    for bad in (b"", good[:PAGE], bytes(len(good)), good[:5000] + b"x" + good[5001:]):
        path.write_bytes(bad)
        error = refused(folder)
        trace = traceback.TracebackException.from_exception(error, capture_locals=True)
        shown.append("".join(trace.format()) + repr(error.__dict__))
    assert all("VaultKey(hidden)" in one for one in shown), "the locals were looked at"
    for secret in (key.hex(), key[:32].hex(), repr(key)[2:-1], "PRAGMA key"):
        assert not [one for one in shown if secret.lower() in one.lower()]


def test_sqlcipher_says_nothing_itself(make: Make, child: Child) -> None:
    folder = filled(make())
    path = folder / "vault.db"
    good = path.read_bytes()
    path.write_bytes(good[:5000] + bytes([good[5000] ^ 1]) + good[5001:])
    code = (
        "from pathlib import Path; from vault_material import PASSPHRASE\n"
        "from cleanroom.errors import VaultError; from cleanroom.vault import Vault\n"
        "try: Vault.open(Path(sys.argv[1]), PASSPHRASE)\n"
        "except VaultError as error: print(error.code)"
    )
    assert child(code, folder).communicate() == ("vault.damaged\n", "")
