"""Role ``ingest``: one package, one disposable process, one party's rows."""

from cleanroom.sandbox.inside import start

MEMORY_BYTES = 6 << 30


def main() -> int:
    """Run the role until its package is done or refused."""
    return start.run("cleanroom.sandbox.inside.unpack", MEMORY_BYTES, 0)
