"""Small vaults for the tests of ``cleanroom.vault``, and processes that can be killed."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from vault_material import PASSPHRASE

from cleanroom.vault import Argon2, Vault


@pytest.fixture
def make(tmp_path: Path, fast_kdf: Argon2) -> Callable[..., Path]:
    """Make a closed vault; its folder."""

    def build(name: str = "brand", passphrase: bytes = PASSPHRASE) -> Path:
        folder = tmp_path / name
        Vault.create(folder, passphrase, fast_kdf).close()
        return folder

    return build


@pytest.fixture
def vault(make: Callable[..., Path]) -> Iterator[Vault]:
    with Vault.open(make(), PASSPHRASE) as opened:
        yield opened


@pytest.fixture
def child() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start Python code in a process of its own, with pipes; killed at the end at the latest."""
    started: list[subprocess.Popen[str]] = []
    # The code finds ``vault_material`` beside this file; its arguments begin at ``sys.argv[1]``.
    prelude = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"

    def start(code: str, *arguments: object) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", prelude + code, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
