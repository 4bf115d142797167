"""A18: which combinations of attributes hold more people like those shared, and how many."""

from collections.abc import Sequence

from msgspec import Struct

from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.needs import ANY, Need
from cleanroom.analyses.result import (
    Card,
    Chart,
    Column,
    Fact,
    Label,
    Mark,
    Name,
    PartyName,
    Result,
    Row,
    Table,
    Term,
    Text,
    Tone,
    Unit,
    Value,
)
from cleanroom.analyses.segment_cells import Line, Segments
from cleanroom.analyses.words import column as column_term
from cleanroom.analyses.words import common, number
from cleanroom.analyses.words import level as level_name
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import AttributeQuestion, Question
from cleanroom.disclosure.questions.attribute import MAX_COLUMNS
from cleanroom.disclosure.release import Release
from cleanroom.statistics.corrections import benjamini_hochberg
from cleanroom.statistics.verdict import Verdict, verdict
from cleanroom.tables import Type

TARGET_LEAST, TARGET_MOST = 101, 1000
DECISION_WIDTH = 40.0  # points of the index, as for a profile
LISTED_MOST = 40


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """People of all ``base`` parties (``party`` when left out) by one to three columns of
    ``party``; those who are also in ``versus`` are the seed. Combinations whose index is at least
    ``target_index`` make the segment rule.
    """

    party: str
    columns: tuple[str, ...]
    versus: str
    target_index: int = 120
    base: tuple[str, ...] = ()


