"""Secrets, cards, heads, receipts, and several changes as one."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vault_material import AGREEMENT, PASSPHRASE, digest

from cleanroom.errors import CleanroomError, VaultError
from cleanroom.vault import Argon2, Head, Vault

Make = Callable[..., Path]


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(CleanroomError) as caught:
        action()
    return caught.value.code


def test_secrets_by_name(make: Make) -> None:
    folder = make()
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.secrets.put("state/a", b"\x00" * 32)
        vault.secrets.put("package/1", b"")
        vault.secrets.put("package/%", b"\xff")
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.secrets.get("state/a") == b"\x00" * 32
        assert vault.secrets.get("package/1") == b""
        assert vault.secrets.names() == ["package/%", "package/1", "state/a"]
        assert vault.secrets.names("package/") == ["package/%", "package/1"]
        assert vault.secrets.names("package/%") == ["package/%"]
        vault.secrets.delete("state/a")
        assert not vault.secrets.has("state/a")
        assert code_of(lambda: vault.secrets.get("state/a")) == "vault.no_key"
        assert code_of(lambda: vault.secrets.delete("state/a")) == "vault.no_key"


def test_a_key_is_not_overwritten_by_mistake(vault: Vault) -> None:
    vault.secrets.put("package/1", b"one")
    vault.secrets.put("package/1", b"one")
    assert code_of(lambda: vault.secrets.put("package/1", b"two")) == "vault.key_exists"
    assert vault.secrets.get("package/1") == b"one"
    vault.secrets.put("package/1", b"two", replace=True)
    assert vault.secrets.get("package/1") == b"two"


def test_a_value_is_never_in_an_error(vault: Vault) -> None:
    vault.secrets.put("package/1", b"VALUE-ONE")
    with pytest.raises(VaultError) as caught:
        vault.secrets.put("package/1", b"VALUE-TWO")
    assert "VALUE" not in caught.value.message() + repr(caught.value.facts)


def test_cards_stay_verified(vault: Vault) -> None:
    vault.cards.put("f1", b"card one", verified=False, how="agreement")
    assert not vault.cards.get("f1").verified
    vault.cards.put("f1", b"card one", verified=True, how="words by phone")
    vault.cards.put("f1", b"card one", verified=False, how="agreement")
    kept = vault.cards.get("f1")
    assert (kept.file, kept.verified, kept.how) == (b"card one", True, "words by phone")
    assert kept.at > 1_600_000_000
    vault.cards.put("f0", b"card two", verified=False)
    assert [card.fingerprint for card in vault.cards.all()] == ["f0", "f1"]
    vault.cards.remove("f1")
    assert vault.cards.find("f1") is None
    assert code_of(lambda: vault.cards.get("f1")) == "vault.no_card"
    assert code_of(lambda: vault.cards.remove("f1")) == "vault.no_card"


def test_a_head_only_moves_forward(vault: Vault) -> None:
    heads = vault.heads
    assert heads.get(AGREEMENT, "platform") is None
    heads.remember(AGREEMENT, "platform", Head(0, digest("genesis")))
    heads.remember(AGREEMENT, "platform", Head(3, digest("three")))
    heads.remember(AGREEMENT, "platform", Head(3, digest("three")))
    for older in (Head(2, digest("two")), Head(3, digest("other")), Head(0, digest("genesis"))):
        with pytest.raises(VaultError) as caught:
            heads.remember(AGREEMENT, "platform", older)
        assert caught.value.code == "vault.fork"
        assert "platform" in caught.value.message()
    heads.remember(AGREEMENT, "brand", Head(1, digest("one")))
    assert heads.get("other", "platform") is None
    assert heads.all(AGREEMENT) == {
        "brand": Head(1, digest("one")),
        "platform": Head(3, digest("three")),
    }


def test_receipts_by_hash(vault: Vault) -> None:
    first = vault.receipts.put(AGREEMENT, b"receipt one")
    assert first == sha256(b"receipt one").hexdigest()
    assert vault.receipts.put(AGREEMENT, b"receipt one") == first
    second = vault.receipts.put(AGREEMENT, b"receipt two")
    assert vault.receipts.get(first).file == b"receipt one"
    assert [r.hash for r in vault.receipts.all(AGREEMENT)] == [first, second]
    assert vault.receipts.all("other") == []
    assert code_of(lambda: vault.receipts.get(digest("none"))) == "vault.no_receipt"


class OnPurposeError(Exception):
    """What a test breaks a transaction with."""


def _fail_after(vault: Vault, *names: str) -> None:
    with vault.transaction():
        for name in names:
            vault.secrets.put(name, b"x")
        vault.receipts.put(AGREEMENT, b"r")
        raise OnPurposeError


def test_several_changes_are_one(make: Make) -> None:
    folder = make()
    with Vault.open(folder, PASSPHRASE) as vault:
        with pytest.raises(OnPurposeError):
            _fail_after(vault, "a", "b")
        assert vault.secrets.names() == []
        with vault.transaction():
            vault.secrets.put("a", b"1")
            with pytest.raises(OnPurposeError):
                _fail_after(vault, "b", "d")
            vault.secrets.put("c", b"3")
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.secrets.names() == ["a", "c"]
        assert vault.receipts.all(AGREEMENT) == []


def test_closing_inside_a_transaction_keeps_nothing(make: Make) -> None:
    folder = make()
    vault = Vault.open(folder, PASSPHRASE)
    assert code_of(lambda: _close_inside(vault)) == "vault.closed"
    with Vault.open(folder, PASSPHRASE) as again:
        assert again.secrets.names() == []


def _close_inside(vault: Vault) -> None:
    with vault.transaction():
        vault.secrets.put("a", b"1")
        vault.close()


def test_a_full_disk_undoes_the_whole_transaction(make: Make) -> None:
    """SQLite's own limit on pages makes the same error as a full disk."""
    folder = make()
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.secrets.put("before", b"kept")
        pages = vault._database.run("PRAGMA page_count")[0][0]
        vault._database.run(f"PRAGMA max_page_count = {pages + 5}")

        def fill() -> None:
            with vault.transaction():
                vault.secrets.put("small", b"x")
                vault.secrets.put("large", bytes(1_000_000))

        assert code_of(fill) == "vault.disk_full"
        assert vault.secrets.names() == ["before"]
        vault.secrets.put("after", b"still works")
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.secrets.names() == ["after", "before"]


def test_a_change_after_a_lost_transaction_is_refused(vault: Vault) -> None:
    """When SQLite has given up a transaction by itself, the rest of it must not be committed."""

    def careless() -> None:
        with vault.transaction():
            vault.secrets.put("a", b"1")
            vault._database.run("ROLLBACK")
            vault.secrets.put("b", b"2")

    assert code_of(careless) == "vault.files"
    assert vault.secrets.names() == []


def test_a_change_outside_a_transaction_is_a_mistake(vault: Vault) -> None:
    with pytest.raises(ValueError, match="transaction"):
        vault._database.write("DELETE FROM secrets")


@pytest.fixture(scope="module")
def shared_vault(tmp_path_factory: pytest.TempPathFactory, fast_kdf: Argon2) -> Vault:
    return Vault.create(tmp_path_factory.mktemp("shared") / "v", PASSPHRASE, fast_kdf)


@given(name=st.text(min_size=1), value=st.binary(max_size=5000))
def test_any_name_and_value_come_back(shared_vault: Vault, name: str, value: bytes) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    shared_vault.secrets.put(name, value, replace=True)
    assert shared_vault.secrets.get(name) == value
    assert name in shared_vault.secrets.names(name[:1])
