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
from cleanroom.disclosure.release import Release, Vector
from cleanroom.errors import DisclosureError, SandboxError

REASONS = frozenset(
    {
        "match_first",
        "min_match",
        "budget",
        "analyses",
        "cells",
        "withheld",
        "analysis",
        "party",
        "column",
        "columns",
        "filters",
        "value",
        "cap",
        "two_parties",
        "parameter",
    }
)
LARGEST = 2**53
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
    if release.mode != policy.mode:
        raise SandboxError("sandbox.lied")
    if release.status == "refused":
        empty = not release.vectors and release.price == FREE and not release.replayed
        if not empty or release.reason not in REASONS:
            raise SandboxError("sandbox.lied")
        return release
    try:
        asked = canonical(question, catalogue)
        wanted, key = shape(asked, catalogue), replay_key(asked, catalogue)
    except DisclosureError:
        raise SandboxError("sandbox.lied") from None
    expected = FREE if release.replayed else price(wanted, policy)
    if release.reason or (release.question_key, release.price) != (key, expected):
        raise SandboxError("sandbox.lied")
    if len(release.vectors) != len(wanted.measures):
        raise SandboxError("sandbox.lied")
    for number, vector in enumerate(release.vectors):
        _check_vector(vector, number, wanted, policy, replayed=release.replayed)
    return release


def _check_vector(
    vector: Vector, number: int, wanted: Shape, policy: Policy, *, replayed: bool
) -> None:
    measure = wanted.measures[number]
    threshold = policy.mode == "threshold"
    rounding = policy.rounding if threshold and measure.unit == "people" else 1
    spread = sigma(measure, wanted, policy)
    named = (vector.measure, vector.rounding) == (measure.name, rounding)
    # a replay keeps the noise of its first answer, which an older policy may have set
    if not named or not (vector.sigma == spread or (replayed and vector.sigma > 0)):
        raise SandboxError("sandbox.lied")
    if len(vector.values) != len(wanted.cells):
        raise SandboxError("sandbox.lied")
    for value in vector.values:
        if value is None and threshold:
            continue
        if value is None or abs(value) > LARGEST or value % rounding:
            raise SandboxError("sandbox.lied")
        if threshold and number == 0 and value < policy.k:
            raise SandboxError("sandbox.lied")
