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
DESCRIPTOR = typer.Option(-1, "--passphrase-fd", help="Descriptor to read the passphrase from.")


class Passphrases:
    """Where the passphrase of each vault comes from."""

    def __init__(self, files: Sequence[str], descriptor: int = -1) -> None:
        self._files: dict[str, Path] = {}
        for item in files:
            party, equals, path = item.partition("=")
            self._files[party if equals else ""] = Path(path if equals else item)
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
            with os.fdopen(os.dup(self._descriptor), "rb") as stream:
                return stream.readline().rstrip(b"\r\n")
        if not sys.stdin.isatty():
            raise VaultError("vault.passphrase_source")
        typed = getpass.getpass(f"Passphrase of the vault{f' of {party}' if party else ''}: ")
        if new and getpass.getpass("Again: ") != typed:
            raise VaultError("vault.passphrases_differ")
        return typed.encode()


def _first_line(file: Path) -> bytes:
    try:
        return file.read_bytes().split(b"\n", 1)[0].rstrip(b"\r")
    except OSError:
        raise VaultError("vault.passphrase_source") from None
