"""What a test is said to have shown: finding, cards, charts and notes of A08."""

from typing import Any

from cleanroom.analyses.base import Analysis
from cleanroom.analyses.lift_arms import Arms
from cleanroom.analyses.lift_figures import Figures
from cleanroom.analyses.lift_params import Params
from cleanroom.analyses.lift_tables import Tables
from cleanroom.analyses.result import (
    Card,
    Chart,
    Fact,
    Mark,
    Name,
    PartyName,
    Privacy,
    Result,
    Text,
    Tone,
    Value,
)
from cleanroom.analyses.words import common, number
from cleanroom.statistics.verdict import Verdict

_CENTS = 100


class Pages:
    """One answer of A08 in words and figures. ``stop``: why it must not be read, or ""."""

    def __init__(self, analysis: Analysis[Any], params: Params, arms: Arms) -> None:
        self._analysis, self._params, self._arms = analysis, params, arms
        apart = params.unmatched == "apart"
        self._found = Figures(arms, random=params.random, apart=apart, cost=params.cost)
        self.stop = self._found.stop
        self._names: dict[str, Fact] = {
            "test": Name(params.test),
            "treatment": Name(params.treatment),
            "control": Name(params.control),
            "party": PartyName(params.arms),
            "brand": PartyName(params.conversions),
            "days": number(params.window_days),
        }
        self._tables = Tables(analysis, params, self._found, self._names)

    def compared(self, privacy: Privacy) -> Result:
        """The arms and the gap between them."""
        analysis, random = self._analysis, self._params.random
        kind = "" if random else "_compared"
        tables = self._tables
        return Result(
            analysis.id,
            analysis.text(f"title{kind}"),
            analysis.text(f"purpose{kind}"),
            "causal" if random else "associated",
            analysis.sampling,
            self._finding(),
            self._found.verdict,
            privacy,
            self._cards(),
            self._charts(),
            (
                tables.arms(),
                tables.effect(),
                *([tables.sales()] if self._params.sales else []),
                tables.intervals(),
                *tables.checks(),
            ),
            self._notes(),
            analysis.texts("can_say", "caused" if random else "differs", "size"),
            analysis.texts("cannot_say", *(["others", "peek"] if random else ["cause"])),
            self._method(),
        )

    def stopped(self, privacy: Privacy) -> Result:
        """Why the test must not be read, and the arms."""
        analysis = self._analysis
        check = dict(self._found.checks)[self.stop]
        facts: dict[str, Fact] = {"found": check.found, "expected": check.expected, **self._names}
        return Result(
            analysis.id,
            analysis.text("title"),
            analysis.text("purpose"),
            "associated",
            analysis.sampling,
            analysis.text(f"finding.stopped_{self.stop}", **facts),
            None,
            privacy,
            (),
            (),
            (self._tables.arms(rates=False), *self._tables.checks()),
            (analysis.text(f"note.stopped_{self.stop}", **self._names), *self._hidden()),
            analysis.texts("can_say", "stopped"),
            analysis.texts("cannot_say", "stopped"),
            self._method(),
        )

    def _finding(self) -> Text:
        found, word = self._found, self._found.verdict
        key, facts = str(word), dict(self._names)
        if word is Verdict.CLEAR:
            key = "clear_more" if (found.gap().value or 0) > 0 else "clear_less"
        if word is Verdict.TOO_FEW and not found.smallest.shown:
            key = "too_few_at_all"
        if key not in ("withheld", "too_few_at_all"):
            treated, control = self._arms.treated, self._arms.control
            facts |= {
                "gap": found.gap(),
                "relative": found.relative(),
                "smallest": found.smallest,
                "rate_treatment": treated.rate,
                "rate_control": control.rate,
                "people_treatment": treated.show(treated.compared),
                "people_control": control.show(control.compared),
            }
        kind = "finding" if self._params.random else "compared"
        return self._analysis.text(f"{kind}.{key}", **facts)

    def _cards(self) -> tuple[Card, ...]:
        text, found, random = self._analysis.text, self._found, self._params.random
        title = "card.relative" if random else "card.relative_gap"
        cards = [Card(text(title), found.relative()), Card(text("card.gap"), found.gap())]
        if random:
            cards.append(Card(text("card.incremental", **self._names), found.incremental))
        if self._params.cost:
            cards.append(Card(text("card.iroas"), found.iroas, text("card.iroas_note")))
        elif self._params.sales and random:
            cards.append(Card(text("card.incremental_sales"), found.incremental_sales))
        elif self._params.sales:
            cards.append(Card(text("card.sales_gap"), found.sales_gap()))
        note = None
        if found.needed.shown:
            note = text("card.smallest_note", worthwhile=self._worthwhile, needed=found.needed)
        cards.append(Card(text("card.smallest"), found.smallest, note))
        return tuple(cards)

    @property
    def _worthwhile(self) -> Value:
        return Value("share", "shown", self._params.worthwhile, step=0.01)

    def _charts(self) -> tuple[Chart, ...]:
        text, treated, control = self._analysis.text, self._arms.treated, self._arms.control
        facts: dict[str, Fact] = {"one": treated.rate, "two": control.rate, **self._names}
        rates = Chart(
            "bars",
            text("chart.rates", **self._names),
            "share",
            text("alt.rates", **facts),
            (
                Mark(Name(treated.name), (treated.rate,), "strong"),
                Mark(Name(control.name), (control.rate,), "muted"),
            ),
        )
        gap = self._found.gap()
        if not gap.shown:
            return (rates,)
        tone: Tone = "plain"
        if self._found.verdict is Verdict.CLEAR:
            tone = "high" if (gap.value or 0) > 0 else "low"
        alt = text("alt.gap", gap=gap, **self._names)
        mark = Mark(text("label.gap", **self._names), (gap,), tone)
        return rates, Chart("index", text("chart.gap"), "points", alt, (mark,), lines=(0,))

    def _notes(self) -> tuple[Text, ...]:
        text, params = self._analysis.text, self._params
        notes = list(self._hidden())
        if params.random and self._found.allocation is None:
            notes.append(text("note.unchecked"))
        if params.arms != params.conversions:
            notes.append(text(f"note.unmatched_{params.unmatched}", **self._names))
        if not params.random:
            notes.append(text("note.not_random"))
        return tuple(notes)

    def _hidden(self) -> tuple[Text, ...]:
        hidden = self._arms.treated.withheld + self._arms.control.withheld
        return (common("note.withheld", count=number(hidden)),) if hidden else ()

    def _method(self) -> tuple[Text, ...]:
        text, params = self._analysis.text, self._params
        said = [text("method.itt"), text("method.window", days=number(params.window_days))]
        if params.order_kinds:
            said.append(text("method.kinds", kinds=Name(", ".join(params.order_kinds))))
        said += [text("method.rate"), text("method.interval")]
        if params.sales:
            said.append(text("method.sales"))
        if params.cost:
            cost = Value("money", "shown", params.cost * _CENTS, step=_CENTS)
            said.append(text("method.cost", cost=cost))
        if params.random:
            said.append(text("method.checks"))
        return (*said, text("method.power", worthwhile=self._worthwhile), common("method.presence"))
