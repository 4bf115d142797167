"""The version gate: which package of an owner may follow the ones it used before.

Whoever uploads a list, asks, and uploads the list again with one person more learns about that
person from two answers that are each harmless. So in threshold mode a package that was sealed anew
brings nobody new or many, and not every day. People may always be taken out: they may have
withdrawn their consent.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from cleanroom.disclosure.policy import Policy
from cleanroom.errors import DisclosureError, SandboxError
from cleanroom.sandbox.inside.roster import NOT_THERE, Roster
from cleanroom.trust.instants import instant


def check(
    owner: str,
    place: int,
    package: str,
    ids: np.ndarray,
    openings: Sequence[Roster],
    policy: Policy,
    now: datetime,
) -> None:
    """Whether an owner's package may be used after those of earlier openings, oldest first.

    ``place``: the owner's among the parties. ``package``: manifest hash. ``ids``: its people, <u8.
    Raises ``disclosure.version``; ``sandbox.lied`` when two people have one id, which the ingest
    worker should have noticed.
    """
    today = np.sort(ids)
    if (today[1:] == today[:-1]).any():
        raise SandboxError("sandbox.lied")
    if not openings or openings[-1].packages[owner] == package:
        return
    first: dict[str, Roster] = {}
    for opening in openings:
        first.setdefault(opening.packages[owner], opening)
    last = openings[-1].packages[owner]
    versions = {name: _people(roster, place) for name, roster in first.items()}
    common = {name: _common(today, people) for name, people in versions.items()}
    fewer = common[last] == len(today) < len(versions[last])
    since = min(instant(o.at) for o in openings if o.packages[owner] == last)
    if not fewer and now < since + timedelta(days=policy.version_days):
        raise DisclosureError("disclosure.version")
    if any(common[name] == len(today) == len(people) for name, people in versions.items()):
        return  # the people of an earlier version, nobody more and nobody less
    for name, people in versions.items():
        added = len(today) - common[name]
        least = max(policy.version_min_people, -(-policy.version_min_percent * len(people) // 100))
        if 0 < added < least:
            raise DisclosureError("disclosure.version")


def _people(roster: Roster, place: int) -> np.ndarray:
    ids = roster.ids[place]
    return np.sort(ids[ids != NOT_THERE])


def _common(left: np.ndarray, right: np.ndarray) -> int:
    """How many ids two lists share; each has every id once."""
    both = np.concatenate([left, right])
    both.sort(kind="stable")  # two sorted runs are merged
    return int(np.count_nonzero(both[1:] == both[:-1]))
