"""Options of the form ``PARTY=PATH`` that repeat."""

from collections.abc import Sequence
from pathlib import Path

import typer


def by_party(items: Sequence[str], option: str) -> dict[str, Path]:
    """Paths by party; anything else is a mistake on the command line."""
    found: dict[str, Path] = {}
    for item in items:
        party, equals, path = item.partition("=")
        if not (party and equals and path) or party in found:
            raise typer.BadParameter("PARTY=PATH, each party once", param_hint=option)
        found[party] = Path(path)
    return found
