"""``cleanroom verify`` and ``cleanroom what-is``: look at a file without believing it."""

from pathlib import Path

import typer

from cleanroom.cli import passphrases
from cleanroom.cli.console import console


def verify(
    report: Path = typer.Argument(..., help="A report folder or .crreport file."),
    expect_fingerprint: str = typer.Option(
        "", "--expect-fingerprint", help="The host's: 12 words, 40 digits or hex."
    ),
    vault: Path | None = typer.Option(None, "--vault", help="A vault whose trusted cards count."),
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> int:
    """Check a report: 0 intact and signed by a trusted host, 8 intact but nobody vouches for the
    signer, 4 not intact.
    """
    from cleanroom.report.verify import verify as check

    trusted: list[str] = []
    if vault is not None:
        from cleanroom.vault import Vault

        secret = passphrases.Passphrases(passphrase_file, passphrase_fd).of()
        with Vault.open(vault, secret) as opened:
            trusted = [card.fingerprint for card in opened.cards.all() if card.verified]
    verdict = check(report, expect_fingerprint or None, trusted)
    for sentence in verdict.sentences(console.language):
        console.say(sentence, outcome=str(verdict.outcome))
    return verdict.exit_code


def what_is(file: Path = typer.Argument(..., help="Any file of the clean room.")) -> None:
    """Say what a file is, whose it is, and what to do with it next."""
    from cleanroom.session.recognise import recognise

    facts = recognise(file, console.language)
    console.put(dict(facts))
