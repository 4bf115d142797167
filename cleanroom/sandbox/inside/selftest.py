"""Role ``selftest``: the engine's wall and libraries, and made-up numbers instead of rows."""

from cleanroom.sandbox.inside import start
from cleanroom.sandbox.inside.engine import MEMORY_BYTES


def main() -> int:
    """Run the trials once."""
    return start.run("cleanroom.sandbox.inside.trials", MEMORY_BYTES, 0)
