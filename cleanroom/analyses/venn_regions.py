"""The arithmetic of who is in which datasets: regions, and the unions and overlaps they add up to.

Every person is in exactly one region, so whatever is told here is a sum of released regions, and
all tables agree.
"""

from collections.abc import Callable, Iterable

from cleanroom.analyses import figures
from cleanroom.analyses.cells import Answer, Sum
from cleanroom.analyses.result import Value
from cleanroom.disclosure.cells import regions
from cleanroom.statistics.noise import Noise

Group = tuple[str, ...]


class Regions:
    """The cells of one answer by the parties whose datasets hold their people."""

    def __init__(self, cells: Answer, parties: Group, k: int) -> None:
        self._cells, self._k = cells, k
        self.parties = parties
        self.groups = regions(parties)
        self._everywhere = range(len(self.groups))

    def show(self, total: Sum) -> Value:
        """A count as readers see it."""
        return figures.people(total, self._cells.mode, self._k)

    def share(self, part: Sum, rest: Sum) -> Value:
        """A share of the people present."""
        floor = figures.floor(self._cells.mode, self._k)
        return figures.share(part, rest, sampling=False, floor=floor)

    def _where(self, chosen: Callable[[Group], bool]) -> list[int]:
        return [place for place, group in enumerate(self.groups) if chosen(group)]

    def _together(self, chosen: Callable[[Group], bool]) -> Sum:
        """The regions that are chosen, completed by the rest where it is theirs alone."""
        return self._cells.people.gathered(self._where(chosen))

    def _split(self, part: Callable[[Group], bool], whole: Callable[[Group], bool]) -> Value:
        """Share of the people of some regions in others; both may be bounded."""
        rest = self._together(lambda group: whole(group) and not part(group))
        return self.share(self._together(lambda group: whole(group) and part(group)), rest)

    def region(self, group: Group) -> Sum:
        """People who are in exactly these datasets."""
        return self._cells.people.at(self.groups.index(group))

    @property
    def by_own_reach(self) -> list[str]:
        """The parties, those first that most people are found at alone."""
        return sorted(self.parties, key=lambda party: -(self.region((party,)).value or 0.0))

    def region_share(self, group: Group) -> Value:
        """The same as a share of the reach."""
        return self.share(self.region(group), self._cells.people.over(self._but(group)))

    def _but(self, group: Group) -> Iterable[int]:
        return (place for place in self._everywhere if self.groups[place] != group)

    @property
    def reach(self) -> Sum:
        """Everybody in at least one dataset, counted once."""
        return self._together(lambda _: True)

    @property
    def several(self) -> Sum:
        """Everybody in more than one."""
        return self._together(lambda group: len(group) > 1)

    @property
    def several_share(self) -> Value:
        """The same as a share of the reach."""
        return self._split(lambda group: len(group) > 1, lambda _: True)

    @property
    def added_up(self) -> Sum:
        """The sizes of all datasets added up, which counts people as often as they occur.

        A region of m datasets counts m times, and so does its noise. Without withheld ones: nobody
        knows how often the people in their rest occur.
        """
        people = self._cells.people
        pairs = zip(self.groups, people.values, strict=True)
        counted = [(len(group), value) for group, value in pairs if value is not None]
        if not counted:
            return Sum(None, people.noise, self.withheld)
        sd = people.noise.sd * sum(times**2 for times, _ in counted) ** 0.5
        total = float(sum(times * value for times, value in counted))
        return Sum(total, Noise(sd), self.withheld)

    def size(self, party: str) -> Sum:
        """Everybody in one dataset."""
        return self._together(lambda group: party in group)

    def elsewhere(self, party: str) -> Value:
        """Share of one dataset's people who are in another too, coded at the top."""
        return figures.presence(
            self._split(lambda group: len(group) > 1, lambda group: party in group)
        )

    def overlap(self, one: str, two: str) -> Sum:
        """Everybody in both of two datasets, whatever others they are in."""
        return self._together(lambda group: one in group and two in group)

    def overlap_rate(self, of: str, other: str) -> Value:
        """The same as a share of one of them, coded at the top."""
        return figures.presence(
            self._split(lambda group: other in group, lambda group: of in group)
        )

    def up_to(self, count: int) -> Sum:
        """Everybody in at least one of the first ``count`` datasets."""
        first = set(self.parties[:count])
        return self._together(lambda group: bool(first & set(group)))

    def added(self, count: int) -> Sum:
        """Those of them whom the last of these datasets adds to the ones before it."""
        *before, last = self.parties[:count]
        return self._together(lambda group: last in group and not set(before) & set(group))

    def in_most(self, least: int) -> Sum:
        """Everybody in at least so many datasets."""
        return self._together(lambda group: len(group) >= least)

    @property
    def withheld(self) -> int:
        """Regions that were not released."""
        return sum(value is None for value in self._cells.people.values)

    @property
    def others(self) -> Sum | None:
        """Everybody whose region was not released, as one number."""
        return self._cells.people.others

    @property
    def others_share(self) -> Value:
        """The same as a share of the reach."""
        assert self.others is not None
        return self.share(self.others, self._cells.people.shown(self._everywhere))
