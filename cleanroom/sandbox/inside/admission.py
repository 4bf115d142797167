"""What each owner's rows go through before they meet others, in threshold mode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.sandbox.inside import rare, versions
from cleanroom.sandbox.inside.matching import PartyRows
from cleanroom.sandbox.inside.roster import Flags, Roster


@dataclass(frozen=True)
class Admitted:
    """Rows that may be matched, and which values of their people were merged."""

    parties: list[PartyRows]
    merged: Flags


def admit(
    catalogue: Catalogue,
    policy: Policy,
    packages: Mapping[str, str],
    parties: Sequence[PartyRows],
    openings: Sequence[Roster],
    now: datetime,
) -> Admitted:
    """Version gate and small-value gate, owner by owner. Differential privacy needs neither.

    ``packages``: manifest hash by party. ``openings``: rosters of earlier openings, oldest first.
    Raises ``disclosure.version``, ``sandbox.lied``.
    """
    if policy.mode == "dp":
        return Admitted(list(parties), {})
    admitted, merged = [], {}
    for place, (owner, rows) in enumerate(zip(catalogue.parties, parties, strict=True)):
        package, dataset = packages[owner], catalogue.datasets[place]
        versions.check(owner, place, package, rows.ids, openings, policy, now)
        same = (known.rare[owner] for known in openings if known.packages[owner] == package)
        flags = rare.decide(dataset, rows.people, policy, next(same, None))
        admitted.append(replace(rows, people=rare.merge(dataset, rows.people, flags)))
        merged[owner] = flags
    return Admitted(admitted, merged)
