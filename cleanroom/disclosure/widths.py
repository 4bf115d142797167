"""How exactly each number of an answer will be known, from the policy alone, in whole numbers."""

from dataclasses import dataclass
from math import isqrt

from cleanroom.disclosure.cells import Shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import sigma

_Z95 = 1_959_964  # of the normal distribution, in millionths


@dataclass(frozen=True)
class Width:
    """Half of a 95 % interval of each cell of one measure, in its stored unit."""

    measure: str
    unit: str
    half: int


def widths(wanted: Shape, policy: Policy, cells: int = 1) -> tuple[Width, ...]:
    """How exactly each number of an answer is known; ``cells``: how many are added up for one."""
    found = []
    for measure in wanted.measures:
        coarse = policy.mode == "threshold" and measure.unit == "people"
        base = policy.rounding if coarse else 1
        half = half_width(together(sigma(measure, wanted, policy), base, cells), base)
        found.append(Width(measure.name, measure.unit, half))
    return tuple(found)


def together(spread: int, base: int, cells: int) -> int:
    """Standard deviation of several noisy cells added up, rounded up; all but one of them rounded
    to ``base`` as well.
    """
    twelvefold = 12 * cells * spread**2 + (cells - 1) * (base**2 - 1)
    root = isqrt(twelvefold // 12)
    return root + (12 * root * root < twelvefold)


def half_width(spread: int, base: int) -> int:
    """ceil(1.96 sqrt(sigma^2 + base^2 / 12)): noise, and rounding to a base above 1."""
    twelvefold = 12 * spread**2 + (base**2 if base > 1 else 0)
    squared = -(-(_Z95**2) * twelvefold // (12 * 10**12))
    return isqrt(squared - 1) + 1
