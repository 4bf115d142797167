"""A06: how often people see something, and what follows. It never claims an effect of seeing it."""

from collections.abc import Sequence

from cleanroom.analyses import campaign, figures
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.campaign import PER_THOUSAND, CampaignParams
from cleanroom.analyses.cells import answer
from cleanroom.analyses.frequency_rows import Frequencies
from cleanroom.analyses.needs import Need
from cleanroom.analyses.result import (
    Card,
    Chart,
    Column,
    Fact,
    Mark,
    Result,
    Row,
    Table,
    Term,
    Text,
    Unit,
    Value,
)
from cleanroom.analyses.words import OTHERS, common, number, term, withheld_notes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import FrequencyQuestion, Question
from cleanroom.disclosure.questions.campaign import VIEWS_MOST
from cleanroom.disclosure.release import Release
from cleanroom.statistics.verdict import Verdict

WINDOW_MOST = 365
CLEAR = 0.05  # two-sided p-value from which a trend is said


class Params(CampaignParams, frozen=True, forbid_unknown_fields=True):
    """Beside the campaign: ``window_days`` after the first impression in which impressions and
    purchase count (0: no limit); ``top``: the last frequency is "so many or more"; ``customers``:
    also by new and existing customers; ``impressions``: also add impressions up, so that people at
    the last frequency count with theirs; ``value_per_purchase`` in hundredths of the currency.
    """

    window_days: int = 0
    top: int = 10
    customers: bool = False
    impressions: bool = False
    value_per_purchase: int = 0


