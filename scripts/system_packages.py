"""Finds what the wheels and the charts need from the system; installs it or says how.

Runs before there is an environment, on any Python from 3.11, with the standard library alone. As
root on a machine with apt it installs what is missing; elsewhere it prints the exact command.
Ends with 1 when something is missing that the program cannot do without.
"""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CHINESE_FONT_FILES = ("*CJK*", "*SourceHan*", "wqy-*", "DroidSansFallback*", "uming*", "ukai*")


@dataclass(frozen=True)
class Need:
    """One Debian package, what it is for, and how to see that its content is there."""

    package: str
    purpose: str
    essential: bool
    is_met: Callable[[], bool]


def _library(name: str) -> Callable[[], bool]:
    def loads() -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return loads


def _can_make_environments() -> bool:
    importlib.invalidate_caches()
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def _font_folders() -> Iterator[Path]:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for root in (data, *shared.split(":")):
        yield Path(root) / "fonts"
    yield Path.home() / ".fonts"


def _has_chinese_font() -> bool:
    return any(
        next(folder.rglob(pattern), None)
        for folder in _font_folders()
        if folder.is_dir()
        for pattern in CHINESE_FONT_FILES
    )


NEEDS = (
    Need(
        f"python3.{sys.version_info.minor}-venv",
        "makes the environment .venv",
        True,
        _can_make_environments,
    ),
    Need("libstdc++6", "the engine and the readers", True, _library("libstdc++.so.6")),
    Need("libgcc-s1", "the engine and the readers", True, _library("libgcc_s.so.1")),
    Need("zlib1g", "charts and statistics", True, _library("libz.so.1")),
    Need("fonts-noto-cjk", "Chinese words in charts", False, _has_chinese_font),
)


def _install(needs: list[Need]) -> None:
    """With apt, as root. Failure is seen by looking again, so exit codes are not needed here."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    names = [need.package for need in needs]
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names],
    ):
        nothing = subprocess.DEVNULL
        subprocess.run(command, env=quiet, stdin=nothing, stdout=nothing, check=False)


def main() -> int:
    """Exit code: 0 when everything essential is there."""
    if sys.platform != "linux":
        return 0
    missing = [need for need in NEEDS if not need.is_met()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing from the system's packages:", *(need.package for need in missing))
        sys.stdout.flush()
        _install(missing)
        missing = [need for need in missing if not need.is_met()]
    for need in missing:
        word = "missing" if need.essential else "better with"
        print(f"{word}: {need.package} ({need.purpose})", file=sys.stderr)
    if missing:
        names = " ".join(need.package for need in missing)
        print(f"on Debian or Ubuntu: sudo apt-get install {names}", file=sys.stderr)
    return int(any(need.essential for need in missing))


if __name__ == "__main__":
    sys.exit(main())
