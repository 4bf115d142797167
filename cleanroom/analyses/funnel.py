"""A14: how many people reached which stage before two days, and who moved."""

from collections.abc import Sequence

from msgspec import Struct

from cleanroom.analyses import checks, figures, stage_presets
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.funnel_lines import DECISION_WIDTH, Flows
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
    Term,
    Text,
    Value,
)
from cleanroom.analyses.stage_presets import OwnStage, Preset, Role
from cleanroom.analyses.words import number, term, withheld_notes
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import Question, StagesQuestion
from cleanroom.disclosure.questions.stages import RULES_MOST, STAGES_MOST, StageRule
from cleanroom.disclosure.release import Release
from cleanroom.statistics.verdict import Verdict, verdict

WINDOW_MOST = 365
NAME_MOST = 24

Stages = list[Term | Name]


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """People of ``base`` (the exposing party where none is named) by stage before ``start`` and
    before ``end``, from events of the ``window_days`` before. A preset wants to know which kinds of
    events play its roles; ``own`` are stages of the plan, lowest first, for the preset "own".
    """

    exposures: str
    conversions: str
    start: str
    end: str
    base: tuple[str, ...] = ()
    preset: Preset = "AIPL"
    window_days: int = 90
    seen_kinds: tuple[str, ...] = ()
    engaged_kinds: tuple[str, ...] = ()
    advocated_kinds: tuple[str, ...] = ()
    carted_kinds: tuple[str, ...] = ()
    ordered_kinds: tuple[str, ...] = ()
    own: tuple[OwnStage, ...] = ()


