"""A12: which price band or kind of goods people prefer, and who prefers it more than others."""

from collections.abc import Sequence

from msgspec import Struct

from cleanroom.analyses import checks
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.modal_lines import Habits
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
    Term,
    Text,
    Unit,
    Value,
)
from cleanroom.analyses.words import column as column_term
from cleanroom.analyses.words import common, number, term, withheld_notes
from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import ModalQuestion, Question
from cleanroom.disclosure.questions.modal import BAND, EDGE_MOST, EDGES_MOST
from cleanroom.disclosure.questions.segments import MEMBER, NOT_MEMBER
from cleanroom.disclosure.release import Release
from cleanroom.statistics.verdict import Verdict
from cleanroom.tables import Type

_HUNDREDTHS = 100


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """Buyers of ``conversions`` by what most of their purchases on a day in [since, until) have in
    common: the price band of a piece, whose limits ``band_edges`` are whole units of the currency,
    or the value of ``attribute``, a column x_... of conversions.

    ``versus``: a party whose people are compared with the other buyers; with ``column``, a yes/no
    column of its people, those with a yes are. Left out, nobody is.
    """

    conversions: str
    since: str
    until: str
    band_edges: tuple[int, ...] = ()
    attribute: str = ""
    category: str = ""
    order_kinds: tuple[str, ...] = ()
    versus: str = ""
    column: str = ""


