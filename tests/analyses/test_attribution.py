"""A05: models of attribution against other people's numbers and identities, then what is said."""

from typing import Any

import msgspec
import numpy as np
import pytest
from analysis_material import DP, THRESHOLD, catalogue, cell, numbers, release, table
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanroom.analyses.credit import MODELS, RULES, Chain, Shapley, shares, weight_table, weights
from cleanroom.analyses.registry import ANALYSES
from cleanroom.analyses.result import Name, Result
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.questions.path import paths
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

Path = tuple[int, ...]
ASKED: dict[str, Any] = {
    "exposures": "platform",
    "conversions": "brand",
    "since": "2025-05-01",
    "until": "2025-07-01",
}
EVERY = {groups: [tuple(s - 1 for s in p) for p in paths(groups)[1:]] for groups in range(1, 6)}


# --- models ---------------------------------------------------------------------------------------


def test_weights_by_rule() -> None:
    assert weights("position", 1) == [1]
    assert weights("position", 2) == [0.5, 0.5]
    assert weights("position", 4) == pytest.approx([0.4, 0.1, 0.1, 0.4])
    assert weights("decay", 3) == pytest.approx([1 / 7, 2 / 7, 4 / 7])
    assert (weights("first", 3), weights("last", 3)) == ([1, 0, 0], [0, 0, 1])


@pytest.mark.parametrize("model", RULES)
@pytest.mark.parametrize("steps", range(1, 6))
def test_credit_of_an_order_adds_up(model: str, steps: int) -> None:
    assert sum(weights(model, steps)) == pytest.approx(1)


def test_the_markov_example_that_everybody_computes() -> None:
    """Three people: C1 > C2 > C3 orders, C1 does not, C2 > C3 does not. Removal effects are 0.5, 1
    and 1, so the credits 20, 40 and 40 % (worked by hand in many introductions).
    """
    lines = [(0, 1, 2), (0,), (1, 2)]
    lost = Chain(lines, 3).removal(np.array([1.0, 0, 0]), np.array([0.0, 1, 1]))
    assert lost == pytest.approx([0.5, 1, 1])
    assert shares(lost) == pytest.approx([0.2, 0.4, 0.4])


def _simulated(lines: list[Path], yes: np.ndarray, no: np.ndarray, gone: int, groups: int) -> float:
    """Probability of an order when a group leads to nothing, by following the mass step by step."""
    start, move = groups, np.zeros((groups + 1, groups + 1))
    order, total = np.zeros(groups + 1), np.zeros(groups + 1)
    for path, bought, not_bought in zip(lines, yes, no, strict=True):
        for here, there in zip((start, *path), path, strict=False):
            move[here, there] += bought + not_bought
            total[here] += bought + not_bought
        order[path[-1]] += bought
        total[path[-1]] += bought + not_bought
    mass, reached = np.eye(groups + 1)[start], 0.0
    for _ in range(1_000):
        flow = np.divide(mass, total, out=np.zeros_like(mass), where=total > 0)
        reached += float(flow @ order)
        mass = flow @ move
        if gone < groups:
            mass[gone] = 0
    return reached


