"""A05: which channels share the credit for orders, by several models, and common paths."""

from collections.abc import Sequence

from msgspec import Struct

from cleanroom.analyses import checks, figures
from cleanroom.analyses.attribution_lines import DECISION_WIDTH, Attribution
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.credit import MODELS
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
    Value,
)
from cleanroom.analyses.words import common, level, number, withheld_notes
from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import PathQuestion, Question
from cleanroom.disclosure.questions.path import CONVERTED, GROUPS_MOST, NOT_CONVERTED, Path
from cleanroom.disclosure.release import Release
from cleanroom.statistics.verdict import Verdict, verdict

WINDOW_MOST = 365
PATHS_SHOWN = 15


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """Orders on a day in [since, until), the first of each person. ``groups``: channels that count
    as one; those in none are one more group; empty: every channel by itself. Touches count in the
    ``window_days`` before the order, or before ``until``, and not before ``touch_since``.
    ``unmatched``: people of whom no order can be known are "apart" or count as not converted.
    """

    exposures: str
    conversions: str
    since: str
    until: str
    groups: tuple[tuple[str, ...], ...] = ()
    window_days: int = 14
    touch_since: str = ""
    touch_kinds: tuple[str, ...] = ()
    order_kinds: tuple[str, ...] = ()
    unmatched_apart: bool = True


