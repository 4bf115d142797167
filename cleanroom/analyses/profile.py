"""A03: what sets the people that two parties share apart from the rest, as an index (TGI)."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from cleanroom.analyses import figures
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.needs import Need
from cleanroom.analyses.profile_levels import Level, Profile
from cleanroom.analyses.result import (
    Card,
    Chart,
    Column,
    Fact,
    Mark,
    PartyName,
    Result,
    Row,
    Table,
    Text,
    Unit,
    Value,
)
from cleanroom.analyses.words import OTHERS, common, number, term
from cleanroom.analyses.words import column as column_term
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import AttributeQuestion, Question
from cleanroom.disclosure.release import Release
from cleanroom.statistics.verdict import Verdict
from cleanroom.tables import Type

_ORDER = (Verdict.CLEAR, Verdict.TENDENCY, Verdict.NONE_SEEN, Verdict.TOO_FEW)


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """People of all ``base`` parties (``party`` when left out) by one column of ``party``; those
    who are also in ``versus`` are the target, the others of the base its complement.

    ``missing``: people without a value stand beside the levels, or count as a level of their own.
    """

    party: str
    column: str
    versus: str
    base: tuple[str, ...] = ()
    missing: Literal["beside", "level"] = "beside"


class ProfileIndex(Analysis[Params]):
    """Cells: level by in or not in ``versus``. One cell per person."""

    id = "A03"
    params = Params
    evidence = "descriptive"
    sampling = "sampling"
    needs = (Need("party", "people", ("a_",)), Need("versus"))

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One attribute question."""
        self._spec(params, catalogue)
        base = params.base or (params.party,)
        if params.party not in base or not set(base) <= set(catalogue.parties):
            raise self.refuse("base")
        if params.versus in base or params.versus not in catalogue.parties:
            raise self.refuse("versus")
        return [AttributeQuestion(base, (_reference(params),), params.versus)]

    def _spec(self, params: Params, catalogue: Catalogue) -> ColumnSpec:
        if params.party not in catalogue.parties:
            raise self.refuse("party")
        people = catalogue.dataset(params.party).tables.get("people", {})
        spec = people.get(params.column)
        if spec is None or spec.type not in (Type.CATEGORY, Type.BOOL):
            raise self.refuse("column")
        return spec

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Shares and index per level, with a verdict each that is corrected for their number."""
        (question,) = self.questions(params, catalogue)
        spec = self._spec(params, catalogue)
        k = policy.k_sensitive if spec.sensitive else policy.k
        as_level = params.missing == "level"
        profile = Profile(answer(question, catalogue, releases[0]), spec, k, as_level)
        names: dict[str, Fact] = {
            "party": PartyName(params.party),
            "versus": PartyName(params.versus),
            "column": column_term(params.column),
        }
        return Result(
            self.id,
            self.text("title_of", column=names["column"]),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(profile, names),
            _overall(profile.levels),
            self.privacy(releases, policy, k),
            self._cards(profile, names),
            self._charts(profile, names),
            (self._table(profile, names),),
            self._notes(profile, params, names),
            self.texts("can_say", "describe", "size"),
            self.texts("cannot_say", "cause", "all_people"),
            (
                *self.texts(
                    "method", "index", f"missing_{params.missing}", "interval", "correction"
                ),
            ),
        )

    def _finding(self, profile: Profile, names: dict[str, Fact]) -> Text:
        strongest = profile.strongest
        if strongest is None:
            return self.text(f"finding.{_overall(profile.levels)}", **names)
        side = "high" if strongest.index > 100 else "low"
        facts: dict[str, Fact] = {
            "level": strongest.name,
            "index": strongest.index_figure,
            "target": strongest.target_share,
            "rest": strongest.rest_share,
        }
        return self.text(f"finding.clear_{side}", **facts, **names)

    def _cards(self, profile: Profile, names: dict[str, Fact]) -> tuple[Card, ...]:
        cards = []
        if profile.strongest is not None:
            title = self.text("card.index", level=profile.strongest.name)
            cards.append(Card(title, profile.strongest.index_figure))
        cards.append(Card(self.text("card.target", **names), profile.target))
        cards.append(Card(self.text("card.rest", **names), profile.rest))
        if profile.filled is not None:
            cards.append(Card(self.text("card.filled", **names), profile.filled))
        if profile.strength is not None:
            note = self.text("card.strength_note")
            cards.append(Card(self.text("card.strength"), profile.strength, note))
        return tuple(cards)

    def _charts(self, profile: Profile, names: dict[str, Fact]) -> tuple[Chart, ...]:
        levels = profile.levels
        if not any(level.target_share.shown for level in levels):
            return ()
        shares = Chart(
            "pairs",
            self.text("chart.shares", **names),
            "share",
            self.text("alt.shares", count=number(len(levels)), **names),
            tuple(Mark(level.name, (level.target_share, level.rest_share)) for level in levels),
            (self.text("series.target", **names), self.text("series.rest", **names)),
        )
        clear = sum(level.verdict is Verdict.CLEAR for level in levels)
        index = Chart(
            "index",
            self.text("chart.index", **names),
            "index",
            self.text("alt.index", count=number(len(levels)), clear=number(clear), **names),
            tuple(Mark(level.name, (level.index_figure,), level.tone) for level in levels),
            lines=(100,),
        )
        shown = any(level.index_figure.shown for level in levels)
        return (index, shares) if shown else (shares,)

    def _table(self, profile: Profile, names: dict[str, Fact]) -> Table:
        def head(key: str, unit: Unit) -> Column:
            return Column(key, self.text(f"column.{key}", **names), unit)

        columns = [
            head("target", "people"),
            head("rest", "people"),
            head("target_share", "share"),
            head("rest_share", "share"),
            head("index", "index"),
        ]
        rows = [Row(level.name, level.line, level.verdict) for level in profile.levels]
        if profile.beside is not None:
            rows.append(Row(term("missing"), (*profile.beside, *_EMPTY)))
        rows.append(Row(term("total"), (profile.target, profile.rest, *_EMPTY), total=True))
        if profile.others is not None:
            columns.append(head("both", "people"))
            rows = _with_others(rows, profile, profile.others)
        title = self.text("table.levels", **names)
        return Table("levels", title, self.text("head", **names), tuple(columns), tuple(rows), True)

    def _notes(self, profile: Profile, params: Params, names: dict[str, Fact]) -> tuple[Text, ...]:
        notes = [self.text("note.base", **names)]
        also = [party for party in params.base if party != params.party]
        notes += [self.text("note.base_also", other=PartyName(party)) for party in also]
        if profile.withheld:
            notes.insert(0, self.text("note.withheld", count=number(profile.withheld)))
            rest = "note.rest" if profile.others is not None else "note.no_rest"
            notes.insert(1, common(rest))
        notes.append(self.text("note.index_and_share"))
        return tuple(notes)


_EMPTY: tuple[Value, ...] = (
    figures.not_applicable("share"),
    figures.not_applicable("share"),
    figures.not_applicable("index"),
)


def _with_others(rows: Sequence[Row], profile: Profile, others: Value) -> list[Row]:
    """The rows with one more column, target and complement together, and the others below: who
    they are in is not known, so they stand in that column only.
    """
    both = [profile.both(place) for place in range(len(profile.levels))]
    both += [profile.beside_both] if profile.beside is not None else []
    both.append(profile.everybody)
    wider = [
        Row(row.label, (*row.values, value), row.verdict, row.total)
        for row, value in zip(rows, both, strict=True)
    ]
    nobody = figures.not_applicable("people")
    return [*wider, Row(OTHERS, (nobody, nobody, *_EMPTY, others))]


def _reference(params: Params) -> str:
    return f"{params.party}.people.{params.column}"


def _overall(levels: Sequence[Level]) -> Verdict:
    """The strongest word that any level got."""
    given = {level.verdict for level in levels}
    return next((verdict for verdict in _ORDER if verdict in given), Verdict.WITHHELD)
