"""Whether noise on zeros could be discrete Gaussian noise of a given sigma.

The probabilities come from the formula, P(z) proportional to exp(-z^2 / (2 sigma^2)) (Canonne,
Kamath, Steinke 2020), and from nothing of the library that draws. Each question counts how many of
the draws fall into a set whose probability p is known; such a count is binomial, and its exact
tails are added up term by term. The questions share ``FALSE_ALARM`` evenly, so that a sound sampler
is called odd with at most that chance, whatever the questions have to do with each other.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from cleanroom.sandbox.messages import NoiseTrial, Oddity

FALSE_ALARM = 1e-10  # of one trial; a self-test makes two
_REACH = 40  # sigmas; what lies beyond has a probability below 10^-347, which no float holds
_FAR = 8
_CELLS = 3  # sigmas to either side that are cut into cells
_MILLI = 1_000


@dataclass(frozen=True)
class Question:
    """``hits`` of ``asked`` draws or pairs are in a set of probability ``p``."""

    name: Oddity
    hits: int
    asked: int
    p: float

    def is_odd(self, limit: float) -> bool:
        """Whether so few or so many hits are less likely than ``limit``."""
        return min(tails(self.hits, self.asked, self.p)) < limit


def judge(first: Sequence[int], second: Sequence[int], sigma: int, expected: int) -> NoiseTrial:
    """Look at two calls that should hold ``expected`` independent draws each."""
    draws = [*first, *second]
    odd: list[Oddity] = []
    if len(first) != expected or len(second) != expected:
        odd.append("count")
    if list(first) == list(second):
        odd.append("again")  # even for sigma 1 below 10^-500 for a thousand draws
    if draws:
        asked = list(questions(draws, sigma))
        odd += [q.name for q in asked if q.is_odd(FALSE_ALARM / (2 * len(asked)))]
    count = max(1, len(draws))
    return NoiseTrial(
        sigma,
        len(draws),
        round(_MILLI * math.fsum(draws) / count),
        round(_MILLI * math.sqrt(math.fsum(z * z for z in draws) / count)),
        tuple(sorted(set(odd))),
    )


@cache
def probabilities(sigma: int) -> Mapping[int, float]:
    """P(z) for every z within reach."""
    reach = range(-_REACH * sigma, _REACH * sigma + 1)
    weights = {z: math.exp(-z * z / (2 * sigma * sigma)) for z in reach}
    total = math.fsum(weights.values())
    return {z: weight / total for z, weight in weights.items()}


def questions(draws: Sequence[int], sigma: int) -> Iterator[Question]:
    """Everything that is asked of the draws."""
    weights = probabilities(sigma)

    def about(name: Oddity, low: int, high: int) -> Question:
        """Draws from ``low`` to ``high``, both included."""
        hits = sum(low <= z <= high for z in draws)
        return Question(name, hits, len(draws), _between(weights, low, high))

    width = max(1, sigma // 2)
    for low in range(-_CELLS * sigma, _CELLS * sigma, width):
        yield about("cells", low, low + width - 1)
    yield about("cells", -_REACH * sigma, -_CELLS * sigma - 1)
    yield about("cells", _CELLS * sigma, _REACH * sigma)
    yield about("sign", 1, _REACH * sigma)
    yield about("sign", -_REACH * sigma, -1)
    yield about("spread", -sigma, sigma)
    near = about("far", -_FAR * sigma, _FAR * sigma)
    # asked the other way round, because 1 - p would be lost in rounding
    beyond = 2 * _between(weights, _FAR * sigma + 1, _REACH * sigma)
    yield Question("far", near.asked - near.hits, near.asked, beyond)
    for divisor in (2, 5):
        hits = sum(z % divisor == 0 for z in draws)
        p = math.fsum(weight for z, weight in weights.items() if z % divisor == 0)
        yield Question("digits", hits, len(draws), p)
    yield from _neighbours(draws, weights)


def _between(weights: Mapping[int, float], low: int, high: int) -> float:
    return math.fsum(weights.get(z, 0.0) for z in range(low, high + 1))


def _neighbours(draws: Sequence[int], weights: Mapping[int, float]) -> Iterator[Question]:
    """Pairs of draws that follow each other: equal ones, and ones on the same side."""
    pairs = list(zip(draws[::2], draws[1::2], strict=False))
    if not pairs:
        return
    equal = math.fsum(weight * weight for weight in weights.values())
    yield Question("neighbours", sum(a == b for a, b in pairs), len(pairs), equal)
    positive = math.fsum(weight for z, weight in weights.items() if z > 0)
    same_side = 2 * positive * positive
    yield Question("neighbours", sum(a * b > 0 for a, b in pairs), len(pairs), same_side)


def tails(hits: int, asked: int, p: float) -> tuple[float, float]:
    """P(X <= hits) and P(X >= hits) of a binomial X, ``asked`` trials of probability 0 < p < 1."""
    log_p, log_q = math.log(p), math.log1p(-p)
    fixed = math.lgamma(asked + 1)

    def term(k: int) -> float:
        chosen = fixed - math.lgamma(k + 1) - math.lgamma(asked - k + 1)
        return math.exp(chosen + k * log_p + (asked - k) * log_q)

    low = math.fsum(term(k) for k in range(hits + 1))
    high = math.fsum(term(k) for k in range(hits, asked + 1))
    return low, high
