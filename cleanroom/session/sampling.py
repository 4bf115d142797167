"""A made-up population as files, for trying out the program and for testing analyses."""

from pathlib import Path

from cleanroom.prepare.population import generate
from cleanroom.prepare.population.plan import FEWEST, MOST, PARTIES, Plan
from cleanroom.prepare.population.writing import Format
from cleanroom.sandbox.outside.room import Report

__all__ = ["FEWEST", "MOST", "Format", "Plan", "parties", "write"]


def parties(count: int) -> tuple[str, ...]:
    """The names of two or three parties."""
    return PARTIES[:count]


def write(plan: Plan, folder: Path, form: Format, progress: Report) -> dict[str, int]:
    """Write all files into a new folder. Rows by file.

    Raises ``input.sample_exists``, ``input.cannot_write``.
    """
    rows: dict[str, int] = generate.generate(plan, folder, form, progress)["rows"]
    return rows
