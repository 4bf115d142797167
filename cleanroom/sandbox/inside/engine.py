"""Role ``engine``: the only process in which rows of several parties meet."""

from cleanroom.sandbox.inside import start

MEMORY_BYTES = 20 << 30


def main() -> int:
    """Run the role until the session is closed."""
    return start.run("cleanroom.sandbox.inside.room", MEMORY_BYTES, 0)
