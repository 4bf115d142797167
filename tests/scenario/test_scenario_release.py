"""Scenario A through the real sandbox: what is released lies where the truth and the noise say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scenario_material import Scenario, make, run_demo_plan

from cleanroom.disclosure.cells import shape
from cleanroom.report.document import Item


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[Scenario]:
    samples = repository / "resources" / "samples" / "scenario_a"
    made = make(tmp_path_factory.mktemp("release"), samples)
    yield made
    made.close()


@pytest.fixture(scope="module")
def items(scenario: Scenario, repository: Path) -> list[Item]:
    plan = (repository / "resources" / "plans" / "demo.toml").read_bytes()
    return run_demo_plan(scenario, plan)


@pytest.fixture(scope="module")
def truth(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "data" / "scenario_a" / "truth_a.json").read_text("utf-8"))


def expected(truth: dict[str, Any]) -> list[list[int | None]]:
    """True counts in the order of each question's cells; None where the truth has no such cell."""
    ages = truth["profile"]["with_unknown"]["age"]
    young, old = ("19-24", "25-34", "35-44"), ("45-54", "55-64", "65+")
    bands = [
        [sum(ages[level][side] for level in levels) for side in ("target", "base")]
        for levels in (("未知",), young, old)
    ]
    profile = [n for target, base in bands for n in (target, base - target)]
    overlap = truth["overlap"]
    alone = overlap["platform_users"] - overlap["any"]["matched_users"]
    email = overlap["email"]["matched_users"]
    channels = truth["new_customer_channel"]["count"]
    first = [channels[c] for c in ("Type A", "Type B", "Type C", "none")]
    return [[alone, None, email, None, None], profile, [*first, None]]


def test_released_cells_are_true_counts_with_noise(
    scenario: Scenario, items: list[Item], truth: dict[str, Any]
) -> None:
    catalogue = scenario.signed.agreement.catalogue()
    compared = 0
    for item, counts in zip(items, expected(truth), strict=True):
        (question,), (release,) = item.questions, item.releases
        assert release.status == "released"
        vector = release.vectors[0]
        assert len(vector.values) == len(shape(question, catalogue).cells) == len(counts)
        for value, true in zip(vector.values, counts, strict=True):
            if value is not None and true is not None:
                assert abs(value - true) <= 5 * vector.sigma + 2.5
                assert true >= scenario.signed.agreement.policy.k
                compared += 1
    assert compared >= 8


def test_what_is_small_is_withheld(items: list[Item], truth: dict[str, Any]) -> None:
    """Type C brought 3 new customers: fewer than k, so the cell is withheld whatever the noise."""
    channels = items[2].releases[0].vectors[0].values
    assert truth["new_customer_channel"]["count"]["Type C"] == 3
    assert channels[2] is None
