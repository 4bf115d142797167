"""A session foreseen, question by question: what each would cost and whether it would be answered.

Only what is public decides: agreement, signed ledger, released overlap. The rules are the gate's
own, so what fits here is not refused there for want of budget, and what is refused here would be
refused there. What hangs on numbers that are still to be released stays open. Whole numbers only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from cleanroom.disclosure.boxes import Predicate
from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import Shape, shape
from cleanroom.disclosure.kernels import check
from cleanroom.disclosure.limits import check_limits, covers_all
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.predicates import counts_only, filled, predicates, splits
from cleanroom.disclosure.price import FREE, Price, price, total
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.widths import Width, widths
from cleanroom.errors import DisclosureError

Answer = Literal["new", "stored", "added_up", "perhaps"]
Fate = Literal["fits", "open", "refused"]


@dataclass(frozen=True)
class Known:
    """An answer that the ledger holds. ``released``: False when all its cells were withheld."""

    question: Question
    released: bool


@dataclass(frozen=True)
class Standing:
    """Where an agreement stands: answers by replay key, oldest first, what they cost together, and
    for overlaps how many people were released as matched, as far as that is known.
    """

    answers: Mapping[str, Known] = field(default_factory=dict)
    lifetime: Price = FREE
    matched: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One question of a plan. ``answer``: computed anew, as stored, or added up from an earlier
    one; "perhaps" when it is added up for nothing if the cells it needs were shown, and paid for
    otherwise. ``price``: at most. ``needs``: the released overlap below which it is refused.
    ``refused``: the public reason; with "perhaps" only if it can't be added up. ``uncertain``: it
    hangs on what earlier questions of the plan come to.
    """

    analysis: str
    question: Question | None = None
    answer: Answer = "new"
    price: Price = FREE
    cells: int = 0
    widths: tuple[Width, ...] = ()
    needs: int | None = None
    refused: str = ""
    error: DisclosureError | None = None
    uncertain: bool = False

    @property
    def fate(self) -> Fate:
        """What can be said of it now."""
        if self.refused and not (self.answer == "perhaps" or self.uncertain):
            return "refused"
        return "open" if self.refused or self.needs is not None else "fits"


@dataclass(frozen=True)
class Totals:
    """What was spent: surely, and at most. ``matched``: surely, if the overlap is large enough for
    all that hangs on it.
    """

    surely: Price = FREE
    matched: Price = FREE
    most: Price = FREE

    def with_line(self, line: Line) -> "Totals":
        """After one more question."""
        if line.fate == "refused":
            return self
        sure = line.answer == "new" and not line.uncertain
        return Totals(
            total([self.surely, line.price]) if sure and line.needs is None else self.surely,
            total([self.matched, line.price]) if sure else self.matched,
            total([self.most, line.price]),
        )


