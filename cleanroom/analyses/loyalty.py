"""A15: how many first-time buyers come back, how soon, and how content they are."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from cleanroom.analyses import checks, figures
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.loyalty_lines import Loyalty
from cleanroom.analyses.loyalty_tables import QUALITY, by_segment, cohorts, rates
from cleanroom.analyses.needs import Need
from cleanroom.analyses.result import (
    Card,
    Chart,
    Fact,
    Label,
    Mark,
    Name,
    PartyName,
    Result,
    Text,
    Value,
)
from cleanroom.analyses.segment_choice import Choice, choose
from cleanroom.analyses.words import common, number, withheld_notes
from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import CohortQuestion, Question
from cleanroom.disclosure.questions.cohort import GAPS_MOST
from cleanroom.disclosure.release import Release
from cleanroom.statistics.differences import Difference
from cleanroom.statistics.verdict import Verdict, verdict

# A gap known only to within ± 5 points decides nothing.
DECISION_WIDTH = 0.10

Group = tuple[Sequence[int], Sequence[int]]  # segments, cohorts


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """Buyers by month or quarter of their first order in [since, until), whole months. ``gaps``:
    last days of the groups of days until the next order; ``horizon_days``, one of them, is what
    the rate of coming back is told for. Segments as in A11; without ``party`` the newest complete
    cohort is compared with the ones before it.

    ``refund_kinds`` and ``praise_kinds`` count rows of conversions in the ``quality_days`` from the
    first order on.
    """

    conversions: str
    since: str
    until: str
    unit: Literal["month", "quarter"] = "quarter"
    horizon_days: int = 90
    gaps: tuple[int, ...] = (30, 60, 90, 180)
    party: str = ""
    column: str = ""
    focus: str = ""
    order_kinds: tuple[str, ...] = ()
    refund_kinds: tuple[str, ...] = ()
    praise_kinds: tuple[str, ...] = ()
    praise_column: str = ""
    praise_values: tuple[str, ...] = ()
    quality_days: int = 90


class RepeatPurchase(Analysis[Params]):
    """Cells: segment by cohort by days until the next order. One cell per person."""

    id = "A15"
    params = Params
    evidence = "descriptive"
    sampling = "sampling"
    needs = (Need("conversions", "conversions", ("ts",), ("kind", "x_")),)

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One cohort question."""
        sold = checks.columns(self, catalogue, "conversions", params.conversions, "conversions")
        days = checks.period(self, catalogue, params.conversions, (params.since, params.until))
        dataset = catalogue.dataset(params.conversions)
        for name, one in zip(("since", "until"), days, strict=True):
            if one.day != 1 and one.isoformat() not in (dataset.start, dataset.end):
                raise self.refuse(name)
        gaps = params.gaps
        if not 0 < len(gaps) <= GAPS_MOST or min(gaps) < 1:
            raise self.refuse("gaps")
        if params.horizon_days not in gaps:
            raise self.refuse("horizon_days")
        if params.quality_days < 0:
            raise self.refuse("quality_days")
        for name in ("order_kinds", "refund_kinds", "praise_kinds"):
            checks.levels(self, sold, name, "kind", getattr(params, name))
        if bool(params.praise_column) != bool(params.praise_values):
            raise self.refuse("praise_values")
        if params.praise_column:
            if not params.praise_kinds or not params.praise_column.startswith("x_"):
                raise self.refuse("praise_column")
            checks.present(self, sold, "praise_column", params.praise_column)
            checks.levels(self, sold, "praise_values", params.praise_column, params.praise_values)
        return [self._question(params, catalogue)]

    def _question(self, params: Params, catalogue: Catalogue) -> CohortQuestion:
        asked = CohortQuestion(
            params.conversions,
            params.since,
            params.until,
            params.unit,
            params.gaps,
            self._choice(params, catalogue).segment,
            params.order_kinds,
            params.refund_kinds,
            params.praise_kinds,
            params.praise_column,
            params.praise_values,
            params.quality_days,
        )
        found = canonical(asked, catalogue)
        assert isinstance(found, CohortQuestion)
        if params.horizon_days not in found.gaps:
            raise self.refuse("horizon_days")
        return found

    def _choice(self, params: Params, catalogue: Catalogue) -> Choice:
        return choose(
            self, catalogue, params.conversions, params.party, params.column, params.focus
        )

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Rates of coming back by cohort and by segment."""
        (question,) = self.questions(params, catalogue)
        assert isinstance(question, CohortQuestion)
        choice = self._choice(params, catalogue)
        k = policy.k_sensitive if choice.sensitive else policy.k
        end = catalogue.dataset(params.conversions).end
        found = Loyalty(answer(question, catalogue, releases[0]), question, end, k)
        names: dict[str, Fact] = {
            "brand": PartyName(params.conversions),
            "days": number(params.horizon_days),
            "column": choice.column,
            "level": choice.names.get(choice.focus, choice.column),
        }
        complete = found.complete(params.horizon_days)
        word, gap = self._compared(found, choice, complete, params.horizon_days)
        quality = params.quality_days
        tables = [cohorts(self, found), rates(self, found, quality)]
        if choice.segment:
            tables.append(by_segment(self, found, choice, params.horizon_days, quality, names))
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, choice, complete, (word, gap), params.horizon_days, names),
            word,
            self.privacy(releases, policy, k),
            self._cards(found, choice, complete, gap, params, names),
            self._charts(found, choice, complete, names),
            tuple(tables),
            self._notes(found, params, names),
            self.texts("can_say", "rate", "cohorts"),
            self.texts("cannot_say", "cause", "later"),
            self._method(params, question, names),
        )

    def _groups(
        self, found: Loyalty, choice: Choice, complete: Sequence[int]
    ) -> tuple[Group, Group] | None:
        """What is compared: focus and others, or the newest complete cohort and those before."""
        if choice.segment:
            focus = [found.segments.index(choice.focus)]
            others = [found.segments.index(label) for label in choice.others]
            return ((focus, complete), (others, complete)) if complete else None
        if len(complete) < 2:
            return None
        return (found.everyone, complete[-1:]), (found.everyone, complete[:-1])

    def _compared(
        self, found: Loyalty, choice: Choice, complete: Sequence[int], days: int
    ) -> tuple[Verdict, Difference | None]:
        groups = self._groups(found, choice, complete)
        if groups is None:
            return Verdict.TOO_FEW, None
        if found.hidden(groups):
            return Verdict.WITHHELD, None
        at95, at90 = (
            found.gap(*groups, days, level) for level in (figures.LEVEL, figures.LOOSE_LEVEL)
        )
        word = verdict(
            0,
            at95.interval if at95 else None,
            at90.interval if at90 else None,
            decision=DECISION_WIDTH,
        )
        return word, at95

    def _finding(
        self,
        found: Loyalty,
        choice: Choice,
        complete: Sequence[int],
        compared: tuple[Verdict, Difference | None],
        days: int,
        names: dict[str, Fact],
    ) -> Text:
        word, gap = compared
        rate = found.back(found.everyone, complete, days)
        facts = {**names, "rate": rate}
        if not complete:
            return self.text("finding.young", **facts)
        if not rate.shown or gap is None:
            return self.text("finding.rate" if rate.shown else f"finding.{rate.status}", **facts)
        facts["gap"] = _points(gap)
        against = "segment" if choice.segment else "cohort"
        if not choice.segment:
            facts["cohort"] = Name(found.cohorts[complete[-1]])
        side = "unclear"
        if word is Verdict.CLEAR:
            side = "high" if gap.value > 0 else "low"
        return self.text(f"finding.{against}_{side}", **facts)

    def _cards(
        self,
        found: Loyalty,
        choice: Choice,
        complete: Sequence[int],
        gap: Difference | None,
        params: Params,
        names: dict[str, Fact],
    ) -> tuple[Card, ...]:
        days = params.horizon_days
        cards = [Card(self.text("card.rate", **names), found.back(found.everyone, complete, days))]
        if choice.segment:
            focus = [found.segments.index(choice.focus)]
            cards.append(Card(self.text("card.focus", **names), found.back(focus, complete, days)))
        elif complete:
            newest = Name(found.cohorts[complete[-1]])
            rate = found.back(found.everyone, complete[-1:], days)
            cards.append(Card(self.text("card.newest", cohort=newest, **names), rate))
        if gap is not None:
            against = "others" if choice.segment else "before"
            cards.append(Card(self.text(f"card.gap_{against}"), _points(gap)))
        cards.append(Card(self.text("card.buyers"), found.buyers(found.everyone, self._all(found))))
        mature = found.complete(params.quality_days)
        for measure in QUALITY:
            value = found.per_hundred(measure, found.everyone, mature)
            if value is not None:
                cards.append(Card(self.text(f"card.{measure}"), value))
        return tuple(cards)

    def _all(self, found: Loyalty) -> range:
        return range(len(found.cohorts))

    def _charts(
        self, found: Loyalty, choice: Choice, complete: Sequence[int], names: dict[str, Fact]
    ) -> tuple[Chart, ...]:
        edges = found.edges
        charts = []
        marks = tuple(
            Mark(Name(label), tuple(found.back(found.everyone, [i], days) for days in edges))
            for i, label in enumerate(found.cohorts)
        )
        heads = tuple(self.text("label.within", days=number(days)) for days in edges)
        if any(value.shown for mark in marks for value in mark.values):
            alt = self.text("alt.triangle", count=number(len(marks)), **names)
            title = self.text("chart.triangle")
            charts.append(Chart("heat", title, "share", alt, marks, heads))
        groups = self._groups(found, choice, complete)
        if choice.segment and groups is not None:
            curves = tuple(
                Mark(
                    head,
                    tuple(found.back(group[0], found.complete(days), days) for group in groups),
                )
                for head, days in zip(heads, edges, strict=True)
            )
            if any(value.shown for mark in curves for value in mark.values):
                series: tuple[Label, ...] = (
                    self.text("series.focus", **names),
                    self.text("series.others", **names),
                )
                alt = self.text("alt.curves", count=number(len(curves)), **names)
                title = self.text("chart.curves", **names)
                charts.append(Chart("pairs", title, "share", alt, curves, series))
        return tuple(charts)

    def _notes(self, found: Loyalty, params: Params, names: dict[str, Fact]) -> tuple[Text, ...]:
        notes = [*withheld_notes(found.withheld, rest=False)]
        young = len(found.cohorts) - len(found.complete(params.horizon_days))
        if young:
            notes.append(self.text("note.young", count=number(young), **names))
        notes.append(self.text("note.first", **names))
        notes.append(self.text("note.cycle"))
        return tuple(notes)

    def _method(
        self, params: Params, question: CohortQuestion, names: dict[str, Fact]
    ) -> tuple[Text, ...]:
        said = [
            self.text("method.first", since=Name(params.since), until=Name(params.until)),
            *self.texts("method", "next", "rate"),
        ]
        if params.order_kinds:
            said.append(self.text("method.kinds", kinds=Name(", ".join(params.order_kinds))))
        for measure, kinds in zip(QUALITY, (params.refund_kinds, params.praise_kinds), strict=True):
            if kinds:
                shown = ", ".join((*kinds, *(params.praise_values if measure == "praise" else ())))
                days = number(question.quality_days)
                said.append(self.text(f"method.{measure}", kinds=Name(shown), days=days))
        if params.party and not params.column:
            said.append(self.text("method.contact", party=PartyName(params.party)))
        said.append(self.text("method.segment" if params.party else "method.cohort", **names))
        said += self.texts("method", "interval")
        return (*said, *([common("method.presence")] if params.party else []))


def _points(gap: Difference) -> Value:
    low, high = gap.interval.low, gap.interval.high
    step = figures.step_within(gap.interval.width / 2)
    return Value("points", "shown", gap.value, low, high, step)
