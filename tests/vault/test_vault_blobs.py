"""Sealed answer files: whole or absent, found again or missed by name."""

import errno
import os
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from vault_material import AGREEMENT, GENESIS, PASSPHRASE, digest, entry

from cleanroom.errors import VaultError
from cleanroom.vault import Head, Vault

Make = Callable[..., Path]
Child = Callable[..., "subprocess.Popen[str]"]


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(VaultError) as caught:
        action()
    return caught.value.code


def referenced(vault: Vault, sealed: bytes) -> str:
    """A blob with a ledger entry that names it."""
    ledger = vault.ledger(AGREEMENT)
    ledger.begin(GENESIS)
    name = vault.blobs.put(sealed)
    ledger.append(entry(ledger.head()), replay_key=digest(name), blob=name)
    return name


def test_blobs_come_back(vault: Vault) -> None:
    for sealed in (b"", b"x", os.urandom(3_000_000)):
        name = vault.blobs.put(sealed)
        assert name == sha256(sealed).hexdigest()
        assert vault.blobs.put(sealed) == name
        assert vault.blobs.get(name) == sealed
    assert len(vault.blobs.names()) == 3


def test_only_names_of_blobs_are_looked_for(vault: Vault) -> None:
    for name in ("../vault.hdr", "", ".", digest("x").upper(), digest("x")):
        assert not vault.blobs.has(name)
        assert code_of(lambda name=name: vault.blobs.get(name)) == "vault.blob_missing"


def test_a_missing_and_a_changed_blob(vault: Vault) -> None:
    first, second = referenced(vault, b"one"), referenced(vault, b"two")
    answers = vault.releases(AGREEMENT)
    answers.check_blobs()
    path = vault.folder / "blobs" / second
    path.write_bytes(b"twO")
    with pytest.raises(VaultError) as caught:
        answers.check_blobs()
    assert (caught.value.code, caught.value.facts["entry"]) == ("vault.blob_damaged", 2)
    assert vault.blobs.put(b"two") == second, "written again"
    answers.check_blobs()
    (vault.folder / "blobs" / first).unlink()
    with pytest.raises(VaultError) as caught:
        answers.check_blobs()
    assert (caught.value.code, caught.value.facts["entry"]) == ("vault.blob_missing", 1)
    assert code_of(vault.releases("another").check_blobs) == "vault.no_ledger"


def test_a_blob_that_answers_nothing_is_kept_too(vault: Vault) -> None:
    """Who was in a session: named by its opening, and again by later ones with the same people."""
    ledger, name = vault.ledger(AGREEMENT), vault.blobs.put(b"roster")
    ledger.begin(GENESIS)
    for _ in range(2):
        ledger.append(entry(ledger.head()), blob=name)
    assert vault.blobs.referenced() == {name}
    assert vault.blobs.delete_orphans() == 0
    (vault.folder / "blobs" / name).unlink()
    assert code_of(vault.releases(AGREEMENT).check_blobs) == "vault.blob_missing"


def test_orphans_go_and_others_stay(vault: Vault) -> None:
    kept = referenced(vault, b"kept")
    vault.blobs.put(b"orphan")
    folder = vault.folder / "blobs"
    (folder / f".{digest('x')}.0011.part").write_bytes(b"half")
    (folder / "note.txt").write_text("not ours")
    assert vault.blobs.delete_orphans() == 2
    assert vault.blobs.names() == [kept]
    assert (folder / "note.txt").exists()
    assert vault.blobs.delete_orphans() == 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("step", ["write", "fsync", "rename"])
