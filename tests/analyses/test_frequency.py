"""A06 against its formulas, and that it never claims an effect."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, cell, numbers, run, table
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cleanroom import text
from cleanroom.analyses.result import Name, Result
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

ASKED = {
    "exposures": "platform",
    "conversions": "brand",
    "since": "2025-05-01",
    "until": "2025-07-01",
    "top": 4,
}
# frequency 1, 2, 3, 4+, each: bought, not bought, not matched
CELLS = [100, 4000, 900, 60, 2500, 440, 30, 1500, 270, 40, 2000, 360]
VIEWS = [100, 4000, 900, 120, 5000, 880, 90, 4500, 810, 240, 12_000, 2_160]
COSTS = {"cost_per_thousand": 6_000, "value_per_purchase": 30_000}


def seen(cells: list[int | None], sigma: int = 0, **more: Any) -> Result:
    return run("A06", catalogue(), THRESHOLD, [(cells, sigma)], **(ASKED | more))


def with_views(cells: list[int | None], views: list[int | None], sigma: int = 0) -> Result:
    vectors = [(cells, sigma), (views, 20 * sigma)]
    return run("A06", catalogue(), THRESHOLD, vectors, **ASKED, impressions=True, **COSTS)


def card(result: Result, name: str) -> Any:
    return next(card.value for card in result.cards if card.title.key.endswith(f".{name}"))


# --- formulas -------------------------------------------------------------------------------------


def test_hazard_is_buyers_of_a_frequency_per_people_still_there() -> None:
    found = table(seen(CELLS), "frequency")
    assert [row.label for row in found.rows[:4]] == [Name(n) for n in ("1", "2", "3", "4+")]
    assert numbers(found, "people")[:5] == [5000, 3000, 1800, 2400, 12_200]
    assert numbers(found, "at_least")[:4] == [12_200, 7200, 4200, 2400]
    assert numbers(found, "bought")[:5] == [100, 60, 30, 40, 230]
    known = [4100, 2560, 1530, 2040]  # the unmatched stand apart
    there = [sum(known[i:]) for i in range(4)]
    expected = [100 / there[0], 60 / there[1], 30 / there[2]]
    assert numbers(found, "hazard")[:3] == pytest.approx(expected)
    assert [row.values[3].status for row in found.rows[3:5]] == ["none", "none"]
    hazard = cell(found, found.rows[0], "hazard")
    low, high = proportion_confint(100, there[0], method="wilson")
    assert (hazard.low, hazard.high) == pytest.approx((low, high))


def test_unmatched_people_may_count_as_people_who_bought_nothing() -> None:
    found = table(seen(CELLS, unmatched="no_purchase"), "frequency")
    expected = [100 / 12_200, 60 / 7200, 30 / 4200]
    assert numbers(found, "hazard")[:3] == pytest.approx(expected)


def test_noise_widens_the_interval_of_a_hazard() -> None:
    quiet, noisy = (table(seen(CELLS, sigma), "frequency") for sigma in (0, 10))
    one, two = (found.rows[0].values[3] for found in (quiet, noisy))
    assert two.value == one.value
    assert two.high - two.low > one.high - one.low


def test_impressions_per_person() -> None:
    mean = card(with_views(CELLS, VIEWS), "mean")
    assert mean.value == pytest.approx(sum(VIEWS) / sum(CELLS))
    assert mean.bound == ""
    least = card(seen(CELLS), "mean")
    assert least.value == pytest.approx((5000 + 2 * 3000 + 3 * 1800 + 4 * 2400) / 12_200)
    assert (least.bound, least.high) == ("at_least", None)


def test_what_a_cap_leaves() -> None:
    found = table(with_views(CELLS, VIEWS), "caps")
    people = [5000, 3000, 1800, 2400]
    left = [sum(min(f, cap) * n for f, n in enumerate(people, 1)) for cap in (1, 2, 3)]
    total = 5000 + 2 * 3000 + 3 * 1800 + 14_400
    assert numbers(found, "used") == pytest.approx([n / total for n in left])
    assert numbers(found, "above") == pytest.approx([1 - n / total for n in left])
    assert numbers(found, "bought_by") == pytest.approx([n / 230 for n in (100, 160, 190)])
    bare = table(seen(CELLS), "caps")
    assert [row.values[1].bound for row in bare.rows] == ["at_most"] * 3
    assert [row.values[2].bound for row in bare.rows] == ["at_least"] * 3


def test_new_and_existing_customers() -> None:
    # bought, not, bought (existing), not (existing), unmatched
    cells = [60, 3000, 40, 1000, 900, 30, 2000, 30, 500, 440, 20, 1200, 10, 300, 270]
    result = seen([*cells, 10, 1500, 30, 500, 360], customers=True)
    found = table(result, "customers")
    assert numbers(found, "people") == [7820, 2410]
    assert numbers(found, "bought") == [120, 110]
    assert numbers(found, "bought_share") == pytest.approx([120 / 7820, 110 / 2410])
    assert numbers(table(result, "frequency"), "bought")[:4] == [100, 60, 30, 40]


# --- a cap to test --------------------------------------------------------------------------------


def test_the_cap_is_the_last_frequency_whose_low_end_pays() -> None:
    """An impression costs 0.06, a purchase is worth 300: 0.02 % of those left have to buy."""
    falling = [400, 40_000, 0, 60, 25_000, 0, 6, 15_000, 0, 4, 20_000, 0]
    result = seen(falling, **COSTS)
    found = table(result, "frequency")
    low = [row.values[3].low for row in found.rows[:3]]
    assert [end >= 0.0002 for end in low] == [True, True, False]
    assert card(result, "cap").value == 2
    assert any(note.key.endswith("note.cap") for note in result.notes)
    worth = [row.values[4].value for row in found.rows[:3]]
    assert worth == pytest.approx([row.values[3].value * 30_000 for row in found.rows[:3]])
    hazard = next(chart for chart in result.charts if chart.title.key.endswith("hazard"))
    assert hazard.lines == pytest.approx((0.0002,))


def test_no_cap_where_everything_or_nothing_pays() -> None:
    cheap, dear = seen(CELLS, **COSTS), seen(CELLS, **(COSTS | {"cost_per_thousand": 10**9}))
    for result, note in ((cheap, "cap_open"), (dear, "cap_none")):
        assert not any(card.title.key.endswith(".cap") for card in result.cards)
        assert any(said.key.endswith(note) for said in result.notes)
    plain = seen(CELLS)
    assert not any("cap" in said.key.rpartition(".")[2] for said in plain.notes)
    assert len(table(plain, "frequency").columns) == 4


# --- what is withheld -----------------------------------------------------------------------------


def test_the_rest_completes_risk_sets_and_bounds_the_mean() -> None:
    hidden: list[int | None] = [*CELLS]
    for place in (6, 9):  # who bought after the third, and after more
        hidden[place] = None
    result = run("A06", catalogue(), THRESHOLD, [(hidden, 3)], rest=70, **ASKED)
    found = table(result, "frequency")
    assert numbers(found, "hazard")[:2] == pytest.approx([100 / 10_230, 60 / 6130])
    assert found.rows[2].values[3].status == "withheld"
    assert found.rows[0].values[1].value == 12_200
    least = 5000 + 2 * 3000 + 3 * (1770 + 70) + 4 * 2360
    assert card(result, "mean").value == pytest.approx(least / 12_200)
    assert found.rows[-1].values[0].value == 70
    assert result.finding.key.endswith((".falls", ".flat", ".first"))


def test_without_the_rest_shares_are_bounds() -> None:
    hidden: list[int | None] = [*CELLS]
    hidden[9] = None
    result = seen(hidden, 3, **COSTS)
    found = table(result, "frequency")
    assert [row.values[3].bound for row in found.rows[:3]] == ["at_most"] * 3
    assert found.rows[0].values[1].bound == "at_least"
    assert card(result, "mean").status == "withheld"
    assert result.finding.key.endswith("first_only")
    assert not any("cap" in note.key.rpartition(".")[2] for note in result.notes)


def test_nothing_released_is_withheld() -> None:
    result = seen([None] * 12, 3)
    assert result.verdict is Verdict.WITHHELD
    assert result.finding.key.endswith("withheld")
    assert result.charts == ()


def test_dp_small_numbers_are_too_few() -> None:
    cells = [-4, 90, 12, 3, 40, 6, 0, 10, -9, 8, 20, 3]
    result = run("A06", catalogue(), DP, [(cells, 10)], **ASKED)
    assert result.verdict is Verdict.TOO_FEW
    assert table(result, "frequency").rows[1].values[0].status == "below"


@given(st.lists(st.integers(57, 10**5), min_size=12, max_size=12), st.sampled_from([0, 3, 10]))
def test_tables_add_up(cells: list[int], sigma: int) -> None:
    found = table(seen(cells, sigma), "frequency")
    counts, there = numbers(found, "people"), numbers(found, "at_least")
    assert counts[4] == sum(counts[:4]) == there[0]
    assert there[:4] == [sum(counts[i:4]) for i in range(4)]
    assert numbers(found, "bought")[4] == sum(numbers(found, "bought")[:4])
    caps = table(seen(cells, sigma), "caps")
    for used, above in zip(numbers(caps, "used"), numbers(caps, "above"), strict=True):
        assert used + above == pytest.approx(1)


# --- words ----------------------------------------------------------------------------------------


def trend_of(hazards: list[float]) -> str:
    cells: list[int | None] = []
    there = 200_000
    for hazard in hazards:
        cells += [round(there * hazard), round(there * 0.3), 0]
        there -= round(there * hazard) + round(there * 0.3)
    return seen([*cells, 0, there, 0], 10).finding.key.rpartition(".")[2]


def test_the_finding_says_how_shares_change() -> None:
    assert trend_of([0.012, 0.008, 0.004]) == "falls"
    assert trend_of([0.004, 0.008, 0.012]) == "rises"
    assert trend_of([0.01, 0.01, 0.01]) == "flat"


EFFECTS = {
    "en": re.compile(r"\b(lift|caus\w+|because of|brought|drove|drives?|increment\w+|due to)\b"),
    "zh_CN": re.compile("带来|促成|提升|拉动|归功|增量|导致|引起"),
}


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_no_sentence_claims_an_effect(language: str) -> None:
    """Sentences that deny or doubt an effect may name it; no other may."""
    denied = ("cannot_say.", "note.no_effect", "note.cap", "finding.")
    for key, said in text.sentences(language).items():
        if not key.startswith("analyses.A06."):
            continue
        part = key.removeprefix("analyses.A06.")
        if not part.startswith(denied):
            assert not EFFECTS[language].search(said), key
        if part in ("finding.falls", "finding.rises"):
            assert {"en": "no effect", "zh_CN": "不代表"}[language] in said


Drawn = list[int | None]


def heavy_users(rng: np.random.Generator) -> Drawn:
    """Activity drives both views and purchases; advertising does nothing."""
    activity = rng.gamma(1.0, 1.0, 40_000)
    return _cells(rng, 2.0 * activity, 0.02 * activity)


def alike(rng: np.random.Generator) -> Drawn:
    """Everybody looks and buys alike; advertising does nothing."""
    return _cells(rng, np.full(40_000, 2.0), np.full(40_000, 0.02))


def unrelated(rng: np.random.Generator) -> Drawn:
    """Views differ between people, purchases don't; advertising does nothing."""
    return _cells(rng, 2.0 * rng.gamma(1.0, 1.0, 40_000), np.full(40_000, 0.02))


