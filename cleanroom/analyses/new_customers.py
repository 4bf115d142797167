"""A04: through which channels new customers came, and what their first order was worth."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from cleanroom.analyses import figures
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.needs import Need
from cleanroom.analyses.new_customer_lines import DECISION_WIDTH, NewCustomers
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
from cleanroom.analyses.words import OTHERS, common, number, term, withheld_notes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import FirstChannelQuestion, Question
from cleanroom.disclosure.release import Release
from cleanroom.statistics.verdict import Verdict, verdict

USUAL_HISTORY_DAYS = 365
WINDOW_MOST = 365
TARGETS_MOST = 3


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """New: first order in the data on a day in [new_since, new_until). Channel: first or last
    exposure in the ``window_days`` before that order, or whose span holds it (``while_active``).
    ``targets_percent``: lines to compare the channels' share with.
    """

    exposures: str
    conversions: str
    new_since: str
    new_until: str
    touch: Literal["first", "last"] = "last"
    window_days: int = 14
    while_active: bool = False
    order_kinds: tuple[str, ...] = ()
    first_order_value: bool = False
    targets_percent: tuple[int, ...] = (20, 50)


class NewCustomersByChannel(Analysis[Params]):
    """Cells: channel, none, not matched. One cell per person."""

    id = "A04"
    params = Params
    evidence = "associated"
    sampling = "sampling"
    needs = (
        Need("exposures", "exposures", ("ts", "channel"), ("until", "campaign")),
        Need("conversions", "conversions", ("ts",), ("kind", "paid")),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One first-channel question."""
        self._check_tables(params, catalogue)
        self._check_dates(params, catalogue)
        if not 0 <= params.window_days <= WINDOW_MOST:
            raise self.refuse("window_days")
        targets = params.targets_percent
        if len(targets) > TARGETS_MOST or not all(0 < percent < 100 for percent in targets):
            raise self.refuse("targets_percent")
        return [
            FirstChannelQuestion(
                params.exposures,
                params.conversions,
                params.new_since,
                params.new_until,
                params.touch,
                params.window_days,
                params.while_active,
                params.order_kinds,
                params.first_order_value,
            )
        ]

    def _check_tables(self, params: Params, catalogue: Catalogue) -> None:
        for name in ("exposures", "conversions"):
            party = getattr(params, name)
            if party not in catalogue.parties or name not in catalogue.dataset(party).tables:
                raise self.refuse(name)
        if "channel" not in catalogue.dataset(params.exposures).tables["exposures"]:
            raise self.refuse("exposures")
        kind = catalogue.dataset(params.conversions).tables["conversions"].get("kind")
        if not set(params.order_kinds) <= set(kind.domain if kind else ()):
            raise self.refuse("order_kinds")

    def _check_dates(self, params: Params, catalogue: Catalogue) -> None:
        dataset = catalogue.dataset(params.conversions)
        since, until = self._day(params, "new_since"), self._day(params, "new_until")
        if not date.fromisoformat(dataset.start) <= since:
            raise self.refuse("new_since")
        if not since < until <= date.fromisoformat(dataset.end):
            raise self.refuse("new_until")

    def _day(self, params: Params, name: str) -> date:
        text = getattr(params, name)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise self.refuse(name) from None
        if day.isoformat() != text:
            raise self.refuse(name)
        return day

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Shares of matched new customers by channel, against the target lines."""
        (question,) = self.questions(params, catalogue)
        spec = catalogue.column(f"{params.exposures}.exposures.channel")[3]
        found = NewCustomers(answer(question, catalogue, releases[0]), spec, policy.k)
        names: dict[str, Fact] = {
            "party": PartyName(params.exposures),
            "brand": PartyName(params.conversions),
            "since": Name(params.new_since),
            "until": Name(params.new_until),
        }
        targets = [percent / 100 for percent in params.targets_percent]
        words = [self._verdict(found, target) for target in targets]
        by_target = [self._targets(found, params, words)] if targets else []
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, targets, words, names),
            words[0] if words else None,
            self.privacy(releases, policy, policy.k),
            self._cards(found, names),
            self._charts(found, targets, names),
            (self._table(found), *by_target),
            self._notes(found, params, catalogue, names),
            self.texts("can_say", "share", "quality"),
            self.texts("cannot_say", "cause", "unmatched"),
            self._method(params),
        )

    def _verdict(self, found: NewCustomers, target: float) -> Verdict:
        if found.any_share.status == "withheld":
            return Verdict.WITHHELD
        at95, at90 = (found.any_interval(level) for level in (figures.LEVEL, figures.LOOSE_LEVEL))
        return verdict(target, at95, at90, decision=DECISION_WIDTH)

    def _finding(
        self,
        found: NewCustomers,
        targets: Sequence[float],
        words: Sequence[Verdict],
        names: dict[str, Fact],
    ) -> Text:
        share = found.any_share
        if not share.shown or share.value is None:
            return self.text(f"finding.{share.status}", **names)
        facts: dict[str, Fact] = {"share": share, "matched": found.show(found.matched), **names}
        if not targets:
            return self.text("finding.plain", **facts)
        facts["target"] = _line(targets[0])
        if words[0] is Verdict.CLEAR:
            side = "above" if share.value > targets[0] else "below"
            return self.text(f"finding.{side}", **facts)
        return self.text("finding.undecided", **facts)

    def _cards(self, found: NewCustomers, names: dict[str, Fact]) -> tuple[Card, ...]:
        cards = [Card(self.text("card.any", **names), found.any_share)]
        largest = found.largest
        if largest is not None:
            title = self.text("card.largest", channel=largest.name)
            cards.append(Card(title, largest.share))
        cards.append(Card(self.text("card.matched"), found.show(found.matched)))
        cards.append(Card(self.text("card.unmatched"), found.unmatched_share))
        if found.any_average is not None:
            cards.append(Card(self.text("card.average", **names), found.any_average))
        return tuple(cards)

    def _charts(
        self, found: NewCustomers, targets: Sequence[float], names: dict[str, Fact]
    ) -> tuple[Chart, ...]:
        lines = found.lines
        marks = [Mark(self.text("label.any", **names), (found.any_share,), "strong")]
        marks += [Mark(line.name, (line.share,)) for line in lines[:-1]]
        marks.append(Mark(lines[-1].name, (lines[-1].share,), "muted"))
        alt = self.text("alt.shares", share=found.any_share, count=number(len(lines)), **names)
        title = self.text("chart.shares")
        shares = Chart("bars", title, "share", alt, tuple(marks), lines=tuple(targets))
        if found.any_average is None:
            return (shares,)
        worth = tuple(Mark(line.name, (line.average,)) for line in lines if line.average)
        title, alt = self.text("chart.average"), self.text("alt.average", count=number(len(lines)))
        return shares, Chart("bars", title, "money", alt, worth)

    def _column(self, key: str, unit: Unit) -> Column:
        return Column(key, self.text(f"column.{key}"), unit)

    def _table(self, found: NewCustomers) -> Table:
        columns = [
            self._column("people", "people"),
            self._column("share_of_matched", "share"),
            self._column("share_of_all", "share"),
        ]
        if found.any_average is not None:
            columns.append(self._column("first_order", "money"))
        rows = [Row(line.name, line.figures) for line in found.lines]
        rows += [
            Row(self.text("label.any_row"), found.any_line, total=True),
            Row(self.text("label.matched_row"), found.matched_line, total=True),
            Row(term("unmatched"), found.unmatched_line),
            Row(self.text("label.all_row"), found.all_line, total=True),
        ]
        if found.others_line is not None:
            rows.append(Row(OTHERS, found.others_line))
        title, head = self.text("table.channels"), common("head.channel")
        return Table("channels", title, head, tuple(columns), tuple(rows))

    def _targets(self, found: NewCustomers, params: Params, words: Sequence[Verdict]) -> Table:
        columns = (self._column("share_of_matched", "share"), self._column("missing", "people"))
        rows = tuple(
            Row(
                common("line", target=_line(percent / 100)),
                (found.any_share, found.needed(percent / 100)),
                word,
            )
            for percent, word in zip(params.targets_percent, words, strict=True)
        )
        title, head = self.text("table.targets"), common("head.target")
        return Table("targets", title, head, columns, rows, True)

    def _notes(
        self,
        found: NewCustomers,
        params: Params,
        catalogue: Catalogue,
        names: dict[str, Fact],
    ) -> tuple[Text, ...]:
        notes = []
        start = date.fromisoformat(catalogue.dataset(params.conversions).start)
        history = (date.fromisoformat(params.new_since) - start).days
        if history < USUAL_HISTORY_DAYS:
            notes.append(self.text("note.history", days=number(history), **names))
        notes += withheld_notes(found.withheld, rest=found.others_line is not None)
        if found.withheld_sums:
            notes.append(common("note.withheld_sums", count=number(found.withheld_sums)))
        beside = found.unmatched_share
        notes.append(
            self.text("note.matched_only", share=beside)
            if beside.shown
            else self.text("note.matched_only_plain")
        )
        return tuple(notes)

    def _method(self, params: Params) -> tuple[Text, ...]:
        since, until = Name(params.new_since), Name(params.new_until)
        said = [
            self.text("method.new", since=since, until=until),
            self.text(f"method.touch_{params.touch}"),
            self.text("method.while_active")
            if params.while_active
            else self.text("method.window", days=number(params.window_days)),
        ]
        if params.order_kinds:
            said.append(self.text("method.kinds", kinds=Name(", ".join(params.order_kinds))))
        said += [*self.texts("method", "share", "interval"), common("method.presence")]
        if params.first_order_value:
            said.append(self.text("method.first_order"))
        if params.targets_percent:
            said.append(self.text("method.target"))
        return tuple(said)


def _line(target: float) -> Value:
    """A target line as a fact: exact, without interval."""
    return Value("share", "shown", target, step=0.01)
