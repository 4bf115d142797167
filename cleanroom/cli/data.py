"""``cleanroom check`` and ``cleanroom seal``: a party's own desk."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cleanroom import text
from cleanroom.cli import passphrases
from cleanroom.cli.console import console
from cleanroom.cli.pairs import by_name
from cleanroom.errors import InputError
from cleanroom.session.travel import read_file, write_file

if TYPE_CHECKING:
    from cleanroom.prepare.findings import Fault, Findings


def check(
    mapping: Path = typer.Argument(..., help="The mapping file (TOML)."),
    agreement: Path | None = typer.Option(None, "--agreement", help="Check against this one."),
    party: str = typer.Option("", "--party", help="The party of the agreement that is asking."),
    dataset: Path | None = typer.Option(
        None, "--dataset", help="Before there is an agreement: what this party would bring (JSON)."
    ),
    identifiers: Path | None = typer.Option(
        None, "--identifiers", help="With --dataset: TOML with [[identifiers]]."
    ),
    doctor: bool = typer.Option(False, "--doctor", help="Show masked examples with line numbers."),
) -> int:
    """Look at one's own data as sealing would: nothing is written, nothing leaves this desk. Ends
    with code 3 when sealing would be refused.
    """
    from cleanroom.session import drafts, sealing
    from cleanroom.trust.agreement_rules import read_checked

    if agreement is not None and party:
        agreed = sealing.agreed_terms(read_checked(read_file(agreement)).agreement, party)
    elif dataset is not None and identifiers is not None:
        kinds = drafts.read_identifiers(read_file(identifiers))
        agreed = sealing.draft_terms(drafts.read_dataset(read_file(dataset)), kinds)
    else:
        raise typer.BadParameter("name --agreement and --party, or --dataset and --identifiers")
    findings = sealing.check(mapping, agreed, console.progress)
    _show(findings, examples=doctor)
    return InputError.exit_code if any(problem.blocks for problem in findings.problems) else 0


def infer(
    table: list[str] = typer.Argument(..., metavar="TABLE=FILE...", help="people=users.csv ..."),
    party: str = typer.Option(..., "--party", help="This party's name in the agreement."),
    name: str = typer.Option(..., "--name", help="What to call the dataset."),
    start: str = typer.Option(..., "--start", help="First day of the data period, YYYY-MM-DD."),
    end: str = typer.Option(..., "--end", help="Day after its last day, YYYY-MM-DD."),
    out: Path = typer.Option(..., "--out", help="Folder for mapping.toml and dataset.json."),
) -> None:
    """Propose a mapping and a dataset description from one's own files, to be looked through."""
    from cleanroom.session import proposing

    files = by_name(table, "TABLE=FILE")
    made = proposing.propose(files, party, name, (start, end), console.progress)
    write_file(out / "mapping.toml", made.mapping.encode())
    write_file(out / "dataset.json", made.dataset)
    write_file(out / "identifiers.toml", made.identifiers.encode())
    for key, column in made.notes:
        console.say(text.say(f"doctor.infer.{key}", console.language, column=column))
    console.say(f"Look through mapping.toml and dataset.json in {out}: others see the domains.")


def _show(findings: "Findings", *, examples: bool) -> None:
    """Files, identifiers, columns and persons; then what to do about it."""
    import msgspec

    if console.as_json:
        console.put({"findings": msgspec.to_builtins(findings)})
        return
    console.table(
        ("file", "table", "format", "encoding", "rows", "sealed", "merged or left out"),
        [
            (t.file, t.table, t.format, t.encoding, t.rows, t.sealed, t.rows - t.sealed)
            for t in findings.tables
        ],
    )
    console.say("")
    console.table(
        ("identifier", "column", "holds", "recipe", "valid", "missing", "malformed", "blank hash"),
        [
            (
                *(i.kind, i.column, i.given, i.recipe, i.valid, i.missing),
                *(i.malformed.count, i.blank_hashes.count),
            )
            for i in findings.identifiers
        ],
    )
    for column in findings.identifiers:
        _faults(column.column, column.malformed, examples=examples)
    console.say("")
    console.table(
        ("kind", "distinct", "duplicates", "hot"),
        [(k.kind, k.distinct, k.duplicates.count, k.hot) for k in findings.kinds],
    )
    console.say("")
    console.table(
        ("column", "from", "rows", "missing", "outside the domain", "unreadable"),
        [
            (
                *(f"{t.table}.{c.column}", c.source, c.rows),
                *(c.missing.count, c.outside.count, c.unreadable.count),
            )
            for t in findings.tables
            for c in t.columns
        ],
    )
    for table in findings.tables:
        for item in table.columns:
            _faults(item.column, item.outside, examples=examples)
            _faults(item.column, item.unreadable, examples=examples)
    console.say("")
    console.put(msgspec.to_builtins(findings.persons))
    for problem in findings.problems:
        facts = msgspec.to_builtins(problem.facts)
        for part in ("what", "do"):
            console.say(text.say(f"doctor.{problem.key}.{part}", console.language, **facts))


def _faults(column: str, fault: "Fault", *, examples: bool) -> None:
    if examples:
        for example in fault.examples:
            console.say(f"  {column}, line {example.line}: {example.masked}")


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