class SegmentSizing(Analysis[Params]):
    """Cells: combination of levels by in or not in ``versus``. One cell per person."""

    id = "A18"
    params = Params
    evidence = "descriptive"
    sampling = "sampling"
    needs = (Need("party", "people", (ANY,)), Need("versus"))

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One attribute question."""
        if params.party not in catalogue.parties:
            raise self.refuse("party")
        base = params.base or (params.party,)
        if params.party not in base or not set(base) <= set(catalogue.parties):
            raise self.refuse("base")
        if params.versus not in catalogue.parties or params.versus in base:
            raise self.refuse("versus")
        if not TARGET_LEAST <= params.target_index <= TARGET_MOST:
            raise self.refuse("target_index")
        people = catalogue.dataset(params.party).tables.get("people", {})
        specs = [people.get(name) for name in params.columns]
        distinct = len(set(params.columns)) == len(params.columns)
        if not (1 <= len(specs) <= MAX_COLUMNS and distinct and all(map(_may_select, specs))):
            raise self.refuse("columns")
        references = tuple(f"{params.party}.people.{name}" for name in params.columns)
        return [AttributeQuestion(tuple(base), references, params.versus)]

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """The rule, its size, and what it reaches on the half that did not choose it."""
        (question,) = self.questions(params, catalogue)
        (release,) = releases
        cells = answer(question, catalogue, release)
        found = Segments(cells, params.target_index, policy.k, release.question_key)
        references = cells.shape.dimensions[:-1]
        words = _Words([(ref, catalogue.attribute(ref)) for ref in references])
        names: dict[str, Fact] = {
            "party": PartyName(params.party),
            "versus": PartyName(params.versus),
            "target": number(params.target_index),
        }
        lines = found.lines()
        word = self._verdict(found)
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            self._finding(found, lines, word, names),
            word,
            self.privacy(releases, policy, policy.k),
            self._cards(found, names),
            self._charts(found, words, names),
            self._tables(found, lines, words, names),
            self._notes(found, params, names),
            self.texts("can_say", "rule", "size"),
            self.texts("cannot_say", "people", "cause", "sensitive"),
            self.texts("method", "index", "choose", "halves", "lines", "interval"),
        )

    def _verdict(self, found: Segments) -> Verdict:
        """Whether the rule holds more of the seed than of the others, by the judging half."""
        if len(found.all) < 2:
            return Verdict.WITHHELD
        if not found.chosen:
            return Verdict.NONE_SEEN if found.ranked else Verdict.TOO_FEW
        _, at95 = found.expected(found.chosen)
        return verdict(100, at95, found.loose(found.chosen), decision=DECISION_WIDTH)

    def _finding(
        self, found: Segments, lines: Sequence[Line], word: Verdict, names: dict[str, Fact]
    ) -> Text:
        if word in (Verdict.WITHHELD, Verdict.TOO_FEW) or not found.chosen:
            key = "no_rule" if word is Verdict.NONE_SEEN else word
            return self.text(f"finding.{key}", **names)
        value, _ = found.expected(found.chosen)
        if word is Verdict.CLEAR and value is not None and value < 100:
            word = Verdict.NONE_SEEN  # chosen by chance: the judging half says the opposite
        seed, base = found.reach(found.chosen)
        facts: dict[str, Fact] = {
            "size": found.people(found.chosen),
            "fresh": found.people(found.chosen, seed=False),
            "index": found.index_figure(found.chosen),
            "seed": seed,
            "base": base,
            "lines": number(len(lines)),
        }
        return self.text(f"finding.{word}", **facts, **names)

    def _cards(self, found: Segments, names: dict[str, Fact]) -> tuple[Card, ...]:
        if not found.chosen:
            return ()
        seed, base = found.reach(found.chosen)
        return (
            Card(self.text("card.size"), found.people(found.chosen)),
            Card(self.text("card.fresh", **names), found.people(found.chosen, seed=False)),
            Card(
                self.text("card.index"),
                found.index_figure(found.chosen),
                self.text("card.index_note"),
            ),
            Card(self.text("card.seed", **names), seed),
            Card(self.text("card.base", **names), base),
        )

    def _charts(
        self, found: Segments, words: "_Words", names: dict[str, Fact]
    ) -> tuple[Chart, ...]:
        if not found.ranked:
            return ()
        marks = []
        for count in found.steps():
            key = "label.rule_step" if count == len(found.chosen) else "label.step"
            reached = found.reach(found.ranked[:count])
            marks.append(Mark(self.text(key, count=number(count)), reached))
        gains = Chart(
            "pairs",
            self.text("chart.gains"),
            "share",
            self.text("alt.gains", count=number(len(marks)), **names),
            tuple(marks),
            (self.text("series.seed", **names), self.text("series.base", **names)),
        )
        lines = found.lines()
        if not lines:
            return (gains,)
        index = Chart(
            "index",
            self.text("chart.index"),
            "index",
            self.text("alt.index", count=number(len(lines))),
            tuple(
                Mark(words.line(line), (value,), _tone(value, word))
                for line, value, word in zip(
                    lines,
                    (found.index_figure(line.combinations) for line in lines),
                    self._line_verdicts(found, lines),
                    strict=True,
                )
            ),
            lines=(100,),
        )
        return gains, index

    def _tables(
        self, found: Segments, lines: Sequence[Line], words: "_Words", names: dict[str, Fact]
    ) -> tuple[Table, ...]:
        tables = [self._handoff(found, lines, words, names)] if lines else []
        if found.ranked:
            tables.append(self._combinations(found, words, names))
        return tuple(tables)

    def _handoff(
        self, found: Segments, lines: Sequence[Line], words: "_Words", names: dict[str, Fact]
    ) -> Table:
        """The sheet for the platform: the rule line by line, without a single person."""
        columns = (
            self._column("size", "people", names),
            self._column("fresh", "people", names),
            self._column("index", "index", names),
        )
        verdicts = self._line_verdicts(found, lines)
        rows = [
            Row(words.line(line), self._figures(found, line.combinations), word)
            for line, word in zip(lines, verdicts, strict=True)
        ]
        whole = self._figures(found, found.chosen)
        rows.append(Row(self.text("label.whole"), whole, self._verdict(found), total=True))
        title, head = self.text("table.handoff", **names), self.text("head.rule")
        return Table("handoff", title, head, columns, tuple(rows), True)

    def _figures(self, found: Segments, over: Sequence[tuple[str, ...]]) -> tuple[Value, ...]:
        fresh = found.people(over, seed=False)
        return (found.people(over), fresh, found.index_figure(over))

    def _line_verdicts(self, found: Segments, lines: Sequence[Line]) -> list[Verdict]:
        """Each line by itself, corrected for all lines."""
        tested = [found.p_value(line.combinations) for line in lines]
        known = [p for p in tested if p is not None]
        corrected = iter(benjamini_hochberg(known))
        words = []
        for line, p in zip(lines, tested, strict=True):
            adjusted = None if p is None else next(corrected)
            _, at95 = found.expected(line.combinations)
            if adjusted is None:
                at95 = None
            at90 = found.loose(line.combinations)
            words.append(verdict(100, at95, at90, adjusted_p=adjusted, decision=DECISION_WIDTH))
        return words

    def _combinations(self, found: Segments, words: "_Words", names: dict[str, Fact]) -> Table:
        columns = (
            self._column("size", "people", names),
            self._column("fresh", "people", names),
            self._column("chosen_by", "index", names),
        )
        rows = tuple(
            Row(
                words.line(Line(tuple((label,) for label in one), (one,))),
                (
                    found.people([one]),
                    found.people([one], seed=False),
                    Value("index", "shown", found.index[one]),
                ),
            )
            for one in found.ranked[:LISTED_MOST]
        )
        title, head = self.text("table.combinations"), self.text("head.combination")
        return Table("combinations", title, head, columns, rows)

    def _column(self, key: str, unit: Unit, names: dict[str, Fact]) -> Column:
        return Column(key, self.text(f"column.{key}", **names), unit)

    def _notes(self, found: Segments, params: Params, names: dict[str, Fact]) -> tuple[Text, ...]:
        notes = [self.text("note.handoff", **names)] if found.chosen else []
        if found.withheld:
            notes.append(common("note.withheld", count=number(found.withheld)))
            notes.append(self.text("note.no_rule_without"))
        notes.append(self.text("note.base", **names))
        also = [party for party in params.base if party != params.party]
        notes += [self.text("note.base_also", other=PartyName(party)) for party in also]
        if len(found.ranked) > LISTED_MOST:
            notes.append(self.text("note.listed", most=number(LISTED_MOST)))
        return tuple(notes)


class _Words:
    """Lines of a rule in words: columns with the values that fit."""

    def __init__(self, columns: Sequence[tuple[str, ColumnSpec]]) -> None:
        self._columns = columns

    def line(self, line: Line) -> Label:
        """All columns of a line."""
        facts: dict[str, Fact] = {}
        each = zip(self._columns, line.values, strict=True)
        for place, ((reference, spec), chosen) in enumerate(each, 1):
            facts[f"column{place}"] = column_term(reference.rpartition(".")[2])
            facts[f"values{place}"] = self._values(chosen, spec)
        return Text(f"analyses.A18.line.columns{len(self._columns)}", facts)

    def _values(self, chosen: Sequence[str], spec: ColumnSpec) -> Term | Name:
        given = [label for label in spec.levels() if label]
        if set(chosen) == set(given):
            return Term("analyses.A18.term.any")
        if len(chosen) == 1:
            return level_name(chosen[0], spec)
        return Name(" / ".join(label for label in given if label in chosen))


def _tone(value: Value, word: Verdict) -> Tone:
    """Colour only where the difference is clear."""
    if word is not Verdict.CLEAR or value.value is None:
        return "plain"
    return "high" if value.value > 100 else "low"


def _may_select(spec: ColumnSpec | None) -> bool:
    """Whether a segment rule may name a column: a public list of values, and not sensitive."""
    return spec is not None and spec.type in (Type.CATEGORY, Type.BOOL) and not spec.sensitive
