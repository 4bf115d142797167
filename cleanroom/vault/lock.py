"""One program at a time on one vault: an advisory lock that dies with its process."""

import os
import sys
from pathlib import Path

from cleanroom.errors import VaultError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def _try_lock(descriptor: int) -> bool:
    """Take the lock or say that somebody has it.

    ``flock`` and not ``lockf``: it belongs to this opening of the file, so a second opening in the
    same process is refused too, and closing some other descriptor does not drop it.
    """
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class VaultLock:
    """Held from construction to ``release``. Raises ``vault.busy``, ``vault.files``."""

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            raise VaultError("vault.files") from None
        if not _try_lock(self._descriptor):
            os.close(self._descriptor)
            raise VaultError("vault.busy")

    def release(self) -> None:
        """Let others in. Calling it twice is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
