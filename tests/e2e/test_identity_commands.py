"""``identity create``, ``identity card``, ``identity trust``, and where passphrases come from."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import desk
import pytest

from cleanroom.trust import fingerprint
from cleanroom.trust.identity import read_card
from cleanroom.vault.vault import Vault


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    return desk.secret_file(tmp_path / "pass", "alpha")


@pytest.fixture
def alpha(tmp_path: Path, secret: Path) -> Path:
    """A vault whose card is in ``card.json``."""
    desk.run(
        *(tmp_path, "identity", "create", "Alpha 甲方", "--vault", "alpha"),
        *("--passphrase-file", secret),
    )
    return tmp_path / "alpha"


def test_create_shows_what_to_read_aloud(tmp_path: Path, alpha: Path, secret: Path) -> None:
    card = read_card((tmp_path / "card.json").read_bytes())
    assert card.name == "Alpha 甲方"
    shown = desk.run(tmp_path, "--json", "identity", "card", "card.json").record()
    assert shown == {
        "name": "Alpha 甲方",
        "words": " ".join(fingerprint.words(card)),
        "digits": " ".join(fingerprint.digits(card)),
        "fingerprint": fingerprint.fingerprint(card),
    }
    own = desk.run(
        *(tmp_path, "--json", "identity", "card", "--vault", alpha, "--out", "again.json"),
        *("--passphrase-file", secret),
    )
    assert own.record() == shown
    assert read_card((tmp_path / "again.json").read_bytes()) == card


def test_a_vault_is_never_replaced(tmp_path: Path, alpha: Path, secret: Path) -> None:
    before = (alpha / "vault.hdr").read_bytes()
    create = ("identity", "create", "Beta", "--vault", alpha, "--passphrase-file", secret)
    desk.refused(tmp_path, "vault.exists", *create)
    assert (alpha / "vault.hdr").read_bytes() == before


@pytest.mark.parametrize("name", ["", "two\nlines", "x" * 65, "zero\u200bwidth"])
def test_a_name_that_could_deceive_leaves_no_vault(tmp_path: Path, secret: Path, name: str) -> None:
    create = ("identity", "create", name, "--vault", "v", "--passphrase-file", secret)
    desk.refused(tmp_path, "input.label", *create)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pass"]


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\r\n"], ids=["empty", "newline", "windows newline"]
)
def test_an_empty_passphrase_makes_no_vault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "none").write_bytes(content)
    create = ("identity", "create", "Alpha", "--vault", "v", "--passphrase-file", "none")
    desk.refused(tmp_path, "vault.no_passphrase", *create)
    assert not (tmp_path / "v").exists()


def test_a_wrong_passphrase_opens_nothing(tmp_path: Path, alpha: Path) -> None:
    wrong = desk.secret_file(tmp_path / "wrong", "somebody else")
    card = ("identity", "card", "--vault", alpha, "--passphrase-file", wrong)
    desk.refused(tmp_path, "vault.passphrase", *card)


@pytest.mark.parametrize(
    "source",
    [[], ["--passphrase-file", "not-there"], ["--passphrase-fd", "99"]],
    ids=["no terminal", "no file", "no descriptor"],
)
def test_a_passphrase_needs_a_source(tmp_path: Path, alpha: Path, source: list[str]) -> None:
    """Without a terminal nothing is asked: a script would wait for ever."""
    card = ("identity", "card", "--vault", alpha, *source)
    desk.refused(tmp_path, "vault.passphrase_source", *card)


@pytest.fixture
def descriptor() -> Iterator[int]:
    """The reading end of a pipe that holds two lines."""
    reader, writer = os.pipe()
    os.write(writer, desk.passphrase("alpha") + b"\n" + desk.passphrase("new") + b"\n")
    os.close(writer)
    yield reader
    os.close(reader)


def test_a_passphrase_comes_by_descriptor(tmp_path: Path, alpha: Path, descriptor: int) -> None:
    card = ("identity", "card", "--vault", alpha, "--passphrase-fd", descriptor)
    assert "Alpha 甲方" in desk.run(tmp_path, *card, pass_fds=(descriptor,)).out


def test_a_descriptor_holds_a_line_per_passphrase(
    tmp_path: Path, alpha: Path, descriptor: int
) -> None:
    change = ("vault", "passphrase", "--vault", alpha, "--passphrase-fd", descriptor)
    desk.run(tmp_path, *change, pass_fds=(descriptor,))
    Vault.open(alpha, desk.passphrase("new")).close()


def test_the_environment_is_no_source(tmp_path: Path, alpha: Path) -> None:
    secret = desk.passphrase("alpha").decode()
    names = ("PASSPHRASE", "CLEANROOM_PASSPHRASE", "PASSPHRASE_FILE")
    loud = {**os.environ, **dict.fromkeys(names, secret)}
    card = ("identity", "card", "--vault", alpha)
    desk.refused(tmp_path, "vault.passphrase_source", *card, env=loud)


def test_windows_line_ends_are_no_part_of_a_passphrase(tmp_path: Path, alpha: Path) -> None:
    (tmp_path / "dos").write_bytes(desk.passphrase("alpha") + b"\r\nsecond line\r\n")
    desk.run(tmp_path, "identity", "card", "--vault", alpha, "--passphrase-file", "dos")


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo-terminal: the person's and the program's."""
    ends = os.openpty()
    yield ends
    for end in ends:
        os.close(end)