class FunnelFlow(Analysis[Params]):
    """Cells: stage before by stage after. One cell per person."""

    id = "A14"
    params = Params
    evidence = "descriptive"
    sampling = "sampling"
    needs = (
        Need("exposures", "exposures", ("ts", "kind")),
        Need("conversions", "conversions", ("ts",), ("kind",)),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One question about both days."""
        seen = checks.columns(self, catalogue, "exposures", params.exposures, "exposures")
        sold = checks.columns(self, catalogue, "conversions", params.conversions, "conversions")
        for role, columns in (
            *(("seen", seen), ("engaged", seen), ("advocated", seen)),
            *(("carted", sold), ("ordered", sold)),
        ):
            kinds = getattr(params, f"{role}_kinds")
            checks.levels(self, columns, f"{role}_kinds", "kind", kinds)
        if not set(params.base) <= set(catalogue.parties):
            raise self.refuse("base")
        if not 1 <= params.window_days <= WINDOW_MOST:
            raise self.refuse("window_days")
        rules = self._rules(params, catalogue)
        self._check_days(params, catalogue, rules)
        return [
            StagesQuestion(
                params.base or (params.exposures,),
                params.exposures,
                params.conversions,
                params.start,
                params.end,
                stage_presets.count(params.preset, params.own),
                rules,
                params.window_days,
            )
        ]

    def _rules(self, params: Params, catalogue: Catalogue) -> tuple[StageRule, ...]:
        """The rule table; every stage of a preset must be within reach."""
        own = params.own
        if (params.preset == "own") != bool(own) or len(own) > STAGES_MOST:
            raise self.refuse("own")
        if params.preset == "own":
            rules = stage_presets.own_rules(own)
            names = [stage.name for stage in own]
            fine = all(0 < len(name) <= NAME_MOST and name.isprintable() for name in names)
            if not fine or len(set(names)) < len(names):
                raise self.refuse("own")
        else:
            kinds: dict[Role, tuple[str, ...]] = {
                "seen": params.seen_kinds,
                "engaged": params.engaged_kinds,
                "advocated": params.advocated_kinds,
                "carted": params.carted_kinds,
                "ordered": params.ordered_kinds,
            }
            rules = stage_presets.rules(params.preset, kinds)
        stages = set(range(1, stage_presets.count(params.preset, own) + 1))
        missing = sorted(stages - {rule.stage for rule in rules})
        if missing:
            role = "" if own else stage_presets.first_role(params.preset, missing[0])
            raise self.refuse(f"{role}_kinds" if role else "own")
        short = any(not 1 <= rule.days <= params.window_days for rule in rules)
        if short or len(rules) > RULES_MOST:
            raise self.refuse("own" if own else "window_days")
        for rule in rules if own else ():
            party = params.exposures if rule.source == "exposures" else params.conversions
            columns = catalogue.dataset(party).tables[rule.source]
            checks.levels(self, columns, "own", "kind", rule.kinds)
        return rules

    def _check_days(
        self, params: Params, catalogue: Catalogue, rules: tuple[StageRule, ...]
    ) -> None:
        sources = {rule.source for rule in rules}
        data = [catalogue.dataset(getattr(params, source)) for source in sorted(sources)]
        first, last = min(one.start for one in data), max(one.end for one in data)
        start = checks.day(self, "start", params.start)
        end = checks.day(self, "end", params.end)
        if not first < start.isoformat():
            raise self.refuse("start")
        if not start < end or end.isoformat() > last:
            raise self.refuse("end")

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Stages before and after, who moved, and whether more went up than down."""
        (question,) = self.questions(params, catalogue)
        stages = stage_presets.names(params.preset, params.own)
        found = Flows(answer(question, catalogue, releases[0]), len(stages), policy.k)
        word = self._verdict(found)
        facts: dict[str, Fact] = {"start": Name(params.start), "end": Name(params.end)}
        hidden = sum(value is None for value in releases[0].vectors[0].values)
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, word, facts),
            word,
            self.privacy(releases, policy, policy.k),
            self._cards(found),
            self._charts(found, stages),
            (self._stages(found, stages), self._matrix(found, stages)),
            (*withheld_notes(hidden, rest=False)[:1], *self._notes(found, params, catalogue)),
            self.texts("can_say", "flow", "stages"),
            self.texts("cannot_say", "cause", "other"),
            self._method(params, stages),
        )

    def _verdict(self, found: Flows) -> Verdict:
        if found.up_of_movers.status == "withheld":
            return Verdict.WITHHELD
        at95, at90 = (found.movers_interval(x) for x in (figures.LEVEL, figures.LOOSE_LEVEL))
        return verdict(0.5, at95, at90, decision=DECISION_WIDTH)

    def _finding(self, found: Flows, word: Verdict, facts: dict[str, Fact]) -> Text:
        if word is Verdict.WITHHELD:
            return self.text("finding.withheld", **facts)
        share = found.up_of_movers
        if not share.shown or share.value is None or not (found.up.shown and found.down.shown):
            return self.text("finding.too_few", **facts)
        facts = {**facts, "up": found.up, "down": found.down, "people": found.everybody}
        if word is not Verdict.CLEAR:
            return self.text("finding.open", **facts)
        return self.text("finding.more_up" if share.value > 0.5 else "finding.more_down", **facts)

    def _cards(self, found: Flows) -> tuple[Card, ...]:
        return (
            Card(self.text("card.up"), found.up),
            Card(self.text("card.down"), found.down),
            Card(self.text("card.movers"), found.up_of_movers),
            Card(self.text("card.people"), found.everybody),
        )

    def _charts(self, found: Flows, stages: Stages) -> tuple[Chart, ...]:
        size = range(len(stages))
        flows = tuple(
            Mark(stages[here], tuple(found.flow(here, there) for there in size)) for here in size
        )
        bars = tuple(
            Mark(stages[stage], (found.before(stage), found.after(stage)))
            for stage in reversed(size)
        )
        both = self.texts("label", "before", "after")
        said = {"count": number(len(stages))}
        return (
            Chart(
                "flow",
                self.text("chart.flow"),
                "people",
                self.text("alt.flow", **said),
                flows,
                tuple(stages),
            ),
            Chart(
                "pairs",
                self.text("chart.stages"),
                "people",
                self.text("alt.stages", **said),
                bars,
                both,
            ),
        )

    def _stages(self, found: Flows, stages: Stages) -> Table:
        columns = (
            Column("before", self.text("label.before"), "people"),
            Column("after", self.text("label.after"), "people"),
            Column("up", self.text("column.up"), "share"),
        )
        last = len(stages) - 1
        rows = tuple(
            Row(
                name,
                (
                    found.before(stage),
                    found.after(stage),
                    found.up_rate(stage) if stage < last else figures.not_applicable("share"),
                ),
            )
            for stage, name in enumerate(stages)
        )
        total = Row(term("total"), (found.everybody, found.everybody, found.up), total=True)
        title = self.text("table.stages")
        return Table("stages", title, self.text("head.stage"), columns, (*rows, total))

    def _matrix(self, found: Flows, stages: Stages) -> Table:
        size = range(len(stages))
        columns = tuple(
            Column(f"to{there}", self.text("column.to", stage=stages[there]), "people")
            for there in size
        )
        rows = tuple(
            Row(stages[here], tuple(found.flow(here, there) for there in size)) for here in size
        )
        return Table("flows", self.text("table.flows"), self.text("head.from"), columns, rows)

    def _notes(self, found: Flows, params: Params, catalogue: Catalogue) -> tuple[Text, ...]:
        notes = []
        test = found.margins
        if test is not None:
            p = Value("number", "shown", max(test.p_value, 0.001), step=0.001)
            same = "changed" if test.p_value <= 0.05 else "same"
            notes.append(self.text(f"note.{same}", p=p))
        starts = [catalogue.dataset(p).start for p in (params.exposures, params.conversions)]
        start = checks.day(self, "start", params.start)
        latest = max(checks.day(self, "start", day) for day in starts)
        if (start - latest).days < params.window_days:
            notes.append(self.text("note.short", days=number(max((start - latest).days, 0))))
        return (*notes, self.text("note.decay", days=number(params.window_days)))

    def _method(self, params: Params, stages: Stages) -> tuple[Text, ...]:
        said = [self.text("method.stage", days=number(params.window_days))]
        if params.preset == "own":
            said.append(self.text("method.own", count=number(len(stages) - 1)))
        else:
            said.append(self.text(f"method.{stage_presets.LETTERS[params.preset]}"))
            for role in stage_presets.SOURCE:
                kinds = getattr(params, f"{role}_kinds")
                if kinds:
                    said.append(self.text(f"method.{role}", kinds=Name(", ".join(kinds))))
        return (*said, *self.texts("method", "up", "interval"))