class PriceBands(Analysis[Params]):
    """Cells: band or value by segment. One cell per person."""

    id = "A12"
    params = Params
    evidence = "descriptive"
    sampling = "sampling"
    needs = (Need("conversions", "conversions", ("ts", "paid"), ("qty", "category", "kind", "x_")),)

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One modal question."""
        sold = checks.columns(self, catalogue, "conversions", params.conversions, "conversions")
        checks.period(self, catalogue, params.conversions, (params.since, params.until))
        if bool(params.attribute) == bool(params.band_edges):
            raise self.refuse("attribute" if params.attribute else "band_edges")
        if params.attribute:
            spec = checks.present(self, sold, "attribute", params.attribute)
            if not params.attribute.startswith("x_") or spec.type is not Type.CATEGORY:
                raise self.refuse("attribute")
        else:
            checks.present(self, sold, "band_edges", "paid")
            edges = params.band_edges
            fit = all(0 < edge <= EDGE_MOST // _HUNDREDTHS for edge in edges)
            if len(edges) > EDGES_MOST or not fit:
                raise self.refuse("band_edges")
        checks.levels(self, sold, "category", "category", _one(params.category))
        checks.levels(self, sold, "order_kinds", "kind", params.order_kinds)
        asked = ModalQuestion(
            f"{params.conversions}.conversions",
            (params.attribute or BAND,),
            params.since,
            params.until,
            params.order_kinds,
            params.category,
            tuple(edge * _HUNDREDTHS for edge in params.band_edges),
            self._segment(params, catalogue),
        )
        return [canonical(asked, catalogue)]

    def _segment(self, params: Params, catalogue: Catalogue) -> str:
        if params.column:
            if (
                checks.attribute(self, catalogue, params.versus, params.column).type
                is not Type.BOOL
            ):
                raise self.refuse("column")
            return f"{params.versus}.people.{params.column}"
        if params.versus and (
            params.versus not in catalogue.parties or params.versus == params.conversions
        ):
            raise self.refuse("versus")
        return params.versus

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Share, cumulative share and index of each band or value."""
        (question,) = self.questions(params, catalogue)
        cells = answer(question, catalogue, releases[0])
        spots = list(dict.fromkeys(label for label, _ in cells.cells))
        names = [_shown(label) if params.band_edges else label for label in spots]
        focus, rest = ("", "")
        k = policy.k
        if params.column:
            focus, rest = ("true", "false")
            spec = checks.attribute(self, catalogue, params.versus, params.column)
            k = policy.k_sensitive if spec.sensitive else k
        elif params.versus:
            focus, rest = MEMBER, NOT_MEMBER
        found = Habits(cells, names, k, focus, rest)
        group: Fact = column_term(params.column) if params.column else PartyName(params.versus)
        facts: dict[str, Fact] = {
            "brand": PartyName(params.conversions),
            "group": group,
            "what": column_term(params.attribute) if params.attribute else _term("band"),
        }
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, names, facts),
            found.verdict,
            self.privacy(releases, policy, k),
            self._cards(found, names, facts),
            self._charts(found, names, facts),
            (self._table(found, names, params, facts),),
            (*withheld_notes(found.withheld, rest=False), *self.texts("note", "supply", "gifts")),
            self.texts("can_say", "prefer", *(["differ"] if focus else [])),
            self.texts("cannot_say", "cause", "wish"),
            self._method(params, facts),
        )

    def _finding(self, found: Habits, names: Sequence[str], facts: dict[str, Fact]) -> Text:
        largest = found.largest
        if largest is None:
            return self.text("finding.withheld", **facts)
        place = found.spots.index(largest)
        said: dict[str, Fact] = {**facts, "level": Name(names[place]), "share": largest.share}
        strongest = found.profile.strongest if found.profile else None
        if strongest is None:
            told = found.verdict in (Verdict.TENDENCY, Verdict.NONE_SEEN)
            return self.text("finding.unclear" if told else "finding.counted", **said)
        said |= {"other": strongest.name, "index": strongest.index_figure}
        return self.text(f"finding.{'high' if strongest.index > 100 else 'low'}", **said)

    def _cards(
        self, found: Habits, names: Sequence[str], facts: dict[str, Fact]
    ) -> tuple[Card, ...]:
        cards = []
        if found.largest is not None:
            level = Name(names[found.spots.index(found.largest)])
            cards.append(Card(self.text("card.largest", level=level), found.largest.share))
        strongest = found.profile.strongest if found.profile else None
        if strongest is not None:
            title = self.text("card.index", level=strongest.name, **facts)
            cards.append(Card(title, strongest.index_figure))
        cards.append(Card(self.text("card.people"), found.everybody))
        return tuple(cards)

    def _charts(
        self, found: Habits, names: Sequence[str], facts: dict[str, Fact]
    ) -> tuple[Chart, ...]:
        if not any(spot.share.shown for spot in found.spots):
            return ()
        said = {**facts, "count": number(len(names))}
        title, alt = self.text("chart.share", **said), self.text("alt.share", **said)
        shares = tuple(
            Mark(Name(name), (spot.share,)) for name, spot in zip(names, found.spots, strict=True)
        )
        if found.profile is None:
            return (Chart("bars", title, "share", alt, shares),)
        levels = found.profile.levels
        pairs = tuple(Mark(one.name, (one.target_share, one.rest_share)) for one in levels)
        series = self.text("series.focus", **facts), self.text("series.rest", **facts)
        compared = Chart("pairs", title, "share", alt, pairs, series)
        marks = tuple(Mark(one.name, (one.index_figure,), one.tone) for one in levels)
        title, alt = self.text("chart.index", **said), self.text("alt.index", **said)
        index = Chart("index", title, "index", alt, marks, lines=(100,))
        return (index, compared) if any(m.values[0].shown for m in marks) else (compared,)

    def _table(
        self, found: Habits, names: Sequence[str], params: Params, facts: dict[str, Fact]
    ) -> Table:
        def head(key: str, unit: Unit) -> Column:
            return Column(key, self.text(f"column.{key}", **facts), unit)

        columns = [head("people", "people"), head("share", "share")]
        if params.band_edges:
            columns.append(head("cumulative", "share"))
        if found.profile is not None:
            columns += [head("focus", "share"), head("rest", "share"), head("index", "index")]
        rows = []
        for place, (name, spot) in enumerate(zip(names, found.spots, strict=True)):
            values = [spot.people, spot.share]
            if params.band_edges:
                values.append(found.cumulative(place))
            if spot.level is not None:
                level = spot.level
                values += [level.target_share, level.rest_share, level.index_figure]
            rows.append(Row(Name(name), tuple(values), spot.level.verdict if spot.level else None))
        empty = tuple(Value(column.unit, "none") for column in columns[1:])
        rows.append(Row(term("total"), (found.everybody, *empty), total=True))
        title, corner = self.text("table.levels"), self.text("head.level", **facts)
        compared = found.profile is not None
        return Table("levels", title, corner, tuple(columns), tuple(rows), compared)

    def _method(self, params: Params, facts: dict[str, Fact]) -> tuple[Text, ...]:
        since, until = Name(params.since), Name(params.until)
        said = [self.text("method.modal", since=since, until=until, **facts)]
        said += self.texts("method", "band") if params.band_edges else ()
        if params.category:
            said.append(self.text("method.category", value=Name(params.category)))
        if params.order_kinds:
            said.append(self.text("method.kinds", kinds=Name(", ".join(params.order_kinds))))
        if params.versus:
            said += self.texts("method", "index", "correction")
        return (*said, *self.texts("method", "interval"), common("method.presence"))


def _term(key: str) -> Term:
    return Term(f"analyses.A12.term.{key}")


def _one(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _shown(label: str) -> str:
    """A band in whole units of the currency: <100, 100-300, ≥300."""
    parts = label.removeprefix("<").removeprefix(">=").split("-")
    shown = "–".join(f"{int(part) / _HUNDREDTHS:,.10g}" for part in parts)
    if label.startswith("<"):
        return f"< {shown}"
    return f"≥ {shown}" if label.startswith(">=") else shown
