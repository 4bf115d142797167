"""Questions that are refused whatever the data, and what is told of it."""

import ast
import re
from pathlib import Path

import msgspec
import pytest
from gate_material import (
    AGE,
    BAD,
    CATALOGUE,
    DP,
    THRESHOLD,
    opened,
)

from cleanroom.disclosure.price import FREE
from cleanroom.disclosure.question import (
    AttributeQuestion,
    Filter,
    Question,
)
from cleanroom.disclosure.release import Release
from cleanroom.sandbox.outside.check import REASONS, check


@pytest.mark.parametrize(("analysis", "question", "reason"), BAD)
def test_what_is_not_agreed_is_refused_and_counted(
    analysis: str, question: Question, reason: str
) -> None:
    desk = opened(THRESHOLD)
    before = desk.books.session
    decision = desk.decide(analysis, question)
    assert decision.release == Release("", "threshold", "refused", (), FREE, reason=reason)
    assert decision.stored is None
    assert (desk.books.session, desk.books.refusals) == (before, 1)
    assert check(decision.release, question, CATALOGUE, THRESHOLD) is decision.release


def test_columns_of_who_is_not_in_the_base_are_refused() -> None:
    """A column that can't be missing has no cell for people who are not there: in the worst case
    they would be counted in another cell, in the best the session would break."""
    desk = opened(THRESHOLD)
    question = AttributeQuestion(("platform",), ("brand.people.is_fan",))
    assert desk.ask("A03", question).reason == "column"


def test_filters_of_who_is_not_in_the_base_are_refused() -> None:
    """Else two questions are about the same people, each with noise of its own to average."""
    desk = opened(DP)
    where = (Filter("brand.people.is_fan", ("true",)),)
    both = ("platform", "brand")
    assert desk.ask("A03", msgspec.structs.replace(AGE, where=where)).reason == "column"
    named = msgspec.structs.replace(AGE, base=both, where=where)
    assert desk.ask("A03", named).status == "released"


@pytest.mark.parametrize(("most", "reason"), [(0, "filters"), (1, "")])
def test_more_filters_than_agreed(most: int, reason: str) -> None:
    policy = msgspec.structs.replace(DP, filter_columns_max=most)
    question = msgspec.structs.replace(AGE, where=(Filter("platform.people.a_age", ("old",)),))
    assert opened(policy).ask("A03", question).reason == reason


def test_every_reason_of_the_gate_is_known_outside(repository: Path) -> None:
    """Otherwise an honest refusal would look like a lie."""
    disclosure = repository / "cleanroom" / "disclosure"
    asked = [*disclosure.glob("*.py"), *(disclosure / "questions").glob("*.py")]
    asked.remove(disclosure / "policy.py")  # it speaks of agreements, not of questions
    inside = repository / "cleanroom" / "sandbox" / "inside"
    text = "\n".join(path.read_text("utf-8") for path in [*asked, inside / "gate.py"])
    raised = set(re.findall(r'DisclosureError\(\s*"disclosure\.([a-z_]+)"', text))
    assert {"dates", "window", "too_many_cells", "filters"} <= raised
    books = ast.parse((inside / "books.py").read_text("utf-8"))
    (objection,) = (n for n in ast.walk(books) if getattr(n, "name", "") == "objection")
    returned = {
        node.value
        for statement in ast.walk(objection)
        if isinstance(statement, ast.Return)
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value
    } - {"threshold"}
    assert returned == {"match_first", "min_match", "budget", "analyses", "cells"}
    assert raised | returned <= REASONS
