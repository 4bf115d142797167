"""The host dies by SIGKILL between blob and entry, at the opening and at an answer, and between
entry and answer.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from host_that_dies import MATCH
from room_material import PASSPHRASE, World, no_plan

from cleanroom.disclosure.price import FREE, Price
from cleanroom.session import granting, identities
from cleanroom.trust import agreement_rules, codec, ledger
from cleanroom.vault.vault import Vault

pytestmark = pytest.mark.slow


def found_again(folder: Path, packages: dict[str, str]) -> World:
    """The world that the dead host left."""
    world = World.__new__(World)
    world.folder, world.host = folder, "platform"
    world.vaults = {party: Vault.open(folder / f"{party}.vault", PASSPHRASE) for party in packages}
    world.identities = {party: identities.load(vault) for party, vault in world.vaults.items()}
    world.signed = agreement_rules.read_checked((folder / "agreement.json").read_bytes())
    world.packages = {party: folder / name for party, name in packages.items()}
    return world


def all_gone(pids: list[int]) -> bool:
    """Workers die with their parent, a moment later."""
    deadline = time.monotonic() + 10
    while any(runs(pid) for pid in pids) and time.monotonic() < deadline:
        os.sched_yield()
    return not any(runs(pid) for pid in pids)


def runs(pid: int) -> bool:
    """Whether there is such a process that does not only wait to be counted."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.parametrize("moment", ["roster", "blob", "entry"])
def test_a_host_that_was_killed(tmp_path: Path, moment: str) -> None:
    script = Path(__file__).with_name("host_that_dies.py")
    died = subprocess.run(
        [sys.executable, str(script), str(tmp_path), moment],
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    left = json.loads((tmp_path / "left.json").read_text())
    assert all_gone(left["pids"])
    world = found_again(tmp_path, left["packages"])
    books = world.books()
    books.start()
    chain = books.entries()
    entries = ledger.verify_chain(chain, world.signed.agreement.id, world.signed.genesis)
    answers = [entry.answered for entry in entries if entry.answered is not None]
    assert len(entries) == {"roster": 0, "blob": 1, "entry": 2}[moment]
    assert len(answers) == (moment == "entry")
    assert len(world.vaults["platform"].blobs.names()) == (1 if moment == "roster" else 2)

    for vault in world.vaults.values():
        assert granting.accept_loss(vault, world.signed.agreement.id) == 1
    with world.session() as session:
        session.open(world.grant, no_plan())
        release = session.ask("A01", MATCH)
        receipts = session.close()
    world.settle(receipts)
    assert release.price == (FREE if answers else Price(0, 3))
    if answers:  # exactly what the dead host would have shown
        shown = msgspec.structs.replace(release, replayed=False, price=answers[0].price)
        assert codec.sha256_hex(codec.encode(shown)) == answers[0].release_sha256
    # an orphan is removed, not shown; who is there is the same as before
    assert len(world.vaults["platform"].blobs.names()) == 2
    world.close()
