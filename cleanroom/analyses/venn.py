"""A02: how many people several datasets reach together, and what each adds.

Regions are drawn as bars beside dots (UpSet), for two datasets as for five. Circles cannot show
three sizes and four overlaps at their true areas, have no place for an interval, and would have to
draw a region that was not released.
"""

from collections.abc import Sequence

from msgspec import Struct

from cleanroom.analyses import figures
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.needs import Need
from cleanroom.analyses.result import (
    Card,
    Chart,
    Column,
    Fact,
    Mark,
    PartyName,
    Result,
    Row,
    Table,
    Text,
    Tone,
    Unit,
)
from cleanroom.analyses.venn_regions import Group, Regions
from cleanroom.analyses.words import OTHERS, common, number, term, withheld_notes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion, Question
from cleanroom.disclosure.release import Release

PARTIES_LEAST, PARTIES_MOST = 2, 5
_REGIONS_MOST = 15  # of a chart: more are folded from three datasets on
_FOLD = 3


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """Two to five parties; all that bring data when left out."""

    parties: tuple[str, ...] = ()


class Reach(Analysis[Params]):
    """Cells: every set of parties that may have a person. One cell per person."""

    id = "A02"
    params = Params
    evidence = "descriptive"
    sampling = "noise"
    needs = (Need("parties"),)

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One match question, by membership."""
        return [MatchQuestion(self._parties(params, catalogue), "membership")]

    def _parties(self, params: Params, catalogue: Catalogue) -> Group:
        chosen = set(params.parties or catalogue.parties)
        few = not PARTIES_LEAST <= len(chosen) <= PARTIES_MOST
        if few or not chosen <= set(catalogue.parties) or len(params.parties) > len(chosen):
            raise self.refuse("parties")
        return tuple(party for party in catalogue.parties if party in chosen)

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Deduplicated reach, what each dataset adds, and all overlaps."""
        (question,) = self.questions(params, catalogue)
        parties = self._parties(params, catalogue)
        found = Regions(answer(question, catalogue, releases[0]), parties, policy.k)
        several = len(parties) > PARTIES_LEAST
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found),
            None,
            self.privacy(releases, policy, policy.k),
            self._cards(found),
            (self._chart(found),),
            (
                self._regions(found),
                self._datasets(found),
                *([self._pairs(found)] if several else []),
                self._growth(found),
            ),
            (
                *withheld_notes(found.withheld, rest=found.others is not None),
                self.text("note.unseen"),
                self.text("note.order"),
            ),
            self.texts("can_say", "reach", "adds"),
            self.texts("cannot_say", "sum", "effect"),
            (*self.texts("method", "regions", "sums", "interval"), common("method.presence")),
        )

    def _finding(self, found: Regions) -> Text:
        reach = found.show(found.reach)
        facts: dict[str, Fact] = {"reach": reach, "count": number(len(found.parties))}
        if not reach.shown:
            return self.text(f"finding.{reach.status}", **facts)
        share, total = found.several_share, found.show(found.added_up)
        if reach.bound or not (share.shown and total.shown):
            return self.text("finding.at_least", **facts)
        return self.text("finding.full", share=share, total=total, **facts)

    def _cards(self, found: Regions) -> tuple[Card, ...]:
        cards = [Card(self.text("card.reach"), found.show(found.reach))]
        note = self.text("card.added_up_note")
        cards.append(Card(self.text("card.added_up"), found.show(found.added_up), note))
        cards.append(Card(self.text("card.several"), found.several_share))
        for party in found.by_own_reach[:2]:
            title = self.text("card.only", party=PartyName(party))
            cards.append(Card(title, found.show(found.region((party,)))))
        return tuple(cards)

    def _label(self, group: Group) -> Text:
        names: dict[str, Fact] = {
            f"p{place}": PartyName(party) for place, party in enumerate(group, 1)
        }
        return self.text(f"label.in_{len(group)}", **names)

    def _chart(self, found: Regions) -> Chart:
        """Regions as bars, alone first; where there are many, those of three datasets or more are
        one bar.
        """
        fold = len(found.groups) > _REGIONS_MOST
        marks = []
        for group in found.groups:
            if not (fold and len(group) >= _FOLD):
                inside = tuple(found.parties.index(party) for party in group)
                value = found.show(found.region(group))
                marks.append(Mark(self._label(group), (value,), _tone(group), inside))
        if fold:
            label = self.text("label.in_most", count=number(_FOLD))
            marks.append(Mark(label, (found.show(found.in_most(_FOLD)),), "strong"))
        reach, several = found.show(found.reach), found.several_share
        return Chart(
            "upset",
            self.text("chart.regions"),
            "people",
            self.text("alt.regions", reach=reach, several=several, count=number(len(marks))),
            tuple(marks),
            sets=tuple(PartyName(party) for party in found.parties),
        )

    def _column(self, key: str, unit: Unit, **facts: Fact) -> Column:
        return Column(key, self.text(f"column.{key}", **facts), unit)

    def _regions(self, found: Regions) -> Table:
        rows = [
            Row(self._label(group), (found.show(found.region(group)), found.region_share(group)))
            for group in found.groups
        ]
        if found.others is not None:
            rows.append(Row(OTHERS, (found.show(found.others), found.others_share)))
        nothing = figures.not_applicable("share")
        rows.append(Row(term("total"), (found.show(found.reach), nothing), total=True))
        columns = (self._column("people", "people"), self._column("share", "share"))
        title = self.text("table.regions")
        return Table("regions", title, self.text("head.region"), columns, tuple(rows))

    def _datasets(self, found: Regions) -> Table:
        rows = tuple(
            Row(
                PartyName(party),
                (
                    found.show(found.size(party)),
                    found.elsewhere(party),
                    found.show(found.region((party,))),
                    found.region_share((party,)),
                ),
            )
            for party in found.parties
        )
        columns = (
            self._column("in_dataset", "people"),
            self._column("elsewhere", "share"),
            self._column("only_here", "people"),
            self._column("added_share", "share"),
        )
        title = self.text("table.datasets")
        return Table("datasets", title, common("head.party"), columns, rows)

    def _pairs(self, found: Regions) -> Table:
        pairs = [group for group in found.groups if len(group) == PARTIES_LEAST]
        rows = tuple(
            Row(
                self.text("label.pair", one=PartyName(one), two=PartyName(two)),
                (
                    found.show(found.overlap(one, two)),
                    found.overlap_rate(one, two),
                    found.overlap_rate(two, one),
                ),
            )
            for one, two in pairs
        )
        columns = (
            self._column("both", "people"),
            self._column("of_first", "share"),
            self._column("of_second", "share"),
        )
        title = self.text("table.pairs")
        return Table("pairs", title, self.text("head.pair"), columns, rows)

    def _growth(self, found: Regions) -> Table:
        rows = tuple(
            Row(
                self.text("label.with", party=PartyName(party)),
                (found.show(found.up_to(count)), found.show(found.added(count))),
            )
            for count, party in enumerate(found.parties, 1)
        )
        columns = (self._column("reach_so_far", "people"), self._column("added", "people"))
        title = self.text("table.growth")
        return Table("growth", title, self.text("head.growth"), columns, rows)


def _tone(group: Group) -> Tone:
    return "plain" if len(group) == 1 else "strong"
