"""``cleanroom identity``: who this vault is, and whom it trusts."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cleanroom.cli import passphrases
from cleanroom.cli.console import console
from cleanroom.cli.options import VAULT
from cleanroom.session.travel import read_file, write_file

if TYPE_CHECKING:
    from cleanroom.trust.identity import ContactCard

app = typer.Typer(help="This vault's identity, and the contact cards it trusts.")


@app.command()
def create(
    name: str = typer.Argument(..., help="Name of the organisation, as others will see it."),
    vault: Path = VAULT,
    out: Path = typer.Option(Path("card.json"), "--out", help="Where to write the contact card."),
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Make a vault with a new identity, and its contact card for the others."""
    from cleanroom.session import identities
    from cleanroom.trust.names import check_label
    from cleanroom.vault import Vault

    check_label(name)  # before there is a vault
    secret = passphrases.Passphrases(passphrase_file, passphrase_fd).of(new=True)
    with Vault.create(vault, secret) as opened:
        made = identities.create(opened, name, datetime.now(UTC))
    write_file(out, made.card_file())
    console.say(f"Identity of {name} created; hand {out.name} to the other parties.")
    _show(made.card())


@app.command()
def card(
    file: Path | None = typer.Argument(None, help="A contact card; without it, the vault's own."),
    vault: Path | None = typer.Option(None, "--vault", help="Folder of the vault."),
    out: Path | None = typer.Option(None, "--out", help="Write the vault's own card here."),
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Show a card's fingerprint: twelve words to read aloud, or ten groups of four digits."""
    from cleanroom.session import identities
    from cleanroom.trust.identity import read_card
    from cleanroom.vault import Vault

    if file is not None:
        _show(read_card(read_file(file)))
        return
    if vault is None:
        raise typer.BadParameter("name a card file or a vault")
    secret = passphrases.Passphrases(passphrase_file, passphrase_fd).of()
    with Vault.open(vault, secret) as opened:
        own = identities.load(opened)
    if out is not None:
        write_file(out, own.card_file())
    _show(own.card())


@app.command()
def trust(
    file: Path = typer.Argument(..., help="The other party's contact card."),
    vault: Path = VAULT,
    fingerprint_seen: str = typer.Option(
        ..., "--fingerprint", help="What the owner read to you: 12 words, 40 digits or hex."
    ),
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Trust a card after comparing its fingerprint with its owner."""
    from cleanroom.errors import TrustError
    from cleanroom.session import signing
    from cleanroom.trust import fingerprint
    from cleanroom.trust.identity import read_card
    from cleanroom.vault import Vault

    data = read_file(file)
    shown = read_card(data)
    if not fingerprint.matches(shown, fingerprint_seen):
        raise TrustError("trust.fingerprint")
    secret = passphrases.Passphrases(passphrase_file, passphrase_fd).of()
    with Vault.open(vault, secret) as opened:
        signing.trust_card(opened, data, shown, "fingerprint compared")
    console.say(f"The card of {shown.name} is trusted.")


def _show(shown: "ContactCard") -> None:
    from cleanroom.trust import fingerprint

    console.put(
        {
            "name": shown.name,
            "words": " ".join(fingerprint.words(shown)),
            "digits": " ".join(fingerprint.digits(shown)),
            "fingerprint": fingerprint.fingerprint(shown),
        }
    )