class Frequency(Analysis[Params]):
    """Cells: frequency by purchase (by customer). One cell per person.

    No verdict: the only comparison that could show an effect is one of random groups (A08).
    """

    id = "A06"
    params = Params
    evidence = "associated"
    sampling = "sampling"
    needs = (
        Need("exposures", "exposures", ("ts",), ("kind", "campaign", "n")),
        Need("conversions", "conversions", ("ts",), ("kind",)),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One frequency question."""
        campaign.check(self.id, params, catalogue)
        if not 0 <= params.window_days <= WINDOW_MOST:
            raise self.refuse("window_days")
        if not 2 <= params.top <= VIEWS_MOST:
            raise self.refuse("top")
        if not 0 <= params.value_per_purchase <= campaign.MONEY_MOST:
            raise self.refuse("value_per_purchase")
        return [
            FrequencyQuestion(
                **campaign.question_fields(params, catalogue),
                window_days=params.window_days,
                top=params.top,
                customers=params.customers,
                impressions=params.impressions,
            )
        ]

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Reach, hazard by frequency, its trend, and a cap to test where costs are given."""
        (question,) = self.questions(params, catalogue)
        found = Frequencies(
            answer(question, catalogue, releases[0]),
            policy.k,
            apart=params.unmatched == "apart",
            cost=params.cost_per_thousand / PER_THOUSAND,
            value=params.value_per_purchase,
        )
        names = campaign.names(params, catalogue)
        tables = [self._table(found), self._caps(found)]
        if found.customers:
            tables.append(self._by_customer(found))
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, params, names),
            _verdict(found),
            self.privacy(releases, policy, policy.k),
            self._cards(found, names),
            self._charts(found, names),
            tuple(tables),
            self._notes(found, params, names),
            self.texts("can_say", "describe", "plan"),
            self.texts("cannot_say", "cause", "heavy"),
            self._method(found, params, catalogue),
        )

    def _finding(self, found: Frequencies, params: Params, names: dict[str, Fact]) -> Text:
        first = found.lines[0].hazard
        if not found.reach.shown:
            key = "withheld" if found.reach.status == "withheld" else "too_few"
            return self.text(f"finding.{key}", **names)
        apart = params.unmatched == "apart" and params.exposures != params.conversions
        base = Term(f"analyses.A06.base.{'matched' if apart else 'all'}")
        facts: dict[str, Fact] = {"reach": found.reach, "base": base, **names}
        if found.mean.shown:
            facts["mean"] = found.mean
        if first.shown:
            facts["first"] = first
        if not (first.shown and found.mean.shown):
            key = "mean" if found.mean.shown else "first_only" if first.shown else "reach"
            return self.text(f"finding.{key}", **facts)
        trend = found.trend
        if trend is None:
            return self.text("finding.first", **facts)
        way = "flat"
        if trend.p_value <= CLEAR:
            way = "rises" if trend.slope > 0 else "falls"
        return self.text(f"finding.{way}", **facts)

    def _cards(self, found: Frequencies, names: dict[str, Fact]) -> tuple[Card, ...]:
        cards = [
            Card(self.text("card.reach", **names), found.reach),
            Card(self.text("card.mean"), found.mean, self.text("card.mean_note")),
            Card(self.text("card.bought", **names), found.bought_share()),
        ]
        if found.cap and found.cap < found.known:
            note = self.text("card.cap_note")
            cards.append(Card(self.text("card.cap"), number(found.cap), note))
            above = self.text("card.above", cap=number(found.cap))
            cards.append(Card(above, found.above(found.cap)))
        return tuple(cards)

    def _charts(self, found: Frequencies, names: dict[str, Fact]) -> tuple[Chart, ...]:
        lines = found.lines
        count = number(len(lines))
        if not any(line.count.shown for line in lines):
            return ()
        people = Chart(
            "columns",
            self.text("chart.people"),
            "people",
            self.text("alt.people", count=count, reach=found.reach, **names),
            tuple(Mark(line.name, (line.count,)) for line in lines),
        )
        hazards = [line for line in lines if line.hazard.status != "none"]
        if not any(line.hazard.shown for line in hazards):
            return (people,)
        hazard = Chart(
            "lines",
            self.text("chart.hazard"),
            "share",
            self.text("alt.hazard", count=number(len(hazards)), first=hazards[0].hazard, **names),
            tuple(Mark(line.name, (line.hazard,)) for line in hazards),
            lines=() if found.break_even is None else (found.break_even,),
        )
        marks = tuple(
            Mark(line.name, (found.bought_by(f), found.used_with(f)))
            for f, line in enumerate(hazards, 1)
        )
        if not all(any(mark.values[series].shown for mark in marks) for series in (0, 1)):
            return people, hazard
        series = (self.text("series.bought"), self.text("series.used"))
        alt = self.text("alt.caps", count=number(len(hazards)), **names)
        caps = Chart("lines", self.text("chart.caps"), "share", alt, marks, series)
        return people, hazard, caps

    def _column(self, key: str, unit: Unit) -> Column:
        return Column(key, self.text(f"column.{key}"), unit)

    def _table(self, found: Frequencies) -> Table:
        columns = [
            self._column("people", "people"),
            self._column("at_least", "people"),
            self._column("bought", "people"),
            self._column("hazard", "share"),
        ]
        worth = found.lines[0].worth is not None
        columns += [self._column("worth", "money")] if worth else []
        rows = [
            Row(
                line.name,
                (line.count, line.at_least, line.buyers, line.hazard)
                + ((line.worth,) if line.worth is not None else ()),
            )
            for line in found.lines
        ]
        nothing = figures.not_applicable
        empty: tuple[Value, ...] = (nothing("share"),) + ((nothing("money"),) if worth else ())
        total = (found.reach, nothing("people"), found.buyers, *empty)
        rows.append(Row(term("total"), total, total=True))
        if found.others is not None:
            line = (found.others, nothing("people"), nothing("people"), *empty)
            rows.append(Row(OTHERS, line))
        title, head = self.text("table.frequency"), self.text("head.frequency")
        return Table("frequency", title, head, tuple(columns), tuple(rows))

    def _caps(self, found: Frequencies) -> Table:
        columns = (
            self._column("bought_by", "share"),
            self._column("used", "share"),
            self._column("above", "share"),
        )
        rows = tuple(
            Row(line.name, (found.bought_by(f), found.used_with(f), found.above(f)))
            for f, line in enumerate(found.lines[:-1], 1)
        )
        return Table("caps", self.text("table.caps"), self.text("head.cap"), columns, rows)

    def _by_customer(self, found: Frequencies) -> Table:
        columns = (
            self._column("people", "people"),
            self._column("bought", "people"),
            self._column("bought_share", "share"),
        )
        rows = tuple(
            Row(self.text(f"label.{customer}"), found.of_customers(customer))
            for customer in found.customers
        )
        title, head = self.text("table.customers"), common("head.group")
        return Table("customers", title, head, columns, rows)

    def _notes(
        self, found: Frequencies, params: Params, names: dict[str, Fact]
    ) -> tuple[Text, ...]:
        notes = [self.text("note.no_effect")]
        if found.cap is not None:
            key = "cap_none" if not found.cap else "cap_open"
            key = "cap" if 0 < found.cap < found.known else key
            notes.append(self.text(f"note.{key}", cap=number(found.cap)))
        if not params.impressions:
            notes.append(self.text("note.at_least", top=number(params.top)))
        beside = found.unmatched_share
        if beside is not None:
            shown = "unmatched" if beside.shown else "unmatched_plain"
            notes.append(self.text(f"note.{shown}_{params.unmatched}", share=beside, **names))
        return (*notes, *withheld_notes(found.withheld, rest=found.others is not None))

    def _method(self, found: Frequencies, params: Params, catalogue: Catalogue) -> tuple[Text, ...]:
        said = campaign.rules(params, catalogue)
        if params.window_days:
            said.append(self.text("method.window", days=number(params.window_days)))
        said += self.texts("method", "frequency", "hazard", "mean")
        if params.customers:
            said.append(self.text("method.customers"))
        if found.break_even is not None:
            facts: dict[str, Fact] = {
                "cost": Value("money", "shown", float(params.cost_per_thousand)),
                "value": Value("money", "shown", float(params.value_per_purchase)),
            }
            said.append(self.text("method.cap", **facts))
        said += [*self.texts("method", "trend", "interval")]
        return (*said, common("method.presence"))


def _verdict(found: Frequencies) -> Verdict | None:
    """Nothing is compared here; but it is said when there is nothing to say."""
    if found.reach.status == "withheld":
        return Verdict.WITHHELD
    return None if found.lines[0].hazard.shown else Verdict.TOO_FEW
