"""Whether people were split between two groups as declared: sample-ratio mismatch."""

import math

from cleanroom.statistics.counts import Total
from cleanroom.statistics.interval import two_sided_p

# Fabijan and others, Diagnosing sample ratio mismatch (KDD 2019), and practice since: so rare by
# chance that something is wrong with the assignment or the data.
MISMATCH = 0.001


def allocation_p_value(first: Total, second: Total, share: float) -> float | None:
    """Two-sided p-value for "``share`` of all people were to be in the first group".

    Chi-square of one degree of freedom, with the noise in its variance: with n people in all the
    first group's n1 - share·n has variance n·share·(1-share) from the draw and
    (1-share)^2 V1 + share^2 V2 from noise. Without noise it is Pearson's test against the declared
    split. None when nobody is left above the noise.
    """
    if not 0 < share < 1:
        raise ValueError("a share lies strictly between 0 and 1")
    people = first.value + second.value
    if people <= 0:
        return None
    drawn = people * share * (1 - share)
    noise = (1 - share) ** 2 * first.noise.variance + share**2 * second.noise.variance
    return two_sided_p((first.value - share * people) / math.sqrt(drawn + noise))
