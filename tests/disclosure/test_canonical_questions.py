"""All spellings of a question share one key, and no two questions do."""

import random

import msgspec
import pytest
from disclosure_material import (
    BRAND,
    CATALOGUE,
    KINDS,
    PARTNER,
    PHONE,
    PLATFORM,
    brand_with,
    category,
    with_fields,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from question_strategies import LONGEST, meaning, questions, rewritten

from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import (
    ArmQuestion,
    AttributeQuestion,
    Filter,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
)
from cleanroom.errors import DisclosureError
from cleanroom.tables import Type

AGE, CITY = "platform.people.a_age", "platform.people.a_city"
# Fifteen times what the chosen profile asks for: 1500 rewrites in an ordinary run.
THOUSANDS = 15 * settings().max_examples
FIRST = FirstChannelQuestion("platform", "brand", "2025-04-01", "2025-07-01")


@settings(max_examples=THOUSANDS)
@given(questions, st.integers(0, 2**32))
def test_every_rewrite_has_the_same_key(question: Question, seed: int) -> None:
    other = rewritten(question, random.Random(seed))
    assert meaning(other) == meaning(question)
    assert canonical(other, CATALOGUE) == canonical(question, CATALOGUE)
    assert replay_key(other, CATALOGUE) == replay_key(question, CATALOGUE)


@settings(max_examples=THOUSANDS)
@given(questions, questions)
def test_two_questions_share_a_key_only_when_they_mean_the_same(
    one: Question, two: Question
) -> None:
    same = replay_key(one, CATALOGUE) == replay_key(two, CATALOGUE)
    assert same == (meaning(one) == meaning(two))


@given(questions)
def test_the_canonical_form_is_its_own(question: Question) -> None:
    form = canonical(question, CATALOGUE)
    assert canonical(form, CATALOGUE) == form
    assert meaning(form) == meaning(question)


@given(questions, st.integers(0, 2**32))
def test_labels_stand_in_one_order_however_a_question_was_spelled(
    question: Question, seed: int
) -> None:
    other = rewritten(question, random.Random(seed))
    try:
        wanted = shape(question, CATALOGUE)
    except DisclosureError as error:
        assert error.code == "disclosure.too_many_cells"  # noqa: PT017
        return
    assert shape(other, CATALOGUE) == wanted == shape(canonical(other, CATALOGUE), CATALOGUE)


# --- what the key covers -------------------------------------------------------------------------

ELSEWHERE = {
    "agreement": with_fields(agreement_id="cd" * 16),
    "rule": with_fields(identifiers=(PHONE,)),
    "base": with_fields(identifiers=(msgspec.structs.replace(PHONE, token_base="md5"),)),
    "name": with_fields(datasets=(msgspec.structs.replace(PLATFORM, name="other"), BRAND, PARTNER)),
    "period": with_fields(
        datasets=(msgspec.structs.replace(PLATFORM, end="2026-02-01"), BRAND, PARTNER)
    ),
    "priority": with_fields(identifiers=CATALOGUE.identifiers[::-1]),
}


@pytest.mark.parametrize("name", ELSEWHERE)
@pytest.mark.parametrize("question", [MatchQuestion(("platform", "brand")), FIRST])
def test_another_agreement_slot_or_matching_rule_is_another_question(
    name: str, question: Question
) -> None:
    assert replay_key(question, ELSEWHERE[name]) != replay_key(question, CATALOGUE)


def test_a_reseal_gets_the_same_answer() -> None:
    """Neither policy nor file is part of the key; the order of a table's columns is not either."""
    turned = {t: dict(reversed(c.items())) for t, c in reversed(PLATFORM.tables.items())}
    again = with_fields(datasets=(msgspec.structs.replace(PLATFORM, tables=turned), BRAND, PARTNER))
    assert replay_key(FIRST, again) == replay_key(FIRST, CATALOGUE)


def test_with_one_kind_the_pattern_is_the_winner() -> None:
    one = with_fields(identifiers=(PHONE,))
    keys = {
        replay_key(MatchQuestion(("platform", "brand"), by), one) for by in ("winner", "pattern")
    }
    assert len(keys) == 1
    shapes = {shape(MatchQuestion(("platform", "brand"), by), one) for by in ("winner", "pattern")}
    assert len(shapes) == 1


# --- what is refused -----------------------------------------------------------------------------


def attribute(**fields: object) -> AttributeQuestion:
    good = AttributeQuestion(("platform",), (AGE,), "brand", (Filter(CITY, ("tier 1",)),))
    return msgspec.structs.replace(good, **fields)


def first(**fields: object) -> FirstChannelQuestion:
    return msgspec.structs.replace(FIRST, **fields)


def tried(**fields: object) -> ArmQuestion:
    return msgspec.structs.replace(ArmQuestion("platform", "brand", "spring"), **fields)


REFUSED = {
    "no parties": (MatchQuestion(()), "two_parties"),
    "one party": (MatchQuestion(("brand",)), "two_parties"),
    "one party twice": (MatchQuestion(("brand", "brand"), "membership"), "two_parties"),
    "three by winner": (MatchQuestion(("platform", "brand", "partner")), "two_parties"),
    "stranger": (MatchQuestion(("platform", "broker")), "party"),
    "base stranger": (attribute(base=("broker",)), "party"),
    "no base": (attribute(base=()), "columns"),
    "no column": (attribute(columns=()), "columns"),
    "four columns": (
        attribute(columns=(AGE, CITY, "platform.people.is_fan", "brand.people.stage")),
        "columns",
    ),
    "unknown column": (attribute(columns=("platform.people.a_income",)), "column"),
    "column of nobody": (attribute(columns=("broker.people.a_age",)), "party"),
    "half a reference": (attribute(columns=("a_age",)), "column"),
    "deep reference": (attribute(columns=("platform.people.a_age.x",)), "column"),
    "date": (attribute(columns=("platform.people.first_buy",)), "column"),
    "other table": (attribute(columns=("brand.conversions.kind",)), "column"),
    "amount": (attribute(columns=("brand.conversions.paid",)), "column"),
    "versus itself": (attribute(versus="platform"), "party"),
    "versus stranger": (attribute(versus="broker"), "party"),
    "filter by date": (attribute(where=(Filter("platform.people.first_buy", ("",)),)), "column"),
    "filter value": (attribute(where=(Filter(AGE, ("99",)),)), "value"),
    "hidden filter value": (
        attribute(where=(Filter(AGE, ("99",)), Filter(AGE, ("18-24",)))),
        "value",
    ),
    "missing where nothing is missing": (attribute(where=(Filter(CITY, ("",)),)), "value"),
    "exposing stranger": (first(exposures="broker"), "party"),
    "selling stranger": (first(conversions="broker"), "party"),
    "no exposures": (first(exposures="brand"), "column"),
    "no conversions": (first(conversions="platform"), "column"),
    "kind": (first(order_kinds=("gift",)), "value"),
    "backwards": (first(new_since="2025-07-01", new_until="2025-04-01"), "dates"),
    "no days": (first(new_since="2025-07-01", new_until="2025-07-01"), "dates"),
    "before the data": (first(new_since="2025-02-28"), "dates"),
    "after the data": (first(new_until="2026-01-02"), "dates"),
    "loose date": (first(new_since="20250401"), "dates"),
    "week date": (first(new_since="2025-W14-2"), "dates"),
    "no date": (first(new_until="soon"), "dates"),
    "negative window": (first(window_days=-1), "window"),
    "test": (tried(test="winter"), "value"),
    "no test": (tried(test=""), "value"),
    "arm": (tried(between=("control", "huge")), "value"),
    "kind after a test": (tried(order_kinds=("gift",)), "value"),
    "negative window after a test": (tried(window_days=-1), "window"),
    "no arms": (tried(arms="brand"), "column"),
    "arms of a stranger": (tried(arms="broker"), "party"),
    "nothing sold": (tried(conversions="partner"), "column"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_agreed_is_refused(name: str) -> None:
    question, code = REFUSED[name]
    for look in (canonical, shape, replay_key):
        with pytest.raises(DisclosureError) as raised:
            look(question, CATALOGUE)
        assert raised.value.code == f"disclosure.{code}"


def test_the_borders_of_the_period_are_inside() -> None:
    whole = first(new_since=BRAND.start, new_until=BRAND.end)
    assert canonical(whole, CATALOGUE) == whole


def test_a_window_longer_than_the_data_is_the_longest_one() -> None:
    """Else 400 and 401 days would be two draws of noise on the same people."""
    keys = {replay_key(first(window_days=LONGEST + extra), CATALOGUE) for extra in (0, 1, 999)}
    assert len(keys) == 1
    assert replay_key(first(window_days=LONGEST - 1), CATALOGUE) not in keys
    assert canonical(tried(window_days=LONGEST + 7), CATALOGUE).window_days == LONGEST


def test_all_kinds_are_no_choice_unless_a_kind_can_be_missing() -> None:
    assert canonical(first(order_kinds=KINDS), CATALOGUE) == canonical(FIRST, CATALOGUE)
    leaky = brand_with("conversions", "kind", category(*KINDS))
    assert replay_key(first(order_kinds=KINDS), leaky) != replay_key(FIRST, leaky)
    without = brand_with("conversions", "kind", None)
    assert canonical(FIRST, without) == FIRST
    with pytest.raises(DisclosureError, match=r"disclosure\.value"):
        canonical(first(order_kinds=("order",)), without)


@pytest.mark.parametrize("kind", [Type.DATE, Type.DATETIME, Type.INTEGER, Type.MONEY])
def test_only_columns_with_public_values_split_people(kind: Type) -> None:
    spec = msgspec.structs.replace(category(), type=kind)
    odd = brand_with("people", "stage", spec)
    with pytest.raises(DisclosureError, match=r"disclosure\.column"):
        canonical(AttributeQuestion(("brand",), ("brand.people.stage",)), odd)
