"""Files that are whole or absent: temporary name, fsync, rename, fsync of the folder."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cleanroom.errors import VaultError

PART = ".part"  # end of every temporary name, so that leftovers of a crash can be told apart
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def part_beside(path: Path) -> Path:
    """A fresh temporary name in the folder of ``path``."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}{PART}")


def sync_folder(folder: Path) -> None:
    """Make renames in ``folder`` survive a power cut. Windows offers no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the file system says into ``vault.disk_full`` or ``vault.files``."""
    try:
        yield
    except OSError as error:
        name = "vault.disk_full" if error.errno in _FULL else "vault.files"
        raise VaultError(name) from None


def sync_file(path: Path) -> None:
    """Push a file that somebody else wrote to the disk. Raises ``vault.disk_full``,
    ``vault.files``."""
    with disk_errors(), path.open("rb+") as file:
        os.fsync(file.fileno())


def write_file(path: Path, data: bytes) -> None:
    """Write ``path`` as a whole, readable by its owner only.

    On any failure the old content, or the absence, of ``path`` is unchanged and nothing is left
    beside it. Raises ``vault.disk_full``, ``vault.files``.
    """
    part = part_beside(path)
    with disk_errors():
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            sync_folder(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
