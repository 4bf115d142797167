"""A17: an event with lead-up and lead-out: who saw which phases, who bought, what was borrowed."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from cleanroom.analyses import checks, figures
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.event_lines import DECISION_WIDTH, Event
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
)
from cleanroom.analyses.words import number, term, withheld_notes
from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import PhasesQuestion, Question
from cleanroom.disclosure.questions.phases import PHASES, edges
from cleanroom.disclosure.release import Release
from cleanroom.statistics.interval import Interval
from cleanroom.statistics.verdict import Verdict, verdict

COST_MOST = 10**12


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """Days of the phases: [lead_since, event_since), [event_since, out_since), [out_since,
    out_until). ``baseline_since``: usual days from here to the lead-up, for sales by phase and the
    uplift over them; empty: no sales. ``costs``: of the three phases, in whole units of the
    currency, for the return; they are public.
    """

    exposures: str
    conversions: str
    lead_since: str
    event_since: str
    out_since: str
    out_until: str
    baseline_since: str = ""
    costs: tuple[int, ...] = ()
    touch_kinds: tuple[str, ...] = ()
    order_kinds: tuple[str, ...] = ()
    unmatched_apart: bool = True


class EventWindow(Analysis[Params]):
    """Cells: strategy by outcome. One cell per person; sales up to the agreed cap per phase."""

    id = "A17"
    params = Params
    evidence = "associated"
    sampling = "sampling"
    needs = (
        Need("exposures", "exposures", ("ts",), ("kind",)),
        Need("conversions", "conversions", ("ts",), ("kind", "paid")),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One question about all phases."""
        seen = checks.columns(self, catalogue, "exposures", params.exposures, "exposures")
        sold = checks.columns(self, catalogue, "conversions", params.conversions, "conversions")
        checks.levels(self, seen, "touch_kinds", "kind", params.touch_kinds)
        checks.levels(self, sold, "order_kinds", "kind", params.order_kinds)
        names = ("lead_since", "event_since", "out_since", "out_until")
        days = [checks.day(self, name, getattr(params, name)) for name in names]
        for name, before, after in zip(names[1:], days, days[1:], strict=False):
            if not before < after:
                raise self.refuse(name)
        for party in (params.exposures, params.conversions):
            dataset = catalogue.dataset(party)
            if days[0] < date.fromisoformat(dataset.start):
                raise self.refuse("lead_since")
            if days[3] > date.fromisoformat(dataset.end):
                raise self.refuse("out_until")
        self._check_sales(params, catalogue)
        asked = PhasesQuestion(
            params.exposures,
            params.conversions,
            params.lead_since,
            params.event_since,
            params.out_since,
            params.out_until,
            params.touch_kinds,
            params.order_kinds,
            params.unmatched_apart,
            "phases" if params.baseline_since else "",
            params.baseline_since,
        )
        return [asked]

    def _check_sales(self, params: Params, catalogue: Catalogue) -> None:
        if params.costs:
            fine = len(params.costs) == len(PHASES) and params.baseline_since
            if not fine or not all(1 <= cost <= COST_MOST for cost in params.costs):
                raise self.refuse("costs")
        if not params.baseline_since:
            return
        sold = catalogue.dataset(params.conversions)
        first = checks.day(self, "baseline_since", params.baseline_since)
        paid = sold.tables["conversions"].get("paid")
        if paid is None or not sold.start <= first.isoformat() < params.lead_since:
            raise self.refuse("baseline_since")

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Strategies beside people who saw nothing, and sales beside those of usual days."""
        (question,) = self.questions(params, catalogue)
        form = canonical(question, catalogue)
        assert isinstance(form, PhasesQuestion)
        days = [date.fromisoformat(text) for text in edges(form)]
        first = date.fromisoformat(params.baseline_since or params.lead_since)
        ends = [first, *days]
        lengths = [(after - before).days for before, after in zip(ends, days, strict=False)]
        costs = [cost * 100 for cost in params.costs]
        found = Event(answer(question, catalogue, releases[0]), policy.k, lengths, costs)
        word = self._verdict(found)
        facts: dict[str, Fact] = {
            "party": PartyName(params.exposures),
            "brand": PartyName(params.conversions),
            "since": Name(params.lead_since),
            "until": Name(params.out_until),
        }
        hidden = sum(value is None for value in releases[0].vectors[0].values)
        money = [self._phases(found)] if found.has_sales else []
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, word, facts),
            word,
            self.privacy(releases, policy, policy.k),
            self._cards(found, bool(costs)),
            self._charts(found),
            (self._strategies(found, bool(costs)), *money),
            (*withheld_notes(hidden, rest=False)[:1], *self.texts("note", "active")),
            self.texts("can_say", "rates", *(["uplift"] if money else [])),
            self.texts("cannot_say", "cause", "plan"),
            self._method(params, found),
        )

    def _verdict(self, found: Event) -> Verdict:
        gap = found.overall
        if not (found.rate(found.seen).shown and found.rate([0]).shown):
            withheld = "withheld" in (found.rate(found.seen).status, found.rate([0]).status)
            return Verdict.WITHHELD if withheld else Verdict.TOO_FEW
        at95: Interval | None = gap.at95 if gap else None
        at90: Interval | None = gap.at90 if gap else None
        return verdict(0, at95, at90, decision=DECISION_WIDTH)

    def _finding(self, found: Event, word: Verdict, facts: dict[str, Fact]) -> Text:
        if word is Verdict.WITHHELD:
            return self.text("finding.withheld", **facts)
        rate, base = found.rate(found.seen), found.rate([0])
        if found.overall is None or not (rate.shown and base.shown):
            return self.text("finding.too_few", **facts)
        facts = {**facts, "people": found.people(found.seen), "rate": rate, "base": base}
        if word is not Verdict.CLEAR:
            return self.text("finding.open", **facts)
        return self.text(f"finding.{'more' if found.overall.value > 0 else 'less'}", **facts)

    def _cards(self, found: Event, costs: bool) -> tuple[Card, ...]:
        cards = [
            Card(self.text("card.rate"), found.rate(found.seen)),
            Card(self.text("card.base"), found.rate([0])),
            Card(self.text("card.new"), found.new_rate(found.seen)),
        ]
        if found.has_sales:
            cards.append(Card(self.text("card.uplift"), found.change(None)))
        if costs:
            cards.append(Card(self.text("card.returned"), found.return_on_cost(found.seen)))
        return tuple(cards)

    def _name(self, strategy: int) -> Term:
        return Term(f"analyses.A17.strategy.s{strategy}")

    def _charts(self, found: Event) -> tuple[Chart, ...]:
        marks = [
            Mark(self._name(strategy), (found.rate([strategy]),), "plain" if strategy else "muted")
            for strategy in (*found.seen, 0)
        ]
        title, alt = self.text("chart.rates"), self.text("alt.rates", count=number(len(marks)))
        charts = [Chart("bars", title, "share", alt, tuple(marks))]
        if found.has_sales:
            daily = tuple(
                Mark(self.text(f"label.phase{place}"), (found.daily(place),))
                for place in range(1 + len(PHASES))
            )
            base = found.daily(0).value
            lines = () if base is None else (base,)
            title, alt = self.text("chart.daily"), self.text("alt.daily")
            charts.append(Chart("columns", title, "money", alt, daily, lines=lines))
        return tuple(charts)

    def _strategies(self, found: Event, costs: bool) -> Table:
        columns = [
            Column("people", self.text("column.people"), "people"),
            Column("reach", self.text("column.reach"), "share"),
            Column("rate", self.text("column.rate"), "share"),
            Column("new", self.text("column.new"), "share"),
        ]
        if found.has_sales:
            columns.append(Column("sales", self.text("column.sales"), "money"))
        if costs:
            columns.append(Column("returned", self.text("column.returned"), "number"))
        rows = []
        groups = [([strategy], False) for strategy in found.seen]
        for chosen, total in (*groups, (found.seen, True), ([0], False)):
            alone = not total and chosen != [0]
            none = figures.not_applicable
            values = [
                found.people(chosen),
                found.reach(chosen[0]) if alone else none("share"),
                found.rate(chosen),
                found.new_rate(chosen),
            ]
            if found.has_sales:
                values.append(found.money(found.sales(chosen)))
            if costs:
                values.append(none("number") if chosen == [0] else found.return_on_cost(chosen))
            label = self.text("label.seen") if total else self._name(chosen[0])
            rows.append(Row(label, tuple(values), self._word(found, chosen, alone), total))
        head = self.text("head.strategy")
        title = self.text("table.strategies")
        return Table("strategies", title, head, tuple(columns), tuple(rows), True)

    def _word(self, found: Event, chosen: Sequence[int], alone: bool) -> Verdict | None:
        """A strategy's rate against that of people who saw nothing."""
        if not alone:
            return None
        if "withheld" in (found.rate(chosen).status, found.rate([0]).status):
            return Verdict.WITHHELD
        gap = found.gaps.get(chosen[0])
        if gap is None:
            return Verdict.TOO_FEW
        return verdict(0, gap.at95, gap.at90, adjusted_p=gap.adjusted_p, decision=DECISION_WIDTH)

    def _phases(self, found: Event) -> Table:
        columns = (
            Column("days", self.text("column.days"), "number"),
            Column("sales", self.text("column.sales"), "money"),
            Column("daily", self.text("column.daily"), "money"),
            Column("uplift", self.text("column.uplift"), "money"),
        )
        rows = []
        for place in range(1 + len(PHASES)):
            uplift = found.change(place - 1) if place else figures.not_applicable("money")
            values = (
                number(found.lengths[place]),
                found.money(found.phase_sales(place)),
                found.daily(place),
                uplift,
            )
            rows.append(Row(self.text(f"label.phase{place}"), values))
        every = found.money(found.sales(range(len(found.names))))
        days = number(sum(found.lengths[1:]))
        values = (days, every, figures.not_applicable("money"), found.change(None))
        rows.append(Row(term("total"), values, total=True))
        title, head = self.text("table.phases"), self.text("head.phase")
        return Table("phases", title, head, columns, tuple(rows))

    def _method(self, params: Params, found: Event) -> tuple[Text, ...]:
        dates = {
            "lead": Name(params.lead_since),
            "event": Name(params.event_since),
            "out": Name(params.out_since),
            "until": Name(params.out_until),
        }
        said = [self.text("method.phases", **dates), self.text("method.bought")]
        if params.touch_kinds:
            said.append(self.text("method.touches", kinds=Name(", ".join(params.touch_kinds))))
        if params.order_kinds:
            said.append(self.text("method.kinds", kinds=Name(", ".join(params.order_kinds))))
        if not params.unmatched_apart:
            said.append(self.text("method.unmatched"))
        if found.has_sales:
            said.append(self.text("method.uplift", day=Name(params.baseline_since)))
        if params.costs:
            said.append(self.text("method.returned"))
        return (*said, self.text("method.interval"))
