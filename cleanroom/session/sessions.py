"""The sessions of an agreement as the ledger tells them, and the one that runs now."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cleanroom.disclosure.price import FREE, Price
from cleanroom.errors import VaultError
from cleanroom.trust import ledger
from cleanroom.vault.durable import disk_errors
from cleanroom.vault.lock import VaultLock
from cleanroom.vault.vault import Vault

_RUNNING = "session.pid"


@dataclass
class Session:
    """One session. ``ended``: the reason in its closing statement, or "" without one."""

    id: str
    opened_at: str
    level: int
    spent: Price = FREE
    ended: str = ""


def of(vault: Vault, agreement_id: str) -> list[Session]:
    """Oldest first. Raises ``vault.no_ledger``."""
    found: dict[str, Session] = {}
    for row in vault.ledger(agreement_id).entries():
        entry = ledger.read(row.body)
        if entry.opened is not None:
            opened = Session(entry.session_id, entry.at, entry.opened.isolation)
            found[entry.session_id] = opened
        if entry.closed is not None and entry.session_id in found:
            found[entry.session_id].spent = entry.closed.spent
            found[entry.session_id].ended = entry.closed.reason
    return list(found.values())


@contextmanager
def running(vault: Path) -> Iterator[None]:
    """While a session runs, its process can be found by ``ask_to_close``.

    The mark is locked, so that one left behind by a crash names nobody: by then the number may
    belong to another program. Raises ``vault.busy``, ``vault.files``.
    """
    mark = vault / _RUNNING
    lock = VaultLock(mark)
    try:
        with disk_errors():
            mark.write_text(str(os.getpid()))
        yield
    finally:
        mark.unlink(missing_ok=True)
        lock.release()


def ask_to_close(vault: Path) -> None:
    """Tell the running session to close in order. Raises ``vault.no_session``."""
    mark = vault / _RUNNING
    try:
        process = int(mark.read_text())
        if not _is_locked(mark):
            raise VaultError("vault.no_session")
        os.kill(process, signal.SIGTERM)
    except (OSError, ValueError):
        raise VaultError("vault.no_session") from None


def _is_locked(mark: Path) -> bool:
    try:
        VaultLock(mark).release()
    except VaultError:
        return True
    return False
