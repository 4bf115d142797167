"""A01: how many people two parties have in common, by which identifier."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from cleanroom.analyses import figures
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import Answer, Sum, answer
from cleanroom.analyses.needs import Need
from cleanroom.analyses.result import (
    Card,
    Chart,
    Column,
    Mark,
    PartyName,
    Result,
    Row,
    Table,
    Text,
    Unit,
    Value,
)
from cleanroom.analyses.words import OTHERS, common, identifier, term, withheld_notes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import regions
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion, Question
from cleanroom.disclosure.release import Release


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """Two parties (may be left out where there are only two), and how to split those in both.

    ``winner``: by the first identifier, in the agreement's priority, that linked them;
    ``pattern``: by every kind that hit.
    """

    parties: tuple[str, ...] = ()
    by: Literal["winner", "pattern"] = "winner"


class Overlap(Analysis[Params]):
    """Cells: one party only, the other only, both by identifier. One cell per person."""

    id = "A01"
    params = Params
    evidence = "descriptive"
    sampling = "noise"
    needs = (Need("parties"),)

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One match question."""
        return [MatchQuestion(self._parties(params, catalogue), params.by)]

    def _parties(self, params: Params, catalogue: Catalogue) -> tuple[str, ...]:
        chosen = params.parties or catalogue.parties
        if len(chosen) != 2 or not set(chosen) <= set(catalogue.parties) or len(set(chosen)) != 2:
            raise self.refuse("parties")
        return tuple(party for party in catalogue.parties if party in chosen)

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Match count, both match rates and what each identifier adds."""
        (question,) = self.questions(params, catalogue)
        found = _Overlap(answer(question, catalogue, releases[0]), policy, params.by, catalogue)
        one, two = self._parties(params, catalogue)
        several = len(found.kinds) > 1
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, one, two),
            None,
            self.privacy(releases, policy, policy.k),
            self._cards(found, one, two),
            (self._regions(found, one, two), *([self._by_kind(found)] if several else [])),
            (
                self._rates(found, one, two),
                *([self._identifiers(found)] if several else []),
                *([self._people(found, one, two)] if found.mixed else []),
            ),
            self._notes(found),
            self.texts("can_say", "overlap", "rates"),
            self.texts("cannot_say", "all_people", "effect"),
            (
                *self.texts("method", "rates", f"by_{params.by}", "interval"),
                common("method.presence"),
            ),
        )

    def _finding(self, found: "_Overlap", one: str, two: str) -> Text:
        matched, rates = found.matched, (found.rate(0), found.rate(1))
        names = {"one": PartyName(one), "two": PartyName(two)}
        if not matched.shown:
            return self.text(f"finding.{matched.status}", matched=matched, **names)
        if not (rates[0].shown and rates[1].shown):
            return self.text("finding.count", matched=matched, **names)
        key = "finding.at_least" if matched.bound else "finding.full"
        return self.text(key, matched=matched, rate_one=rates[0], rate_two=rates[1], **names)

    def _cards(self, found: "_Overlap", one: str, two: str) -> tuple[Card, ...]:
        cards = [Card(self.text("card.matched"), found.matched)]
        for side, party in enumerate((one, two)):
            name = PartyName(party)
            cards.append(Card(self.text("card.rate", party=name), found.rate(side)))
        for side, party in enumerate((one, two)):
            name = PartyName(party)
            cards.append(Card(self.text("card.size", party=name), found.size(side)))
        return tuple(cards)

    def _rates(self, found: "_Overlap", one: str, two: str) -> Table:
        rows = tuple(
            Row(PartyName(party), (found.size(side), found.matched, found.rate(side)))
            for side, party in enumerate((one, two))
        )
        columns = (
            self._column("in_dataset", "people"),
            self._column("matched", "people"),
            self._column("match_rate", "share"),
        )
        return Table("rates", self.text("table.rates"), common("head.party"), columns, rows)

    def _identifiers(self, found: "_Overlap") -> Table:
        columns = [
            self._column("gain", "people"),
            self._column("running_total", "people"),
            self._column("share_of_matched", "share"),
        ]
        if found.by == "pattern":
            columns.append(self._column("hit", "people"))
            columns.append(self._column("only", "people"))
        rows = [Row(identifier(kind), found.line(place)) for place, kind in enumerate(found.kinds)]
        if found.others is not None and not found.mixed:
            rows.append(Row(OTHERS, found.others_line(found.others)))
        title, head = self.text("table.identifiers"), common("head.identifier")
        return Table("identifiers", title, head, tuple(columns), tuple(rows))

    def _people(self, found: "_Overlap", one: str, two: str) -> Table:
        """Who is where, when the rest holds people of one party alone: it is no match count."""
        assert found.others is not None
        named = zip((one, two), (0, 1), strict=True)
        rows = [
            Row(self.text("label.only", party=PartyName(name)), (found.show(found.alone(side)),))
            for name, side in named
        ]
        rows += [
            Row(self.text("label.both"), (found.matched,)),
            Row(term("total"), (found.everybody,), total=True),
            Row(OTHERS, (found.show(found.others),)),
        ]
        title, columns = self.text("table.people"), (self._column("people", "people"),)
        return Table("people", title, common("head.group"), columns, tuple(rows))

    def _column(self, key: str, unit: Unit) -> Column:
        return Column(key, self.text(f"column.{key}"), unit)

    def _regions(self, found: "_Overlap", one: str, two: str) -> Chart:
        marks = (
            Mark(self.text("label.only", party=PartyName(one)), (found.show(found.alone(0)),)),
            Mark(self.text("label.both"), (found.matched,), "strong"),
            Mark(self.text("label.only", party=PartyName(two)), (found.show(found.alone(1)),)),
        )
        alt = self.text("alt.regions", one=PartyName(one), two=PartyName(two), both=found.matched)
        return Chart("bars", self.text("chart.regions"), "people", alt, marks)

    def _by_kind(self, found: "_Overlap") -> Chart:
        marks = tuple(
            Mark(identifier(kind), (found.show(found.gain(place)),))
            for place, kind in enumerate(found.kinds)
        )
        alt = self.text("alt.identifiers", first=found.show(found.gain(0)))
        return Chart("bars", self.text("chart.identifiers"), "people", alt, marks)

    def _notes(self, found: "_Overlap") -> tuple[Text, ...]:
        notes = [*withheld_notes(found.withheld, rest=found.others is not None)]
        notes.append(self.text("note.audience"))
        if len(found.kinds) == 1:
            notes.append(self.text("note.one_kind", kind=identifier(found.kinds[0])))
        return tuple(notes)


class _Overlap:
    """The cells of one answer by their meaning: 0 and 1 are one party only, then both by kind."""

    def __init__(self, cells: Answer, policy: Policy, by: str, catalogue: Catalogue) -> None:
        self._cells, self._policy, self.by = cells, policy, by
        self.kinds = tuple(identifier.kind for identifier in catalogue.identifiers)
        singles = tuple((kind,) for kind in self.kinds)
        # For each linked cell the kinds that hit (winner: the one that linked first).
        self._hits = singles if by == "winner" else regions(self.kinds)

    def show(self, total: Sum) -> Value:
        return figures.people(total, self._cells.mode, self._policy.k)

    def _share(self, part: Sum, rest: Sum) -> Value:
        floor = figures.floor(self._cells.mode, self._policy.k)
        return figures.share(part, rest, sampling=False, floor=floor)

    def alone(self, side: int) -> Sum:
        return self._cells.people.at(side)

    @property
    def withheld(self) -> int:
        """Cells that were not released."""
        return sum(value is None for value in self._cells.people.values)

    @property
    def others(self) -> Sum | None:
        """Everybody whose cell was not released, as one number."""
        return self._cells.people.others

    @property
    def mixed(self) -> bool:
        """Whether that number holds people who are in one dataset only."""
        hidden = None in self._cells.people.values[:2]
        return hidden and self.others is not None

    def linked(self, places: Sequence[int] | None = None) -> Sum:
        """People in both; with ``places`` those of some of the linked cells."""
        if places is None:
            return self._cells.people.gathered(range(2, 2 + len(self._hits)))
        return self._cells.people.over(2 + place for place in places)

    @property
    def matched(self) -> Value:
        return self.show(self.linked())

    def size(self, side: int) -> Value:
        """Everybody in one party's dataset: those matched and those not."""
        positions = [side, *range(2, 2 + len(self._hits))]
        total = self._cells.people.gathered(positions)
        unknown = total.withheld and self.alone(side).value is None
        return figures.withheld("people") if unknown else self.show(total)

    @property
    def everybody(self) -> Value:
        """All people of both datasets."""
        return self.show(self._cells.people.gathered(range(2 + len(self._hits))))

    def rate(self, side: int) -> Value:
        """Share of one party's people who are in both, coded at the top."""
        return figures.presence(self._share(self.linked(), self.alone(side)))

    def _places(self, first: int) -> list[int]:
        """Linked cells whose first kind in the agreement's priority is ``first``."""
        order = {kind: place for place, kind in enumerate(self.kinds)}
        return [p for p, hit in enumerate(self._hits) if min(order[k] for k in hit) == first]

    def gain(self, place: int) -> Sum:
        """People whom this kind finds and no kind before it."""
        return self.linked(self._places(place))

    def line(self, place: int) -> tuple[Value, ...]:
        """One row: gain, running total, share of all matched; for patterns also hit and only."""
        so_far = [p for first in range(place + 1) for p in self._places(first)]
        mine = self._places(place)
        rest = [p for p in range(len(self._hits)) if p not in mine]
        remaining = self._cells.people.gathered([2 + p for p in rest])
        of_matched = self._share(self.linked(mine), remaining)
        values = [self.show(self.linked(mine)), self.show(self.linked(so_far)), of_matched]
        if self.by == "pattern":
            kind = self.kinds[place]
            hit = [p for p, kinds in enumerate(self._hits) if kind in kinds]
            values += [self.show(self.linked(hit)), self.show(self.linked([place]))]
        return tuple(values)

    def others_line(self, others: Sum) -> tuple[Value, ...]:
        """The row of the rest, where it holds matched people only."""
        shown = self._cells.people.shown(range(2, 2 + len(self._hits)))
        nothing = figures.not_applicable("people")
        values = [self.show(others), self.matched, self._share(others, shown)]
        return (*values, nothing, nothing) if self.by == "pattern" else tuple(values)
