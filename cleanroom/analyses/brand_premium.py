"""A11: whether buyers of a segment pay more, and whether for dearer goods or for the same."""

from collections.abc import Sequence

from msgspec import Struct

from cleanroom.analyses import checks
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.brand_premium_lines import Premium
from cleanroom.analyses.cells import answer
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
    Tone,
    Unit,
    Value,
)
from cleanroom.analyses.segment_choice import Choice, choose
from cleanroom.analyses.words import common, number, term, withheld_notes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import PriceQuestion, Question
from cleanroom.disclosure.questions.price import BENCHMARK_MOST, Benchmark
from cleanroom.disclosure.release import Release
from cleanroom.statistics.verdict import Verdict

_HUNDREDTHS = 100


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """Purchases of ``conversions`` on a day in [since, until). ``benchmarks``: the public price of
    a piece of each category, in whole units of the currency. Buyers are split by a column of
    ``party`` or, without one, by contact with its exposures before their first purchase;
    ``focus``, the value compared with all other known ones, may be left out where it is a yes.

    ``list_price``: also what is paid for the same goods, against list prices. ``paid``: also money
    per buyer.
    """

    conversions: str
    party: str
    since: str
    until: str
    benchmarks: dict[str, int]
    column: str = ""
    focus: str = ""
    brand: str = ""
    order_kinds: tuple[str, ...] = ()
    list_price: bool = False
    paid: bool = False


