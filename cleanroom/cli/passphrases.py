"""Passphrases come from a prompt, a file or a descriptor; never from arguments or environment."""

import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from cleanroom.errors import VaultError

FILES = typer.Option(
    [],
    "--passphrase-file",
    metavar="[PARTY=]FILE",
    help="File whose first line is the passphrase; repeat for several vaults.",
)
DESCRIPTOR = typer.Option(
    -1, "--passphrase-fd", help="Descriptor with one line per vault, in the order they are opened."
)


class Passphrases:
    """Where the passphrase of each vault comes from."""

    def __init__(self, files: Sequence[str], descriptor: int = -1) -> None:
        self._files: dict[str, Path] = {}
        for item in files:
            party, equals, path = item.partition("=")
            named = bool(equals) and "/" not in party  # else the sign belongs to the path
            self._files[party if named else ""] = Path(path if named else item)
        self._descriptor = descriptor
        self._read: dict[str, bytes] = {}

    def of(self, party: str = "", *, new: bool = False) -> bytes:
        """The passphrase for a party's vault ("" = the command's own vault).

        Raises ``vault.passphrase_source`` when there is nothing to read it from.
        """
        if party not in self._read:
            self._read[party] = self._find(party, new=new)
        return self._read[party]

    def _find(self, party: str, *, new: bool) -> bytes:
        file = self._files.get(party) or self._files.get("")
        if file is not None:
            return _first_line(file)
        if self._descriptor >= 0:
            return _next_line(self._descriptor)
        if not sys.stdin.isatty():
            raise VaultError("vault.passphrase_source")
        typed = _ask(f"Passphrase of the vault{f' of {party}' if party else ''}: ")
        if new and _ask("Again: ") != typed:
            raise VaultError("vault.passphrases_differ")
        return typed.encode()


def _ask(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except (EOFError, KeyboardInterrupt):
        sys.stderr.write("\n")  # the prompt's line is still open
        raise


def _next_line(descriptor: int) -> bytes:
    """Without a buffer, which would swallow the lines of the vaults that are opened later."""
    try:
        with os.fdopen(os.dup(descriptor), "rb", buffering=0) as stream:
            return stream.readline().rstrip(b"\r\n")
    except OSError:
        raise VaultError("vault.passphrase_source") from None


def _first_line(file: Path) -> bytes:
    try:
        return file.read_bytes().split(b"\n", 1)[0].rstrip(b"\r")
    except OSError:
        raise VaultError("vault.passphrase_source") from None
