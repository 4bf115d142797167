"""Earlier answers in terms of today's persons, for the difference check. Threshold mode only:
differential privacy remembers nobody.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from cleanroom.errors import TrustError
from cleanroom.sandbox.inside import difference, members
from cleanroom.sandbox.inside.members import Cells, Members
from cleanroom.sandbox.inside.roster import Roster
from cleanroom.sandbox.inside.rules import Shown
from cleanroom.sandbox.inside.state import Stored


class People:
    """Who is in the session, and who was in earlier ones of the same agreement."""

    def __init__(self, today: Roster, earlier: Mapping[str, Roster]) -> None:
        """``earlier``: rosters by digest."""
        self._today = today
        self._earlier = earlier
        self._room = sum(int(np.count_nonzero(ids)) for ids in today.ids)
        self._followed: dict[str, np.ndarray] = {}

    @property
    def count(self) -> int:
        """Persons of the session."""
        return len(self._today.ids[0])

    def members(self, columns: tuple[Cells, ...]) -> Members:
        """Columns over today's persons, as they are kept."""
        return Members(self._today.digest, self._room, columns)

    def shown(self, known: Iterable[Stored]) -> list[Shown]:
        """Each earlier answer with the cells that were shown. Raises ``trust.state_damaged``."""
        return [self._one(stored) for stored in known]

    def _one(self, stored: Stored) -> Shown:
        if stored.members is None:
            raise TrustError("trust.state_damaged")
        columns = stored.members.columns
        counts = stored.vectors[0]
        cells = len(counts.noisy)
        names = np.append(np.arange(cells), cells)
        names[:cells][np.array(counts.withheld, bool)] = cells
        sizes = np.zeros(cells + 1, "<i8")
        np.add.at(sizes, names, members.sizes(columns, cells + 1))
        if counts.rest is None:
            names[names == cells] = -1
        today = self._follow(stored.members.roster)
        return Shown(difference.moved(columns, today, self.count), names, sizes)

    def _follow(self, roster: str) -> np.ndarray | None:
        """Where the persons of a roster are today; None: it is today's."""
        if roster == self._today.digest:
            return None
        if roster not in self._followed:
            earlier = self._earlier.get(roster)
            if earlier is None:
                raise TrustError("trust.state_damaged")
            self._followed[roster] = difference.follow(earlier.ids, self._today.ids)
        return self._followed[roster]
