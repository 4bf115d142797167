"""What a question costs, when it costs nothing, and which limits refuse it."""

from collections.abc import Callable

import msgspec
import pytest
from gate_material import (
    AGE,
    AGE_VERSUS,
    ALL_MATCH,
    CATALOGUE,
    CONNECTION,
    DP,
    THRESHOLD,
    VALUE,
    opened,
    remembered,
)
from inside_material import Desk

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.question import (
    AttributeQuestion,
    Filter,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
)


@pytest.mark.parametrize(
    ("policy", "price"),
    [(THRESHOLD, Price(0, 4)), (DP, Price(10_000_000, 4))],
    ids=["threshold", "dp"],
)
def test_an_answer_costs_its_price_once(policy: Policy, price: Price) -> None:
    desk = opened(policy)
    before = desk.books.session
    first = desk.ask("A03", AGE)
    assert (first.price, first.replayed) == (price, False)
    again = [desk.ask("A03", AGE) for _ in range(5)]
    assert {a.vectors for a in again} == {first.vectors}
    assert all(a.replayed and a.price == FREE for a in again)
    assert desk.books.session.cells - before.cells == price.cells
    assert desk.books.session.analyses - before.analyses == 1


REWRITES: list[tuple[Question, Question]] = [
    (ALL_MATCH, MatchQuestion(("brand", "platform"), "pattern")),
    (AGE, AttributeQuestion(("platform",), ("platform.people.a_age",) * 3)),
    (
        AttributeQuestion(("platform", "brand"), ("platform.people.a_age", "brand.people.is_fan")),
        AttributeQuestion(
            ("brand", "platform"),
            ("brand.people.is_fan", "platform.people.a_age"),
            where=(
                Filter("platform.people.a_age", ("old", "", "young", "middle")),
                Filter("brand.people.is_fan", ("true", "false", "true")),
            ),
        ),
    ),
    (
        AttributeQuestion(
            ("platform",),
            ("platform.people.a_health",),
            where=(Filter("platform.people.a_age", ("old",)),),
        ),
        AttributeQuestion(
            ("platform",),
            ("platform.people.a_health",),
            where=(
                Filter("platform.people.a_age", ("old", "young")),
                Filter("platform.people.a_age", ("middle", "old", "old")),
            ),
        ),
    ),
    (
        FirstChannelQuestion("platform", "brand", "2026-01-02", "2026-02-01", window_days=10**6),
        FirstChannelQuestion("platform", "brand", "2026-01-02", "2026-02-01", window_days=10**7),
    ),
    (
        FirstChannelQuestion(
            "platform", "brand", "2026-01-02", "2026-02-01", while_active=True, window_days=3
        ),
        FirstChannelQuestion(
            "platform", "brand", "2026-01-02", "2026-02-01", while_active=True, window_days=7
        ),
    ),
]


@pytest.mark.parametrize(("one", "other"), REWRITES)
def test_another_spelling_is_the_same_question(one: Question, other: Question) -> None:
    analysis = {"match": "A01", "attribute": "A03", "first_channel": "A04"}
    desk = opened(DP)
    tag = str(one.__struct_config__.tag)
    first = desk.ask(analysis[tag], one)
    second = desk.ask(analysis[tag], other)
    assert second.replayed
    assert second.price == FREE
    assert second.vectors == first.vectors


@pytest.mark.parametrize("policy", [THRESHOLD, DP], ids=["threshold", "dp"])
def test_a_later_session_gives_the_same_answer_for_nothing(policy: Policy) -> None:
    """Even without any allowance left: a replay is no new look at the data."""
    first = opened(policy)
    asked = {"A03": AGE_VERSUS, "A04": VALUE}
    answers = {name: first.ask(name, question) for name, question in asked.items()}
    later = Desk(
        CONNECTION,
        CATALOGUE,
        policy,
        FREE,
        known=remembered(first.known),
        lifetime=first.books.lifetime,
    )
    for name, question in asked.items():
        again = later.ask(name, question)
        assert again.vectors == answers[name].vectors
        assert (again.replayed, again.price) == (True, FREE)
    assert later.books.session == FREE


