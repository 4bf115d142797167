"""A16: when, on what and where people are met or buy, and in which scenes they convert."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from cleanroom.analyses import checks
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.modal_lines import Habits, Spot
from cleanroom.analyses.needs import Need
from cleanroom.analyses.result import (
    Card,
    Chart,
    Column,
    Fact,
    Mark,
    Name,
    PartyName,
    Result,
    Row,
    Table,
    Text,
    Unit,
    Value,
)
from cleanroom.analyses.words import common, number, term, withheld_notes
from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import ModalQuestion, Question
from cleanroom.disclosure.questions.modal import DAYPART
from cleanroom.disclosure.questions.segments import BOUGHT, NOT_BOUGHT
from cleanroom.disclosure.release import Release
from cleanroom.statistics.verdict import Verdict

DIMENSIONS = (DAYPART, "device", "place")


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """Events of ``party`` on a day in [since, until): exposures or conversions, of ``kinds``. Each
    person counts in the scene that most of its events have.

    ``conversions``: the party whose orders, of ``order_kinds`` and from the person's first event
    on, say who bought; left out, scenes are only counted.
    """

    party: str
    since: str
    until: str
    table: Literal["exposures", "conversions"] = "exposures"
    dimensions: tuple[str, ...] = DIMENSIONS
    kinds: tuple[str, ...] = ()
    conversions: str = ""
    order_kinds: tuple[str, ...] = ()


class Scenes(Analysis[Params]):
    """Cells: part of the day by device by place, by whether they bought. One cell per person."""

    id = "A16"
    params = Params
    evidence = "descriptive"
    sampling = "sampling"
    needs = (Need("party", "exposures", ("ts", "device", "place"), ("kind",)),)

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One modal question."""
        known = checks.columns(self, catalogue, "party", params.party, params.table)
        checks.period(self, catalogue, params.party, (params.since, params.until))
        chosen = params.dimensions
        if not chosen or not set(chosen) <= set(DIMENSIONS):
            raise self.refuse("dimensions")
        for name in chosen:
            if name != DAYPART:
                checks.present(self, known, "dimensions", name)
        checks.levels(self, known, "kinds", "kind", params.kinds)
        if params.conversions:
            sold = checks.columns(self, catalogue, "conversions", params.conversions, "conversions")
            checks.levels(self, sold, "order_kinds", "kind", params.order_kinds)
        elif params.order_kinds:
            raise self.refuse("order_kinds")
        asked = ModalQuestion(
            f"{params.party}.{params.table}",
            chosen,
            params.since,
            params.until,
            params.kinds,
            segment=f"{params.conversions}.conversions" if params.conversions else "",
            order_kinds=params.order_kinds,
        )
        return [canonical(asked, catalogue)]

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Share of people, conversion and index of each scene."""
        (question,) = self.questions(params, catalogue)
        cells = answer(question, catalogue, releases[0])
        labels = list(dict.fromkeys(one[:-1] for one in cells.cells))
        split = (BOUGHT, NOT_BOUGHT) if params.conversions else ("", "")
        found = Habits(cells, [_joined(one) for one in labels], policy.k, *split)
        names: dict[str, Fact] = {
            "party": PartyName(params.party),
            "brand": PartyName(params.conversions or params.party),
        }
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, names),
            found.verdict,
            self.privacy(releases, policy, policy.k),
            self._cards(found, names),
            self._charts(found, params, names),
            (self._table(found, params),),
            (*withheld_notes(found.withheld, rest=False), *self.texts("note", "modal", "clock")),
            self.texts("can_say", "where", *(["bought"] if params.conversions else [])),
            self.texts("cannot_say", "cause", "variety"),
            self._method(params, names),
        )

    def _finding(self, found: Habits, names: dict[str, Fact]) -> Text:
        largest = found.largest
        if largest is None:
            return self.text("finding.withheld", **names)
        facts: dict[str, Fact] = {
            **names,
            "scene": Name(_joined(largest.labels)),
            "share": largest.share,
        }
        strongest = found.profile.strongest if found.profile else None
        if strongest is None:
            told = found.verdict in (Verdict.TENDENCY, Verdict.NONE_SEEN)
            key = "finding.unclear" if told else "finding.counted"
            return self.text(key, **facts)
        facts |= {"other": strongest.name, "index": strongest.index_figure}
        side = "high" if strongest.index > 100 else "low"
        return self.text(f"finding.{side}", **facts)

    def _cards(self, found: Habits, names: dict[str, Fact]) -> tuple[Card, ...]:
        cards = [Card(self.text("card.people"), found.everybody)]
        if found.largest is not None:
            scene = Name(_joined(found.largest.labels))
            cards.insert(0, Card(self.text("card.largest", scene=scene), found.largest.share))
        strongest = found.profile.strongest if found.profile else None
        if strongest is not None:
            title = self.text("card.index", scene=strongest.name)
            cards.insert(1, Card(title, strongest.index_figure))
        return tuple(cards)

    def _charts(self, found: Habits, params: Params, names: dict[str, Fact]) -> tuple[Chart, ...]:
        charts = []
        facts = {**names, "count": number(len(found.spots))}
        if any(spot.share.shown for spot in found.spots):
            shares = [spot.share for spot in found.spots]
            charts.append(self._heat(found, "share", shares, facts))
        if params.conversions and found.profile is not None:
            index = [level.index_figure for level in found.profile.levels]
            if any(value.shown for value in index):
                charts.append(self._heat(found, "index", index, facts))
        return tuple(charts)

    def _heat(
        self,
        found: Habits,
        unit: Literal["share", "index"],
        values: Sequence[Value],
        facts: dict[str, Fact],
    ) -> Chart:
        """The first dimension across; the others down."""
        by_scene = dict(zip((spot.labels for spot in found.spots), values, strict=True))
        across = list(dict.fromkeys(labels[0] for labels in by_scene))
        down = list(dict.fromkeys(labels[1:] for labels in by_scene))
        marks = tuple(
            Mark(
                Name(_joined(rest)) if rest else term("everybody"),
                tuple(by_scene[(first, *rest)] for first in across),
            )
            for rest in down
        )
        title, alt = self.text(f"chart.{unit}", **facts), self.text(f"alt.{unit}", **facts)
        return Chart("heat", title, unit, alt, marks, tuple(Name(first) for first in across))

    def _table(self, found: Habits, params: Params) -> Table:
        def head(key: str, unit: Unit) -> Column:
            return Column(key, self.text(f"column.{key}"), unit)

        columns = [head("people", "people"), head("share", "share")]
        if params.conversions:
            columns += [head("rate", "share"), head("index", "index")]
        rows = [_row(spot) for spot in found.spots]
        empty = tuple(Value(column.unit, "none") for column in columns[1:])
        rows.append(Row(term("total"), (found.everybody, *empty), total=True))
        title, corner = self.text("table.scenes"), self.text("head.scene")
        compared = bool(params.conversions)
        return Table("scenes", title, corner, tuple(columns), tuple(rows), compared)

    def _method(self, params: Params, names: dict[str, Fact]) -> tuple[Text, ...]:
        since, until = Name(params.since), Name(params.until)
        said = [self.text("method.scene", since=since, until=until, **names)]
        if params.kinds:
            said.append(self.text("method.kinds", kinds=Name(", ".join(params.kinds))))
        if params.conversions:
            said.append(self.text("method.bought", **names))
            if params.order_kinds:
                kinds = Name(", ".join(params.order_kinds))
                said.append(self.text("method.order_kinds", kinds=kinds))
            said += self.texts("method", "index", "correction")
        return (*said, *self.texts("method", "interval"), common("method.presence"))


def _row(spot: Spot) -> Row:
    values = [spot.people, spot.share]
    if spot.level is None:
        return Row(Name(_joined(spot.labels)), tuple(values))
    values += [spot.rate, spot.level.index_figure]
    return Row(Name(_joined(spot.labels)), tuple(values), spot.level.verdict)


def _joined(labels: Sequence[str]) -> str:
    return " · ".join(labels)
