"""``cleanroom sample``: a made-up population with known answers."""

from pathlib import Path

import typer

from cleanroom import text
from cleanroom.cli.console import console

# As in ``prepare.population.plan``, which is heavy; a test compares them.
FEWEST, MOST = 1_000, 100_000_000
_FORMATS = ("csv", "parquet")


def sample(
    people: int = typer.Option(300_000, "--people", min=FEWEST, max=MOST, help="How many."),
    seed: int = typer.Option(1, "--seed", min=0, help="The same seed, the same bytes."),
    out: Path = typer.Option(..., "--out", help="New folder for everything."),
    parties: int = typer.Option(2, "--parties", min=2, max=3, help="With 3: a partner, too."),
    null: bool = typer.Option(False, "--null", help="The zero-effect twin."),
    form: str = typer.Option("csv", "--format", help="csv or parquet."),
) -> None:
    """Write a made-up Chinese population for a platform, a brand and a partner, as messy as real
    files are, and truth.json with the exact answers. No row belongs to anybody.
    """
    from cleanroom.session import sampling

    if form not in _FORMATS:
        raise typer.BadParameter("csv or parquet", param_hint="--format")
    plan = sampling.Plan(people, seed, sampling.parties(parties), null)
    written: sampling.Format = "parquet" if form == "parquet" else "csv"
    rows = sampling.write(plan, out, written, console.progress)
    console.table(("file", "rows"), sorted(rows.items()))
    facts = {"people": f"{people:,}", "parties": ", ".join(plan.parties), "folder": out}
    key = "sample.done_null" if null else "sample.done"
    console.say(text.say(key, console.language, **facts))