def test_the_overlap_comes_first() -> None:
    desk = Desk(CONNECTION, CATALOGUE, THRESHOLD)
    assert desk.ask("A03", AGE).reason == "match_first"
    desk.ask("A01", ALL_MATCH)
    assert desk.ask("A03", AGE).status == "released"


def test_in_every_session_anew_but_for_nothing() -> None:
    first = opened(THRESHOLD)
    later = Desk(CONNECTION, CATALOGUE, THRESHOLD, known=remembered(first.known))
    assert later.ask("A03", AGE).reason == "match_first"
    assert later.ask("A01", ALL_MATCH).price == FREE
    assert later.ask("A03", AGE).status == "released"


@pytest.mark.parametrize(("shift", "reason"), [(-1, "min_match"), (0, "")])
def test_too_small_an_overlap_goes_by_the_released_number(
    shift: int, reason: str, shifted: Callable[..., None]
) -> None:
    """300 people match; the released number decides, also when it is wrong."""
    shifted(shift)
    policy = msgspec.structs.replace(DP, min_match=300)
    desk = opened(policy)
    assert desk.books.noisy_match == 300 + shift
    assert desk.ask("A03", AGE).reason == reason
    assert desk.ask("A01", ALL_MATCH).replayed  # the overlap itself stays


def test_the_session_may_not_spend_more_than_its_limit() -> None:
    """0.10 at 0.01 a question: the overlap and nine more."""
    desk = opened(DP)
    spans = [("2026-01-02", f"2026-02-{day:02}") for day in range(1, 13)]
    said = [desk.ask("A04", FirstChannelQuestion("platform", "brand", *s)) for s in spans]
    assert [release.status for release in said] == ["released"] * 9 + ["refused"] * 3
    assert {release.reason for release in said[9:]} == {"budget"}
    assert desk.books.session.nano_rho == 100_000_000


@pytest.mark.parametrize(
    ("policy", "allowance"),
    [
        (DP, Price(19_999_999, 10**6, 10)),
        (DP, Price(10**9, 10**6, 1)),
        (THRESHOLD, Price(0, 6, 10)),
        (THRESHOLD, Price(0, 10**6, 1)),
    ],
)
def test_grants_limit_what_a_session_spends(policy: Policy, allowance: Price) -> None:
    """The overlap fits (3 cells, 0.01); the ages (4 cells, 0.01) do not."""
    desk = opened(policy, allowance=allowance)
    refused = desk.ask("A03", AGE)
    assert (refused.reason, refused.price, refused.vectors) == ("budget", FREE, ())
    assert desk.books.refusals == 1
    assert desk.ask("A01", ALL_MATCH).replayed


def test_cells_are_limited_by_the_released_overlap(shifted: Callable[..., None]) -> None:
    """300 matched people: six cells, over all sessions; the overlap took three."""
    shifted(0)
    policy = msgspec.structs.replace(THRESHOLD, people_per_cell=50)
    desk = opened(policy)
    assert policy.cell_budget(300) == 6
    assert desk.ask("A03", AGE).reason == "cells"
    fits = AttributeQuestion(("platform",), ("platform.people.a_health",))
    assert desk.ask("A03", fits).status == "released"
    later = Desk(
        CONNECTION,
        CATALOGUE,
        policy,
        known=remembered(desk.known),
        lifetime=desk.books.lifetime,
    )
    later.ask("A01", ALL_MATCH)
    assert later.ask("A03", fits).replayed
    more = AttributeQuestion(("brand",), ("brand.people.is_fan",))
    assert later.ask("A03", more).reason == "cells"


def test_analyses_are_limited_over_all_sessions() -> None:
    policy = msgspec.structs.replace(DP, analyses_max=200)
    desk = opened(policy, lifetime=Price(0, 0, 198))
    assert desk.ask("A03", AGE).status == "released"
    assert desk.ask("A03", AGE_VERSUS).reason == "analyses"
