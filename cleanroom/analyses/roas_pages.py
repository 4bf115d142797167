"""Return and cost per new customer in words and figures: A09."""

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct

from cleanroom.analyses.lift_figures import Figures
from cleanroom.analyses.lift_params import Params as TestParams
from cleanroom.analyses.result import (
    Card,
    Chart,
    Column,
    Fact,
    Mark,
    Name,
    PartyName,
    Row,
    Table,
    Text,
    Unit,
    Value,
)
from cleanroom.analyses.roas_lines import CENTS, Returns
from cleanroom.analyses.words import common, number, term
from cleanroom.statistics.verdict import Verdict


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """New customers by channel as in A04. ``costs``: what each channel cost in that time, in whole
    units of the currency. ``test``: a controlled test as in A08, with sales and cost, whose return
    stands beside.
    """

    exposures: str
    conversions: str
    new_since: str
    new_until: str
    costs: dict[str, int]
    touch: Literal["first", "last"] = "last"
    window_days: int = 14
    while_active: bool = False
    order_kinds: tuple[str, ...] = ()
    test: TestParams | None = None


class Pages:
    """One answer in words and figures."""

    def __init__(
        self, text: Callable[..., Text], params: Params, found: Returns, test: Figures | None
    ) -> None:
        self._text, self._params, self._found, self._test = text, params, found, test
        self._all = found.channels
        self._roas = found.roas(self._all)
        self._names: dict[str, Fact] = {
            "party": PartyName(params.exposures),
            "brand": PartyName(params.conversions),
            "since": Name(params.new_since),
            "until": Name(params.new_until),
        }
        if params.test is not None:
            self._names["test"] = Name(params.test.test)

    @property
    def _iroas(self) -> Value | None:
        """The test's return, where it may be read."""
        return None if self._test is None or self._test.stop else self._test.iroas

    def finding(self) -> Text:
        """The return in one sentence, and the test's beside it."""
        if not self._roas.shown:
            return self._text(f"finding.{self._roas.status}", **self._names)
        customer = self._found.cost_per_customer(self._all)
        facts: dict[str, Fact] = {"roas": self._roas, "customer": customer, **self._names}
        key = "full" if customer.shown else "returned"
        if self._test is not None and self._iroas is not None and self._iroas.shown:
            clear = self._test.sales_verdict is Verdict.CLEAR
            test = "test" if clear else "test_unclear"
            return self._text(f"finding.{key}_{test}", iroas=self._iroas, **facts)
        return self._text(f"finding.{key}", **facts)

    def cards(self) -> tuple[Card, ...]:
        """Return, cost per customer, best channel, the test's return."""
        text, found = self._text, self._found
        cards = [
            Card(text("card.roas"), self._roas, text("card.roas_note")),
            Card(text("card.customer"), found.cost_per_customer(self._all)),
        ]
        if found.best is not None:
            title = text("card.best", channel=Name(found.best))
            cards.append(Card(title, found.roas([found.best])))
        if self._iroas is not None:
            cards.append(Card(text("card.iroas", **self._names), self._iroas))
        cards.append(Card(text("card.unmatched"), found.unmatched_share))
        return tuple(cards)

    def charts(self) -> tuple[Chart, ...]:
        """Return and cost per customer by channel; both returns beside each other."""
        text, found = self._text, self._found
        facts: dict[str, Fact] = {"count": number(len(self._all)), "roas": self._roas}
        returns = [Mark(Name(name), (found.roas([name]),)) for name in self._all]
        returns.append(Mark(text("label.all"), (self._roas,), "strong"))
        charts = [_bars("number", text("chart.roas"), text("alt.roas", **facts), returns, (1,))]
        costs = [Mark(Name(name), (found.cost_per_customer([name]),)) for name in self._all]
        title, alt = text("chart.customer"), text("alt.customer", count=facts["count"])
        charts.append(_bars("money", title, alt, costs))
        if self._iroas is not None:
            both = [
                Mark(text("label.attributed"), (self._roas,), "muted"),
                Mark(text("label.caused", **self._names), (self._iroas,), "strong"),
            ]
            alt = text("alt.both", one=self._roas, two=self._iroas)
            charts.append(_bars("number", text("chart.both"), alt, both, (1,)))
        return tuple(charts)

    def _column(self, key: str, unit: Unit) -> Column:
        return Column(key, self._text(f"column.{key}"), unit)

    def tables(self) -> tuple[Table, ...]:
        """Channels; the test."""
        return (self._channels(), *([self._caused(self._iroas)] if self._iroas else []))

    def _channels(self) -> Table:
        rows = [Row(Name(name), self._found.line([name])) for name in self._all]
        rows.append(Row(term("total"), self._found.line(self._all), total=True))
        columns = (
            self._column("cost", "money"),
            self._column("customers", "people"),
            self._column("per_customer", "money"),
            self._column("sales", "money"),
            self._column("roas", "number"),
        )
        title, head = self._text("table.channels"), common("head.channel")
        return Table("channels", title, head, columns, tuple(rows))

    def _caused(self, iroas: Value) -> Table:
        assert self._test is not None
        assert self._params.test is not None
        cost = Value("money", "shown", self._params.test.cost * CENTS, step=CENTS)
        columns = (
            self._column("cost", "money"),
            self._column("incremental_sales", "money"),
            self._column("iroas", "number"),
        )
        line = (cost, self._test.incremental_sales, iroas)
        row = Row(self._text("label.caused", **self._names), line, self._test.sales_verdict)
        title, head = self._text("table.test"), self._text("head.test")
        return Table("test", title, head, columns, (row,), True)

    def notes(self) -> tuple[Text, ...]:
        """What is missing, and why two returns differ."""
        text, found = self._text, self._found
        notes = []
        if found.withheld:
            notes.append(text("note.withheld", count=number(found.withheld)))
        if found.unpaid:
            names = ", ".join(name for name in found.unpaid if name)
            notes += [text("note.unpaid", channels=Name(names))] if names else []
        share = found.unmatched_share
        notes.append(text("note.unmatched", share=share) if share.shown else text("note.matched"))
        if self._params.test is not None:
            stopped = self._test is not None and bool(self._test.stop)
            key = "stopped" if stopped else "both" if self._test is not None else "refused"
            notes.append(text(f"note.test_{key}", **self._names))
        return tuple(notes)

    def method(self) -> tuple[Text, ...]:
        """The rule of attribution, the ratios, what is hidden."""
        params, text = self._params, self._text
        since, until = Name(params.new_since), Name(params.new_until)
        said = [
            text("method.new", since=since, until=until),
            text(f"method.touch_{params.touch}"),
            text("method.while_active")
            if params.while_active
            else text("method.window", days=number(params.window_days)),
        ]
        if params.order_kinds:
            said.append(text("method.kinds", kinds=Name(", ".join(params.order_kinds))))
        said += [text("method.ratios"), text("method.hidden"), text("method.interval")]
        if params.test is not None:
            said.append(text("method.test", days=number(params.test.window_days)))
        return (*said, common("method.presence"))


def _bars(
    unit: Unit, title: Text, alt: Text, marks: Sequence[Mark], lines: tuple[float, ...] = ()
) -> Chart:
    return Chart("bars", title, unit, alt, tuple(marks), lines=lines)
