"""Starts the command line, or with ``--role NAME`` one of the worker processes.

A worker's module is loaded by its name in ``ROLES``, so that no import anywhere in the program
leads to the code that sees rows: a process holds that code only when it was started for it.
"""

import importlib
import sys

ROLES = {
    "prepare": "cleanroom.prepare.worker",
    "ingest": "cleanroom.sandbox.inside.ingest",
    "engine": "cleanroom.sandbox.inside.engine",
    "render": "cleanroom.report.render",
    "selftest": "cleanroom.sandbox.inside.selftest",
}
UNKNOWN_ROLE = 2


def _work(role: str) -> int | None:
    """Run one worker to its end; its ``main`` takes what it needs from its pipes."""
    if role not in ROLES:
        sys.stderr.write(f"unknown role {role!r}: one of {', '.join(ROLES)}\n")
        return UNKNOWN_ROLE
    code: int | None = importlib.import_module(ROLES[role]).main()
    return code


def main() -> None:
    """Entry point of ``cleanroom`` and ``python -m cleanroom``; leaves with an exit code."""
    if sys.argv[1:2] == ["--role"]:
        role = sys.argv[2] if len(sys.argv) > 2 else ""
        sys.exit(_work(role))
    # Here, so that a worker starts without the command line's parts.
    from cleanroom.cli.app import main as command_line

    sys.exit(command_line())


if __name__ == "__main__":
    main()
