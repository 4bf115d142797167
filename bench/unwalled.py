"""Runs the product's programs with workers that build no wall, to measure what the wall costs.

    unwalled.py cleanroom ARGUMENTS...     the command line
    unwalled.py SCRIPT ARGUMENTS...        a script of this folder
    unwalled.py --role NAME LAUNCHER       a worker; started by the two above

Nothing in the product leads here: what it starts always builds its wall.
"""

import os
import runpy
import sys
from pathlib import Path


def _start_workers_here() -> None:
    from cleanroom.sandbox.outside import process

    def command(role: str) -> list[str]:
        return [sys.executable, str(Path(__file__).resolve()), "--role", role, str(os.getpid())]

    process._command = command


def _take_the_wall_away() -> None:
    from cleanroom.sandbox import wall
    from cleanroom.sandbox.wall.separate import SeparateProcess

    wall.provider = SeparateProcess


def main() -> None:
    """Run what the arguments say."""
    from cleanroom.__main__ import main as cleanroom

    program = sys.argv[1]
    if program == "--role":
        _take_the_wall_away()
        cleanroom()
        return
    _start_workers_here()
    sys.argv = sys.argv[1:]
    if program == "cleanroom":
        cleanroom()
    else:
        runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