def typed(folder: Path, terminal: tuple[int, int], answers: Sequence[bytes], code: int) -> desk.Ran:
    """Make a vault and answer at every prompt for a passphrase."""
    person, program = terminal
    create = ("identity", "create", "Alpha", "--vault", "typed")
    with desk.started(folder, *create, stdin=program) as process:
        read = ""
        for answer in answers:
            read += desk.read_to(process, ": ")
            os.write(person, answer)
        return desk.ended(process, code, read=read)


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are not on Windows")
def test_a_passphrase_is_typed_twice_and_not_shown(
    tmp_path: Path, terminal: tuple[int, int]
) -> None:
    secret = desk.passphrase("alpha") + b"\n"
    ran = typed(tmp_path, terminal, [secret, secret], 0)
    assert ran.err.count("\n") == 2
    Vault.open(tmp_path / "typed", desk.passphrase("alpha")).close()


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are not on Windows")
@pytest.mark.parametrize(
    ("answers", "code", "why"),
    [
        ([b"one thing\n", b"another\n"], 5, "vault.passphrases_differ"),
        ([b"\x04"], 130, "run.interrupted"),
    ],
    ids=["differ", "Ctrl-D"],
)
def test_no_vault_without_an_answer(
    tmp_path: Path, terminal: tuple[int, int], answers: list[bytes], code: int, why: str
) -> None:
    desk.explained(typed(tmp_path, terminal, answers, code), why)
    assert not (tmp_path / "typed").exists()


@pytest.mark.parametrize("form", ["words", "digits", "fingerprint"])
def test_trust_after_comparing(tmp_path: Path, alpha: Path, secret: Path, form: str) -> None:
    other = desk.run(
        *(tmp_path, "--json", "identity", "create", "Beta", "--vault", "beta"),
        *("--out", "beta.json", "--passphrase-file", secret),
    ).record()
    heard = str(other[form]).upper()  # read aloud, nobody hears the case
    trust = ("identity", "trust", "beta.json", "--vault", alpha, "--passphrase-file", secret)
    desk.run(tmp_path, *trust, "--fingerprint", heard)
    with Vault.open(alpha, desk.passphrase("alpha")) as vault:
        cards = [(card.fingerprint, card.verified) for card in vault.cards.all()]
    assert cards == [(other["fingerprint"], True)]


def test_another_fingerprint_is_not_trusted(tmp_path: Path, alpha: Path, secret: Path) -> None:
    trust = ("identity", "trust", "card.json", "--vault", alpha, "--passphrase-file", secret)
    ran = desk.run(tmp_path, "--json", "identity", "card", "card.json").record()
    words = ran["words"].split()
    heard = " ".join([*words[1:], words[0]])
    desk.refused(tmp_path, "trust.fingerprint", *trust, "--fingerprint", heard)
    with Vault.open(alpha, desk.passphrase("alpha")) as vault:
        assert vault.cards.all() == []


def test_a_changed_card_is_not_read(tmp_path: Path, alpha: Path) -> None:
    card = (tmp_path / "card.json").read_bytes()
    (tmp_path / "flipped.json").write_bytes(card.replace(b'"sig":"', b'"sig":"A', 1))
    (tmp_path / "cut.json").write_bytes(card[: len(card) // 2])
    desk.refused(tmp_path, "trust.malformed", "identity", "card", "cut.json")
    ran = desk.run(tmp_path, "identity", "card", "flipped.json", code=4)
    assert "[trust." in ran.err
    desk.refused(tmp_path, "input.no_file", "identity", "card", "not-there.json")


def test_a_card_needs_a_file_or_a_vault(tmp_path: Path) -> None:
    assert "card file or a vault" in desk.run(tmp_path, "identity", "card", code=2).err


def test_no_vault_and_damaged_vault(tmp_path: Path, alpha: Path, secret: Path) -> None:
    def card(vault: Path) -> tuple[object, ...]:
        return ("identity", "card", "--vault", vault, "--passphrase-file", secret)

    desk.refused(tmp_path, "vault.missing", *card(tmp_path / "nowhere"))
    database = alpha / "vault.db"
    data = bytearray(database.read_bytes())
    data[len(data) // 2] ^= 1
    database.write_bytes(data)
    desk.refused(tmp_path, "vault.damaged", *card(alpha))


def test_a_card_that_cannot_be_written(tmp_path: Path, alpha: Path, secret: Path) -> None:
    card = ("identity", "card", "--vault", alpha, "--passphrase-file", secret)
    desk.refused(tmp_path, "input.cannot_write", *card, "--out", tmp_path / "pass" / "card.json")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["alpha", "card.json", "pass"]


def test_errors_speak_to_programs_and_in_chinese(tmp_path: Path, alpha: Path) -> None:
    wrong = desk.secret_file(tmp_path / "wrong", "somebody else")
    card = ("identity", "card", "--vault", alpha, "--passphrase-file", wrong)
    ran = desk.run(tmp_path, "--json", "--language", "zh_CN", *card, code=5)
    (error,) = desk.objects(ran.err)
    assert error["error"] == "vault.passphrase"
    assert set(error) == {"error", "what", "safe", "do"}
    assert "口令" in error["what"]
    assert ran.out == ""
    chinese = desk.run(tmp_path, "--language", "zh_CN", *card, code=5)
    desk.explained(chinese, "vault.passphrase", "zh_CN")
