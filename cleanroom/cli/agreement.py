"""``cleanroom agreement``: from a template to an accepted agreement."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from cleanroom.cli import passphrases
from cleanroom.cli.console import console
from cleanroom.cli.options import VAULT
from cleanroom.cli.pairs import by_name
from cleanroom.session.travel import read_file, write_file

app = typer.Typer(help="Draft, accept, sign, show and check agreements.")

DATASET = typer.Option(
    ..., "--dataset", help="What this party brings: JSON, see `cleanroom infer`."
)
POLICY = typer.Option(None, "--policy", help="TOML with stricter wishes than the template's.")


@app.command()
def draft(
    template: str = typer.Option("neutral-host", "--template", help="Name of the template."),
    card: list[str] = typer.Option(..., "--card", metavar="PARTY=FILE", help="Repeat per party."),
    dataset: Path = DATASET,
    policy: Path | None = POLICY,
    mode: str = typer.Option("dp", "--mode", help="dp or threshold."),
    title: str = typer.Option("", "--title"),
    host: str = typer.Option("", "--host", help="Party that hosts; default: the template's."),
    days: int = typer.Option(0, "--days", help="How long it is in force."),
    min_isolation: int = typer.Option(-1, "--min-isolation", help="0 to 3."),
    identifiers: Path | None = typer.Option(
        None, "--identifiers", help="TOML with [[identifiers]] instead of the template's."
    ),
    analysis: list[str] = typer.Option(
        [], "--analysis", help="Allow this one too (see: analyses list). Repeat for more."
    ),
    out: Path = typer.Option(Path("agreement.draft.json"), "--out"),
) -> None:
    """Begin an agreement from a template, contact cards and one's own dataset."""
    from cleanroom.session import drafts

    cards = {party: read_file(path) for party, path in by_name(card, "--card").items()}
    begun = drafts.begin(
        drafts.Beginning(
            template=template,
            cards=cards,
            dataset=read_file(dataset),
            policy=read_file(policy) if policy else None,
            mode=mode,
            title=title,
            host=host,
            days=days,
            min_isolation=min_isolation,
            identifiers=read_file(identifiers) if identifiers else None,
            language=console.language,
            analyses=tuple(analysis),
        ),
        datetime.now(UTC),
    )
    write_file(out, begun)
    console.say(f"The draft is in {out.name}: the other data parties accept it next.")


@app.command()
def accept(
    file: Path = typer.Argument(..., help="The draft."),
    dataset: Path = DATASET,
    policy: Path | None = POLICY,
    out: Path = typer.Option(Path("agreement.proposed.json"), "--out"),
) -> None:
    """Add one's own dataset and policy; with the last one the effective policy is computed."""
    from cleanroom.session import drafts

    added, state = drafts.contribute(
        read_file(file), read_file(dataset), read_file(policy) if policy else None
    )
    write_file(out, added)
    console.say(f"{out.name} is now {state}.", state=state)


@app.command()
def sign(
    file: Path = typer.Argument(..., help="The proposed agreement."),
    vault: Path = VAULT,
    out: Path | None = typer.Option(None, "--out", help="Default: write over the file."),
    predecessor: Path | None = typer.Option(None, "--predecessor", help="The version before."),
    accept_unverified: bool = typer.Option(
        False, "--accept-unverified", help="Sign although a fingerprint was never compared."
    ),
    passphrase_file: list[str] = passphrases.FILES,
    passphrase_fd: int = passphrases.DESCRIPTOR,
) -> None:
    """Sign. The first data party signs first; when all have signed, it is accepted."""
    from cleanroom.session import signing
    from cleanroom.trust.agreement_rules import read_checked
    from cleanroom.vault import Vault

    before = read_checked(read_file(predecessor)) if predecessor else None
    signed = read_checked(read_file(file))
    secret = passphrases.Passphrases(passphrase_file, passphrase_fd).of()
    with Vault.open(vault, secret) as opened:
        done = signing.sign(opened, signed, before, accept_unverified=accept_unverified)
    write_file(out or file, done.envelope.to_bytes())
    missing = ", ".join(done.missing) or "nobody"
    console.say(f"Signed. The agreement is {done.state}; still to sign: {missing}.")


@app.command()
def merge(
    one: Path = typer.Argument(...),
    other: Path = typer.Argument(...),
    out: Path = typer.Option(..., "--out"),
) -> None:
    """Put two copies of one agreement together that different parties signed."""
    from cleanroom.trust.agreement_rules import read_checked
    from cleanroom.trust.drafting import merge_files

    merged = merge_files(read_checked(read_file(one)), read_checked(read_file(other)))
    write_file(out, merged.envelope.to_bytes())
    console.say(f"{out.name} is {merged.state}.", state=merged.state)


@app.command()
def show(file: Path = typer.Argument(...)) -> None:
    """What an agreement says, in plain language."""
    from cleanroom.trust.agreement_rules import read_checked
    from cleanroom.trust.summary import summary

    signed = read_checked(read_file(file))
    for heading, lines in summary(signed, console.language):
        console.say(heading)
        for line in lines:
            console.say("  " + line)


@app.command()
def check(file: Path = typer.Argument(...)) -> None:
    """Check rules, signatures and dates; an accepted agreement in force ends with code 0."""
    from cleanroom.trust.agreement import require_in_force
    from cleanroom.trust.agreement_rules import read_checked

    signed = read_checked(read_file(file))
    require_in_force(signed, datetime.now(UTC))
    console.put({"state": signed.state, "hash": signed.hash, "signed by": list(signed.signed_by)})
