"""``cleanroom analyses``: what can be asked, and what each analysis needs and says."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cleanroom.cli.console import console
from cleanroom.session.travel import read_file

if TYPE_CHECKING:
    from cleanroom.analyses.handbook import Fit
    from cleanroom.cli.analysis_pages import Page

app = typer.Typer(help="The catalogue of analyses: what each needs, asks and says.")

AGREEMENT = typer.Option(
    None, "--agreement", help="Say whether this agreement allows it and has the columns."
)


@app.command("list")
def list_(agreement: Path | None = AGREEMENT) -> None:
    """Every analysis, in groups: id, title, what it is for, and how far its evidence goes."""
    from cleanroom.analyses import handbook

    fits = _fits(agreement)
    for group, found in handbook.shelf().items():
        pages = [_page(analysis.id, fits) for analysis in found]
        if console.as_json:
            for page in pages:
                console.put(page.entry())
            continue
        if pages:
            console.say(_word(f"group.{group}"))
        for page in pages:
            for line in page.brief():
                console.say(f"  {line}")


@app.command()
def show(
    name: str = typer.Argument(..., metavar="ID", help="Such as A01."),
    agreement: Path | None = AGREEMENT,
) -> None:
    """All about one analysis: requirements, parameters, figures, how to read them, an example."""
    from cleanroom.analyses import handbook

    page = _page(handbook.find(name).id, _fits(agreement))
    if console.as_json:
        console.put(page.whole())
        return
    for line in page.lines():
        console.say(line)


def _page(name: str, fits: "dict[str, Fit]") -> "Page":
    from cleanroom.cli.analysis_pages import Page

    return Page(name, console.language, fits.get(name))


def _word(key: str) -> str:
    from cleanroom import text

    return text.say(f"help.{key}", console.language)


def _fits(agreement: Path | None) -> "dict[str, Fit]":
    """How each analysis stands to an agreement; nothing without one. Raises ``trust.*``."""
    if agreement is None:
        return {}
    from cleanroom.analyses import handbook
    from cleanroom.analyses.registry import ANALYSES
    from cleanroom.trust.agreement_rules import read_checked

    terms: Any = read_checked(read_file(agreement)).agreement
    agreed = tuple(item.id for item in terms.analyses)
    catalogue = terms.catalogue()
    return {name: handbook.fit(found, catalogue, agreed) for name, found in ANALYSES.items()}
