"""Intervals of A06 and A07 hold the truth as often as they say, through the gate's own noise."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue

from cleanroom.analyses.cells import Answer, answer
from cleanroom.analyses.frequency_rows import Frequencies
from cleanroom.analyses.result import Value
from cleanroom.analyses.suppression_rows import Prices, Spared
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, sigma
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release, Vector
from cleanroom.sandbox.inside import noise
from cleanroom.sandbox.inside.gate import rounded

pytestmark = pytest.mark.slow

SHOP = {
    "exposures": "platform",
    "conversions": "brand",
    "since": "2025-05-01",
    "until": "2025-07-01",
}
POLICIES = [DP, THRESHOLD]
KNOWN = catalogue()


def released(question: Question, policy: Policy, truth: Sequence[Sequence[int]]) -> Answer:
    """True numbers as the gate releases them: noise, then rounding of counts."""
    form = shape(question, KNOWN)
    vectors = []
    for measure, numbers in zip(form.measures, truth, strict=True):
        spread = sigma(measure, form, policy)
        noisy = noise.add(list(numbers), spread)
        base = 1
        if policy.mode == "threshold" and measure.unit == "people":
            base = policy.rounding
            noisy = [rounded(n, base) for n in noisy]
        vectors.append(Vector(measure.name, tuple(noisy), spread, base))
    made = Release("", policy.mode, "released", tuple(vectors), FREE)
    return answer(question, KNOWN, made)


def holds(value: Value, truth: float) -> bool:
    assert value.low is not None
    assert value.high is not None
    return value.low <= truth <= value.high


@pytest.mark.parametrize("policy", POLICIES, ids=["dp", "threshold"])
def test_hazards_hold_sampling_and_noise(policy: Policy) -> None:
    """2,700 intervals; at 95 % fewer than 93 % or more than 97 % of them would hold the truth in
    about 1 of 300,000 runs.
    """
    _, question = ask("A06", KNOWN, **SHOP, top=4)
    rng = np.random.default_rng(3)
    hazards = (0.03, 0.02, 0.015)
    held = []
    for _ in range(900):
        cells: list[int] = []
        there = 12_000
        for hazard in hazards:
            bought = int(rng.binomial(there, hazard))
            left = int(rng.binomial(there - bought, 0.25))
            cells += [bought, left, left // 2]
            there -= bought + left
        cells += [there // 50, there - there // 50, 100]
        found = Frequencies(released(question, policy, [cells]), 0, apart=True, cost=0, value=0)
        held += [holds(line.hazard, h) for line, h in zip(found.lines, hazards, strict=False)]
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.parametrize("policy", POLICIES, ids=["dp", "threshold"])
def test_impressions_hold_the_noise(policy: Policy) -> None:
    """Impressions per person, the share that a cap leaves, what could be spared: noise only. 1,200
    draws of figures of one table each: four standard deviations are 2.5 points.
    """
    _, asked = ask("A06", KNOWN, **SHOP, top=4, impressions=True)
    people = [100, 4000, 900, 160, 2500, 440, 130, 1500, 270, 140, 2000, 360]
    views = [n * (place // 3 + 1) for place, n in enumerate(people)]
    views[9:] = [140 * 6, 2000 * 6, 360 * 6]
    total, reach = sum(views), sum(people)
    left = 5000 + 2 * (reach - 5000)
    means, caps = [], []
    for _ in range(1200):
        cells = released(asked, policy, [people, views])
        found = Frequencies(cells, 0, apart=True, cost=0, value=0)
        means.append(holds(found.mean, total / reach))
        caps.append(holds(found.used_with(2), left / total))
    assert 0.925 <= np.mean(means) <= 0.975
    assert 0.925 <= np.mean(caps) <= 0.975


@pytest.mark.parametrize("policy", POLICIES, ids=["dp", "threshold"])
def test_what_could_be_spared_holds_the_noise(policy: Policy) -> None:
    _, asked = ask("A07", KNOWN, **SHOP, cost_per_thousand=6_000)
    cells = shape(asked, KNOWN).cells
    each = {"above cap": 14, "no response": 7}
    size = {"bought recently": 800, "existing customer": 1_500, "useful": 20_000}
    people = [size.get(name, 3_000) for name, _ in cells]
    views = [n * each.get(name, 3) for n, (name, _) in zip(people, cells, strict=True)]
    spared = (800 + 1_500) * 3 + 2 * 3_000 * 4 + 3_000 * 2  # unmatched: above the cap only
    figures: dict[str, list[bool]] = {"each": [], "share": [], "money": []}
    limits: dict[str, Any] = {"above cap": 10, "no response": 5}
    for _ in range(1200):
        answered = released(asked, policy, [people, views])
        found = Spared(answered, 0, limits, Prices(each=6.0), apart=True)
        figures["each"].append(holds(found.per_person, spared / sum(people)))
        figures["share"].append(holds(found.share, spared / sum(views)))
        figures["money"].append(holds(found.money, spared * 6.0))
    for name, held in figures.items():
        assert 0.925 <= np.mean(held) <= 0.975, name
