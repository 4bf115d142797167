"""A10: how the rate of orders after a first exposure changes from week to week."""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from cleanroom.analyses import checks, figures
from cleanroom.analyses.base import Analysis
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
)
from cleanroom.analyses.trend_lines import Trends, points
from cleanroom.analyses.words import common, level, number, term, withheld_notes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import Question, WeeklyQuestion
from cleanroom.disclosure.questions.weekly import STEPS_MOST, Step, starts
from cleanroom.disclosure.release import Release
from cleanroom.statistics.delta import Estimate
from cleanroom.statistics.verdict import Verdict, verdict

WINDOW_MOST = 365
STEPS_LEAST = 3


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """People first exposed in whole weeks (or months) from ``since`` to before ``until``, and
    whether they ordered within ``window_days``. Weeks whose window the data do not hold in full are
    left out.
    """

    exposures: str
    conversions: str
    since: str
    until: str
    step: Step = "week"
    window_days: int = 14
    touch_kinds: tuple[str, ...] = ()
    order_kinds: tuple[str, ...] = ()
    unmatched_apart: bool = True


class ConversionTrend(Analysis[Params]):
    """Cells: step by channel by outcome. One cell per person."""

    id = "A10"
    params = Params
    evidence = "associated"
    sampling = "sampling"
    needs = (
        Need("exposures", "exposures", ("ts", "channel"), ("kind", "campaign")),
        Need("conversions", "conversions", ("ts",), ("kind",)),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One question about all mature steps."""
        seen = checks.columns(self, catalogue, "exposures", params.exposures, "exposures")
        sold = checks.columns(self, catalogue, "conversions", params.conversions, "conversions")
        checks.present(self, seen, "exposures", "channel")
        checks.levels(self, seen, "touch_kinds", "kind", params.touch_kinds)
        checks.levels(self, sold, "order_kinds", "kind", params.order_kinds)
        if not 0 <= params.window_days <= WINDOW_MOST:
            raise self.refuse("window_days")
        days = (params.since, params.until)
        since, _ = checks.period(self, catalogue, params.exposures, days)
        if params.step == "month" and since.day != 1:
            raise self.refuse("since")
        mature, _ = self._steps(params, catalogue)
        if not STEPS_LEAST <= mature <= STEPS_MOST:
            raise self.refuse("until")
        return [
            WeeklyQuestion(
                params.exposures,
                params.conversions,
                params.since,
                mature,
                params.step,
                params.window_days,
                params.touch_kinds,
                params.order_kinds,
                params.unmatched_apart,
            )
        ]

    def _steps(self, params: Params, catalogue: Catalogue) -> tuple[int, int]:
        """How many whole steps are mature, and how many are not."""
        ends = starts(self._all_steps(params))[1:]
        whole = [end for end in ends if end.isoformat() <= params.until]
        last = date.fromisoformat(catalogue.dataset(params.conversions).end)
        mature = [end for end in whole if end + timedelta(params.window_days) <= last]
        return len(mature), len(whole) - len(mature)

    def _all_steps(self, params: Params) -> WeeklyQuestion:
        return WeeklyQuestion(
            params.exposures, params.conversions, params.since, STEPS_MOST + 1, params.step
        )

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Rates by step, their line, and the change between halves split into mix and rate."""
        (question,) = self.questions(params, catalogue)
        assert isinstance(question, WeeklyQuestion)
        spec = catalogue.column(f"{params.exposures}.exposures.channel")[3]
        names = [level(label, spec) for label in spec.levels()]
        cells = answer(question, catalogue, releases[0])
        found = Trends(cells, question.steps, len(names), policy.k)
        days = [first.isoformat() for first in starts(question)]
        word = self._verdict(found)
        facts: dict[str, Fact] = {
            "party": PartyName(params.exposures),
            "brand": PartyName(params.conversions),
            "since": Name(days[0]),
            "until": Name(days[-1]),
            "steps": number(question.steps),
        }
        hidden = sum(value is None for value in releases[0].vectors[0].values)
        immature = self._steps(params, catalogue)[1]
        late = [self.text("note.immature", count=number(immature))] if immature else []
        split = [self._split(found, names)] if found.change else []
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, word, facts, params.step),
            word,
            self.privacy(releases, policy, policy.k),
            self._cards(found, params.step),
            (self._chart(found, days, params.step),),
            (self._table(found, days, params.step), *split),
            (*withheld_notes(hidden, rest=False)[:1], *late, *self.texts("note", "first")),
            self.texts("can_say", "trend", "mix"),
            self.texts("cannot_say", "cause", "ahead"),
            self._method(params),
        )

    def _change_over_all(self, found: Trends) -> Estimate | None:
        """The line's change from the first step to the last."""
        trend = found.trend
        if trend is None:
            return None
        return Estimate(trend.slope * (found.steps - 1), trend.sd * (found.steps - 1))

    def _verdict(self, found: Trends) -> Verdict:
        if not found.whole:
            return Verdict.WITHHELD
        line, rate = self._change_over_all(found), found.rate(range(found.steps))
        if line is None or not rate.shown or not rate.value:
            return Verdict.TOO_FEW
        at95, at90 = (line.interval(x) for x in (figures.LEVEL, figures.LOOSE_LEVEL))
        # a change known only to within half of the rate itself decides nothing
        return verdict(0, at95, at90, decision=rate.value)

    def _finding(self, found: Trends, word: Verdict, facts: dict[str, Fact], step: Step) -> Text:
        if word is Verdict.WITHHELD:
            return self.text("finding.withheld", **facts)
        line = self._change_over_all(found)
        if line is None:
            return self.text("finding.too_few", **facts)
        every = range(found.steps)
        facts = {
            **facts,
            "rate": found.rate(every),
            "people": found.people(every),
            "change": points(line),
        }
        if word is not Verdict.CLEAR:
            return self.text(f"finding.open_{step}", **facts)
        return self.text(f"finding.{'up' if line.value > 0 else 'down'}_{step}", **facts)

    def _cards(self, found: Trends, step: Step) -> tuple[Card, ...]:
        cards = [Card(self.text("card.rate"), found.rate(range(found.steps)))]
        line = self._change_over_all(found)
        if line is not None:
            cards.append(Card(self.text(f"card.change_{step}"), points(line)))
        if found.change is not None:
            cards.append(Card(self.text("card.mix"), points(found.change.mix_total)))
            cards.append(Card(self.text("card.inside"), points(found.change.rate_total)))
        return tuple(cards)

    def _chart(self, found: Trends, days: Sequence[str], step: Step) -> Chart:
        marks = tuple(
            Mark(Name(days[place]), (found.rate([place]),)) for place in range(found.steps)
        )
        alt = self.text(f"alt.{step}", count=number(found.steps))
        return Chart("lines", self.text(f"chart.{step}"), "share", alt, marks)

    def _table(self, found: Trends, days: Sequence[str], step: Step) -> Table:
        columns = (
            Column("people", self.text("column.people"), "people"),
            Column("rate", self.text("column.rate"), "share"),
        )
        rows = [
            Row(Name(days[place]), (found.people([place]), found.rate([place])))
            for place in range(found.steps)
        ]
        every = range(found.steps)
        rows.append(Row(term("total"), (found.people(every), found.rate(every)), total=True))
        head = self.text(f"head.{step}")
        return Table("steps", self.text(f"table.{step}"), head, columns, tuple(rows))

    def _split(self, found: Trends, names: Sequence[Name | Term]) -> Table:
        change = found.change
        assert change is not None
        first, second = found.halves
        columns = (
            Column("share_before", self.text("column.share_before"), "share"),
            Column("share_after", self.text("column.share_after"), "share"),
            Column("rate_before", self.text("column.rate_before"), "share"),
            Column("rate_after", self.text("column.rate_after"), "share"),
            Column("mix", self.text("column.mix"), "points"),
            Column("inside", self.text("column.inside"), "points"),
        )
        rows = []
        for channel, name in enumerate(names):
            values = (
                found.part(first, channel),
                found.part(second, channel),
                found.rate(first, [channel]),
                found.rate(second, [channel]),
                points(change.mix[channel]),
                points(change.rate[channel]),
            )
            rows.append(Row(name, values))
        none = figures.not_applicable("share")
        sums = (points(change.mix_total), points(change.rate_total))
        total = (none, none, found.rate(first), found.rate(second), *sums)
        rows.append(Row(term("total"), total, total=True))
        title, head = self.text("table.split"), common("head.channel")
        return Table("split", title, head, columns, tuple(rows))

    def _method(self, params: Params) -> tuple[Text, ...]:
        said = [
            self.text("method.people"),
            self.text("method.rate", days=number(params.window_days)),
        ]
        if params.touch_kinds:
            said.append(self.text("method.touches", kinds=Name(", ".join(params.touch_kinds))))
        if params.order_kinds:
            said.append(self.text("method.kinds", kinds=Name(", ".join(params.order_kinds))))
        if not params.unmatched_apart:
            said.append(self.text("method.unmatched"))
        return (*said, *self.texts("method", "line", "split", "interval"))
