"""A07: impressions that could be spared, per person and in money. An opportunity, not an effect."""

from collections.abc import Sequence

from cleanroom.analyses import campaign, figures
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.campaign import PER_THOUSAND, CampaignParams
from cleanroom.analyses.cells import answer
from cleanroom.analyses.needs import Need
from cleanroom.analyses.result import (
    Card,
    Chart,
    Column,
    Fact,
    Mark,
    Name,
    Result,
    Row,
    Table,
    Text,
    Unit,
    Value,
)
from cleanroom.analyses.suppression_rows import KEYS, UNKNOWN, Prices, Spared
from cleanroom.analyses.words import OTHERS, common, number, term, withheld_notes
from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import Question, SuppressionQuestion
from cleanroom.disclosure.questions.campaign import views_cap
from cleanroom.disclosure.questions.suppression import ABOVE_CAP, NO_RESPONSE, USEFUL, classes
from cleanroom.disclosure.release import Release
from cleanroom.statistics.verdict import Verdict

DAYS_MOST = 3650


class Params(CampaignParams, frozen=True, forbid_unknown_fields=True):
    """Beside the campaign, each class that is tried in turn: bought at most ``recent_days`` before
    the first impression; ``existing`` customers (where new ones are wanted); more than ``cap``
    impressions; at least ``no_response_after`` of them without a purchase or an event of
    ``response_kinds``. 0 or false leaves a class out.

    ``purchases``: also how many of each class bought. ``cost_total``: of all impressions, in
    hundredths, instead of ``cost_per_thousand``.
    """

    recent_days: int = 30
    existing: bool = True
    cap: int = 10
    no_response_after: int = 5
    response_kinds: tuple[str, ...] = ()
    purchases: bool = False
    cost_total: int = 0


