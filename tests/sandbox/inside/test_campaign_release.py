"""A06 and A07 from rows to figures: kernel, gate, noise, reading; intervals hold the truth."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
from inside_material import Desk, catalogue_of, open_database
from room_material import Rows, dataset, tokens_of

from cleanroom.analyses.registry import ANALYSES
from cleanroom.analyses.result import Result, Value
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.sandbox.inside.database import Connection
from cleanroom.tables import Type

DAY = 86400
START = 20454 * DAY  # 2026-01-01
PEOPLE, KNOWN = 20_000, 15_000  # of the platform; of them also the brand's
POLICIES = [
    Policy(mode, min_match=0, people_per_cell=1, answer_quantum_ms=0)  # type: ignore[arg-type]
    for mode in ("dp", "threshold")
]
ASKED = {
    "exposures": "platform",
    "conversions": "brand",
    "since": "2026-01-11",
    "until": "2026-01-31",
}


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Connection, Catalogue, dict[str, np.ndarray]]]:
    """Views of 20,000 people on 20 days, and orders before and after; and what is true of them."""
    rng = np.random.default_rng(1)
    agreed = catalogue_of(
        {
            "platform": dataset("platform", {"exposures": {"ts": ColumnSpec(Type.DATETIME)}}),
            "brand": dataset("brand", {"conversions": {"ts": ColumnSpec(Type.DATETIME)}}),
        }
    )
    views = 1 + rng.geometric(0.35, PEOPLE)
    viewer = np.repeat(np.arange(PEOPLE), views)
    seen = START + 10 * DAY + rng.integers(0, 20 * DAY, len(viewer))
    first = np.full(PEOPLE, 2**62)
    np.minimum.at(first, viewer, seen)
    customer = rng.random(KNOWN) < 0.2
    buys = rng.random(KNOWN) < 0.3
    bought = first[:KNOWN] + 1 + rng.integers(0, 10 * DAY, KNOWN)
    buyer = np.concatenate([np.flatnonzero(customer), np.flatnonzero(buys)])
    at = np.concatenate([np.full(int(customer.sum()), START + DAY), bought[buys]])
    rows = {
        "platform": Rows(
            PEOPLE,
            {},
            {"email": tokens_of(range(PEOPLE), range(PEOPLE))},
            {"exposures": {"person": viewer, "ts": seen}},
        ),
        "brand": Rows(
            KNOWN,
            {},
            {"email": tokens_of(range(KNOWN), range(KNOWN))},
            {"conversions": {"person": buyer, "ts": at}},
        ),
    }
    stop = np.full(PEOPLE, 2**62)
    stop[:KNOWN][buys] = bought[buys]
    before = np.bincount(viewer[seen <= stop[viewer]], minlength=PEOPLE)
    matched = np.arange(PEOPLE) < KNOWN
    facts = {
        "before": before,
        "views": np.minimum(views, 20),
        "matched": matched,
        "bought": np.concatenate([buys, np.zeros(PEOPLE - KNOWN, bool)]),
        "customer": np.concatenate([customer, np.zeros(PEOPLE - KNOWN, bool)]),
    }
    connection = open_database(agreed, rows)
    yield connection, agreed, facts
    connection.close()


def answered(world: Any, policy: Policy, name: str, **more: Any) -> tuple[Desk, Result]:
    connection, agreed, _ = world
    desk = Desk(connection, agreed, policy, analyses=("A01", "A06", "A07"))
    desk.ask("A01", MatchQuestion(agreed.parties))
    analysis = ANALYSES[name]
    params = msgspec.convert({**ASKED, **more}, analysis.params)
    (question,) = analysis.questions(params, agreed)
    release = desk.ask(name, question)
    again = desk.ask(name, question)
    assert (again.price, again.vectors) == (FREE, release.vectors)
    return desk, analysis.result(params, agreed, [release], policy)


def near(value: Value, truth: float) -> bool:
    """Within the interval stretched to five standard deviations; on one side only of a bound."""
    assert value.value is not None
    ends = [end for end in (value.low, value.high) if end is not None]
    room = 2.6 * max(abs(end - value.value) for end in ends) + 1e-9
    above = value.bound == "at_least" or truth <= value.value + room
    return above and (value.bound == "at_most" or truth >= value.value - room)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda p: p.mode)
def test_frequency_from_rows_to_figures(world: Any, policy: Policy) -> None:
    _, result = answered(world, policy, "A06", top=6, impressions=True)
    facts = world[2]
    frequency = next(found for found in result.tables if found.id == "frequency")
    for f, row in enumerate(frequency.rows[:5], 1):
        there = facts["matched"] & (facts["before"] >= f)
        hazard = (facts["bought"] & (facts["before"] == f)).sum() / there.sum()
        assert near(row.values[3], hazard)
        assert near(row.values[1], (facts["before"] >= f).sum())
    mean = next(card.value for card in result.cards if card.title.key.endswith("mean"))
    assert near(mean, np.minimum(facts["before"], 20).mean())
    assert result.evidence == "associated"
    assert result.verdict is None


@pytest.mark.parametrize("policy", POLICIES, ids=lambda p: p.mode)
def test_suppression_from_rows_to_figures(world: Any, policy: Policy) -> None:
    more = {"recent_days": 0, "cap": 6, "no_response_after": 3, "cost_per_thousand": 5_000}
    _, result = answered(world, policy, "A07", **more)
    facts, views = world[2], world[2]["views"]
    above = ~facts["customer"] & (views > 6)
    silent = facts["matched"] & ~facts["customer"] & ~above & (views >= 3) & ~facts["bought"]
    spared = views[facts["customer"]].sum() + (views[above] - 6).sum() + (views[silent] - 3).sum()
    values = {card.title.key.rpartition(".")[2]: card.value for card in result.cards}
    assert near(values["each"], spared / PEOPLE)
    assert near(values["share"], spared / views.sum())
    assert near(values["money"], spared * 5.0)


def test_a_coarser_question_costs_nothing_more(world: Any) -> None:
    """Fewer frequencies are sums of released ones."""
    _, agreed, _ = world
    desk, _ = answered(world, POLICIES[0], "A06", top=6)
    before = desk.books.session
    analysis = ANALYSES["A06"]
    (question,) = analysis.questions(msgspec.convert({**ASKED, "top": 3}, analysis.params), agreed)
    release = desk.ask("A06", question)
    assert (release.price, release.replayed) == (FREE, True)
    assert desk.books.session == before
