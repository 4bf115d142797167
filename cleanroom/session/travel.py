"""Reading and writing the files that travel between parties."""

import os
from pathlib import Path

from cleanroom.errors import InputError

FILE_LIMIT = 256 << 20


def read_file(path: Path) -> bytes:
    """A file's bytes. Raises ``input.no_file``, ``input.file_too_large``."""
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise InputError("input.file_too_large", file=path.name)
        return path.read_bytes()
    except OSError:
        raise InputError("input.no_file", file=path.name) from None


def make_folder(path: Path) -> None:
    """A folder to write into later. Raises ``input.cannot_write``."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise InputError("input.cannot_write", file=path.name) from None


def write_file(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all. Raises ``input.cannot_write``."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError:
        raise InputError("input.cannot_write", file=path.name) from None
    return path