class BrandPremium(Analysis[Params]):
    """Cells: one per segment. One cell per person."""

    id = "A11"
    params = Params
    evidence = "associated"
    sampling = "sampling"
    needs = (
        Need(
            "conversions",
            "conversions",
            ("ts", "category", "paid"),
            ("qty", "list_price", "brand", "kind"),
        ),
        Need("party"),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One price question."""
        sold = checks.columns(self, catalogue, "conversions", params.conversions, "conversions")
        checks.present(self, sold, "conversions", "paid")
        checks.period(self, catalogue, params.conversions, (params.since, params.until))
        checks.levels(self, sold, "benchmarks", "category", tuple(params.benchmarks))
        prices = params.benchmarks.values()
        if not prices or not all(0 < price <= BENCHMARK_MOST // _HUNDREDTHS for price in prices):
            raise self.refuse("benchmarks")
        checks.levels(self, sold, "brand", "brand", (params.brand,) if params.brand else ())
        checks.levels(self, sold, "order_kinds", "kind", params.order_kinds)
        if params.list_price:
            checks.present(self, sold, "list_price", "list_price")
        return [
            PriceQuestion(
                params.conversions,
                self._choice(params, catalogue).segment,
                params.since,
                params.until,
                tuple(Benchmark(c, p * _HUNDREDTHS) for c, p in params.benchmarks.items()),
                params.brand,
                params.order_kinds,
                params.list_price,
                params.paid,
            )
        ]

    def _choice(self, params: Params, catalogue: Catalogue) -> Choice:
        if not params.party:
            raise self.refuse("party")
        return choose(
            self, catalogue, params.conversions, params.party, params.column, params.focus
        )

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Price per segment, and the gap between focus and others with what it is made of."""
        (question,) = self.questions(params, catalogue)
        split = self._choice(params, catalogue)
        k = policy.k_sensitive if split.sensitive else policy.k
        cells = answer(question, catalogue, releases[0])
        labels = [label for (label,) in cells.cells]
        others = [labels.index(label) for label in split.others]
        found = Premium(cells, labels.index(split.focus), others, k)
        names: dict[str, Fact] = {
            "brand": PartyName(params.conversions),
            "party": PartyName(params.party),
            "column": split.column,
            "level": split.names[split.focus],
        }
        return Result(
            self.id,
            self.text("title_of", column=split.column),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, names),
            found.headline.verdict,
            self.privacy(releases, policy, k),
            self._cards(found, labels.index(split.focus), names),
            self._charts(found, split, names),
            (self._segments(found, split, names), self._parts(found)),
            self._notes(found, cells.people.over(range(len(labels))).withheld, params),
            self.texts("can_say", "gap", *(["parts"] if params.list_price else [])),
            self.texts("cannot_say", "cause", "volume"),
            self._method(params, names),
        )

    def _finding(self, found: Premium, names: dict[str, Fact]) -> Text:
        gap = found.headline
        facts = {**names, "gap": gap.value, "measure": _term(f"for_{gap.part}")}
        if gap.verdict in (Verdict.WITHHELD, Verdict.TOO_FEW):
            return self.text(f"finding.{gap.verdict}", **facts)
        if gap.verdict is Verdict.CLEAR:
            side = "high" if (gap.value.value or 0) > 0 else "low"
            return self.text(f"finding.{side}", **facts)
        return self.text("finding.unclear", **facts)

    def _cards(self, found: Premium, focus: int, names: dict[str, Fact]) -> tuple[Card, ...]:
        cards = [
            Card(self.text(f"card.{gap.part}"), gap.value, self.text(f"card.{gap.part}_note"))
            for gap in reversed(found.gaps)
        ]
        cards.append(Card(self.text("card.index", **names), found.price_index(focus)))
        cards.append(Card(self.text("card.buyers", **names), found.buyers([focus])))
        return tuple(cards)

    def _charts(self, found: Premium, split: Choice, names: dict[str, Fact]) -> tuple[Chart, ...]:
        charts = []
        marks = []
        side: Tone = "high" if (found.gaps[0].value.value or 0) > 0 else "low"
        clear = found.gaps[0].verdict is Verdict.CLEAR
        for position, label in enumerate(found.labels):
            tone = side if clear and label == split.focus else "plain"
            marks.append(Mark(split.names[label], (found.price_index(position),), tone))
        if any(mark.values[0].shown for mark in marks):
            alt = self.text("alt.index", count=number(len(marks)), **names)
            title = self.text("chart.index", **names)
            charts.append(Chart("index", title, "index", alt, tuple(marks), lines=(100,)))
        if found.has_goods and found.headline.value.shown:
            bridge = tuple(
                Mark(_term(gap.part), (gap.value,), "strong" if gap.part == "total" else "plain")
                for gap in found.gaps
            )
            alt = self.text("alt.bridge", gap=found.gaps[0].value, **names)
            charts.append(Chart("bars", self.text("chart.bridge"), "share", alt, bridge))
        return tuple(charts)

    def _segments(self, found: Premium, split: Choice, names: dict[str, Fact]) -> Table:
        columns = [self._column("buyers", "people"), self._column("index", "index")]
        if found.has_goods:
            columns.append(self._column("of_list", "share"))
        rows = []
        for position, label in enumerate(found.labels):
            values = [found.buyers([position]), found.price_index(position)]
            if found.has_goods:
                values.append(found.of_list(position))
            average = found.average(position)
            if average is not None:
                values.append(average)
            rows.append(Row(split.names[label], tuple(values)))
        if found.average(0) is not None:
            columns.append(self._column("average", "money"))
        everybody = found.buyers(range(len(found.labels)))
        empty = tuple(Value(column.unit, "none") for column in columns[1:])
        rows.append(Row(term("total"), (everybody, *empty), total=True))
        title, head = self.text("table.segments", **names), self.text("head.segment", **names)
        return Table("segments", title, head, tuple(columns), tuple(rows))

    def _parts(self, found: Premium) -> Table:
        rows = tuple(Row(_term(gap.part), (gap.value,), gap.verdict) for gap in found.gaps)
        columns = (self._column("gap", "share"),)
        title, head = self.text("table.parts"), self.text("head.part")
        return Table("parts", title, head, columns, rows, True)

    def _column(self, key: str, unit: Unit) -> Column:
        return Column(key, self.text(f"column.{key}"), unit)

    def _notes(self, found: Premium, withheld: int, params: Params) -> tuple[Text, ...]:
        notes = [*withheld_notes(withheld, rest=False)]
        unmatched = found.unmatched()
        if unmatched is not None and unmatched.shown:
            notes.append(self.text("note.unmatched", share=unmatched))
        notes.append(self.text("note.benchmarks"))
        notes.append(self.text("note.list" if params.list_price else "note.mix"))
        return tuple(notes)

    def _method(self, params: Params, names: dict[str, Fact]) -> tuple[Text, ...]:
        said = [
            self.text("method.purchase", since=Name(params.since), until=Name(params.until)),
            self.text("method.index"),
            self.text("method.prices", prices=Name(_prices(params.benchmarks))),
        ]
        if not params.column:
            said.append(self.text("method.contact", **names))
        if params.brand:
            said.append(self.text("method.brand", value=Name(params.brand)))
        if params.order_kinds:
            said.append(self.text("method.kinds", kinds=Name(", ".join(params.order_kinds))))
        said += self.texts("method", "gap", *(["goods"] if params.list_price else []))
        return (*said, *self.texts("method", "interval", "correction"), common("method.presence"))


def _term(key: str) -> Term:
    return Term(f"analyses.A11.term.{key}")


def _prices(benchmarks: dict[str, int]) -> str:
    return ", ".join(f"{category} {price:,}" for category, price in sorted(benchmarks.items()))
