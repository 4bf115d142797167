"""``cleanroom check`` and ``cleanroom seal``: a party's own desk."""

from pathlib import Path

import typer

from cleanroom.cli import passphrases
from cleanroom.cli.console import console
from cleanroom.session.travel import read_file


def check(
    mapping: Path = typer.Argument(..., help="The mapping file (TOML)."),
    agreement: Path | None = typer.Option(None, "--agreement", help="Check against this."),
    party: str = typer.Option("", "--party", help="Which party of the agreement is asking."),
    doctor: bool = typer.Option(False, "--doctor", help="Explain every problem, with examples."),
) -> None:
    """Look at one's own data as sealing would, and write nothing."""
    from cleanroom.session import sealing
    from cleanroom.trust.agreement_rules import read_checked

    agreed = None
    if agreement is not None:
        agreed = sealing.agreed_terms(read_checked(read_file(agreement)).agreement, party)
    findings = sealing.check(mapping, agreed, console.progress)
    console.put({"findings": findings})


def seal(
    mapping: Path = typer.Argument(..., help="The mapping file (TOML)."),
    vault: Path = typer.Option(..., "--vault", help="Folder of the vault."),
    agreement: Path = typer.Option(..., "--agreement", help="The accepted agreement."),
    out: Path = typer.Option(..., "--out", help="Package file to write."),
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Seal one's dataset into a package that only one's own grant can open."""
    from cleanroom.session import sealing
    from cleanroom.trust.agreement_rules import read_checked
    from cleanroom.vault import Vault

    signed = read_checked(read_file(agreement))
    secret = passphrases.Passphrases(passphrase_file, passphrase_fd).of()
    with Vault.open(vault, secret) as opened:
        made = sealing.seal(opened, signed, mapping, out, console.progress)
    console.say(f"Sealed into {out.name}: {made.path.stat().st_size:,} bytes.")
    for table in made.manifest.tables:
        console.say(f"  {table.name}: {table.rows} rows", table=table.name, rows=table.rows)