class ChannelAttribution(Analysis[Params]):
    """Cells: path by outcome, then any touch or none by outcome. One cell per person."""

    id = "A05"
    params = Params
    evidence = "associated"
    sampling = "sampling"
    needs = (
        Need("exposures", "exposures", ("ts", "channel"), ("kind",)),
        Need("conversions", "conversions", ("ts",), ("kind",)),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """The paths; and the same with all channels as one, so that withheld paths can be weighed.
        Where every path is released the second costs nothing: its cells are sums of the first's.
        """
        self._check(params, catalogue)
        groups = params.groups
        if not groups:
            channel = catalogue.column(f"{params.exposures}.exposures.channel")[3]
            groups = tuple((name,) for name in channel.domain)
        every = tuple(
            PathQuestion(
                params.exposures,
                params.conversions,
                params.since,
                params.until,
                chosen,
                params.window_days,
                params.touch_since,
                params.touch_kinds,
                params.order_kinds,
                params.unmatched_apart,
            )
            for chosen in (groups, ())
        )
        if self._count(every[0], catalogue) > GROUPS_MOST:
            raise self.refuse("groups")
        return list(every)

    def _count(self, question: PathQuestion, catalogue: Catalogue) -> int:
        channel = catalogue.column(f"{question.exposures}.exposures.channel")[3]
        named = {name for group in question.groups for name in group}
        return len(question.groups) + bool(set(channel.levels()) - named)

    def _check(self, params: Params, catalogue: Catalogue) -> None:
        seen = checks.columns(self, catalogue, "exposures", params.exposures, "exposures")
        sold = checks.columns(self, catalogue, "conversions", params.conversions, "conversions")
        checks.present(self, seen, "exposures", "channel")
        chosen = tuple(name for group in params.groups for name in group)
        if len(set(chosen)) != len(chosen) or not all(params.groups):
            raise self.refuse("groups")
        checks.levels(self, seen, "groups", "channel", chosen)
        checks.levels(self, seen, "touch_kinds", "kind", params.touch_kinds)
        checks.levels(self, sold, "order_kinds", "kind", params.order_kinds)
        if not 0 <= params.window_days <= WINDOW_MOST:
            raise self.refuse("window_days")
        days = (params.since, params.until)
        checks.period(self, catalogue, params.conversions, days)
        shown = catalogue.dataset(params.exposures)
        if params.until <= shown.start:
            raise self.refuse("until")
        if params.touch_since:
            days = (params.touch_since, min(params.until, shown.end))
            checks.period(self, catalogue, params.exposures, days, ("touch_since", "touch_since"))

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Credits by model with the range over models, and the paths with most orders."""
        asked = self.questions(params, catalogue)
        cells, whole = (
            answer(question, catalogue, release)
            for question, release in zip(asked, releases, strict=True)
        )
        groups = self._groups(params, asked[0], catalogue)
        found = Attribution(cells, whole, len(groups), policy.k)
        word = self._verdict(found)
        facts: dict[str, Fact] = {
            "party": PartyName(params.exposures),
            "brand": PartyName(params.conversions),
            "since": Name(params.since),
            "until": Name(params.until),
        }
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, groups, word, facts),
            word,
            self.privacy(releases, policy, policy.k),
            self._cards(found, groups),
            self._charts(found, groups),
            (self._models(found, groups), self._paths(found, groups)),
            self._notes(found, releases),
            self.texts("can_say", "credit", "paths"),
            self.texts("cannot_say", "cause", "unseen"),
            self._method(params),
        )

    def _groups(
        self, params: Params, question: Question, catalogue: Catalogue
    ) -> list[Name | Term]:
        """What to call each group, in the order of the cells."""
        channel = catalogue.column(f"{params.exposures}.exposures.channel")[3]
        form = canonical(question, catalogue)
        assert isinstance(form, PathQuestion)
        named = {frozenset(group) for group in params.groups}
        names: list[Name | Term] = []
        for group in form.groups:
            if len(group) == 1:
                names.append(level(group[0], channel))
            elif frozenset(group) in named:
                names.append(Name(" + ".join(group)))
            else:
                names.append(Term("analyses.A05.term.other"))
        return names

    def _verdict(self, found: Attribution) -> Verdict:
        if not found.readable:
            return Verdict.WITHHELD
        at95, at90 = (found.gap_interval(x) for x in (figures.LEVEL, figures.LOOSE_LEVEL))
        return verdict(0, at95, at90, decision=DECISION_WIDTH)

    def _finding(
        self,
        found: Attribution,
        groups: Sequence[Name | Term],
        word: Verdict,
        facts: dict[str, Fact],
    ) -> Text:
        orders = found.total("1", CONVERTED)
        if word is Verdict.WITHHELD:
            return self.text("finding.withheld", **facts)
        if found.credits is None or not found.leaders:
            return self.text("finding.too_few", **facts)
        first = found.leaders[0]
        spread = found.spread(first)
        facts = {
            **facts,
            "orders": found.show(orders),
            "leader": groups[first],
            "share": found.credit("linear", first),
            "least": _plain(spread.low),
            "most": _plain(spread.high),
        }
        return self.text("finding.clear" if word is Verdict.CLEAR else "finding.open", **facts)

    def _cards(self, found: Attribution, groups: Sequence[Name | Term]) -> tuple[Card, ...]:
        cards = []
        if found.leaders and found.readable:
            first = found.leaders[0]
            cards.append(
                Card(self.text("card.leader", group=groups[first]), found.credit("linear", first))
            )
        touched, untouched = found.total("1", CONVERTED), found.total("", CONVERTED)
        cards.append(Card(self.text("card.orders"), found.show(touched)))
        cards.append(Card(self.text("card.untouched"), found.share(untouched, touched)))
        cards.append(Card(self.text("card.suppressed"), found.suppressed))
        return tuple(cards)

    def _charts(self, found: Attribution, groups: Sequence[Name | Term]) -> tuple[Chart, ...]:
        title, alt = self.text("chart.models"), self.text("alt.models", count=number(len(groups)))
        order = found.leaders or list(range(len(groups)))
        marks = tuple(Mark(groups[group], (found.spread(group),)) for group in order)
        ranked = found.ranked(10)
        charts = [Chart("bars", title, "share", alt, marks)]
        if ranked:
            title, alt = self.text("chart.rates"), self.text("alt.rates", count=number(len(ranked)))
            rates = tuple(
                Mark(self._path(path, groups), (found.order_rate(path),)) for path in ranked
            )
            charts.append(Chart("bars", title, "share", alt, rates))
        return tuple(charts)

    def _path(self, path: Path, groups: Sequence[Name | Term]) -> Text | Name:
        steps = [groups[step - 1] for step in path]
        strings = [step.text for step in steps if isinstance(step, Name)]
        if len(strings) == len(steps):
            return Name(" → ".join(strings))  # strings of a party stand as they are
        facts = {f"s{place}": step for place, step in enumerate(steps, 1)}
        return self.text(f"label.path{len(path)}", **facts)

    def _models(self, found: Attribution, groups: Sequence[Name | Term]) -> Table:
        columns = [Column(name, self.text(f"column.{name}"), "share") for name in MODELS]
        columns.append(Column("shapley", self.text("column.shapley"), "points"))
        rows = []
        for group, name in enumerate(groups):
            values = [found.credit(model, group) for model in MODELS]
            rows.append(Row(name, (*values, found.rate_credit(group))))
        title, head = self.text("table.models"), common("head.channel")
        return Table("models", title, head, tuple(columns), tuple(rows))

    def _paths(self, found: Attribution, groups: Sequence[Name | Term]) -> Table:
        columns = (
            Column("orders", self.text("column.orders"), "people"),
            Column("others", self.text("column.others"), "people"),
            Column("rate", self.text("column.rate"), "share"),
        )
        rows = [
            Row(self._path(path, groups), self._line(found, path))
            for path in found.ranked(PATHS_SHOWN)
        ]
        for touched, key in (("1", "touched"), ("", "untouched")):
            both = found.total(touched, CONVERTED), found.total(touched, NOT_CONVERTED)
            values = (found.show(both[0]), found.show(both[1]), found.share(*both))
            rows.append(Row(self.text(f"label.{key}"), values, total=True))
        title, head = self.text("table.paths"), self.text("head.path")
        return Table("paths", title, head, columns, tuple(rows))

    def _line(self, found: Attribution, path: Path) -> tuple[Value, ...]:
        return (
            found.show(found.orders(path)),
            found.show(found.others(path)),
            found.order_rate(path),
        )

    def _notes(self, found: Attribution, releases: Sequence[Release]) -> tuple[Text, ...]:
        values = releases[0].vectors[0].values
        hidden = sum(value is None for value in values)
        notes = list(withheld_notes(hidden, rest=False)[:1])
        if hidden:
            notes.append(self.text("note.suppressed", share=found.suppressed))
        if found.unmatched is not None:
            notes.append(self.text("note.unmatched", count=found.show(found.unmatched)))
        return tuple(notes)

    def _method(self, params: Params) -> tuple[Text, ...]:
        since, until = Name(params.since), Name(params.until)
        said = [self.text("method.order", since=since, until=until)]
        if params.order_kinds:
            said.append(self.text("method.kinds", kinds=Name(", ".join(params.order_kinds))))
        said.append(self.text("method.path", days=number(params.window_days)))
        if params.touch_kinds:
            said.append(self.text("method.touches", kinds=Name(", ".join(params.touch_kinds))))
        if params.touch_since:
            said.append(self.text("method.touch_since", day=Name(params.touch_since)))
        if not params.unmatched_apart:
            said.append(self.text("method.unmatched"))
        return (*said, *self.texts("method", "rules", "markov", "shapley", "interval"))


def _plain(share: float | None) -> Value:
    """A share without an interval."""
    return Value("share", "shown", share, step=0.01)
