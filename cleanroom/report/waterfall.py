"""The steps of a waterfall: the first and the last mark are whole, each between them takes away."""

from collections.abc import Sequence
from typing import Any


def steps(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a chart with c9 and c10, where the bar begins and ends; c11 and c12, from where and
    down to where a line leads to the next row; c3 and c4 are moved to the end that moves.

    A step that was not released takes nothing away in the picture.
    """
    placed, level = [], 0.0
    for place, row in enumerate(rows):
        size = row["c2"]
        whole = place in (0, len(rows) - 1)
        start, end, low, high = 0.0, size, row["c3"], row["c4"]
        if whole:
            level = size if place == 0 and size is not None else level
        elif size is not None:
            start, end = level - size, level
            low, high = (None if n is None else level - n for n in (high, low))
            level = start
        placed.append(
            {
                **row,
                "c3": low,
                "c4": high,
                "c9": None if size is None else start,
                "c10": end,
                "c11": None if place == len(rows) - 1 else level,
                "c12": row["c0"] + 1,
            }
        )
    return placed
