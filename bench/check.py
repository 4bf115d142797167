"""Whether answers are right: scripts to the person, releases within their noise."""

from collections.abc import Mapping, Sequence
from typing import Any

from measure import Broken

SIGMAS = 6  # a correct cell is outside once in 500 million
PUBLISH_SIGMAS = 2.33  # tau = k + ceil(2.33 sigma)


def cells(listed: Sequence[Sequence[Any]]) -> dict[tuple[str, str], int]:
    """A script's answer by (a's label, b's label)."""
    return {(a, b): n for a, b, n in listed}


def equal(name: str, found: Mapping[Any, int], expected: Mapping[Any, int]) -> None:
    """Two scripts agree."""
    if found != expected:
        raise Broken(f"{name}: {len(found)} cells that differ from the expected {len(expected)}")


def released(answer: Mapping[str, Any], truth: Mapping[tuple[str, str], int], k: int) -> int:
    """A profile is what the product may say about true counts; the number of cells it shows.

    Shown: within noise and rounding, and at least k people. Withheld: too few, with regard to the
    noise. Nothing is missing and nothing is invented.
    """
    first = [str(d).startswith("platform.") for d in answer["dimensions"]].index(True)
    seen = {(c[first], c[1 - first]): value for c, value in answer["cells"]}
    sigma, rounding = answer["sigma"], answer["rounding"]
    if not set(truth) <= set(seen):
        raise Broken("the product does not know all cells")
    most_withheld = k + (PUBLISH_SIGMAS + SIGMAS) * sigma + 1
    shown = 0
    for cell, value in seen.items():
        true = truth.get(cell, 0)
        if value is None:
            wrong = true > most_withheld
        else:
            shown += 1
            wrong = true < k or abs(value - true) > SIGMAS * sigma + rounding / 2
        if wrong:
            raise Broken(f"cell {cell}: true {true}, released {value}")
    return shown


def matched(answer: Mapping[str, Any], truth: Mapping[Any, int], rows: Sequence[int]) -> None:
    """The overlap: people of a alone, of b alone, of both."""
    both = sum(truth.values())
    expected = (rows[0] - both, rows[1] - both, both)
    for (_, value), true in zip(answer["cells"], expected, strict=True):
        if value is None or abs(value - true) > SIGMAS * answer["sigma"] + answer["rounding"] / 2:
            raise Broken(f"overlap: true {true}, released {value}")
