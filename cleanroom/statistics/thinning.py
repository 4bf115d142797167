"""One released table as if its people had been split into two halves at random.

What was chosen by looking at numbers has to be judged by other numbers, or chance counts as
success. People cannot be split any more once only their noisy counts are there, but counts can.
"""

import hashlib
import math
from collections.abc import Sequence

from cleanroom.statistics.interval import NORMAL
from cleanroom.statistics.noise import Noise

_UNIT = 1 << 53


def halves(
    values: Sequence[float], noise: Noise, key: str
) -> tuple[list[float], list[float], Noise]:
    """Two tables that add up to ``values``, each as independent of the other as counts of two
    random halves of the people, and the noise that each of them carries.

    A count of a sample is close to Poisson with variance n, and carries noise of variance V.
    Halving people leaves both halves with n/2 + V/2. With W normal of variance (n + V)/4 the same
    comes out of value/2 + W and value/2 - W: each has variance (n + V)/4 + (n + V)/4, and their
    covariance (n + V)/4 - (n + V)/4 is 0 (data thinning: Neufeld, Dharamshi, Gao, Witten, JMLR 25,
    2024, for Poisson and normal counts). The released value stands for n in the variance of W.

    ``key`` decides W, cell by cell: the same release is always halved the same way, so nobody can
    try halvings until one pleases. It need not be secret.
    """
    first, second = [], []
    for place, value in enumerate(values):
        sd = math.sqrt((max(value, 0.0) + noise.variance) / 4)
        moved = sd * _normal(f"{key}/{place}")
        first.append(value / 2 + moved)
        second.append(value / 2 - moved)
    return first, second, Noise(math.sqrt(noise.variance / 2))


def _normal(key: str) -> float:
    """A standard normal value that a text decides."""
    digest = hashlib.sha256(b"dcr/halves/1\0" + key.encode()).digest()
    return NORMAL.inv_cdf(((int.from_bytes(digest[:8], "big") >> 11) + 0.5) / _UNIT)
