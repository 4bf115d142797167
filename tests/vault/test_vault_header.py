"""``vault.hdr``: derived by hand here, and every way in which it can be wrong."""

import errno
import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from vault_material import PASSPHRASE, canonical, raw_database, raw_key

from cleanroom.errors import VaultError
from cleanroom.vault import RECOMMENDED, Argon2, Vault, change_passphrase, header

Make = Callable[..., Path]


def code_of_opening(folder: Path, passphrase: bytes = PASSPHRASE) -> str:
    with pytest.raises(VaultError) as caught:
        Vault.open(folder, passphrase)
    return caught.value.code


def rewrite(folder: Path, *, checksum: bool = True, **changes: Any) -> None:
    """Change fields of the header, with a fitting checksum as an attacker would."""
    path = folder / "vault.hdr"
    fields = json.loads(path.read_bytes()) | changes
    if checksum:
        del fields["sha256"]
        fields["sha256"] = sha256(canonical(fields)).hexdigest()
    path.write_bytes(canonical(fields))


def test_a_vault_opens_by_hand(make: Make) -> None:
    """Argon2id, AES-GCM-SIV and SQLCipher as the format says, without the vault's own code."""
    folder = make()
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.secrets.put("package/1", b"\x07" * 32)
    connection = raw_database(folder)
    assert connection.execute("SELECT name, value FROM secrets").fetchall() == [
        ("package/1", b"\x07" * 32)
    ]
    connection.close()
    assert (folder / "vault.db").read_bytes()[:16] == raw_key(folder)[32:]


def test_the_default_is_the_second_choice_of_rfc_9106(tmp_path: Path) -> None:
    Vault.create(tmp_path / "v", PASSPHRASE).close()
    kdf = json.loads((tmp_path / "v" / "vault.hdr").read_bytes())["kdf"]
    assert kdf == {"algorithm": "argon2id", "iterations": 3, "lanes": 4, "memory_kib": 65536}
    Vault.open(tmp_path / "v", PASSPHRASE).close()


def test_no_two_headers_are_alike(fast_kdf: Argon2) -> None:
    key = header.VaultKey.generate()
    one, two = (header.wrap(key, PASSPHRASE, fast_kdf) for _ in range(2))
    assert len({one.salt, two.salt, one.nonce, two.nonce}) == 4
    assert one.sealed != two.sealed
    assert header.unwrap(one, PASSPHRASE).pragma() == header.unwrap(two, PASSPHRASE).pragma()


@pytest.mark.parametrize("wrong", [b"", b"Correct horse battery staple", PASSPHRASE + b"\n"])
def test_a_wrong_passphrase(make: Make, wrong: bytes) -> None:
    folder = make()
    before = {p: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    assert code_of_opening(folder, wrong) == "vault.passphrase"
    assert {p: p.read_bytes() for p in folder.iterdir() if p.is_file()} == before


def test_an_empty_passphrase_is_refused(tmp_path: Path, fast_kdf: Argon2) -> None:
    with pytest.raises(VaultError) as caught:
        Vault.create(tmp_path / "v", b"", fast_kdf)
    assert caught.value.code == "vault.no_passphrase"
    assert list(tmp_path.iterdir()) == []


def test_every_flipped_byte_is_seen(make: Make) -> None:
    folder = make()
    path = folder / "vault.hdr"
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert code_of_opening(folder) in {"vault.damaged", "vault.version"}, place
    path.write_bytes(good)
    Vault.open(folder, PASSPHRASE).close()


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_cut_header(make: Make, cut: int) -> None:
    folder = make()
    path = folder / "vault.hdr"
    path.write_bytes(path.read_bytes()[:cut])
    assert code_of_opening(folder) == "vault.damaged"


def test_a_huge_header_is_not_read(make: Make) -> None:
    folder = make()
    (folder / "vault.hdr").write_bytes(b" " * 10_000_000)
    assert code_of_opening(folder) == "vault.damaged"


def test_lowered_parameters_open_nothing(make: Make) -> None:
    """The parameters are part of the key and of the authenticated data."""
    folder = make()
    kdf = {"algorithm": "argon2id", "iterations": 2, "lanes": 1, "memory_kib": 8}
    rewrite(folder, kdf=kdf)
    assert code_of_opening(folder) == "vault.passphrase"


@pytest.mark.parametrize(
    "changed",
    [
        {"memory_kib": 1 << 40},
        {"memory_kib": (2 << 20) + 1},
        {"iterations": 1 << 31},
        {"lanes": 65},
        {"iterations": 0},
        {"lanes": 0},
        {"memory_kib": 7},
        {"memory_kib": -8},
    ],
)
def test_parameters_out_of_range(make: Make, changed: dict[str, int]) -> None:
    """Refused before any memory is taken."""
    folder = make()
    kdf = {"algorithm": "argon2id", "iterations": 1, "lanes": 1, "memory_kib": 8}
    rewrite(folder, kdf=kdf | changed)
    assert code_of_opening(folder) == "vault.damaged"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"format": "cleanroom-vault/2"}, "vault.version"),
        ({"format": "cleanroom-vault/2", "hint": "x"}, "vault.version"),
        ({"format": "other/1"}, "vault.version"),
        ({"hint": "x"}, "vault.damaged"),
        ({"salt": "00" * 15}, "vault.damaged"),
        ({"salt": "zz" * 16}, "vault.damaged"),
        ({"nonce": ""}, "vault.damaged"),
        ({"sealed": "00" * 63}, "vault.damaged"),
        ({"sealed": "00" * 64}, "vault.passphrase"),
        ({"kdf": {"algorithm": "argon2i"}}, "vault.damaged"),
        ({"kdf": None}, "vault.damaged"),
    ],
)
def test_a_crafted_header(make: Make, changed: dict[str, Any], code: str) -> None:
    folder = make()
    rewrite(folder, **changed)
    assert code_of_opening(folder) == code


