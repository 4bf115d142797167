"""The truth file against a second computation from the files alone, on 20,000 people."""

import copy
from pathlib import Path
from typing import Any

import population_oracle as oracle
import pytest
from population_answers import Answers

from cleanroom.prepare.population import labels

pytestmark = pytest.mark.slow

GROUPS = {
    "persons": "persons",
    "overlap": "overlap",
    "new_customers": "new_customers",
    "frequency": "frequency",
    "spared_advertising": "spared",
    "paths": "paths",
    "phases": "phases",
    "stages": "stages",
    "first_touches": "first_touches",
    "attributed": "attributed",
    "loyalty": "loyalty",
    "price_bands": "price_bands",
    "dayparts": "dayparts",
    "friends": "friends",
}
COLUMNS = {
    "a_age_band": ("年龄段", labels.AGE_BANDS),
    "a_gender": ("性别", labels.GENDERS),
    "a_city_tier": ("城市等级", labels.CITY_TIERS),
    "a_region": ("地区", labels.REGIONS),
    "a_os": ("系统", labels.SYSTEMS),
    "a_interest": ("兴趣", labels.INTERESTS),
    "a_spend": ("消费力", labels.SPENDING),
}


@pytest.fixture(scope="module")
def world(middling: Path) -> oracle.World:
    return oracle.load(middling)


@pytest.fixture(scope="module")
def answers(world: oracle.World) -> Answers:
    return Answers(world)


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Numbers by path; what is nought is as good as left out."""
    if not isinstance(value, dict):
        return {path: value} if value else {}
    found: dict[str, Any] = {}
    for key, one in value.items():
        found |= leaves(one, f"{path}/{key}")
    return found


@pytest.mark.parametrize("group", GROUPS)
def test_counts_are_the_same(world: oracle.World, answers: Answers, group: str) -> None:
    expected = leaves(getattr(answers, GROUPS[group])())
    assert leaves(world.truth["truth"][group]) == expected
    assert len(expected) > 5, "nothing was compared"


@pytest.mark.parametrize("column", COLUMNS)
def test_profiles_are_the_same(world: oracle.World, answers: Answers, column: str) -> None:
    name, levels = COLUMNS[column]
    expected = answers.profile(name, ("missing", *levels))
    assert world.truth["truth"]["profile"][column] == expected


def test_quality_by_channel_is_the_same(world: oracle.World, answers: Answers) -> None:
    assert world.truth["truth"]["new_customer_quality"]["by_channel"] == answers.quality()


def test_premium_by_channel_is_the_same(world: oracle.World, answers: Answers) -> None:
    given = leaves(world.truth["truth"]["price_premium"]["by_channel"])
    expected = leaves(answers.premium())
    assert given.keys() == expected.keys()
    assert given == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_experiments_are_the_same(world: oracle.World, answers: Answers) -> None:
    given = copy.deepcopy(world.truth["truth"]["experiments"])
    for arms in given.values():
        for arm in arms.values():
            arm.pop("only_because_of_ads")  # only the simulation knows that
    assert given == answers.arms()


def test_sealed_events_are_the_same(world: oracle.World, answers: Answers) -> None:
    assert world.truth["truth"]["sealed_events"] == {
        "platform.exposures": sum(map(len, answers.seen.values())),
        "brand.conversions": sum(map(len, answers.sold.values())),
    }


def test_what_only_the_simulation_knows_adds_up(world: oracle.World) -> None:
    truth = world.truth["truth"]
    for span, sources in truth["new_customer_sources"].items():
        assert sum(sources.values()) == sum(truth["new_customers"][span]["last_touch"].values())
    response, frequency = truth["response"], truth["frequency"]
    assert sum(response["persons"].values()) == sum(frequency["persons"].values())
    because = sum(response["bought_because"].values())
    assert truth["experiments"]["双11"]["test"]["only_because_of_ads"] <= because
    assert 0 < because < sum(frequency["persons"].values()) / 10


def test_shares_follow_from_the_counts(world: oracle.World) -> None:
    truth = world.truth["truth"]
    cells = truth["new_customers"]["2025"]["last_touch"]
    matched = sum(cells.values()) - cells["unmatched"]
    share = truth["shares"]["new_customers"]["2025"]
    assert share["any_channel"] == pytest.approx(1 - cells["none"] / matched)
    assert share["above_20_percent"] == (share["any_channel"] > 0.2)
    profile, index = truth["profile"]["a_interest"], truth["shares"]["index_of_brand_members"]
    known = {g: sum(n for k, n in profile[g].items() if k != "missing") for g in profile}
    target = profile["also_brand"]["美妆"] / known["also_brand"]
    base = profile["all"]["美妆"] / known["all"]
    assert index["a_interest"]["美妆"] == pytest.approx(100 * target / base)
