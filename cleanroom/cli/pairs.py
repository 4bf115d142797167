"""Arguments of the form ``NAME=PATH`` that repeat."""

from collections.abc import Sequence
from pathlib import Path

import typer


def by_name(items: Sequence[str], option: str) -> dict[str, Path]:
    """Paths by name, each name once; anything else is a mistake on the command line."""
    found: dict[str, Path] = {}
    for item in items:
        name, equals, path = item.partition("=")
        if not (name and equals and path) or name in found:
            raise typer.BadParameter("NAME=PATH, each name once", param_hint=option)
        found[name] = Path(path)
    return found