def test_two_spellings_of_one_header_are_not_two_headers(make: Make) -> None:
    folder = make()
    path = folder / "vault.hdr"
    path.write_bytes(path.read_bytes() + b"\n")
    assert code_of_opening(folder) == "vault.damaged"


def test_the_header_of_another_vault(make: Make) -> None:
    one, two = make("one"), make("two")
    (one / "vault.hdr").write_bytes((two / "vault.hdr").read_bytes())
    assert code_of_opening(one) == "vault.damaged"


def test_changing_the_passphrase_rewraps_only(make: Make, fast_kdf: Argon2) -> None:
    folder, new = make(), "新口令 ünïcode".encode()
    database, key = (folder / "vault.db").read_bytes(), raw_key(folder)
    change_passphrase(folder, PASSPHRASE, new, fast_kdf)
    assert (folder / "vault.db").read_bytes() == database
    assert raw_key(folder, new) == key
    assert code_of_opening(folder) == "vault.passphrase"
    Vault.open(folder, new).close()


def test_a_changed_passphrase_gets_full_strength(make: Make) -> None:
    folder = make()
    change_passphrase(folder, PASSPHRASE, b"new")
    assert header.read(folder).kdf == RECOMMENDED


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [(b"wrong", b"new", "vault.passphrase"), (PASSPHRASE, b"", "vault.no_passphrase")],
)
def test_a_refused_change(make: Make, fast_kdf: Argon2, old: bytes, new: bytes, code: str) -> None:
    folder = make()
    before = (folder / "vault.hdr").read_bytes()
    with pytest.raises(VaultError) as caught:
        change_passphrase(folder, old, new, fast_kdf)
    assert caught.value.code == code
    assert (folder / "vault.hdr").read_bytes() == before
    Vault.open(folder, PASSPHRASE).close()


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_while_changing(
    make: Make, fast_kdf: Argon2, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder = make()

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), full)
        with pytest.raises(VaultError) as caught:
            change_passphrase(folder, PASSPHRASE, b"new", fast_kdf)
    assert caught.value.code == "vault.disk_full"
    assert sorted(p.name for p in folder.iterdir()) == [
        "blobs", "vault.db", "vault.hdr", "vault.lock",
    ]  # fmt: skip
    Vault.open(folder, PASSPHRASE).close()


def test_a_change_needs_the_vault_for_itself(make: Make, fast_kdf: Argon2) -> None:
    folder = make()
    with Vault.open(folder, PASSPHRASE), pytest.raises(VaultError) as caught:
        change_passphrase(folder, PASSPHRASE, b"new", fast_kdf)
    assert caught.value.code == "vault.busy"
