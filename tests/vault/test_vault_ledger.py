"""The hash chain: what follows, what does not, and what shows that it was changed."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vault_material import AGREEMENT, GENESIS, PASSPHRASE, after, chain_of, digest, entry, tamper

from cleanroom.disclosure.price import Price
from cleanroom.errors import VaultError
from cleanroom.vault import Head, Ledger, Vault, follow, follow_all, genesis

Make = Callable[..., Path]
START = Head(0, GENESIS)


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(VaultError) as caught:
        action()
    return caught.value.code


@pytest.fixture
def ledger(vault: Vault) -> Ledger:
    made = vault.ledger(AGREEMENT)
    made.begin(GENESIS)
    return made


def stored(make: Make, length: int = 5) -> tuple[Path, list[bytes]]:
    """A closed vault with a ledger of some length."""
    folder, bodies = make(), chain_of(length, what="x")
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.ledger(AGREEMENT).begin(GENESIS)
        vault.ledger(AGREEMENT).extend(bodies)
    return folder, bodies


def test_entries_follow_each_other(ledger: Ledger) -> None:
    assert ledger.head() == START == genesis(GENESIS)
    bodies = chain_of(4, text="密")
    for number, body in enumerate(bodies, 1):
        assert ledger.append(body) == Head(number, sha256(body).hexdigest())
    entries = ledger.entries()
    assert [e.body for e in entries] == bodies
    assert [e.seq for e in entries] == [1, 2, 3, 4]
    assert [e.prev for e in entries] == [GENESIS, *[e.hash for e in entries[:-1]]]
    assert ledger.verify() == ledger.head() == follow_all(START, bodies)


def test_a_ledger_begins_once(vault: Vault) -> None:
    ledger = vault.ledger(AGREEMENT)
    for early in (ledger.head, ledger.entries, ledger.verify, ledger.spent):
        assert code_of(early) == "vault.no_ledger"
    assert code_of(lambda: ledger.append(entry(START))) == "vault.no_ledger"
    ledger.begin(GENESIS)
    ledger.begin(GENESIS)
    assert code_of(lambda: ledger.begin(digest("other"))) == "vault.other_ledger"
    assert vault.ledgers() == [AGREEMENT]
    with pytest.raises(ValueError, match="SHA-256"):
        vault.ledger("b").begin("ABC")


def test_ledgers_do_not_mix(vault: Vault, ledger: Ledger) -> None:
    other = vault.ledger("another")
    other.begin(digest("another"))
    ledger.extend(chain_of(3))
    assert other.head() == Head(0, digest("another"))
    assert code_of(lambda: other.append(chain_of(1)[0])) == "vault.ledger_broken"


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "other prev": lambda f: f | {"prev": digest("x")},
    "prev in capitals": lambda f: f | {"prev": f["prev"].upper()},
    "no prev": lambda f: {"seq": f["seq"]},
    "null prev": lambda f: f | {"prev": None},
    "number again": lambda f: f | {"seq": f["seq"] - 1},
    "number left out": lambda f: f | {"seq": f["seq"] + 1},
    "number as text": lambda f: f | {"seq": str(f["seq"])},
    "true for a number": lambda f: f | {"seq": True},
    "no number": lambda f: {"prev": f["prev"]},
    "not an object": lambda f: [f["prev"], f["seq"]],
}


@pytest.mark.parametrize("fault", WRONG)
def test_an_entry_that_does_not_follow(vault: Vault, fault: str) -> None:
    ledger = vault.ledger(AGREEMENT)
    ledger.begin(GENESIS)
    for _ in range(2):
        good = json.loads(entry(ledger.head(), what="x"))
        body = json.dumps(WRONG[fault](good), sort_keys=True, separators=(",", ":")).encode()
        if fault == "true for a number" and good["seq"] != 1:
            continue  # True equals 1 only for the first entry
        before = ledger.head()
        with pytest.raises(VaultError) as caught:
            ledger.append(body)
        assert caught.value.code == "vault.ledger_broken"
        assert caught.value.facts["entry"] == before.seq + 1
        assert ledger.head() == before
        ledger.append(entry(before, what="x"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body + b"\n",
        lambda body: body.replace(b",", b", "),
        lambda body: body.replace(b'"seq":1', b'"seq":1.0'),
        lambda body: body.replace(b"{", b'{"prev":"0",', 1),
        lambda body: b"\xef\xbb\xbf" + body,
        lambda body: b"\xff" + body,
        lambda body: body[:-1],
        lambda body: b"",
    ],
)
def test_only_canonical_json(ledger: Ledger, spoil: Callable[[bytes], bytes]) -> None:
    """Two spellings of one entry would be two hashes; a name twice would be two meanings."""
    body = entry(START, what="x")
    assert code_of(lambda: ledger.append(spoil(body))) == "vault.ledger_broken"
    ledger.append(body)


def test_two_entries_race_for_one_place(ledger: Ledger) -> None:
    one, two = entry(START, by="one"), entry(START, by="two")
    ledger.append(one)
    assert code_of(lambda: ledger.append(two)) == "vault.ledger_broken"
    assert code_of(lambda: ledger.append(one)) == "vault.ledger_broken"
    assert [e.body for e in ledger.entries()] == [one]


def test_entries_are_taken_over_together(ledger: Ledger) -> None:
    bodies = chain_of(5)
    assert code_of(lambda: ledger.extend([*bodies[:3], bodies[4]])) == "vault.ledger_broken"
    assert ledger.head() == START
    assert ledger.extend(bodies).seq == 5
    assert ledger.extend([]).seq == 5


def test_entries_since_a_head(ledger: Ledger) -> None:
    bodies = chain_of(5)
    ledger.extend(bodies)
    third = follow_all(START, bodies[:3])
    assert [e.body for e in ledger.entries(third)] == bodies[3:]
    assert ledger.entries(ledger.head()) == []
    assert len(ledger.entries(START)) == 5
    for unknown in (
        Head(3, digest("x")),
        Head(6, ledger.head().hash),
        Head(4, third.hash),
        Head(0, third.hash),
        Head(-1, GENESIS),
    ):
        assert code_of(lambda head=unknown: ledger.entries(head)) == "vault.fork"
        assert code_of(lambda head=unknown: ledger.check_extends(head)) == "vault.fork"


def test_a_remembered_head_that_is_missing(vault: Vault, ledger: Ledger) -> None:
    bodies = chain_of(3)
    ledger.extend(bodies)
    vault.heads.remember(AGREEMENT, "platform", follow_all(START, bodies[:2]))
    ledger.verify()
    vault.heads.remember(AGREEMENT, "brand", Head(4, digest("four")))
    with pytest.raises(VaultError) as caught:
        ledger.verify()
    assert caught.value.code == "vault.fork"
    assert (caught.value.facts["entry"], caught.value.facts["party"]) == (4, "brand")
    assert "FORK" in caught.value.message("en")
    assert "FORK" in caught.value.message("zh_CN")


def test_a_database_put_back_is_seen_by_others(make: Make, tmp_path: Path) -> None:
    """The old file is intact in itself; only what the other party remembers shows it."""
    folder, bodies = stored(make)
    shutil.copy(folder / "vault.db", tmp_path / "older.db")
    with Vault.open(folder, PASSPHRASE) as vault:
        ledger = vault.ledger(AGREEMENT)
        remembered = ledger.extend(chain_of(2, follow_all(START, bodies)))
    shutil.copy(tmp_path / "older.db", folder / "vault.db")
    with Vault.open(folder, PASSPHRASE) as vault:
        ledger = vault.ledger(AGREEMENT)
        assert ledger.verify().seq == 5
        assert code_of(lambda: ledger.check_extends(remembered, "brand")) == "vault.fork"
        # It also goes on differently from there, which makes the two histories a fork.
        ledger.extend(chain_of(3, ledger.head(), other="history"))
        assert code_of(lambda: ledger.check_extends(remembered, "brand")) == "vault.fork"


CHANGES = {
    "body changed": (
        "UPDATE entries SET body = CAST(replace(body, 'x', 'y') AS BLOB) WHERE seq = 3",
        3,
    ),
    "number": ("UPDATE entries SET seq = 9 WHERE seq = 5", 5),
    "hash": (f"UPDATE entries SET hash = '{digest('h')}' WHERE seq = 2", 2),
    "prev": (f"UPDATE entries SET prev = '{digest('p')}' WHERE seq = 4", 4),
    "gone": ("DELETE FROM entries WHERE seq = 2", 2),
    "genesis": (f"UPDATE ledgers SET genesis = '{digest('g')}'", 1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_first_broken_entry_is_named(make: Make, change: str) -> None:
    folder, _ = stored(make)
    statement, number = CHANGES[change]
    tamper(folder, statement)
    with Vault.open(folder, PASSPHRASE) as vault, pytest.raises(VaultError) as caught:
        vault.ledger(AGREEMENT).verify()
    assert caught.value.code == "vault.ledger_broken"
    assert caught.value.facts["entry"] == number


def test_a_replaced_last_entry_is_seen(make: Make) -> None:
    """Hash and body agree with each other, not with what the owner remembers."""
    folder, bodies = stored(make)
    tamper(folder, "DELETE FROM entries WHERE seq = 5")
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.heads.remember(AGREEMENT, "brand", follow_all(START, bodies))
        assert code_of(vault.ledger(AGREEMENT).verify) == "vault.fork"
        vault.ledger(AGREEMENT).append(entry(vault.ledger(AGREEMENT).head(), what="other"))
        assert code_of(vault.ledger(AGREEMENT).verify) == "vault.fork"


def test_the_database_itself_keeps_entries(vault: Vault, ledger: Ledger) -> None:
    ledger.extend(chain_of(2))
    for statement in ("DELETE FROM entries", "UPDATE entries SET nano_rho = 0"):
        with pytest.raises(Exception, match="never"), vault.transaction():
            vault._database.write(statement)
    assert ledger.verify().seq == 2


def test_costs_add_up(ledger: Ledger) -> None:
    ledger.append(entry(ledger.head()))
    opened = ledger.head()
    for nano in (5_000_000, 10_000_000):
        ledger.append(entry(ledger.head()), price=Price(nano, 12, 1))
    assert ledger.spent() == ledger.spent(opened) == Price(15_000_000, 24, 2)
    assert ledger.spent(ledger.head()) == Price(0, 0, 0)
    for price in (Price(-1, 0, 0), Price(0, -1, 0), Price(0, 0, -1), Price(1 << 53, 0, 0)):
        with pytest.raises(ValueError, match="price"):
            ledger.append(entry(ledger.head()), price=price)


def test_an_answer_is_given_once(vault: Vault, ledger: Ledger) -> None:
    key, blob = digest("question"), vault.blobs.put(b"sealed answer")
    answers = vault.releases(AGREEMENT)
    assert answers.get(key) is None
    body = entry(START)
    ledger.append(body, price=Price(5, 1, 1), replay_key=key, blob=blob)
    answer = answers.get(key)
    assert answer is not None
    assert (answer.entry, answer.seq, answer.blob) == (after(START, body).hash, 1, blob)
    assert answers.blob(answer) == b"sealed answer"
    again = entry(ledger.head())
    assert code_of(lambda: ledger.append(again, replay_key=key, blob=blob)) == "vault.answered"
    assert ledger.spent() == Price(5, 1, 1)
    assert vault.releases("another").get(key) is None
    assert answers.all() == [answer]


def test_an_answer_needs_its_blob(vault: Vault, ledger: Ledger) -> None:
    body = entry(START)
    lacking = digest("never written")
    for key in (digest("question"), None):
        assert (
            code_of(lambda key=key: ledger.append(body, replay_key=key, blob=lacking))
            == "vault.blob_missing"
        )
    with pytest.raises(ValueError, match="blob"):
        ledger.append(body, replay_key=digest("question"))
    with pytest.raises(ValueError, match="SHA-256"):
        ledger.append(body, replay_key="question", blob=vault.blobs.put(b"x"))
    assert ledger.head() == START


@given(st.lists(st.dictionaries(st.sampled_from("abcde"), st.text(max_size=5)), max_size=20))
def test_any_chain_can_be_followed_and_no_other(contents: list[dict[str, str]]) -> None:
    bodies: list[bytes] = []
    head = START
    for content in contents:
        try:
            bodies.append(entry(head, **content))
        except UnicodeEncodeError:  # a lone surrogate is not JSON
            return
        head = after(head, bodies[-1])
    assert follow_all(START, bodies) == head
    for number in range(len(bodies) - 1):
        shorter = bodies[:number] + bodies[number + 1 :]
        with pytest.raises(VaultError) as caught:
            follow_all(START, shorter)
        assert caught.value.facts["entry"] == number + 1


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_clearly(body: bytes) -> None:
    with pytest.raises(VaultError) as caught:
        follow(START, body)
    assert caught.value.code == "vault.ledger_broken"
