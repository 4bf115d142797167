"""A13: what a friend's recommendation brings, and how far it spreads."""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
from msgspec import Struct

from cleanroom.analyses import checks, figures
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.needs import Need
from cleanroom.analyses.protection import attacker
from cleanroom.analyses.referral_lines import Referees, Referrers
from cleanroom.analyses.result import (
    Card,
    Chart,
    Column,
    Fact,
    Mark,
    Name,
    PartyName,
    Privacy,
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
from cleanroom.disclosure.question import EdgeQuestion, Question
from cleanroom.disclosure.questions.edge import REFEREES_MOST, people_moved
from cleanroom.disclosure.release import Release
from cleanroom.statistics.verdict import Verdict

DAYS_MOST = 365
_SIDES = (True, False)


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """Recommendations on a day in [since, until), the first ``most_referees`` of each referrer.
    Converted: first order at most ``window_days`` after it. New customers of the same days are
    compared: ordered again within ``repeat_days`` (0: not asked), and with ``first_order_value``
    what the first order was worth.

    ``margin_percent`` of that worth counts as value, less ``organic_percent``, what would have come
    without a recommendation: declared, not measured.
    """

    referrals: str
    conversions: str
    since: str
    until: str
    most_referees: int = REFEREES_MOST
    window_days: int = 30
    referral_kinds: tuple[str, ...] = ()
    order_kinds: tuple[str, ...] = ()
    repeat_days: int = 90
    first_order_value: bool = False
    margin_percent: int = 100
    organic_percent: int = 0


class ReferralValue(Analysis[Params]):
    """Cells: referees by converted, for referrers; place by repeated, for referees."""

    id = "A13"
    params = Params
    evidence = "associated"
    sampling = "sampling"
    needs = (
        Need("referrals", "referrals", ("ts", "kind")),
        Need("conversions", "conversions", ("ts",), ("kind", "paid")),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """Both ends of the edges."""
        told = checks.columns(self, catalogue, "referrals", params.referrals, "referrals")
        sold = checks.columns(self, catalogue, "conversions", params.conversions, "conversions")
        for party in (params.referrals, params.conversions):
            checks.period(self, catalogue, party, (params.since, params.until))
        checks.levels(self, told, "referral_kinds", "kind", params.referral_kinds)
        checks.levels(self, sold, "order_kinds", "kind", params.order_kinds)
        if params.first_order_value:
            checks.present(self, sold, "first_order_value", "paid")
        limits = {
            "most_referees": (1, REFEREES_MOST),
            "window_days": (0, DAYS_MOST),
            "repeat_days": (0, DAYS_MOST),
            "margin_percent": (1, 100),
            "organic_percent": (0, 100),
        }
        for name, (least, most) in limits.items():
            if not least <= getattr(params, name) <= most:
                raise self.refuse(name)
        asked = EdgeQuestion(
            params.referrals,
            params.conversions,
            params.since,
            params.until,
            "referrers",
            params.most_referees,
            params.window_days,
            params.referral_kinds,
            params.order_kinds,
        )
        repeat, value = params.repeat_days, params.first_order_value
        ends = {"count": "referees", "repeat_days": repeat, "first_order_value": value}
        return [asked, msgspec.structs.replace(asked, **ends)]

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Spread per customer, conversion per referee, and the referred beside the others."""
        first, second = self.questions(params, catalogue)
        told = Referrers(answer(first, catalogue, releases[0]), policy.k)
        found = Referees(answer(second, catalogue, releases[1]), policy.k)
        names: dict[str, Fact] = {
            "party": PartyName(params.referrals),
            "brand": PartyName(params.conversions),
            "since": Name(params.since),
            "until": Name(params.until),
        }
        word = found.verdict if found.repeats else None
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(told, found, word, names),
            word,
            self._privacy(params, releases, policy),
            self._cards(told, found, params, names),
            self._charts(told, found),
            (self._referrers(told), self._customers(found, word)),
            self._notes(told, found, params, catalogue, names),
            self.texts("can_say", "spread", "compare"),
            self.texts("cannot_say", "cause", "who", "beyond"),
            self._method(params),
        )

    def _privacy(self, params: Params, releases: Sequence[Release], policy: Policy) -> Privacy:
        """One sealed pid moves several people, so an attacker sees as much as by g^2 vectors."""
        vectors = sum(len(release.vectors) for release in releases)
        seen = vectors * people_moved(params.most_referees) ** 2
        said = round(1000 * attacker(policy, seen))
        plain = self.privacy(releases, policy, policy.k)
        return msgspec.structs.replace(plain, attacker_per_mille=said)

    def _finding(
        self, told: Referrers, found: Referees, word: Verdict | None, names: dict[str, Fact]
    ) -> Text:
        if not told.k.shown:
            return self.text(f"finding.{told.k.status}", **names)
        facts: dict[str, Fact] = {
            "k": told.k,
            "customers": told.customers,
            "invitations": told.invitations,
            "conversion": told.share(),
            "referred": found.share,
        }
        if word in (Verdict.CLEAR, Verdict.TENDENCY, Verdict.NONE_SEEN):
            side = ("_more" if found.more else "_less") if word is Verdict.CLEAR else ""
            facts |= {"again": found.again(True), "others": found.again(False)}
            return self.text(f"finding.{word}{side}", **facts, **names)
        return self.text("finding.plain", **facts, **names)

    def _cards(
        self, told: Referrers, found: Referees, params: Params, names: dict[str, Fact]
    ) -> tuple[Card, ...]:
        cards = [
            Card(self.text("card.k"), told.k, self.text("card.k_note")),
            Card(self.text("card.invitations"), told.invitations),
            Card(self.text("card.conversion"), told.share()),
            Card(self.text("card.referred", **names), found.share),
        ]
        if found.has_value:
            factor = params.margin_percent / 100 * (1 - params.organic_percent / 100)
            worth = figures.average(found.value(True, factor), told.referrers())
            cards.append(Card(self.text("card.value"), worth, self.text("card.value_note")))
        return tuple(cards)

    def _charts(self, told: Referrers, found: Referees) -> tuple[Chart, ...]:
        rows = range(1, told.most + 1)
        marks = tuple(Mark(self._referees(d), (told.share(d),)) for d in rows)
        alt = self.text("alt.conversion", count=number(told.most), share=told.share())
        charts = [Chart("bars", self.text("chart.conversion"), "share", alt, marks)]
        if found.repeats:
            both = tuple(Mark(self._side(side), (found.again(side),)) for side in _SIDES)
            alt = self.text("alt.again", again=found.again(True), others=found.again(False))
            charts.append(Chart("bars", self.text("chart.again"), "share", alt, both))
        if found.has_value:
            both = tuple(Mark(self._side(side), (found.average(side),)) for side in _SIDES)
            alt = self.text("alt.value", value=found.average(True), others=found.average(False))
            charts.append(Chart("bars", self.text("chart.value"), "money", alt, both))
        return tuple(charts)

    def _side(self, referred: bool) -> Text:
        return self.text("label.referred" if referred else "label.not_referred")

    def _referees(self, count: int) -> Text:
        return self.text("label.referees", count=number(count))

    def _column(self, key: str, unit: Unit) -> Column:
        return Column(key, self.text(f"column.{key}"), unit)

    def _referrers(self, told: Referrers) -> Table:
        columns = (
            self._column("people", "people"),
            self._column("referees", "people"),
            self._column("converted", "people"),
            self._column("conversion", "share"),
        )
        empty = (_none("people"), _none("people"), _none("share"))
        rows = [Row(self.text("label.nobody"), (told.without, *empty))]
        rows += [Row(self._referees(d), told.line(d)) for d in range(1, told.most + 1)]
        rows.append(Row(self.text("label.all_referrers"), told.line(), total=True))
        rows.append(Row(self.text("label.customers"), (told.customers, *empty), total=True))
        if told.others is not None:
            rows.append(Row(OTHERS, (told.others, *empty)))
        title, head = self.text("table.referrers"), self.text("head.referrers")
        return Table("referrers", title, head, columns, tuple(rows))

    def _customers(self, found: Referees, word: Verdict | None) -> Table:
        columns = [self._column("customers", "people")]
        if found.has_value:
            columns.append(self._column("first_order", "money"))
        if found.repeats:
            columns.append(self._column("again", "share"))
        rows = []
        for side in _SIDES:
            values = [found.show(side)]
            values += [found.average(side)] if found.has_value else []
            values += [found.again(side)] if found.repeats else []
            rows.append(Row(self._side(side), tuple(values), word if side else None))
        empty = [_none(column.unit) for column in columns[1:]]
        rows.append(Row(term("total"), (found.show(None), *empty), total=True))
        title, head = self.text("table.customers"), common("head.group")
        compared = word is not None
        return Table("customers", title, head, tuple(columns), tuple(rows), compared)

    def _notes(
        self,
        told: Referrers,
        found: Referees,
        params: Params,
        catalogue: Catalogue,
        names: dict[str, Fact],
    ) -> tuple[Text, ...]:
        notes = [self.text("note.organic"), self.text("note.both", **names)]
        hidden = told.withheld + found.withheld
        notes += withheld_notes(hidden, rest=told.others is not None)
        if told.withheld:
            notes.append(self.text("note.released"))
        end = date.fromisoformat(catalogue.dataset(params.conversions).end)
        longest = max(params.window_days, params.repeat_days)
        if date.fromisoformat(params.until) + timedelta(longest) > end:
            notes.append(self.text("note.unripe"))
        return tuple(notes)

    def _method(self, params: Params) -> tuple[Text, ...]:
        said = [
            self.text(
                "method.edges",
                since=Name(params.since),
                until=Name(params.until),
                most=number(params.most_referees),
            ),
            self.text("method.converted", days=number(params.window_days)),
            self.text("method.k"),
            self.text("method.ends"),
        ]
        if params.referral_kinds:
            said.append(self.text("method.kinds", kinds=Name(", ".join(params.referral_kinds))))
        if params.order_kinds:
            said.append(self.text("method.orders", kinds=Name(", ".join(params.order_kinds))))
        if params.repeat_days:
            said.append(self.text("method.again", days=number(params.repeat_days)))
        if params.first_order_value:
            facts = {"margin": _percent(params.margin_percent)}
            facts["organic"] = _percent(params.organic_percent)
            said.append(self.text("method.value", **facts))
        moved = number(people_moved(params.most_referees))
        return (*said, self.text("method.interval"), self.text("method.moved", people=moved))


def _none(unit: Unit) -> Value:
    return figures.not_applicable(unit)


def _percent(percent: int) -> Value:
    return Value("share", "shown", percent / 100, step=0.01)