def _cells(rng: np.random.Generator, viewing: np.ndarray, buying: np.ndarray) -> Drawn:
    """Views and purchases at independent random times of one campaign."""
    counts = np.zeros((4, 3), int)
    views = rng.poisson(viewing)
    first = rng.exponential(1 / np.maximum(buying, 1e-9))
    for n in np.unique(views[views > 0]):
        people = np.flatnonzero(views == n)
        times = np.sort(rng.random((len(people), n)), axis=1)
        bought = first[people]
        after = (bought >= times[:, 0]) & (bought < 1)
        before = np.where(after, (times <= bought[:, None]).sum(axis=1), n)
        np.add.at(counts, (np.minimum(before, 4) - 1, np.where(after, 0, 1)), 1)
    noisy = counts + np.rint(rng.normal(0, 10, counts.shape)).astype(int)
    return [int(n) for n in noisy.ravel()]


@pytest.mark.parametrize("world", [heavy_users, alike, unrelated])
def test_zero_effect_never_gets_a_verdict_of_a_difference(
    world: Callable[[np.random.Generator], Drawn],
) -> None:
    rng = np.random.default_rng(7)
    for _ in range(12):
        result = run("A06", catalogue(), DP, [(world(rng), 10)], **ASKED, **COSTS)
        assert result.evidence == "associated"
        assert result.verdict is None
        assert not any(found.compared for found in result.tables)
        assert any(note.key.endswith("no_effect") for note in result.notes)


