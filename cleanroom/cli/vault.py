"""``cleanroom vault``: passphrase, backup, restore."""

from pathlib import Path

import typer

from cleanroom.cli import passphrases
from cleanroom.cli.console import console
from cleanroom.cli.options import VAULT

app = typer.Typer(help="Look after a vault.")


@app.command()
def passphrase(
    vault: Path = VAULT,
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
    new_passphrase_file: Path | None = typer.Option(
        None, "--new-passphrase-file", help="File with the new passphrase; else it is asked for."
    ),
) -> None:
    """Change the passphrase. Older copies of the vault still open with the old one."""
    from cleanroom.vault import change_passphrase

    old = passphrases.Passphrases(passphrase_file, passphrase_fd).of()
    new_files = [str(new_passphrase_file)] if new_passphrase_file else []
    new = passphrases.Passphrases(new_files, passphrase_fd).of(new=True)
    change_passphrase(vault, old, new)
    console.say("The passphrase was changed.")


@app.command()
def backup(
    target: Path = typer.Argument(..., help="File to write."),
    vault: Path = VAULT,
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Write a consistent copy of the vault, still encrypted, into one file."""
    from cleanroom import vault as vaults

    vaults.backup(vault, passphrases.Passphrases(passphrase_file, passphrase_fd).of(), target)
    console.say(f"The vault was copied to {target.name}.")


@app.command()
def restore(
    source: Path = typer.Argument(..., help="File written by backup."),
    vault: Path = VAULT,
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Make a vault from a backup. It can grant again only after `vault confirm`."""
    from cleanroom import vault as vaults

    vaults.restore(source, passphrases.Passphrases(passphrase_file, passphrase_fd).of(), vault)
    console.say("The vault was restored. Import newer receipts, then run: cleanroom vault confirm")


@app.command()
def confirm(
    vault: Path = VAULT,
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Say that everything newer than the backup was imported, so that grants are possible again."""
    from cleanroom.vault import Vault

    with Vault.open(vault, passphrases.Passphrases(passphrase_file, passphrase_fd).of()) as opened:
        opened.restored.confirm()
    console.say("The restored vault may grant again.")
