"""Where the files that ship with the program lie, from source and from a frozen bundle."""

import sys
from pathlib import Path


def find(*parts: str) -> Path:
    """Path of a shipped file or folder below ``resources/``."""
    bundle = getattr(sys, "_MEIPASS", None)
    root = Path(bundle) if bundle else Path(__file__).resolve().parent.parent
    return root.joinpath("resources", *parts)