def test_the_disk_fails(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    """At each step: the error is clear, nothing is left, and the next try succeeds."""
    kept = referenced(vault, b"kept")

    def fail(*_arguments: object) -> int:
        raise OSError(number, "on purpose")

    class Failing:
        """A file whose disk takes half of the bytes."""

        def __init__(self, file: object) -> None:
            self._file = file

        def __enter__(self) -> "Failing":
            return self

        def __exit__(self, *_error: object) -> None:
            self._file.close()  # type: ignore[attr-defined]

        def write(self, data: bytes) -> int:
            self._file.write(data[: len(data) // 2])  # type: ignore[attr-defined]
            return fail()

    with monkeypatch.context() as patch:
        if step == "write":
            real = os.fdopen
            patch.setattr(os, "fdopen", lambda *a: Failing(real(*a)))
        elif step == "fsync":
            patch.setattr(os, "fsync", fail)
        else:
            patch.setattr(Path, "replace", fail)
        code = code_of(lambda: vault.blobs.put(b"never" * 1000))
    assert code == ("vault.files" if number == errno.EIO else "vault.disk_full")
    assert [p.name for p in (vault.folder / "blobs").iterdir()] == [kept]
    vault.releases(AGREEMENT).check_blobs()
    assert vault.blobs.get(vault.blobs.put(b"never" * 1000)) == b"never" * 1000


def test_a_real_limit_on_file_size(make: Make, child: Child) -> None:
    """The kernel itself refuses the rest of the file, as it would on a full disk."""
    folder = make()
    code = (
        "import resource; from pathlib import Path; from vault_material import PASSPHRASE\n"
        "from cleanroom.errors import VaultError; from cleanroom.vault import Vault\n"
        "with Vault.open(Path(sys.argv[1]), PASSPHRASE) as vault:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "    try: vault.blobs.put(bytes(1_000_000))\n"
        "    except VaultError as error: print(error.code)\n"
        "    try: vault.secrets.put('large', bytes(1_000_000))\n"
        "    except VaultError as error: print(error.code)\n"
        "    print(vault.blobs.put(bytes(50_000))[:8], vault.secrets.names())"
    )
    out, err = child(code, folder).communicate()
    small = sha256(bytes(50_000)).hexdigest()
    assert (out.split("\n")[0], out.split("\n")[2]) == ("vault.disk_full", f"{small[:8]} []"), err
    assert out.split("\n")[1] in {"vault.disk_full", "vault.files"}
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.blobs.names() == [small]
        assert vault.secrets.names() == []


def test_killed_between_blob_and_entry(make: Make, child: Child) -> None:
    """Nobody has seen the answer: its blob is an orphan, nothing is charged."""
    folder = make()
    code = (
        "import os, signal; from pathlib import Path\n"
        "from vault_material import *; from cleanroom.vault import Vault\n"
        "vault = Vault.open(Path(sys.argv[1]), PASSPHRASE)\n"
        "ledger = vault.ledger(AGREEMENT); ledger.begin(GENESIS)\n"
        "blob = vault.blobs.put(b'noisy vector')\n"
        "with vault.transaction():\n"
        "    ledger.append(entry(ledger.head()), replay_key=digest('q'), blob=blob)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert child(code, folder).wait() == -9
    with Vault.open(folder, PASSPHRASE) as vault:
        ledger = vault.ledger(AGREEMENT)
        assert ledger.verify() == Head(0, GENESIS)
        assert vault.releases(AGREEMENT).get(digest("q")) is None
        assert vault.blobs.names() == [sha256(b"noisy vector").hexdigest()]
        assert vault.blobs.delete_orphans() == 1


def test_killed_between_entry_and_answer(make: Make, child: Child) -> None:
    """After the commit the answer comes back free, with the same bytes."""
    folder = make()
    code = (
        "import os, signal; from pathlib import Path\n"
        "from vault_material import *; from cleanroom.vault import Vault\n"
        "vault = Vault.open(Path(sys.argv[1]), PASSPHRASE)\n"
        "ledger = vault.ledger(AGREEMENT); ledger.begin(GENESIS)\n"
        "blob = vault.blobs.put(b'noisy vector')\n"
        "ledger.append(entry(ledger.head()), price=Price(7, 1, 1), replay_key=digest('q'),"
        " blob=blob)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert child(code, folder).wait() == -9
    with Vault.open(folder, PASSPHRASE) as vault:
        answers = vault.releases(AGREEMENT)
        assert vault.blobs.delete_orphans() == 0
        answer = answers.get(digest("q"))
        assert answer is not None
        assert answers.blob(answer) == b"noisy vector"
        assert vault.ledger(AGREEMENT).spent().nano_rho == 7
        assert vault.ledger(AGREEMENT).verify().seq == 1
