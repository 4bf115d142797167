"""The only place where noise is made: the discrete Gaussian of OpenDP on 64-bit integers.

Nothing else in release code may draw a random number. OpenDP builds a mechanism of scale 0 that
returns the raw data, and its default integers are 32 bits wide, so both are ruled out here.
"""

from collections.abc import Sequence

# Not opendp.prelude, which would bring a data frame library along.
from opendp.domains import atom_domain, vector_domain
from opendp.measurements import make_gaussian
from opendp.metrics import l2_distance
from opendp.mod import enable_features

enable_features("contrib")

_VECTOR = vector_domain(atom_domain(T="i64"))
_DISTANCE = l2_distance(T=float)
LARGEST = 2**53 - 1  # answers stay whole numbers in JSON everywhere


def add(exact: Sequence[int], sigma: int) -> list[int]:
    """``exact`` plus independent discrete Gaussian noise of standard deviation ``sigma``.

    Clipped to what can be released before and after: neither makes two neighbours differ more, and
    an error instead would tell that a sum is large.
    """
    if not isinstance(sigma, int) or sigma <= 0:
        raise ValueError("noise needs a positive whole sigma")
    if not exact:
        return []
    mechanism = make_gaussian(_VECTOR, _DISTANCE, scale=float(sigma))
    return [_clipped(int(value)) for value in mechanism([_clipped(value) for value in exact])]


def _clipped(value: int) -> int:
    return max(-LARGEST, min(LARGEST, value))