def test_a_flat_hazard_is_rarely_said_to_change() -> None:
    """At the 5 % level: at most 8 % of 200 runs of this seed."""
    rng = np.random.default_rng(11)
    said = 0
    for _ in range(200):
        cells, there = [], 20_000
        for _ in range(3):
            bought = rng.binomial(there, 0.02)
            left = rng.binomial(there - bought, 0.3)
            cells += [bought, left, 0]
            there -= bought + left
        noisy = np.array([*cells, 0, there, 0]) + np.rint(rng.normal(0, 10, 12))
        result = run("A06", catalogue(), DP, [([int(n) for n in noisy], 10)], **ASKED)
        said += result.finding.key.endswith((".falls", ".rises"))
    assert said <= 16


# --- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"exposures": "brand"}, "exposures"),
        ({"exposures": "stranger"}, "exposures"),
        ({"conversions": "platform"}, "conversions"),
        ({"since": "2023-12-31"}, "since"),
        ({"since": "soon"}, "since"),
        ({"until": "2026-01-02"}, "until"),
        ({"until": "2025-05-01"}, "until"),
        ({"bought_since": "2026-01-01"}, "bought_since"),
        ({"bought_until": "2025-05-01"}, "bought_until"),
        ({"bought_until": "2026-01-02"}, "bought_until"),
        ({"bought_until": "20250601"}, "bought_until"),
        ({"campaign": "winter"}, "campaign"),
        ({"shown_kinds": ["view"]}, "shown_kinds"),
        ({"order_kinds": ["gift"]}, "order_kinds"),
        ({"window_days": -1}, "window_days"),
        ({"window_days": 366}, "window_days"),
        ({"top": 1}, "top"),
        ({"top": 21}, "top"),
        ({"cost_per_thousand": -1}, "cost_per_thousand"),
        ({"value_per_purchase": -1}, "value_per_purchase"),
    ],
)
def test_parameters_are_checked(change: dict[str, object], parameter: str) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A06", catalogue(), **(ASKED | change))
    assert error.value.code == "disclosure.parameter"
    assert error.value.facts["parameter"] == parameter


def test_rows_count_by_n_where_it_is_agreed() -> None:
    _, question = ask("A06", catalogue(), **ASKED)
    assert question.by_n  # type: ignore[union-attr]


def test_method_prints_the_rule() -> None:
    keys = [said.key.rpartition(".")[2] for said in seen(CELLS).method]
    assert keys == [
        *("view", "by_n", "purchase", "unmatched_apart"),
        *("frequency", "hazard", "mean", "trend", "interval", "presence"),
    ]
    more = {"campaign": "spring", "shown_kinds": ["imp"], "order_kinds": ["pay"], "window_days": 7}
    keys = [said.key.rpartition(".")[2] for said in seen(CELLS, **more, **COSTS).method]
    assert {"campaign", "shown_kinds", "order_kinds", "window", "cap"} <= set(keys)
