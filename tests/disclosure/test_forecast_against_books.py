"""What is foreseen against what the engine's own books say, over random plans and histories."""

from dataclasses import dataclass, field

import pytest
from disclosure_material import CATALOGUE
from forecast_material import AGREED, ONE_KIND, OVERLAP, analysis_of
from hypothesis import given, settings
from hypothesis import strategies as st
from question_strategies import questions

from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.course import Known, Line, Standing
from cleanroom.disclosure.forecast import Forecast, forecast
from cleanroom.disclosure.limits import check_limits, covers_all
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.predicates import sums
from cleanroom.disclosure.price import FREE, Price, price, total
from cleanroom.disclosure.question import Question
from cleanroom.errors import DisclosureError
from cleanroom.sandbox.inside.books import Books

# With differential privacy people are matched by one kind of identifier.
CATALOGUES = {"threshold": CATALOGUE, "dp": ONE_KIND}


@dataclass
class Gate:
    """Books, and the gate's order of looking things up; chance decides what data would decide."""

    catalogue: Catalogue
    policy: Policy
    books: Books
    known: dict[str, Known]
    chance: st.DataObject
    overlaps: dict[str, int] = field(default_factory=dict)  # by replay key, what is released

    def ask(self, question: Question) -> tuple[str, Price]:
        """The public reason of a refusal or "", and what was charged."""
        try:
            question = canonical(question, self.catalogue)
            wanted = shape(question, self.catalogue)
            check_limits(question, self.policy)
        except DisclosureError as error:
            return error.code.removeprefix("disclosure."), FREE
        key = replay_key(question, self.catalogue)
        if key in self.known:
            self._released(key, question, self.known[key].released)
            return "", FREE
        if self._adds_up(question):
            self._released(key, question, True)
            return "", FREE
        cost = price(wanted, self.policy)
        reason = self.books.objection(cost, is_match=covers_all(question, self.catalogue))
        if reason:
            return reason, FREE
        self.books.charge(cost)
        shown = self.policy.mode == "dp" or self.chance.draw(st.booleans(), "any cell shown")
        self.known[key] = Known(question, shown)
        self._released(key, question, shown)
        return "", cost

    def _adds_up(self, question: Question) -> bool:
        found = any(
            sums(question, known.question, self.catalogue) is not None
            for known in self.known.values()
        )
        sure = self.policy.mode == "dp"
        return found and (sure or self.chance.draw(st.booleans(), "cells needed are shown"))

    def _released(self, key: str, question: Question, shown: bool) -> None:
        if shown and covers_all(question, self.catalogue):
            self.books.noisy_match = self.overlaps[key]


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    return Policy(
        draw(st.sampled_from(["dp", "threshold"])),  # type: ignore[arg-type]
        min_match=draw(st.sampled_from([0, 1000])),
        people_of_noise=draw(st.sampled_from([5, 10, 20])),
        people_per_cell=draw(st.sampled_from([1, 25, 50])),
        analyses_max=draw(st.sampled_from([2, 8, 200])),
        group_columns_max=draw(st.integers(1, 3)),
        filter_columns_max=draw(st.integers(0, 3)),
    )


@st.composite
def plans(draw: st.DrawFn) -> list[Question]:
    asked = draw(st.lists(questions, max_size=12))
    place = draw(st.sampled_from([0, 0, 0, 1, len(asked)]))
    return [*asked[:place], OVERLAP, *asked[place:]]


def history(
    catalogue: Catalogue, policy: Policy, earlier: list[Question], chance: st.DataObject
) -> dict[str, Known]:
    """Answers that the ledger holds already."""
    found: dict[str, Known] = {}
    for asked in earlier:
        try:
            question = canonical(asked, catalogue)
            shape(question, catalogue)
        except DisclosureError:
            continue
        sure = policy.mode == "dp" or covers_all(question, catalogue)
        shown = sure or chance.draw(st.booleans(), "released before")
        found.setdefault(replay_key(question, catalogue), Known(question, shown))
    return found


def cost_of(catalogue: Catalogue, policy: Policy, known: dict[str, Known]) -> Price:
    return total([price(shape(one.question, catalogue), policy) for one in known.values()])


def overlaps_of(
    catalogue: Catalogue, policy: Policy, asked: list[Question], chance: st.DataObject
) -> dict[str, int]:
    """What every overlap question says: with differential privacy always the same."""
    numbers = st.sampled_from([-7, 400, 999, 1000, 3000])
    same = chance.draw(numbers, "matched")
    keys = []
    for question in asked:
        try:
            form = canonical(question, catalogue)
        except DisclosureError:
            continue
        if covers_all(form, catalogue):
            keys.append(replay_key(form, catalogue))
    return {
        key: same if policy.mode == "dp" else chance.draw(numbers, "matched") for key in set(keys)
    }


def agrees(line: Line, reason: str, paid: Price, match: int | None) -> None:
    """One line of the forecast and what became of it."""
    if line.fate == "fits":
        assert reason == ""
    if line.fate == "refused":
        assert reason != ""
        assert paid == FREE
    if line.error is not None:
        assert reason == line.refused
    if line.answer in ("stored", "added_up"):
        assert paid == FREE or line.fate == "open"
    enough = line.needs is not None and match is not None and match >= line.needs
    if enough and not line.uncertain and not line.refused:
        assert reason == ""
    assert paid in (FREE, line.price)


@pytest.mark.slow
@settings(max_examples=4 * settings().max_examples)
@given(policies(), plans(), st.lists(questions, max_size=4), st.booleans(), st.data())
def test_what_fits_is_not_refused_and_what_does_not_is(
    policy: Policy,
    plan: list[Question],
    earlier: list[Question],
    known_match: bool,
    chance: st.DataObject,
) -> None:
    catalogue = CATALOGUES[policy.mode]
    before = [OVERLAP, *earlier] if known_match else earlier
    known = history(catalogue, policy, before, chance)
    overlaps = overlaps_of(catalogue, policy, [*plan, *before], chance)
    told = {key: overlaps[key] for key in overlaps if key in known and known_match}
    lost = Price(0, chance.draw(st.integers(0, 40), "cells of lost answers"))
    standing = Standing(dict(known), total([cost_of(catalogue, policy, known), lost]), told)
    wishes = [(analysis_of(question), question) for question in plan]
    found = forecast(wishes, catalogue, policy, AGREED, standing)
    books = Books(policy, found.price, lifetime=standing.lifetime)
    gate = Gate(catalogue, policy, books, dict(known), chance, overlaps)
    for question, foreseen in zip(plan, found.questions, strict=True):
        match = books.noisy_match
        reason, paid = gate.ask(question)
        agrees(foreseen.line, reason, paid, match)
        within(books.session, foreseen.spent.most, found, policy)


def within(spent: Price, most: Price, found: Forecast, policy: Policy) -> None:
    """Never more than was foreseen, nor than owners were asked to grant."""
    for limit in (most, found.price):
        assert spent.cells <= limit.cells
        assert spent.analyses <= limit.analyses
        assert spent.nano_rho <= limit.nano_rho
    assert policy.mode == "dp" or found.price.nano_rho == 0
