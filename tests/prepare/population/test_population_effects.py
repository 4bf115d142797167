"""Planted effects can be found, and in the zero-effect twin there are none.

One chunk of 200,000 people. The seed is fixed, so nothing here fails by chance; the bounds are
still those that chance passes once in 100,000 runs.
"""

import math
from typing import Any

import numpy as np
import pytest

from cleanroom.prepare.population import labels, plan, world
from cleanroom.prepare.population.plan import CAMPAIGNS, PARTIES, Plan
from cleanroom.prepare.population.truth.count import count

pytestmark = pytest.mark.slow

Z = 4.42


@pytest.fixture(scope="module", params=[False, True], ids=["planted", "null"])
def twin(request: pytest.FixtureRequest) -> tuple[bool, world.Chunk, dict[str, Any]]:
    drawn = Plan(200_000, 2, null=request.param, chunk=200_000)
    chunk = world.live(drawn, 0)
    return request.param, chunk, count(chunk, drawn)


def z_score(a: int, n: int, b: int, m: int) -> float:
    """Standardised difference of two shares."""
    pooled = (a + b) / (n + m)
    return (a / n - b / m) / math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))


def test_advertising(twin: tuple[bool, world.Chunk, dict[str, Any]]) -> None:
    null, _, counts = twin
    arms = counts["experiments"]["双11"]
    test, control = arms["test"], arms["control"]
    z = z_score(test["converted"], test["persons"], control["converted"], control["persons"])
    assert (abs(z) < Z) if null else (z > Z)
    assert (test["only_because_of_ads"] == 0) == null
    assert control["only_because_of_ads"] == 0


def test_the_true_number_of_extra_buyers_is_what_the_experiment_estimates(
    twin: tuple[bool, world.Chunk, dict[str, Any]],
) -> None:
    _, _, counts = twin
    arms = counts["experiments"]["双11"]
    test, control = arms["test"], arms["control"]
    p1, p0 = (arm["converted"] / arm["persons"] for arm in (test, control))
    spread = math.sqrt(p1 * (1 - p1) / test["persons"] + p0 * (1 - p0) / control["persons"])
    estimated = (p1 - p0) * test["persons"]
    assert abs(estimated - test["only_because_of_ads"]) < Z * spread * test["persons"]


def test_extra_buyers_are_as_many_as_the_response_says() -> None:
    """More impressions bring more, but less and less: as planned, by buckets of frequency."""
    drawn = Plan(200_000, 2, chunk=200_000)
    chunk = world.live(drawn, 0)
    campaign = CAMPAIGNS[2]
    ran = chunk.campaigns[2]
    found = ran.opportunities
    direct = ran.orders["cause"] == labels.CAMPAIGN_NAMES.index(campaign.name)
    caused = np.isin(found.person, ran.orders["person"][direct])
    planned = campaign.effect * chunk.society.appetite[found.person]
    planned = planned * (1 - np.exp(-found.f / campaign.tau)) * found.shown
    assert not caused[~found.shown].any()
    for low, high in ((1, 3), (3, 8), (8, 41)):
        rows = found.shown & (found.f >= low) & (found.f < high)
        expected = planned[rows].sum()
        # Who buys anyway needs no advertisement, so there are a few less than planned.
        assert 0.9 * expected - Z * math.sqrt(expected) < caused[rows].sum()
        assert caused[rows].sum() < expected + Z * math.sqrt(expected)
    response = [1 - math.exp(-f / campaign.tau) for f in range(1, 11)]
    steps = np.diff([0.0, *response])
    assert (steps[1:] < steps[:-1]).all()


def test_who_sees_more_buys_more_even_where_nothing_works(
    twin: tuple[bool, world.Chunk, dict[str, Any]],
) -> None:
    """The trap: exposed against not exposed differs in the zero-effect twin, too."""
    _, chunk, _ = twin
    exposed = np.zeros(chunk.society.size, bool)
    exposed[chunk.exposures["person"][chunk.exposures["kind"] == labels.IMP]] = True
    bought = np.zeros(chunk.society.size, bool)
    bought[chunk.conversions["person"][chunk.conversions["kind"] == labels.PAY]] = True
    there = chunk.society.on_platform
    a, b = bought[there & exposed], bought[there & ~exposed]
    assert z_score(int(a.sum()), len(a), int(b.sum()), len(b)) > 10


def test_recommended_customers(twin: tuple[bool, world.Chunk, dict[str, Any]]) -> None:
    null, _, counts = twin
    quality = counts["friends"]["quality"]
    referred, others = quality["referred"], quality["others"]
    assert referred["new_customers"] > 100
    z = z_score(
        referred["bought_again"], referred["new_customers"],
        others["bought_again"], others["new_customers"],
    )  # fmt: skip
    assert (abs(z) < Z) if null else (z > 3)
    z = z_score(referred["refunds"], referred["payments"], others["refunds"], others["payments"])
    assert abs(z) < Z if null else z < 1


def test_price_premium(twin: tuple[bool, world.Chunk, dict[str, Any]]) -> None:
    """Like for like the recommended pay more; the mix of those who came by advertisements is
    cheaper in both twins, where there are any."""
    null, _, counts = twin
    cells = counts["price_premium"]["by_planted_source"]
    referred, usual = cells["referred"], cells["unprompted"]

    def mean(cell: dict[str, Any], name: str) -> float:
        return cell["sums"][name] / cell["buyers"]

    spread = math.sqrt(referred["squares"]["like_for_like"]) / referred["buyers"]
    gap = mean(referred, "like_for_like") - mean(usual, "like_for_like")
    planted = 0.0 if null else plan.Effects().referred_price
    assert abs(gap - planted) < Z * spread
    if null:
        assert cells["feed ad"]["buyers"] == 0
    else:
        assert mean(cells["feed ad"], "mix") < mean(usual, "mix") - 0.1


def test_shares_of_new_customers_lie_around_the_lines(
    twin: tuple[bool, world.Chunk, dict[str, Any]],
) -> None:
    """Above 20 % over the year, above 50 % in the weeks of Double 11."""
    _, _, counts = twin
    shares = {}
    for name, cells in counts["new_customers"].items():
        last = cells["last_touch"]
        matched = sum(last.values()) - last["unmatched"]
        shares[name] = 1 - last["none"] / matched
    assert 0.25 < shares["2025"] < 0.40
    assert shares["2025-Q1"] < shares["2025-Q4"]
    assert shares["double_11"] > 0.5


def test_the_twins_are_alike_otherwise() -> None:
    """The same people, lists and exposures; about as many orders."""
    drawn = [Plan(100_000, 4, PARTIES[:2], null=null) for null in (False, True)]
    one, two = (world.live(each, 0) for each in drawn)
    assert np.array_equal(one.society.appetite, two.society.appetite)
    for kind, tokens in one.rosters["platform"].tokens.items():
        assert np.array_equal(tokens, two.rosters["platform"].tokens[kind])
    for before, after in zip(one.campaigns, two.campaigns, strict=True):
        assert np.array_equal(before.opportunities.arm, after.opportunities.arm)
        assert np.array_equal(before.opportunities.f, after.opportunities.f)
        assert len(before.exposures["ts"]) == len(after.exposures["ts"])
    pays = [int((each.conversions["kind"] == labels.PAY).sum()) for each in (one, two)]
    assert abs(pays[0] - pays[1]) < 0.03 * pays[0]
