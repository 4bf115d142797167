"""The outside's own look at every release: it must have exactly the shape its question predicts.

The engine may have been taken over by what it read. So a release is believed only as far as the
question, the agreement and the policy say what it can be; anything else ends the session.
"""

from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import Shape, shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, price, sigma
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import PUBLIC_REASONS, Release, Vector
from cleanroom.errors import DisclosureError
from cleanroom.sandbox.outside.record import require

WITHHELD = "withheld"
REASONS = frozenset({*PUBLIC_REASONS, WITHHELD})
LARGEST = 2**53 - 1
_FRAME_BASE, _FRAME_PER_CELL = 64 << 10, 64


def frame_limit(question: Question, catalogue: Catalogue) -> int:
    """Most bytes that an answer to this question can take; small when it can't be asked."""
    try:
        wanted = shape(canonical(question, catalogue), catalogue)
    except DisclosureError:
        return _FRAME_BASE
    return _FRAME_BASE + _FRAME_PER_CELL * len(wanted.cells) * len(wanted.measures)


def check(release: Release, question: Question, catalogue: Catalogue, policy: Policy) -> Release:
    """The release itself. Raises ``sandbox.lied``."""
    try:
        asked = canonical(question, catalogue)
        wanted, key = shape(asked, catalogue), replay_key(asked, catalogue)
    except DisclosureError:
        wanted, key = None, ""
    require(release.mode == policy.mode)
    if release.status == "refused":
        require(not release.vectors and release.reason in REASONS)
        require(release.question_key in ("", key))
        if release.reason == WITHHELD:
            _check_withheld(release, key, wanted, policy)
        else:
            require(release.price == FREE and not release.replayed)
        return release
    require(wanted is not None)
    assert wanted is not None
    expected = FREE if release.replayed else price(wanted, policy)
    require((release.question_key, release.price, release.reason) == (key, expected, ""))
    require(len(release.vectors) == len(wanted.measures))
    for number, vector in enumerate(release.vectors):
        _check_vector(vector, number, wanted, policy, replayed=release.replayed)
    counts = release.vectors[0].values
    for vector in release.vectors[1:]:
        # where people are withheld, so is everything about them
        both = zip(counts, vector.values, strict=True)
        require(all(value is None for count, value in both if count is None))
    return release


def _check_withheld(release: Release, key: str, wanted: Shape | None, policy: Policy) -> None:
    """A question whose cells are all withheld was computed, so it is paid for once."""
    require(policy.mode == "threshold" and wanted is not None and release.question_key == key)
    assert wanted is not None
    require(release.price == (FREE if release.replayed else price(wanted, policy)))


def _check_vector(
    vector: Vector, number: int, wanted: Shape, policy: Policy, *, replayed: bool
) -> None:
    measure = wanted.measures[number]
    threshold = policy.mode == "threshold"
    rounding = policy.rounding if threshold and measure.unit == "people" else 1
    spread = sigma(measure, wanted, policy)
    # rounding may bring the smallest count that is published below k
    least = (2 * policy.tau + rounding) // (2 * rounding) * rounding
    require((vector.measure, vector.rounding) == (measure.name, rounding))
    # a replay keeps the noise of its first answer, which an older policy may have set
    require(vector.sigma == spread or (replayed and 0 < vector.sigma <= LARGEST))
    require(len(vector.values) == len(wanted.cells))
    require(threshold or None not in vector.values)
    require(vector.rest is None or (threshold and number == 0))
    for value in (*vector.values, vector.rest):
        if value is None:
            continue
        require(abs(value) <= LARGEST and value % rounding == 0)
        require(number > 0 or not threshold or value >= least)