class Suppression(Analysis[Params]):
    """Cells: class by what is known of orders. One cell per person."""

    id = "A07"
    params = Params
    evidence = "descriptive"
    sampling = "noise"
    needs = (
        Need("exposures", "exposures", ("ts",), ("kind", "campaign", "n")),
        Need("conversions", "conversions", ("ts",), ("kind",)),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One suppression question."""
        campaign.check(self.id, params, catalogue)
        fields = campaign.question_fields(params, catalogue)
        question = SuppressionQuestion(
            **fields,
            recent_days=params.recent_days,
            existing=params.existing,
            cap=params.cap,
            no_response_after=params.no_response_after,
            response_kinds=params.response_kinds,
            outcome=params.purchases,
        )
        most = views_cap(question, catalogue)
        kind = campaign.exposure_columns(params, catalogue).get("kind")
        good = {
            "recent_days": 0 <= params.recent_days <= DAYS_MOST,
            "cap": 0 <= params.cap < most,
            "no_response_after": 0 <= params.no_response_after <= most,
            "response_kinds": set(params.response_kinds) <= set(kind.domain if kind else ()),
            "cost_total": 0 <= params.cost_total <= campaign.MONEY_MOST
            and not (params.cost_total and params.cost_per_thousand),
        }
        for name, fine in good.items():
            if not fine:
                raise self.refuse(name)
        if classes(_form(question, catalogue)) == (USEFUL,):
            raise self.refuse("cap")
        return [question]

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Impressions by class, and those that could be spared."""
        (question,) = self.questions(params, catalogue)
        form = _form(question, catalogue)
        found = Spared(
            answer(question, catalogue, releases[0]),
            policy.k,
            {ABOVE_CAP: form.cap, NO_RESPONSE: form.no_response_after},
            Prices(params.cost_per_thousand / PER_THOUSAND, params.cost_total),
            apart=params.unmatched == "apart",
        )
        names = campaign.names(params, catalogue)
        tables = [self._table(found, form)]
        if form.outcome:
            tables.append(self._purchases(found, form))
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, names),
            Verdict.WITHHELD if found.per_person.status == "withheld" else None,
            self.privacy(releases, policy, policy.k),
            self._cards(found, names),
            self._charts(found, form),
            tuple(tables),
            self._notes(found, params, names),
            self.texts("can_say", "spared", "rule"),
            self.texts("cannot_say", "loss", "money"),
            self._method(params, form, catalogue),
        )

    def _finding(self, found: Spared, names: dict[str, Fact]) -> Text:
        each = found.per_person
        if not each.shown:
            return self.text(f"finding.{each.status}", **names)
        facts: dict[str, Fact] = {"each": each, "reach": found.reach, **names}
        if not found.share.shown:
            return self.text("finding.each", **facts)
        facts |= {"share": found.share, "mean": found.mean}
        if found.priced and found.money.shown:
            return self.text("finding.money", money=found.money, **facts)
        return self.text("finding.plain", **facts)

    def _cards(self, found: Spared, names: dict[str, Fact]) -> tuple[Card, ...]:
        note = self.text("card.opportunity")
        cards = [Card(self.text("card.each"), found.per_person, note)]
        if found.priced:
            cards.append(Card(self.text("card.money"), found.money, note))
        cards.append(Card(self.text("card.share"), found.share))
        cards.append(Card(self.text("card.reach", **names), found.reach))
        cards.append(Card(self.text("card.mean"), found.mean))
        return tuple(cards)

    def _label(self, key: str, form: SuppressionQuestion) -> Text:
        facts = {
            "days": form.recent_days,
            "cap": form.cap,
            "after": form.no_response_after,
        }
        return self.text(f"label.{key}", **{name: number(n) for name, n in facts.items()})

    def _charts(self, found: Spared, form: SuppressionQuestion) -> tuple[Chart, ...]:
        spared = [line for line in found.lines if line.spared.status != "none"]
        if not found.impressions.shown or not spared:
            return ()
        labels = [self._label(line.key, form) for line in spared]
        charts = [
            self._waterfall(
                "impressions",
                "number",
                [*zip(labels, (line.spared for line in spared), strict=True)],
                (found.impressions, found.useful),
            )
        ]
        if found.priced:
            costs = [line.money for line in spared if line.money is not None]
            steps = [*zip(labels, costs, strict=True)]
            charts.append(self._waterfall("money", "money", steps, (found.cost, found.useful_cost)))
        return tuple(charts)

    def _waterfall(
        self,
        name: str,
        unit: Unit,
        steps: Sequence[tuple[Text, Value]],
        ends: tuple[Value, Value],
    ) -> Chart:
        """From all to what is left; each step takes something away."""
        first, last = ends
        marks = (
            Mark(self.text(f"label.all_{name}"), (first,), "muted"),
            *(Mark(label, (value,), "low") for label, value in steps),
            Mark(self.text(f"label.left_{name}"), (last,), "strong"),
        )
        alt = self.text(f"alt.{name}", count=number(len(steps)), all=first, left=last)
        return Chart("waterfall", self.text(f"chart.{name}"), unit, alt, marks)

    def _column(self, key: str, unit: Unit) -> Column:
        return Column(key, self.text(f"column.{key}"), unit)

    def _table(self, found: Spared, form: SuppressionQuestion) -> Table:
        columns = [
            self._column("people", "people"),
            self._column("share", "share"),
            self._column("impressions", "number"),
            self._column("spared", "number"),
        ]
        total: tuple[Value, ...] = (
            *(found.reach, figures.not_applicable("share"), found.impressions, found.spared),
        )
        if found.priced:
            columns.append(self._column("money", "money"))
            total = (*total, found.money)
        rows = [Row(self._label(line.key, form), line.figures) for line in found.lines]
        rows.append(Row(term("total"), total, total=True))
        if found.others is not None:
            nothing = tuple(figures.not_applicable(column.unit) for column in columns[1:])
            rows.append(Row(OTHERS, (found.others, *nothing)))
        title, head = self.text("table.classes"), common("head.group")
        return Table("classes", title, head, tuple(columns), tuple(rows))

    def _purchases(self, found: Spared, form: SuppressionQuestion) -> Table:
        columns = (
            self._column("matched", "people"),
            self._column("bought", "people"),
            self._column("bought_share", "share"),
        )
        rows = tuple(
            Row(self._label(KEYS[name], form), found.purchases(name)) for name in classes(form)
        )
        title, head = self.text("table.purchases"), common("head.group")
        return Table("purchases", title, head, columns, rows)

    def _notes(self, found: Spared, params: Params, names: dict[str, Fact]) -> tuple[Text, ...]:
        notes = [self.text("note.opportunity")]
        if UNKNOWN in found.classes or params.unmatched == "no_purchase":
            beside = found.unmatched_share
            if beside is not None:
                shown = "unmatched" if beside.shown else "unmatched_plain"
                notes.append(self.text(f"note.{shown}_{params.unmatched}", share=beside, **names))
        rest = found.others is not None
        notes += withheld_notes(found.withheld, rest=rest)
        if found.withheld_sums:
            notes.append(common("note.withheld_sums", count=number(found.withheld_sums)))
        return tuple(notes)

    def _method(
        self, params: Params, form: SuppressionQuestion, catalogue: Catalogue
    ) -> tuple[Text, ...]:
        said = campaign.rules(params, catalogue)
        facts = {"days": form.recent_days, "cap": form.cap, "after": form.no_response_after}
        numbers: dict[str, Fact] = {name: number(n) for name, n in facts.items()}
        said += [self.text(f"method.{KEYS[name]}", **numbers) for name in classes(form)]
        if form.response_kinds:
            kinds = Name(", ".join(form.response_kinds))
            said.append(self.text("method.response_kinds", kinds=kinds))
        said.append(self.text("method.most", most=number(views_cap(form, catalogue))))
        for name in ("cost_per_thousand", "cost_total"):
            price = getattr(params, name)
            if price:
                cost = Value("money", "shown", float(price))
                said.append(self.text(f"method.{name}", cost=cost))
        said.append(self.text("method.interval"))
        return (*said, common("method.presence"))


def _form(question: Question, catalogue: Catalogue) -> SuppressionQuestion:
    """The question without classes that nobody is left for."""
    form = canonical(question, catalogue)
    assert isinstance(form, SuppressionQuestion)
    return form
