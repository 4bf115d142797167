"""The one word that a reader gets. There are five, always the same."""

from enum import StrEnum

from cleanroom.statistics.interval import Interval


class Verdict(StrEnum):
    """The values are the keys of the sentences that say them."""

    CLEAR = "clear"
    TENDENCY = "tendency"
    NONE_SEEN = "none_seen"
    TOO_FEW = "too_few"
    WITHHELD = "withheld"


def verdict(
    reference: float,
    at95: Interval | None,
    at90: Interval | None,
    *,
    adjusted_p: float | None = None,
    decision: float | None = None,
    withheld: bool = False,
) -> Verdict:
    """The word for a value compared with ``reference`` (100 for an index, 0 for a gap).

    WITHHELD   the cell was not released.
    TOO_FEW    there is no interval; or nothing is seen, and the interval is wider than
               ``decision``, the width (in the unit of the interval) that would decide something.
    CLEAR      the 95 % interval excludes the reference.
    TENDENCY   only the 90 % interval does.
    NONE_SEEN  neither does, although a difference that matters would have shown.

    One comparison among many needs its correction: either intervals that hold together
    (``simultaneous_z``), or ``adjusted_p`` of ``corrections``. With the latter a difference
    counts only when the interval AND the adjusted p-value (<= 0.05, <= 0.10) agree, so that the
    word never says more than the picture. Only CLEAR and TENDENCY may be said with a direction.
    """
    if withheld:
        return Verdict.WITHHELD
    if at95 is None or at90 is None:
        return Verdict.TOO_FEW
    if not at90.level < at95.level:
        raise ValueError("at90 must have the lower level")
    if _excludes(at95, reference, adjusted_p):
        return Verdict.CLEAR
    if _excludes(at90, reference, adjusted_p):
        return Verdict.TENDENCY
    if decision is not None and at95.width > decision:
        return Verdict.TOO_FEW
    return Verdict.NONE_SEEN


def _excludes(interval: Interval, reference: float, adjusted_p: float | None) -> bool:
    if interval.contains(reference):
        return False
    # Levels are written in decimal: 1 - 0.9 must not lose a p-value of exactly 0.1.
    return adjusted_p is None or adjusted_p <= round(1 - interval.level, 12)
