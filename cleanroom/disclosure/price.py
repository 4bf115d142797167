"""What a question costs, in whole numbers, before it is asked.

Differential privacy: noise of s people on each measure costs rho = 1/s^2 under replace-one
neighbours, whatever the cells per person and the cap, because sigma = s * cap * sqrt(L0) grows with
both (PROTOCOL, accounting). Measures pay separately. Where one sealed pid can move g people the
noise stays and the price is g^2 times as high: group privacy. Threshold mode counts public cells
instead.
"""

from math import isqrt
from typing import Annotated

from msgspec import Meta, Struct

from cleanroom.disclosure.cells import Measure, Shape
from cleanroom.disclosure.policy import NANO, Policy

# A price that comes from outside is never negative: it would give back what was never spent.
Amount = Annotated[int, Meta(ge=0, lt=1 << 53)]


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """Nano-rho of zero-concentrated differential privacy, public cells, analyses."""

    nano_rho: Amount
    cells: Amount
    analyses: Amount = 1


FREE = Price(0, 0, 0)


def price(shape: Shape, policy: Policy) -> Price:
    """The price of one question under a policy, rounded up to whole nano-rho."""
    cells = len(shape.cells) * len(shape.measures)
    if policy.mode == "threshold":
        return Price(0, cells)
    per_measure = -(-NANO * shape.people_moved**2 // policy.people_of_noise**2)
    return Price(per_measure * len(shape.measures), cells)


def sigma(measure: Measure, shape: Shape, policy: Policy) -> int:
    """Standard deviation of the noise on each cell of a measure, in its stored unit.

    s * cap * sqrt(L0), with the root rounded up so that the charge never falls short.
    """
    root = isqrt(shape.cells_per_person)
    root += root * root < shape.cells_per_person
    return policy.sigma * measure.cap * root


def total(prices: list[Price]) -> Price:
    """The sum of prices."""
    return Price(
        sum(p.nano_rho for p in prices),
        sum(p.cells for p in prices),
        sum(p.analyses for p in prices),
    )
