"""Backups: everything comes back, an older state does not go unnoticed, damage is refused."""

import io
import json
import shutil
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vault_material import (
    AGREEMENT,
    GENESIS,
    PASSPHRASE,
    canonical,
    chain_of,
    charge_of,
    digest,
    entry,
    raw_database,
)

from cleanroom.disclosure.price import Price
from cleanroom.errors import CleanroomError, VaultError
from cleanroom.vault import Argon2, Vault, backup, change_passphrase, restore

Make = Callable[..., Path]


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(CleanroomError) as caught:
        action()
    return caught.value.code


def fill(folder: Path) -> str:
    """Something of every kind; the name of a blob that an entry names."""
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.secrets.put("state/a", b"\x01" * 32)
        vault.cards.put("f", b"card", verified=True, how="phone")
        vault.ledger(AGREEMENT).begin(GENESIS)
        blob = vault.blobs.put(b"sealed answer")
        vault.ledger(AGREEMENT).append(
            chain_of(1)[0], price=Price(5, 1, 1), replay_key=digest("q"), blob=blob
        )
        vault.blobs.put(b"orphan")
        vault.allowances.charge(charge_of("one"), b"grant")
    return blob


def dump(folder: Path) -> list[tuple[object, ...]]:
    """Every row of every table but the mark of a restored vault."""
    connection = raw_database(folder)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    rows = [
        (name, *row)
        for (name,) in sorted(names)
        if name != "meta"
        for row in connection.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall()
    ]
    connection.close()
    return rows


@pytest.fixture
def saved(make: Make, tmp_path: Path) -> Path:
    """A backup of a filled vault named ``brand``."""
    folder = make()
    fill(folder)
    backup(folder, PASSPHRASE, tmp_path / "brand.backup")
    return tmp_path / "brand.backup"


def test_everything_comes_back(saved: Path, tmp_path: Path) -> None:
    restore(saved, PASSPHRASE, tmp_path / "again")
    before, after = dump(tmp_path / "brand"), dump(tmp_path / "again")
    assert {row[0] for row in before} == {
        "cards", "datasets", "entries", "grant_partners", "grants", "ledgers", "secrets",
    }  # fmt: skip
    assert after == before
    with Vault.open(tmp_path / "again", PASSPHRASE) as vault:
        assert vault.secrets.get("state/a") == b"\x01" * 32
        answer = vault.releases(AGREEMENT).get(digest("q"))
        assert answer is not None
        assert vault.releases(AGREEMENT).blob(answer) == b"sealed answer"
        assert vault.ledger(AGREEMENT).verify().seq == 1
        assert vault.blobs.names() == [answer.blob], "orphans are left out"
    modes = {p.stat().st_mode & 0o777 for p in (tmp_path / "again").rglob("*") if p.is_file()}
    assert modes == {0o600}


def test_a_backup_is_sealed_and_private(saved: Path) -> None:
    content = saved.read_bytes()
    for secret in (b"\x01" * 32, b"sealed card", b"grant", b"platform", AGREEMENT.encode()):
        assert secret not in content
    assert saved.stat().st_mode & 0o777 == 0o600


def test_an_older_copy_refills_nothing(saved: Path, tmp_path: Path) -> None:
    """The owner's vault goes back by one grant; the counterparty's ledger knows better."""
    forgotten = charge_of("two")
    with Vault.open(tmp_path / "brand", PASSPHRASE) as vault:
        vault.allowances.charge(forgotten, b"second grant")
        newest = vault.ledger(AGREEMENT).append(entry(vault.ledger(AGREEMENT).head()))
    restore(saved, PASSPHRASE, tmp_path / "again")
    with Vault.open(tmp_path / "again", PASSPHRASE) as vault:
        assert vault.restored.at is not None
        refused = code_of(lambda: vault.allowances.charge(charge_of("new"), b"third grant"))
        assert refused == "budget.restored"
        assert code_of(lambda: vault.ledger(AGREEMENT).check_extends(newest)) == "vault.fork"
        assert vault.allowances.unknown([charge_of("one").grant, forgotten.grant]) == [
            forgotten.grant
        ]
        vault.allowances.adopt(forgotten, b"second grant")
        vault.restored.confirm()
        assert vault.allowances.usage("crm").nano_rho == 200_000_000


