"""``cleanroom session``: host a joint session."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cleanroom.cli import passphrases
from cleanroom.cli.console import console
from cleanroom.cli.options import AGREEMENT, VAULT
from cleanroom.cli.pairs import by_name
from cleanroom.errors import SandboxError
from cleanroom.session.travel import read_file

if TYPE_CHECKING:
    from cleanroom.analyses.result import Text

app = typer.Typer(help="Run, list and close joint sessions on this workstation.")


@app.command()
def run(
    vault: Path = VAULT,
    agreement: Path = AGREEMENT,
    package: list[Path] = typer.Option(..., "--package", help="Repeat: one per data party."),
    plan: Path = typer.Option(..., "--plan", help="TOML: which analyses to run."),
    out: Path = typer.Option(..., "--out", help="Folder for the report, requests and receipts."),
    vault_of: list[str] = typer.Option(
        [], "--vault-of", metavar="PARTY=PATH", help="Another party's vault in the same room."
    ),
    wait_minutes: float = typer.Option(60.0, "--wait", help="Minutes to wait for grant files."),
    memory_mb: int = typer.Option(8192, "--memory-mb", help="Most memory for the engine."),
    threads: int = typer.Option(2, "--threads"),
    accept_loss: bool = typer.Option(
        False,
        "--accept-loss",
        help="Count earlier openings that vaults here granted and never settled as fully spent.",
    ),
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Open the packages in the sandbox, run a plan, write a signed report.

    Owners whose vault is not here get an opening request in OUT/requests and answer with a grant
    file in OUT/grants; receipts are left in OUT/receipts.
    """
    from cleanroom.session import joint
    from cleanroom.session.hosting import Limits

    known = passphrases.Passphrases(passphrase_file, passphrase_fd)
    vaults = by_name(vault_of, "--vault-of")
    signed = read_file(agreement)
    done = joint.run(
        joint.Room(
            vault=vault,
            agreement=signed,
            packages=package,
            plan=read_file(plan),
            out=out,
            vaults=vaults,
            passphrase=known.of,
            wait_seconds=60 * wait_minutes,
            limits=Limits(memory_mb, threads),
            accept_loss=accept_loss,
        ),
        console.progress,
        lambda found: _warn(found, signed),
    )
    console.say(f"The session is closed. Isolation level {done.level} of 3, reported by the host.")
    console.put(
        {
            "report": done.report,
            "level": done.level,
            "opened in ms": done.engine_ms,
            "answers in ms": done.answer_ms,
            "receipts": done.receipts,
        }
    )
    if done.cut_short:
        raise SandboxError("sandbox.session_ended")


def _warn(found: "tuple[Text, ...]", agreement: bytes) -> None:
    """What may be wrong with the datasets, in words, among the progress."""
    from cleanroom.report.wording import Language, Wording, party_names
    from cleanroom.trust.agreement_rules import read_checked

    terms = read_checked(agreement).agreement
    language: Language = "zh_CN" if console.language == "zh_CN" else "en"
    wording = Wording(language, party_names(terms), terms.currency)
    for one in found:
        console.warn(wording.sentence(one), one.key)


@app.command("list")
def list_(
    vault: Path = VAULT,
    agreement: Path = AGREEMENT,
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Every session of an agreement: when, how isolated, what it spent, how it ended."""
    from cleanroom.session import sessions
    from cleanroom.trust.agreement_rules import read_checked
    from cleanroom.vault import Vault

    signed = read_checked(read_file(agreement))
    with Vault.open(vault, passphrases.Passphrases(passphrase_file, passphrase_fd).of()) as opened:
        found = sessions.of(opened, signed.agreement.id)
    rows = [
        (s.id[:8], s.opened_at, s.level, s.spent.nano_rho, s.spent.cells, s.ended) for s in found
    ]
    console.table(("session", "opened", "level", "nano-rho", "cells", "ended"), rows)


@app.command()
def close(vault: Path = VAULT) -> None:
    """Ask the session that runs on this vault to close in order."""
    from cleanroom.session import sessions

    sessions.ask_to_close(vault)
    console.say("The session was asked to close.")