@settings(max_examples=20)
@given(st.integers(2, 4), st.integers(0, 2**32))
def test_removal_effects_by_following_everybody(groups: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    lines = EVERY[groups]
    yes, no = draw.integers(0, 50, len(lines)) + 1.0, draw.integers(0, 400, len(lines)) + 0.0
    found = Chain(lines, groups).removal(yes, no)
    whole = _simulated(lines, yes, no, groups, groups)
    expected = [1 - _simulated(lines, yes, no, gone, groups) / whole for gone in range(groups)]
    assert found == pytest.approx(expected, abs=1e-9)


@given(st.integers(1, 5), st.integers(0, 2**32))
def test_shapley_on_counts_is_linear_attribution(groups: int, seed: int) -> None:
    """A set is worth the orders of those who met nothing outside of it: every path shares its
    orders equally, whatever the numbers. So only rates tell anything new.
    """
    converted = np.random.default_rng(seed).integers(0, 10_000, len(EVERY[groups])) + 0.0
    shapley = Shapley(EVERY[groups], groups)
    linear = converted @ weight_table("linear", EVERY[groups], groups)
    assert shapley.split(shapley.within @ converted) == pytest.approx(linear, rel=1e-9, abs=1e-6)


def test_shapley_on_rates_adds_up_to_the_rate_of_everybody() -> None:
    draw = np.random.default_rng(3)
    yes, no = draw.integers(1, 50, 15) + 0.0, draw.integers(50, 500, 15) + 0.0
    found = Shapley(EVERY[3], 3).of_rates(yes, no, (30.0, 970.0))
    assert found is not None
    whole = (yes.sum() + 30) / (yes.sum() + no.sum() + 1_000)
    assert found.sum() == pytest.approx(whole - 0.03)
    assert Shapley(EVERY[3], 3).of_rates(yes, no, (0.0, 0.0)) is None


# --- what is said ---------------------------------------------------------------------------------


def cells_of(known: Any, counts: dict[tuple[str, str], int | None], **more: Any) -> list[list[Any]]:
    """Numbers for both questions: the paths given, and the same people by touched or not."""
    analysis = ANALYSES["A05"]
    fine, coarse = analysis.questions(msgspec.convert(ASKED | more, analysis.params), known)
    first = [counts.get(labels, 0) for labels in shape(fine, known).cells]  # type: ignore[call-overload]
    sums: dict[tuple[str, str], int] = {}
    for (path, outcome), count in counts.items():
        key = ("1" if path else "", outcome)
        sums[key] = sums.get(key, 0) + (count or 0)
    return [first, [sums.get(labels, 0) for labels in shape(coarse, known).cells]]  # type: ignore[call-overload]


def attributed(
    counts: dict[tuple[str, str], int | None],
    policy: Policy = THRESHOLD,
    sigma: int = 0,
    whole: list[int] | None = None,
    **more: Any,
) -> Result:
    known, analysis = catalogue(), ANALYSES["A05"]
    params = msgspec.convert(ASKED | more, analysis.params)
    both = cells_of(known, counts, **more)
    both[1] = whole or both[1]
    releases = [
        release(question, known, policy, [(cells, sigma)])
        for question, cells in zip(analysis.questions(params, known), both, strict=True)
    ]
    return analysis.result(params, known, releases, policy)


# feed 1, search 2, friend 3
COUNTS: dict[tuple[str, str], int | None] = {
    ("1", "converted"): 400,
    ("1", "not converted"): 9_600,
    ("2", "converted"): 300,
    ("2", "not converted"): 2_700,
    ("3", "not converted"): 4_000,
    ("1>2", "converted"): 200,
    ("1>2", "not converted"): 800,
    ("1>2>3", "converted"): 100,
    ("1>2>3", "not converted"): 400,
    ("", "converted"): 500,
    ("", "not converted"): 80_000,
    ("", "unmatched"): 7_000,
}


def test_credits_of_a_table_by_hand() -> None:
    found = table(attributed(COUNTS), "models")
    assert [row.label for row in found.rows] == [Name("feed"), Name("search"), Name("friend")]
    third = 100 / 3
    assert numbers(found, "first") == pytest.approx([0.7, 0.3, 0])
    assert numbers(found, "last") == pytest.approx([0.4, 0.5, 0.1])
    linear = [(500 + third) / 1000, (400 + third) / 1000, third / 1000]
    assert numbers(found, "linear") == pytest.approx(linear)
    assert numbers(found, "position") == pytest.approx([0.54, 0.42, 0.04])
    for model in MODELS:
        assert sum(numbers(found, model)) == pytest.approx(1)  # type: ignore[arg-type]


def test_intervals_of_a_single_channel_path_are_binomial_and_noise_widens_them() -> None:
    found = table(attributed(COUNTS), "models")
    first = cell(found, found.rows[0], "first")
    sd = (0.7 * 0.3 / 1000) ** 0.5
    assert first.low == pytest.approx(0.7 - 1.959964 * sd, abs=1e-5)
    noisy = table(attributed(COUNTS, sigma=20), "models")
    assert cell(noisy, noisy.rows[0], "first").low < first.low  # type: ignore[operator]


def test_finding_names_the_leader_and_the_range_over_models() -> None:
    result = attributed({key: (n or 0) * 10 for key, n in COUNTS.items()})
    assert result.verdict is Verdict.CLEAR
    assert result.finding.key.endswith("clear")
    assert result.finding.facts["leader"] == Name("feed")
    least, most = (result.finding.facts[name].value for name in ("least", "most"))
    models = table(result, "models")
    feed = [value.value for value in models.rows[0].values[:6]]
    assert (least, most) == (min(feed), max(feed))
    assert result.evidence == "associated"


def test_a_small_lead_is_open() -> None:
    even = {("1", "converted"): 5_000, ("2", "converted"): 4_950, ("3", "converted"): 4_900}
    result = attributed(even)
    assert result.verdict is Verdict.NONE_SEEN
    assert result.finding.key.endswith("open")


def test_withheld_paths_are_weighed() -> None:
    """The second question knows all orders after contact: 1,000, of which 100 are in no path."""
    hidden = COUNTS | {("1>2>3", "converted"): None}
    whole = [500, 80_000, 1_000, 17_500, 7_000]
    result = attributed(hidden, sigma=3, whole=whole)
    card = next(card for card in result.cards if card.title.key.endswith("suppressed"))
    assert card.value.value == pytest.approx(0.1)
    assert any(note.key.endswith("suppressed") for note in result.notes)
    models = table(result, "models")
    assert numbers(models, "last")[:2] == pytest.approx([4 / 9, 5 / 9])
    assert [row.values[-1].status for row in models.rows] == ["withheld"] * 3


def test_mostly_withheld_is_withheld_and_few_are_too_few() -> None:
    hidden = {key: None if key[0] and key[1] == "converted" else n for key, n in COUNTS.items()}
    result = attributed(hidden, sigma=3, whole=[500, 80_000, 1_000, 17_500, 7_000])
    assert result.verdict is Verdict.WITHHELD
    few = attributed({("1", "converted"): 20, ("", "not converted"): 900}, DP, sigma=10)
    assert few.verdict is Verdict.TOO_FEW
    assert few.finding.key.endswith("too_few")


def test_totals_stand_below_the_paths() -> None:
    found = table(attributed(COUNTS), "paths")
    touched, untouched = found.rows[-2:]
    assert [value.value for value in touched.values[:2]] == [1_000, 17_500]
    assert [value.value for value in untouched.values[:2]] == [500, 80_000]
    assert sum(numbers(found, "orders")[:-2]) == 1_000  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"exposures": "brand"}, "exposures"),
        ({"conversions": "stranger"}, "conversions"),
        ({"groups": [["feed"], ["feed"]]}, "groups"),
        ({"groups": [["radio"]]}, "groups"),
        ({"groups": [[]]}, "groups"),
        ({"window_days": 366}, "window_days"),
        ({"window_days": -1}, "window_days"),
        ({"since": "2023-12-31"}, "since"),
        ({"until": "2026-01-02"}, "until"),
        ({"until": "2025-05-01"}, "until"),
        ({"touch_since": "2025-07-01"}, "touch_since"),
        ({"touch_since": "2023-07-01"}, "touch_since"),
        ({"order_kinds": ["gift"]}, "order_kinds"),
        ({"touch_kinds": ["stare"]}, "touch_kinds"),
    ],
)
def test_parameters_are_checked(change: dict[str, object], parameter: str) -> None:
    analysis = ANALYSES["A05"]
    with pytest.raises(DisclosureError) as error:
        analysis.questions(msgspec.convert(ASKED | change, analysis.params), catalogue())
    assert error.value.facts["parameter"] == parameter


def test_groups_are_named_by_their_channels() -> None:
    result = attributed({}, groups=[["search", "feed"]])
    labels = [row.label for row in table(result, "models").rows]
    assert labels[0] == Name("feed + search")
    assert labels[1] == Name("friend")