def test_a_backup_keeps_the_passphrase_of_its_day(
    saved: Path, tmp_path: Path, fast_kdf: Argon2
) -> None:
    change_passphrase(tmp_path / "brand", PASSPHRASE, b"new", fast_kdf)
    assert code_of(lambda: restore(saved, b"new", tmp_path / "again")) == "vault.passphrase"
    restore(saved, PASSPHRASE, tmp_path / "again")


def test_nothing_half_restored(saved: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert code_of(lambda: restore(saved, b"wrong", tmp_path / "again")) == "vault.passphrase"
    absent = tmp_path / "absent"
    assert code_of(lambda: restore(absent, PASSPHRASE, tmp_path / "x")) == "vault.backup_missing"
    assert code_of(lambda: restore(saved, PASSPHRASE, tmp_path / "brand")) == "vault.exists"
    assert sorted(tmp_path.iterdir()) == before


def test_nothing_half_saved(
    make: Make, tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, target = tmp_path / "brand", tmp_path / "second.backup"
    before = saved.read_bytes()
    assert code_of(lambda: backup(folder, PASSPHRASE, saved)) == "vault.exists"
    assert code_of(lambda: backup(folder, b"wrong", target)) == "vault.passphrase"
    assert code_of(lambda: backup(folder, PASSPHRASE, tmp_path / "no" / "x")) == "vault.files"
    with monkeypatch.context() as patch:

        def full(*_arguments: object, **_named: object) -> None:
            raise OSError(28, "full")

        patch.setattr(tarfile, "copyfileobj", full)
        assert code_of(lambda: backup(folder, PASSPHRASE, target)) == "vault.disk_full"
    assert saved.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["brand", "brand.backup"]
    with Vault.open(folder, PASSPHRASE):
        assert code_of(lambda: backup(folder, PASSPHRASE, target)) == "vault.busy"


def test_a_vault_with_a_missing_blob_is_not_saved(make: Make, tmp_path: Path) -> None:
    folder = make()
    (folder / "blobs" / fill(folder)).unlink()
    target = tmp_path / "x.backup"
    assert code_of(lambda: backup(folder, PASSPHRASE, target)) == "vault.blob_missing"
    assert not target.exists()


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        found = {}
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            found[member.name] = content.read()
    return found


def test_the_format(saved: Path, tmp_path: Path) -> None:
    """An ordinary tar whose manifest names every other member."""
    found = members(saved)
    manifest = json.loads(found["manifest.json"])
    assert next(iter(found)) == "manifest.json"
    assert canonical(manifest) == found["manifest.json"]
    assert manifest["format"] == "cleanroom-vault-backup/1"
    assert manifest["files"] == {
        name: {"bytes": len(content), "sha256": sha256(content).hexdigest()}
        for name, content in found.items()
        if name != "manifest.json"
    }
    assert found["vault.db"] == (tmp_path / "brand" / "vault.db").read_bytes()


def write_tar(path: Path, content: dict[str, bytes], *extra: tarfile.TarInfo) -> None:
    with tarfile.open(path, "w") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for member in extra:
            archive.addfile(member, io.BytesIO(bytes(member.size)))


def with_manifest(found: dict[str, bytes]) -> dict[str, bytes]:
    """The members again under a manifest that fits them, as an attacker would make it."""
    rest = {name: data for name, data in found.items() if name != "manifest.json"}
    files = {n: {"bytes": len(d), "sha256": sha256(d).hexdigest()} for n, d in rest.items()}
    manifest = {"format": "cleanroom-vault-backup/1", "created": 0, "files": files}
    return {"manifest.json": canonical(manifest), **rest}


HOSTILE: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "leaves its folder": lambda f: with_manifest(f | {"blobs/../../escape": b"x"}),
    "absolute name": lambda f: with_manifest(f | {"/tmp/cleanroom-escape": b"x"}),
    "other file": lambda f: with_manifest(f | {"vault.lock": b"x"}),
    "journal": lambda f: with_manifest(f | {"vault.db-journal": b"x" * 512}),
    "no database": lambda f: with_manifest({n: d for n, d in f.items() if n != "vault.db"}),
    "no header": lambda f: with_manifest({n: d for n, d in f.items() if n != "vault.hdr"}),
    "not in the manifest": lambda f: f | {"blobs/" + "0" * 64: b"x"},
    "missing member": lambda f: {n: d for n, d in f.items() if n != "vault.db"},
    "other content": lambda f: f | {"vault.hdr": f["vault.hdr"][::-1]},
    "manifest last": lambda f: dict(reversed(f.items())),
    "manifest not canonical": lambda f: f | {"manifest.json": f["manifest.json"] + b" "},
    "empty": lambda f: {},
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_a_crafted_backup(saved: Path, tmp_path: Path, fault: str) -> None:
    crafted = tmp_path / "crafted"
    write_tar(crafted, HOSTILE[fault](members(saved)))
    before = sorted(tmp_path.iterdir())
    assert code_of(lambda: restore(crafted, PASSPHRASE, tmp_path / "v")) == "vault.backup_damaged"
    assert sorted(tmp_path.iterdir()) == before
    assert not Path("/tmp/cleanroom-escape").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_links_are_not_files(saved: Path, tmp_path: Path, kind: bytes) -> None:
    found = members(saved)
    link = tarfile.TarInfo("vault.db")
    link.type, link.linkname, link.size = kind, "/etc/passwd", len(found.pop("vault.db"))
    crafted = tmp_path / "crafted"
    write_tar(crafted, found, link)
    assert code_of(lambda: restore(crafted, PASSPHRASE, tmp_path / "v")) == "vault.backup_damaged"


def test_a_backup_without_a_blob(saved: Path, tmp_path: Path) -> None:
    """Even when its manifest fits: the ledger inside knows what is missing."""
    found = {n: d for n, d in members(saved).items() if not n.startswith("blobs/")}
    write_tar(tmp_path / "crafted", with_manifest(found))
    code = code_of(lambda: restore(tmp_path / "crafted", PASSPHRASE, tmp_path / "v"))
    assert code == "vault.blob_missing"
    assert not (tmp_path / "v").exists()


def test_a_backup_of_a_later_program(saved: Path, tmp_path: Path) -> None:
    found = members(saved)
    manifest = json.loads(found["manifest.json"]) | {"format": "cleanroom-vault-backup/2"}
    write_tar(tmp_path / "crafted", found | {"manifest.json": canonical(manifest)})
    code = code_of(lambda: restore(tmp_path / "crafted", PASSPHRASE, tmp_path / "v"))
    assert code == "vault.version"


@pytest.fixture(scope="module")
def kept_backup(tmp_path_factory: pytest.TempPathFactory, fast_kdf: Argon2) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    Vault.create(folder / "v", PASSPHRASE, fast_kdf).close()
    fill(folder / "v")
    backup(folder / "v", PASSPHRASE, folder / "good")
    return folder


@settings(max_examples=60)
@given(place=st.integers(0, 1 << 40), flip=st.integers(1, 255), cut=st.booleans())
def test_any_damage_is_refused_or_harmless(
    kept_backup: Path, place: int, flip: int, cut: bool
) -> None:
    """A flipped byte or a cut: the same vault comes out, or a clear error and nothing."""
    good = (kept_backup / "good").read_bytes()
    at = place % len(good)
    bad = good[:at] if cut else good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :]
    (kept_backup / "bad").write_bytes(bad)
    target = kept_backup / "restored"
    code = ""
    try:
        restore(kept_backup / "bad", PASSPHRASE, target)
    except VaultError as error:
        code = error.code
    assert code in {"", "vault.backup_damaged", "vault.version"}
    assert target.exists() == (code == "")
    assert not list(kept_backup.glob(".*"))
    if target.exists():
        assert dump(target) == dump(kept_backup / "v")
        shutil.rmtree(target)
