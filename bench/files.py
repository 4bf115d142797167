"""Which files there are.

Nothing heavy is imported here: a process starts with the memory of the one that started it, and the
benchmark's own must not be taken for a worker's.
"""

from pathlib import Path

import measure

SEGMENTS = tuple(f"seg{i}" for i in range(12))
REGIONS = tuple(f"R{i}" for i in range(20))
OVERLAP = 0.6


def file_of(folder: Path, kind: str, side: str, rows: int, first: int) -> Path:
    """Where a file lies."""
    return folder / f"{kind}_{side}_{first}_{rows}.csv"


def pair(folder: Path, kind: str, a: int, b: int) -> tuple[Path, Path]:
    """Two files: persons 0 ... a-1, and b persons of whom 60 % are among them."""
    side = "b" if a == b else "c"
    first = max(0, a - int(OVERLAP * b))
    return _made(folder, kind, "a", a, 0), _made(folder, kind, side, b, first)


def _made(folder: Path, kind: str, side: str, rows: int, first: int) -> Path:
    path = file_of(folder, kind, side, rows, first)
    if not path.is_file():
        command = measure.python("rows.py", folder, kind, side, rows, first)
        measure.run(f"making {path.name}", command)
    return path
