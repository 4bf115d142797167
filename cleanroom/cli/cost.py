"""``cleanroom cost``: what a plan would cost, before anything is asked."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cleanroom.cli import passphrases
from cleanroom.cli.console import console
from cleanroom.cli.options import AGREEMENT
from cleanroom.errors import DisclosureError
from cleanroom.session.travel import read_file

if TYPE_CHECKING:
    from cleanroom.session.costing_words import Words


def cost(
    plan: Path = typer.Argument(..., help="TOML: which analyses to run."),
    agreement: Path = AGREEMENT,
    vault: Path | None = typer.Option(
        None, "--vault", help="The host's vault or an owner's: its ledger, receipts, budget."
    ),
    report: Path | None = typer.Option(
        None, "--report", help="A report under this agreement: how many people were matched."
    ),
    matched: int | None = typer.Option(
        None, "--matched", min=0, help="The released number of matched people, or a guess."
    ),
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Say for each question of a plan what it costs, how exact it will be, and whether it fits.
    Nothing is asked or spent. Ends with code 6 when something would be refused.
    """
    from cleanroom.session import costing
    from cleanroom.session.costing_words import Words
    from cleanroom.trust.agreement_rules import read_checked
    from cleanroom.vault import Vault

    signed = read_checked(read_file(agreement))
    data = read_file(plan)
    with ExitStack() as stack:
        opened = None
        if vault is not None:
            secret = passphrases.Passphrases(passphrase_file, passphrase_fd).of()
            opened = stack.enter_context(Vault.open(vault, secret))
        found = costing.foresee(data, signed, costing.Desk(opened, report, matched))
    words = Words(found, signed.agreement, console.language)
    _show(words)
    if found.left is not None:
        costing.require_left(found.forecast.price, found.left, signed.agreement)
    refused = len(found.forecast.refused)
    if refused:
        count = len(found.forecast.questions)
        raise DisclosureError("disclosure.plan", count=count, refused=refused)


def _show(words: "Words") -> None:
    """What is left, every question, the whole; one object each for programs."""
    if console.as_json:
        for entry in words.entries():
            console.put(entry.record)
        console.put(words.summary())
        return
    for sentence in words.opening():
        console.say(sentence)
    for entry in words.entries():
        console.say("")
        console.say(entry.heading)
        for sentence in entry.said:
            console.say(f"   {sentence}")
    console.say("")
    for sentence in words.closing():
        console.say(sentence)