@dataclass
class Course:
    """A session as far as it has been foreseen. ``overlap``: whether it was asked in this session;
    ``matched``: what it said, if that is known.
    """

    catalogue: Catalogue
    policy: Policy
    analyses: tuple[str, ...]
    standing: Standing
    spent: Totals = field(default_factory=Totals)
    lines: list[Line] = field(default_factory=list)
    planned: dict[str, Line] = field(default_factory=dict)
    overlap: bool = False
    matched: int | None = None
    meanings: dict[str, tuple[Predicate, ...]] = field(default_factory=dict)  # of cells, by key

    def judge(self, analysis: str, asked: Question) -> Line:
        """What would happen to a question now. Changes nothing."""
        try:
            check(analysis, asked, self.analyses)
            question = canonical(asked, self.catalogue)
            wanted = shape(question, self.catalogue)
            check_limits(question, self.policy)
        except DisclosureError as error:
            return impossible(analysis, error)
        cells = len(wanted.cells) * len(wanted.measures)
        line = Line(analysis, question, cells=cells, widths=widths(wanted, self.policy))
        known = self._stored(line, replay_key(question, self.catalogue))
        if known is not None:
            return known
        return self._priced(self._added_up(line, question), question, wanted)

    def book(self, line: Line) -> None:
        """Take a question into account for those that follow."""
        self.spent = self.spent.with_line(line)
        self.lines.append(line)
        if line.question is None or line.fate == "refused":
            return
        key = replay_key(line.question, self.catalogue)
        if line.answer in ("new", "perhaps"):
            self.planned.setdefault(key, line)
        known = self.standing.answers.get(key)
        withheld = known is not None and not known.released
        if covers_all(line.question, self.catalogue) and not withheld:
            # cells of the same answer add up to the same overlap
            same = self.overlap and line.answer == "added_up"
            self.matched = self.standing.matched.get(key, self.matched if same else None)
            self.overlap = True

    def _stored(self, line: Line, key: str) -> Line | None:
        """The line as the repetition that it is."""
        if key in self.standing.answers:
            return replace(line, answer="stored")
        first = self.planned.get(key)
        if first is None:
            return None
        doubt = first.uncertain or bool(first.refused)
        return replace(
            line, answer="stored", needs=first.needs, refused=first.refused, uncertain=doubt
        )

    def _added_up(self, line: Line, question: Question) -> Line:
        """The line as a sum of an earlier answer's cells, if it is one."""
        if not counts_only(question, self.catalogue):
            return line
        wanted = predicates(question, self.catalogue)
        for source, needs in self._sources():
            parts = filled(wanted, source)
            if parts is not None and self.policy.mode == "dp":
                most = max(len(cells) for cells in parts)
                wider = widths(shape(question, self.catalogue), self.policy, max(1, most))
                return replace(line, answer="added_up", widths=wider, needs=needs)
            if parts is not None:
                return replace(line, answer="perhaps")
        return line

    def _sources(self) -> Iterable[tuple[tuple[Predicate, ...], int | None]]:
        """What the cells mean of answers that will be there, those of the ledger and of the plan so
        far, as far as they can be added up; and the overlap that each needs.
        """
        there = [(key, known.question, None) for key, known in self.standing.answers.items()]
        for key, question, needs in (*there, *self._foreseen()):
            if key not in self.meanings:
                adds_up = splits(question, self.catalogue)
                self.meanings[key] = predicates(question, self.catalogue) if adds_up else ()
            if self.meanings[key]:
                yield self.meanings[key], needs

    def _foreseen(self) -> Iterable[tuple[str, Question, int | None]]:
        for key, line in self.planned.items():
            if line.question is not None and not line.uncertain:
                yield key, line.question, line.needs

    def _priced(self, line: Line, question: Question, wanted: Shape) -> Line:
        """The line with its price, or with why it can't be paid."""
        if line.answer == "added_up":
            return line
        cost = price(wanted, self.policy)
        is_match = covers_all(question, self.catalogue)
        reason = self.objection(cost, self.spent.most, is_match=is_match)
        if not reason:
            return replace(line, price=cost, needs=self._needs(cost, is_match=is_match))
        # with differential privacy one number decides about all that hangs on the overlap
        alike = self.policy.mode == "dp" and not is_match
        least = self.spent.matched if alike else self.spent.surely
        doubt = not self.objection(cost, least, is_match=is_match)
        return replace(line, price=cost if doubt else FREE, refused=reason, uncertain=doubt)

    def objection(self, cost: Price, spent: Price, *, is_match: bool) -> str:
        """What the counters say, as far as they are known (``sandbox.inside.books``)."""
        policy = self.policy
        if not is_match and not self.overlap:
            return "match_first"
        if not is_match and self.matched is not None and self.matched < policy.min_match:
            return "min_match"
        if policy.mode == "dp" and spent.nano_rho + cost.nano_rho > policy.rho_session_nano:
            return "budget"
        after = total([self.standing.lifetime, spent, cost])
        if after.analyses > policy.analyses_max:
            return "analyses"
        limited = policy.mode == "threshold" and self.matched is not None
        return "cells" if limited and after.cells > policy.cell_budget(self.matched or 0) else ""

    def _needs(self, cost: Price, *, is_match: bool) -> int | None:
        """The least overlap that lets a question pass, while it is not known. (0 is none too: noise
        may make the released number negative.)
        """
        if self.matched is not None or not self.overlap:
            return None
        least = 0 if is_match else self.policy.min_match
        if self.policy.mode == "threshold":
            after = total([self.standing.lifetime, self.spent.most, cost])
            return max(least, self.policy.people_per_cell * after.cells)
        return None if is_match else least


def impossible(analysis: str, error: DisclosureError) -> Line:
    """A question that can't be asked whatever was spent."""
    return Line(analysis, refused=error.code.removeprefix("disclosure."), error=error)
