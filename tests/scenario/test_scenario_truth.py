"""Kernels on scenario A, before the gate, against the truth that was computed without our code.

The truth counts direct matches of members; where our definition differs it is said here and why.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scenario_material import make, open_here

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import (
    AttributeQuestion,
    FirstChannelQuestion,
    FrequencyQuestion,
    MatchQuestion,
    Question,
)
from cleanroom.sandbox.inside import kernels

NEW = FirstChannelQuestion(
    "platform", "brand", "2017-04-01", "2018-01-01", touch="last", while_active=True
)


class Opened:
    """Asks kernels and labels their cells."""

    def __init__(self, scenario: Any) -> None:
        self.catalogue = scenario.signed.agreement.catalogue()
        self.connection = open_here(scenario)

    def ask(self, question: Question) -> dict[tuple[str, ...], int]:
        asked = canonical(question, self.catalogue)
        exact = kernels.run(self.connection, asked, self.catalogue)
        return dict(zip(shape(asked, self.catalogue).cells, exact.vectors[0], strict=True))


@pytest.fixture(scope="module", params=["mapping.toml", "mapping_hashed.toml"])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, repository: Path
) -> Iterator[Opened]:
    """Both ways of holding the brand's identifiers: as they are, and as SHA-256 only."""
    samples = repository / "resources" / "samples" / "scenario_a"
    scenario = make(tmp_path_factory.mktemp("scenario"), samples, request.param)
    yield Opened(scenario)
    scenario.close()


@pytest.fixture(scope="module")
def truth(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "data" / "scenario_a" / "truth_a.json").read_text("utf-8"))


def test_matched_users_by_any_identifier_and_by_each(opened: Opened, truth: dict[str, Any]) -> None:
    overlap = truth["overlap"]
    cells = opened.ask(MatchQuestion(("platform", "brand"), "pattern"))
    both = {cell[1]: count for cell, count in cells.items() if "+" in cell[0]}
    assert sum(both.values()) == overlap["any"]["matched_users"]
    for kind in ("email", "phone", "device"):
        hits = sum(count for pattern, count in both.items() if kind in pattern.split("+"))
        assert hits == overlap[kind]["matched_users"], kind
    winners = opened.ask(MatchQuestion(("platform", "brand"), "winner"))
    assert winners[("platform+brand", "email")] == overlap["email"]["matched_users"]
    assert sum(winners.values()) == sum(cells.values())
    platform = sum(n for cell, n in winners.items() if "platform" in cell[0])
    assert platform == overlap["platform_users"]


def test_profile_of_matched_users_against_all(opened: Opened, truth: dict[str, Any]) -> None:
    cells = opened.ask(AttributeQuestion(("platform",), ("platform.people.a_age",), "brand"))
    expected = truth["profile"]["with_unknown"]["age"]
    for level, counts in expected.items():
        label = "" if level == "未知" else level
        target, rest = cells[(label, "brand")], cells[(label, "not brand")]
        assert (target, target + rest) == (counts["target"], counts["base"]), level


def test_new_customers_and_their_channels(opened: Opened, truth: dict[str, Any]) -> None:
    cells = {cell[0]: count for cell, count in opened.ask(NEW).items()}
    expected = truth["new_customer_channel"]
    matched = {label: n for label, n in cells.items() if label != "unmatched"}
    assert sum(matched.values()) == expected["new_customers"]
    assert matched == expected["count"]


def test_frequency_of_campaigns_and_orders_half_a_year_later(
    opened: Opened, truth: dict[str, Any]
) -> None:
    """The truth also tells people who received nothing; we only speak of those who did."""
    asked = FrequencyQuestion(
        *("platform", "brand", "2017-01-01", "2017-07-01"), bought_since="2017-07-01", top=4
    )
    cells = opened.ask(asked)
    expected = truth["frequency_conversion"]["rows"]
    for number in ("1", "2", "3", "4"):
        label = "4+" if number == "4" else number
        bought, not_bought = (cells[label, end] for end in ("converted", "not converted"))
        row = expected[number]
        assert (bought + not_bought, bought) == (row["users"], row["converted"]), number
