"""``cleanroom grant`` and ``cleanroom receipt``: an owner's answers to the host."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from cleanroom.cli import passphrases
from cleanroom.cli.console import console
from cleanroom.cli.options import AGREEMENT, VAULT
from cleanroom.session.travel import read_file, write_file

receipts = typer.Typer(help="Settle grants with the host's receipts.")


def grant(
    request: Path = typer.Argument(..., help="The host's opening request."),
    vault: Path = VAULT,
    agreement: Path = AGREEMENT,
    out: Path = typer.Option(Path("grant.json"), "--out"),
    accept_loss: bool = typer.Option(
        False,
        "--accept-loss",
        help="Count earlier openings without a receipt as fully spent, and go on.",
    ),
    review: bool = typer.Option(False, "--review", help="Only show what is asked for."),
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Check an opening request and grant it: charged once, before anything is opened."""
    from cleanroom.session import granting
    from cleanroom.trust.agreement_rules import read_checked
    from cleanroom.vault import Vault

    signed = read_checked(read_file(agreement))
    data = read_file(request)
    now = datetime.now(UTC)
    secret = passphrases.Passphrases(passphrase_file, passphrase_fd).of()
    with Vault.open(vault, secret) as opened:
        if accept_loss and not review:
            lost = granting.accept_loss(opened, signed.agreement.id)
            console.say(f"Counted as fully spent: {lost} earlier openings.", lost=lost)
        seen = granting.review(opened, signed, data, now)
        console.put(
            {
                "host": seen.request.host,
                "package": seen.request.package_id,
                "isolation": min(
                    seen.request.ingest_self_test.level, seen.request.engine_self_test.level
                ),
                "nano-rho": seen.allowance.nano_rho,
                "cells": seen.allowance.cells,
                "analyses": seen.allowance.analyses,
                "refusals before": seen.request.refusals,
            }
        )
        if review:
            return
        write_file(out, granting.grant(opened, signed, data, now))
    console.say(f"Granted. Hand {out.name} to the host.")


@receipts.command("import")
def import_(
    receipt: Path = typer.Argument(..., help="The receipt file."),
    vault: Path = VAULT,
    agreement: Path = AGREEMENT,
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Settle a grant: what the session did not spend comes back."""
    from cleanroom.session import granting
    from cleanroom.trust.agreement_rules import read_checked
    from cleanroom.vault import Vault

    signed = read_checked(read_file(agreement))
    data = read_file(receipt)
    secret = passphrases.Passphrases(passphrase_file, passphrase_fd).of()
    with Vault.open(vault, secret) as opened:
        spent = granting.import_receipt(opened, signed, data)
    console.say("The grant is settled. Spent:")
    console.put({"nano-rho": spent.nano_rho, "cells": spent.cells, "analyses": spent.analyses})
