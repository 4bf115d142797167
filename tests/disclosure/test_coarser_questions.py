"""What is suggested instead of a refused question: it passes, and nothing larger would."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import msgspec
import pytest
from disclosure_material import CATALOGUE, PLATFORM, category, with_fields
from forecast_material import AGE, AGREED, CITY, DP, OVERLAP, THRESHOLD, after, foresee
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.coarser import Remedy, remedies
from cleanroom.disclosure.course import Course, Line, Standing
from cleanroom.disclosure.forecast import forecast
from cleanroom.disclosure.price import Price
from cleanroom.disclosure.question import (
    AttributeQuestion,
    Filter,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
)

COLUMNS = ("platform.people.a_age", "platform.people.a_city", "platform.people.is_fan")
CUBE = AttributeQuestion(("platform",), COLUMNS)  # 5 x 3 x 2 = 30 cells
ORDERS = FirstChannelQuestion(
    "platform", "brand", "2025-04-01", "2025-07-01", first_order_value=True
)
ANALYSIS = {AttributeQuestion: "A03", FirstChannelQuestion: "A04", MatchQuestion: "A01"}


def help_for(question: Question, *before: Question, **more: Any) -> dict[str, Mapping[str, Any]]:
    """Kinds of remedies with their facts, for the last question of a plan."""
    found = foresee(OVERLAP, *before, question, **more).questions[-1]
    assert found.line.fate == "refused"
    return {one.kind: one.facts for one in found.remedies}


def left(cells: int) -> Standing:
    """The overlap was answered, and so many cells are left of 60."""
    return after(OVERLAP, more=Price(0, 60 - 7 - cells, 1))


def test_the_column_whose_loss_leaves_most_cells() -> None:
    """Of 30 cells 12 fit: without the city it is 5 x 2."""
    facts = help_for(CUBE, standing=left(12))["drop_columns"]
    assert facts == {"columns": ["platform.people.a_city"], "cells": 10}
    assert help_for(CUBE, standing=left(15))["drop_columns"]["cells"] == 15
    facts = help_for(CUBE, standing=left(5))["drop_columns"]
    assert facts == {"columns": list(COLUMNS[1:]), "cells": 5}


@given(st.integers(2, 29))
def test_the_smallest_change_by_trying_all(cells: int) -> None:
    sizes = {"platform.people.a_age": 5, "platform.people.a_city": 3, "platform.people.is_fan": 2}
    fitting = []
    for count in (1, 2):
        for kept in combinations(COLUMNS, count):
            size = 1
            for column in kept:
                size *= sizes[column]
            fitting += [size] if size <= cells else []
    facts = help_for(CUBE, standing=left(cells))["drop_columns"]
    assert facts["cells"] == max(fitting)
    kept = [column for column in COLUMNS if column not in facts["columns"]]
    smaller = AttributeQuestion(("platform",), tuple(kept))
    line = foresee(OVERLAP, smaller, standing=left(cells)).questions[-1].line
    assert (line.fate, line.cells) == ("fits", facts["cells"])


def test_amounts_go_before_the_question_does() -> None:
    assert help_for(ORDERS, standing=left(11)) == {"drop_amounts": {"cells": 6}}


def test_a_pattern_may_become_a_winner() -> None:
    """2 + 7 cells by pattern, 2 + 3 by winner."""
    pattern = MatchQuestion(("platform", "brand"), "pattern")
    assert help_for(pattern, standing=left(8)) == {"by_winner": {"cells": 5}}


def long_column(catalogue: Catalogue = CATALOGUE) -> Catalogue:
    """The platform with a place of 59 values."""
    people = {**PLATFORM.tables["people"], "a_place": category(*map(str, range(59)))}
    changed = msgspec.structs.replace(PLATFORM, tables={**PLATFORM.tables, "people": people})
    return with_fields(datasets=(changed, *catalogue.datasets[1:]))


def test_a_column_that_is_too_long() -> None:
    """60 x 2 cells; 33 are left: 16 levels would do, or the age, the city or the fans."""
    known = long_column()
    place = AttributeQuestion(("platform",), ("platform.people.a_place",), "brand")
    standing = Standing({}, Price(0, 20, 1))
    course = Course(known, THRESHOLD, AGREED, standing, overlap=True, matched=53 * 50)
    line = course.judge("A03", place)
    assert (line.fate, line.refused, line.cells) == ("refused", "cells", 120)
    assert remedies_of(line, place, course) == {
        "fewer_levels": {"most": 16, "levels": 60},
        "other_columns": {"columns": ["a_age", "a_city", "is_fan"]},
    }


def remedies_of(line: Line, asked: Question, course: Course) -> dict[str, Mapping[str, Any]]:
    return {one.kind: one.facts for one in remedies(line, asked, course)}


def test_too_many_columns_and_filters() -> None:
    policy = msgspec.structs.replace(THRESHOLD, group_columns_max=2, filter_columns_max=1)
    facts = help_for(CUBE, policy=policy, standing=after(OVERLAP))["drop_columns"]
    assert facts == {"columns": ["platform.people.is_fan"], "cells": 15}
    filtered = AttributeQuestion(
        ("platform",),
        (COLUMNS[2],),
        where=(Filter(COLUMNS[0], ("18-24",)), Filter(COLUMNS[1], ("tier 1",))),
    )
    facts = help_for(filtered, policy=policy, standing=after(OVERLAP))["fewer_filters"]
    assert facts["most"] == 1


def test_a_sum_without_a_cap() -> None:
    brand = CATALOGUE.datasets[1]
    columns = {**brand.tables["conversions"]}
    columns["paid"] = msgspec.structs.replace(columns["paid"], cap=0)
    changed = msgspec.structs.replace(brand, tables={**brand.tables, "conversions": columns})
    known = with_fields(datasets=(PLATFORM, changed, CATALOGUE.datasets[2]))
    wishes = [("A01", OVERLAP), ("A04", ORDERS)]
    found = forecast(wishes, known, THRESHOLD, AGREED, Standing()).questions[-1]
    assert found.line.refused == "cap"
    assert found.remedies == (Remedy("drop_amounts", {"cells": 6}),)


def test_days_that_may_be_asked_for() -> None:
    early = FirstChannelQuestion("platform", "brand", "2024-01-01", "2025-07-01")
    assert help_for(early) == {"dates": {"start": "2025-03-01", "end": "2026-01-01"}}


def test_the_overlap_first() -> None:
    found = foresee(AGE).questions[0]
    assert [one.kind for one in found.remedies] == ["overlap_first"]


def test_how_many_earlier_questions_have_to_go() -> None:
    """20 cells left: 10 + 6 are taken, and 5 x 2 need 6 more: the larger one is enough."""
    fans = AttributeQuestion(("platform",), ("platform.people.is_fan", COLUMNS[0]))
    facts = help_for(fans, CITY, AGE, standing=left(20))["leave_out"]
    assert facts == {"count": 1}
    shorter = foresee(OVERLAP, CITY, fans, standing=left(20)).questions[-1].line
    assert shorter.fate == "fits"
    assert "leave_out" not in help_for(fans, standing=left(9))


def test_another_session_for_a_used_up_budget() -> None:
    spans = [("2025-04-01", f"2025-07-{day:02}") for day in range(1, 10)]
    asked = [FirstChannelQuestion("platform", "brand", *span) for span in spans]
    facts = help_for(CITY, *asked, policy=DP)
    assert facts["leave_out"] == {"count": 1}
    assert "another_session" in facts
    costly = msgspec.structs.replace(DP, people_of_noise=2)  # 0.25 for one count
    found = foresee(OVERLAP, CITY, policy=costly).questions
    assert [one.line.refused for one in found] == ["budget", "match_first"]
    assert found[0].remedies == ()


@pytest.mark.parametrize("cells", [0, 1])
def test_nothing_is_suggested_where_nothing_fits(cells: int) -> None:
    assert help_for(CUBE, standing=left(cells)) == {}


@given(st.integers(0, 40), st.sampled_from([CUBE, ORDERS, AGE, CITY]))
def test_suggestions_never_exceed_what_is_left(cells: int, question: Question) -> None:
    found = foresee(OVERLAP, question, standing=left(cells)).questions[-1]
    for remedy in found.remedies:
        assert remedy.facts.get("cells", 0) <= cells
    whole = len(shape(question, CATALOGUE).cells) * len(shape(question, CATALOGUE).measures)
    assert (found.line.fate == "refused") == (whole > cells)
