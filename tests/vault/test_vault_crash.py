"""Killed and racing processes: exactly what was allowed is spent, and what was said is stored."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from vault_material import PASSPHRASE, charge_of, raw_key

from cleanroom.vault import Allowances, Vault, database, header

Make = Callable[..., Path]
Child = Callable[..., "subprocess.Popen[str]"]
HEAD = (
    "import os, signal; from pathlib import Path; from vault_material import *\n"
    "from cleanroom.errors import BudgetError, VaultError; from cleanroom.vault import Vault\n"
)


def test_killed_between_charge_and_answer(make: Make, child: Child) -> None:
    """The grant comes back with the same bytes and is charged once."""
    folder = make()
    code = (
        HEAD + "vault = Vault.open(Path(sys.argv[1]), PASSPHRASE)\n"
        "vault.allowances.charge(charge_of('one'), b'the first grant')\n"
        "print('charged', flush=True); sys.stdin.read()"
    )
    desk = child(code, folder)
    assert desk.stdout is not None
    assert desk.stdout.readline() == "charged\n"
    desk.kill()
    assert desk.wait() == -9
    with Vault.open(folder, PASSPHRASE) as vault:
        again = vault.allowances.charge(charge_of("one"), b"a second grant")
        assert again == b"the first grant"
        assert vault.allowances.usage("crm") == charge_of("one").allowance


def test_killed_inside_the_transaction(make: Make, child: Child) -> None:
    """Pages were already written to the file, and are rolled back at the next opening."""
    folder = make()
    code = (
        HEAD + "vault = Vault.open(Path(sys.argv[1]), PASSPHRASE)\n"
        "vault._database.run('PRAGMA cache_size = 1')\n"
        "vault._database.run('PRAGMA cache_spill = 1')\n"
        "with vault.transaction():\n"
        "    vault.allowances.charge(charge_of('one'), b'g' * 100000)\n"
        "    for n in range(50): vault.secrets.put(str(n), bytes(20000))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    before = (folder / "vault.db").read_bytes()
    assert child(code, folder).wait() == -9
    assert (folder / "vault.db-journal").exists()
    assert (folder / "vault.db").read_bytes() != before, "the kill came after pages were written"
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.allowances.all() == []
        assert vault.secrets.names() == []
        assert vault.allowances.charge(charge_of("one"), b"later grant") == b"later grant"


@pytest.mark.parametrize("moment", range(5))
def test_killed_at_any_moment(make: Make, child: Child, moment: int) -> None:
    """Whatever was reported as charged is stored; at most one more is, of which nobody was told."""
    folder = make()
    code = (
        HEAD + "vault = Vault.open(Path(sys.argv[1]), PASSPHRASE)\n"
        "for n in range(100000):\n"
        "    vault.allowances.charge(charge_of(str(n), 1000), b'grant %d' % n)\n"
        "    print(n, flush=True)"
    )
    desk = child(code, folder)
    assert desk.stdout is not None
    for _ in range(3 + 7 * moment):
        assert desk.stdout.readline()
    desk.kill()
    told = 3 + 7 * moment + len(desk.stdout.readlines())
    with Vault.open(folder, PASSPHRASE) as vault:
        stored = vault.allowances.all()
        assert told <= len(stored) <= told + 1
        assert [g.file for g in stored] == [b"grant %d" % n for n in range(len(stored))]
        assert vault.allowances.usage("crm").nano_rho == 1000 * len(stored)


def run_together(child: Child, code: str, arguments: list[tuple[object, ...]]) -> list[str]:
    """Start processes, let them all begin at once, and collect what they print."""
    racers = [child(code, *one) for one in arguments]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    printed = []
    for racer in racers:
        out, err = racer.communicate()
        assert racer.returncode == 0, err
        printed.append(out)
    return printed


RACE = (
    "won = 0\n"
    "print('ready', flush=True); sys.stdin.readline()\n"
    "for n in range(10):\n"
    "    charge = charge_of(f'{sys.argv[2]}-{n}', 30_000_000, partners=(f'p{n % 3}',))\n"
    "    while True:\n"
    "        try:\n"
    "            attempt(charge)\n"
    "            won += 1\n"
    "        except VaultError as error:\n"
    "            assert error.code == 'vault.busy', error.code\n"
    "            continue\n"
    "        except BudgetError as error:\n"
    "            assert error.code == 'budget.allowance', error.code\n"
    "        break\n"
    "print(won)"
)


def test_processes_race_through_the_lock(make: Make, child: Child) -> None:
    """4 x 10 requests of 0.03 for a budget of 0.6: exactly 20 are granted."""
    folder = make()
    code = (
        HEAD + "def attempt(charge):\n"
        "    with Vault.open(Path(sys.argv[1]), PASSPHRASE) as vault:\n"
        "        vault.allowances.charge(charge, b'grant')\n" + RACE
    )
    won = run_together(child, code, [(folder, n) for n in range(4)])
    with Vault.open(folder, PASSPHRASE) as vault:
        assert sum(map(int, won)) == len(vault.allowances.all()) == 20
        assert vault.allowances.usage("crm").nano_rho == 600_000_000


def test_processes_race_past_the_lock(make: Make, child: Child) -> None:
    """Should the lock fail (a network disk), the transaction alone must still hold the limit."""
    folder = make()
    code = (
        HEAD + "from cleanroom.vault import database, header\n"
        "from cleanroom.vault.allowances import Allowances\n"
        "key = header.VaultKey(raw_key(Path(sys.argv[1])))\n"
        "desk = Allowances(database.Database.open(Path(sys.argv[1]) / 'vault.db', key))\n"
        "def attempt(charge):\n"
        "    try: desk.charge(charge, b'grant')\n"
        "    except VaultError as error: sys.exit(f'{error.code}: others are waited for')\n" + RACE
    )
    won = run_together(child, code, [(folder, n) for n in range(4)])
    key = header.VaultKey(raw_key(folder))
    desk = Allowances(database.Database.open(folder / "vault.db", key))
    assert sum(map(int, won)) == len(desk.all()) == 20
    assert desk.usage("crm").nano_rho == 600_000_000


def test_one_request_granted_by_many(make: Make, child: Child) -> None:
    """The same request from several processes: one charge, the same bytes for all."""
    folder = make()
    code = (
        HEAD + "print('ready', flush=True); sys.stdin.readline()\n"
        "while True:\n"
        "    try:\n"
        "        with Vault.open(Path(sys.argv[1]), PASSPHRASE) as vault:\n"
        "            print(vault.allowances.charge(charge_of('one'), os.urandom(16)).hex())\n"
        "        break\n"
        "    except VaultError as error:\n"
        "        assert error.code == 'vault.busy', error.code"
    )
    answers = run_together(child, code, [(folder,) for _ in range(4)])
    assert len(set(answers)) == 1
    assert len(answers[0].strip()) == 32
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.allowances.usage("crm") == charge_of("one").allowance


def test_ledger_entries_race_for_one_place(make: Make, child: Child) -> None:
    """Past the lock: of the entries that follow one head exactly one gets in, each time."""
    folder = make()
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.ledger("a").begin(digest_of_agreement())
    code = (
        HEAD + "from cleanroom.vault import database, header\n"
        "from cleanroom.vault.blobs import Blobs; from cleanroom.vault.ledger import Ledger\n"
        "key = header.VaultKey(raw_key(Path(sys.argv[1])))\n"
        "base = database.Database.open(Path(sys.argv[1]) / 'vault.db', key)\n"
        "ledger = Ledger(base, 'a', Blobs(Path(sys.argv[1]) / 'blobs', base))\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "won = 0\n"
        "while True:\n"
        "    try:\n"
        "        head = ledger.head()\n"
        "        if head.seq >= 40: break\n"
        "        ledger.append(entry(head, by=sys.argv[2])); won += 1\n"
        "    except VaultError as error:\n"
        "        assert error.code in {'vault.ledger_broken', 'vault.busy'}, error.code\n"
        "print(won)"
    )
    won = run_together(child, code, [(folder, n) for n in range(3)])
    with Vault.open(folder, PASSPHRASE) as vault:
        length = vault.ledger("a").verify().seq
        assert sum(map(int, won)) == length
        assert 40 <= length <= 42


def digest_of_agreement() -> str:
    return "ab" * 32


def test_interrupted_by_ctrl_c(make: Make, child: Child) -> None:
    """Stopped inside a transaction: nothing of it is left, and the vault can be opened."""
    folder = make()
    code = (
        HEAD + "try:\n"
        "    with Vault.open(Path(sys.argv[1]), PASSPHRASE) as vault, vault.transaction():\n"
        "        vault.allowances.charge(charge_of('one'), b'grant')\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        vault.secrets.put('x', b'y')\n"
        "except KeyboardInterrupt: print('stopped')"
    )
    assert child(code, folder).communicate()[0] == "stopped\n"
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.allowances.all() == []
        assert vault.secrets.names() == []
    assert not os.path.lexists(folder / "vault.db-journal")
