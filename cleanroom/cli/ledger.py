"""``cleanroom ledger``: the host's signed record."""

from pathlib import Path

import typer

from cleanroom.cli import passphrases
from cleanroom.cli.console import console
from cleanroom.cli.options import AGREEMENT, VAULT
from cleanroom.session.travel import read_file

app = typer.Typer(help="Show and verify the ledger of an agreement.")


@app.command()
def show(
    vault: Path = VAULT,
    agreement: Path = AGREEMENT,
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Every entry: when, what, at what price."""
    from cleanroom.trust import ledger
    from cleanroom.trust.agreement_rules import read_checked
    from cleanroom.vault import Vault

    signed = read_checked(read_file(agreement))
    with Vault.open(vault, passphrases.Passphrases(passphrase_file, passphrase_fd).of()) as opened:
        entries = [ledger.read(e.body) for e in opened.ledger(signed.agreement.id).entries()]
    rows = []
    for entry in entries:
        what, price = "closed", None
        if entry.opened is not None:
            what = f"opened at isolation level {entry.opened.isolation}"
        elif entry.answered is not None:
            what = f"{entry.answered.analysis} {entry.answered.status}"
            price = entry.answered.price
        elif entry.closed is not None:
            what, price = f"closed ({entry.closed.reason})", entry.closed.spent
        cost = (price.nano_rho, price.cells) if price else ("", "")
        rows.append((entry.seq, entry.at, entry.session_id[:8], what, *cost))
    console.table(("no", "at", "session", "what", "nano-rho", "cells"), rows)


@app.command()
def verify(
    vault: Path = VAULT,
    agreement: Path = AGREEMENT,
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Check the chain, every signature, every sealed answer, and what others remember."""
    from cleanroom.trust import ledger
    from cleanroom.trust.agreement_rules import read_checked
    from cleanroom.vault import Vault

    signed = read_checked(read_file(agreement))
    name = signed.agreement.id
    with Vault.open(vault, passphrases.Passphrases(passphrase_file, passphrase_fd).of()) as opened:
        head = opened.ledger(name).verify()
        bodies = [entry.body for entry in opened.ledger(name).entries()]
        opened.releases(name).check_blobs()
    ledger.verify_chain(bodies, name, signed.genesis)
    console.say(f"The ledger is intact: {head.seq} entries.", entries=head.seq, head=head.hash)
