"""A08: the gap between two arms, its checks and its words, by other libraries and by trying."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, cell, numbers, release, run, table
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare, ttest_ind
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from cleanroom.analyses.lift import arms
from cleanroom.analyses.lift_figures import Figures
from cleanroom.analyses.result import Result, Row, Value
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

ASKED = {
    "arms": "platform",
    "conversions": "brand",
    "test": "spring",
    "treatment": "test",
    "control": "control",
    "random": True,
}
KNOWN = catalogue()
CAP = 50_000
# control: converted, not converted, unmatched; then the same of the treated arm
CELLS = [1000, 49_000, 10_000, 1250, 48_750, 10_000]


def lift(cells: Sequence[int | None] = CELLS, sigma: int = 0, **more: Any) -> Result:
    return run("A08", KNOWN, THRESHOLD, [(cells, sigma)], **(ASKED | more))


def only_row(result: Result, name: str) -> Row:
    (row,) = table(result, name).rows
    return row


def figure(result: Result, name: str, column: str) -> Value:
    return cell(table(result, name), only_row(result, name), column)


def ends(value: Value) -> tuple[float | None, float | None]:
    return value.low, value.high


# --- the gap -------------------------------------------------------------------------------------


def test_without_noise_the_gap_is_newcombes() -> None:
    result = lift()
    gap = figure(result, "effect", "gap")
    assert gap.value == pytest.approx(0.005)
    expected = confint_proportions_2indep(1250, 50_000, 1000, 50_000, method="newcomb")
    assert ends(gap) == pytest.approx(expected, abs=1e-9)
    assert (gap.unit, result.verdict, result.evidence) == ("points", Verdict.CLEAR, "causal")
    assert result.finding.key.endswith("finding.clear_more")


def test_relative_lift_and_additional_buyers_follow_from_it() -> None:
    result = lift()
    gap, relative = (figure(result, "effect", name) for name in ("gap", "relative"))
    assert relative.value == pytest.approx(0.25)
    assert (relative.unit, relative.signed) == ("share", True)
    more = figure(result, "effect", "incremental")
    assert more.value == pytest.approx(250)
    assert ends(more) == pytest.approx((gap.low * 50_000, gap.high * 50_000))
    expected = confint_proportions_2indep(
        1250, 50_000, 1000, 50_000, compare="ratio", method="score", correction=False
    )
    assert ends(relative) == pytest.approx((expected[0] - 1, expected[1] - 1), rel=5e-3)


def test_rates_are_of_those_whose_outcome_is_known() -> None:
    found = table(lift(), "arms")
    assert numbers(found, "subjects") == [60_000, 60_000]
    assert numbers(found, "compared") == [50_000, 50_000]
    assert numbers(found, "rate") == pytest.approx([0.025, 0.02])
    rate = cell(found, found.rows[0], "rate")
    assert ends(rate) == pytest.approx(proportion_confint(1250, 50_000, method="wilson"))


def test_who_is_unmatched_may_count_as_not_having_bought() -> None:
    result = lift(unmatched="not_converted")
    found = table(result, "arms")
    assert numbers(found, "compared") == [60_000, 60_000]
    assert numbers(found, "rate") == pytest.approx([1250 / 60_000, 1000 / 60_000])
    assert figure(result, "effect", "incremental").value == pytest.approx(250)


def test_fewer_buyers_are_a_clear_lift_downwards() -> None:
    result = lift([*CELLS[3:], *CELLS[:3]])
    assert (result.verdict, result.finding.key) == (
        Verdict.CLEAR,
        "analyses.A08.finding.clear_less",
    )
    assert figure(result, "effect", "gap").value == pytest.approx(-0.005)
    assert figure(result, "effect", "incremental").value == pytest.approx(-250)


def test_both_levels_stand_in_a_table() -> None:
    found = table(lift(), "intervals")
    for row, level in zip(found.rows, (0.95, 0.90), strict=True):
        expected = confint_proportions_2indep(
            1250, 50_000, 1000, 50_000, method="newcomb", alpha=1 - level
        )
        assert [value.value for value in row.values[:2]] == pytest.approx(expected, abs=1e-9)
        assert all(value.low is value.high is None for value in row.values)


@pytest.mark.parametrize(
    ("buyers", "word"),
    [
        (1000, Verdict.NONE_SEEN),
        (1040, Verdict.NONE_SEEN),
        (1078, Verdict.TENDENCY),
        (1100, Verdict.CLEAR),
        (900, Verdict.CLEAR),
    ],
)
def test_words(buyers: int, word: Verdict) -> None:
    result = lift([1000, 40_000, 0, buyers, 40_000, 0], worthwhile_percent=15)
    assert result.verdict is word
    assert word.name.lower() in result.finding.key


def test_a_small_test_says_what_it_would_have_seen() -> None:
    result = lift([100, 4900, 0, 110, 4890, 0])
    assert result.verdict is Verdict.TOO_FEW
    assert result.finding.key.endswith("finding.too_few")
    card = next(card for card in result.cards if card.title.key.endswith("smallest"))
    spread = math.sqrt(2 * 0.02 * 0.98 / 5000)
    assert card.value.value == pytest.approx((1.645 + 0.8416) * spread / 0.02, rel=0.15)
    assert card.note is not None
    needed = card.note.facts["needed"]
    assert isinstance(needed, Value)
    assert needed.value > 10_000


# --- noise, withheld cells, small arms -----------------------------------------------------------


def test_noise_widens_the_interval() -> None:
    """disclosure.md 1.4: Var = sum over arms [P(1-P)/N + sigma^2((1-P)^2 + P^2)/N^2]."""
    result = lift(sigma=60)
    gap = figure(result, "effect", "gap")
    variance = sum(
        p * (1 - p) / 50_000 + 60**2 * ((1 - p) ** 2 + p * p) / 50_000**2 for p in (0.025, 0.02)
    )
    assert (gap.high - gap.low) / 2 == pytest.approx(1.96 * math.sqrt(variance), rel=5e-3)


def test_a_withheld_cell_of_an_arm_leaves_no_gap() -> None:
    result = lift([None, 49_000, 10_000, 1250, 48_750, 10_000], 3)
    assert result.verdict is Verdict.WITHHELD
    assert result.finding.key.endswith("withheld")
    assert figure(result, "effect", "gap").status == "withheld"
    assert [chart.template for chart in result.charts] == ["bars"]


def test_withheld_unmatched_people_leave_a_gap_among_the_others() -> None:
    result = lift([1000, 49_000, None, 1250, 48_750, None], 3)
    assert result.verdict is Verdict.CLEAR
    (split,) = table(result, "checks").rows  # whether matching differs cannot be checked
    assert split.label.key.endswith("check_split")
    hidden = lift([1000, 49_000, None, 1250, 48_750, None], 3, unmatched="not_converted")
    assert hidden.verdict is Verdict.WITHHELD


def test_dp_few_buyers_are_too_few() -> None:
    cells = [30, 49_970, 100, 90, 49_910, 100]
    result = run("A08", KNOWN, DP, [(cells, 10)], **ASKED)
    assert result.verdict is Verdict.TOO_FEW
    assert result.finding.key.endswith("too_few_at_all")
    assert figure(result, "effect", "gap").status == "too_few"


def test_a_sensitive_column_raises_the_smallest_crowd() -> None:
    columns = dict(KNOWN.datasets[1].tables["conversions"])
    columns["paid"] = msgspec.structs.replace(columns["paid"], sensitive=True)
    brand = msgspec.structs.replace(KNOWN.datasets[1], tables={"conversions": columns})
    known = msgspec.structs.replace(KNOWN, datasets=(KNOWN.datasets[0], brand))
    cells = [80, 49_970, 100, 190, 49_910, 100]  # 80 buyers are more than 50 and fewer than 100
    sums = [([10**6, 0, 0] * 2, 10 * CAP)] * 2
    plain = run("A08", known, DP, [(cells, 10)], **ASKED)
    result = run("A08", known, DP, [(cells, 10), *sums], **(ASKED | {"sales": True}))
    assert (plain.privacy.k, result.privacy.k) == (DP.k, DP.k_sensitive)
    assert (plain.verdict, result.verdict) == (Verdict.CLEAR, Verdict.TOO_FEW)


def test_one_party_may_bring_arms_and_purchases() -> None:
    tables = {**KNOWN.datasets[0].tables, "conversions": KNOWN.datasets[1].tables["conversions"]}
    platform = msgspec.structs.replace(KNOWN.datasets[0], tables=tables)
    known = msgspec.structs.replace(KNOWN, datasets=(platform, KNOWN.datasets[1]))
    asked = ASKED | {"conversions": "platform"}
    result = run("A08", known, THRESHOLD, [([1000, 49_000, 1250, 48_750], 3)], **asked)
    assert result.verdict is Verdict.CLEAR
    assert not any("unmatched" in note.key for note in result.notes)
    assert [
        cell(table(result, "arms"), row, "unmatched_share").status
        for row in table(result, "arms").rows
    ] == ["none", "none"]


# --- checks --------------------------------------------------------------------------------------


def test_a_split_unlike_the_declared_one_stops_the_test() -> None:
    cells = [1000, 49_000, 10_000, 1250, 47_750, 9_800]
    result = lift(cells)
    assert chisquare([58_800, 60_000]).pvalue < 0.001
    assert (result.verdict, result.finding.key) == (
        None,
        "analyses.A08.finding.stopped_split",
    )
    assert result.evidence == "associated"
    assert (result.cards, result.charts) == ((), ())
    assert [found.id for found in result.tables] == ["arms", "checks"]
    assert {column.key for column in table(result, "arms").columns}.isdisjoint({"rate"})
    assert result.finding.facts["expected"] == Value("share", "shown", 0.5, step=0.001)


def test_a_declared_holdout_is_no_mismatch() -> None:
    cells = [200, 9_800, 2_000, 2250, 87_750, 18_000]
    assert lift(cells).finding.key.endswith("stopped_split")
    assert lift(cells, split=[9, 1]).verdict is Verdict.CLEAR
    assert lift(cells, split=[18, 2]).verdict is Verdict.CLEAR


def test_the_p_value_of_the_split_is_pearsons() -> None:
    result = lift([1000, 49_000, 10_000, 1250, 48_450, 10_000])
    row = table(result, "checks").rows[0]
    assert row.values[2].value == pytest.approx(chisquare([59_700, 60_000]).pvalue)


def test_unlike_matching_stops_the_test_unless_unmatched_count_as_not_bought() -> None:
    cells = [1000, 49_000, 10_000, 1250, 49_550, 9_200]
    assert lift(cells).finding.key.endswith("stopped_match")
    assert lift(cells, unmatched="not_converted").verdict is Verdict.CLEAR


def test_noise_does_not_stop_a_test() -> None:
    """The noise of three cells in each arm is part of what chance does."""
    cells = [70, 400, 90, 130, 440, 130]  # 560 and 700: a mismatch, were there no noise
    assert lift(cells).finding.key.endswith("stopped_split")
    assert "stopped" not in lift(cells, 30).finding.key


def test_what_could_not_be_checked_is_said() -> None:
    result = lift([1000, None, 10_000, 1250, 48_750, 10_000], 3)
    assert any(note.key.endswith("unchecked") for note in result.notes)
    assert result.verdict is Verdict.WITHHELD


# --- the word lift -------------------------------------------------------------------------------


def test_without_random_arms_two_groups_are_compared() -> None:
    """And a split unlike the declared one says nothing."""
    result = lift([1000, 49_000, 10_000, 1250, 40_000, 9_000], random=False, sales=False)
    assert result.evidence == "associated"
    assert result.title.key.endswith("title_compared")
    assert result.finding.key == "analyses.A08.compared.clear_more"
    assert "incremental" not in {column.key for column in table(result, "effect").columns}
    assert "checks" not in {found.id for found in result.tables}
    assert any(note.key.endswith("not_random") for note in result.notes)


# --- sales ---------------------------------------------------------------------------------------


def sold(buyers: np.ndarray, rest: int, unmatched: int) -> tuple[list[int], list[int], list[int]]:
    """Counts, sums and squares of one arm as the kernel makes them."""
    squares = np.floor(buyers.astype(float) ** 2 / CAP + 0.5).astype(int)
    counts = [len(buyers), rest, unmatched]
    return counts, [int(buyers.sum()), 0, 0], [int(squares.sum()), 0, 0]


def paid(seed: int, buyers: int, mean: float = 9.0) -> np.ndarray:
    drawn = np.random.default_rng(seed).lognormal(mean, 0.7, buyers)
    return np.minimum(drawn, CAP).astype(int)


def with_sales(
    control: np.ndarray, treated: np.ndarray, sigma: int = 0, **more: Any
) -> tuple[Result, np.ndarray, np.ndarray]:
    sides = [sold(control, 20_000 - len(control), 2_000)]
    sides.append(sold(treated, 20_000 - len(treated), 2_000))
    vectors = [
        (one + two, sigma * (CAP if place else 1))
        for place, (one, two) in enumerate(zip(*sides, strict=True))
    ]
    asked = ASKED | {"sales": True} | more
    result = run("A08", KNOWN, THRESHOLD, vectors, **asked)
    nothing = [np.zeros(20_000 - len(side)) for side in (control, treated)]
    return result, np.append(control, nothing[0]), np.append(treated, nothing[1])


def test_sales_per_person_are_compared_by_welch() -> None:
    result, control, treated = with_sales(paid(1, 500), paid(2, 600))
    expected = ttest_ind(treated, control, equal_var=False)
    gap = figure(result, "sales", "sales_gap")
    assert gap.value == pytest.approx(treated.mean() - control.mean())
    # squares were rounded person by person
    assert ends(gap) == pytest.approx(expected.confidence_interval(0.95), rel=1e-3)
    p_value = figure(result, "sales", "p_value").value
    assert p_value == pytest.approx(max(expected.pvalue, 0.001), rel=1e-2)


def test_return_is_additional_sales_over_cost() -> None:
    result, control, treated = with_sales(paid(1, 500), paid(2, 800), cost=12_345)
    gap = figure(result, "sales", "sales_gap")
    assert gap.low is not None
    assert gap.high is not None
    more = figure(result, "sales", "incremental_sales")
    assert more.value == pytest.approx((treated.mean() - control.mean()) * 20_000)
    iroas = figure(result, "sales", "iroas")
    assert iroas.value == pytest.approx(more.value / 1_234_500)
    assert ends(iroas) == pytest.approx(
        (gap.low * 20_000 / 1_234_500, gap.high * 20_000 / 1_234_500)
    )
    (card,) = (card for card in result.cards if card.title.key.endswith("iroas"))
    assert card.value == iroas


def test_withheld_sales_are_withheld() -> None:
    counts, gone = [1000, 19_000, 500] * 2, [None] * 6
    vectors = [(counts, 3), ([10**7, 0, 0, None, 0, 0], 3 * CAP), (gone, 3 * CAP)]
    result = run("A08", KNOWN, THRESHOLD, vectors, **(ASKED | {"sales": True, "cost": 5}))
    row = only_row(result, "sales")
    assert {value.status for value in row.values} == {"withheld"}
    assert row.verdict is Verdict.WITHHELD


# --- many tests ----------------------------------------------------------------------------------


def many(rng: np.random.Generator, runs: int, rates: tuple[float, float], sigma: int) -> Any:
    """Figures of tests with 40,000 people in each arm, a tenth of them unmatched."""
    params, question = ask("A08", KNOWN, **ASKED)
    blank = release(question, KNOWN, THRESHOLD, [(CELLS, sigma)])
    for _ in range(runs):
        cells: list[int] = []
        for rate in rates:  # control first
            unmatched = rng.binomial(40_000, 0.1)
            bought = rng.binomial(40_000 - unmatched, rate)
            cells += [bought, 40_000 - unmatched - bought, unmatched]
        noisy = [round(n + rng.normal(0, sigma)) for n in cells]
        vector = msgspec.structs.replace(blank.vectors[0], values=tuple(noisy))
        answer = msgspec.structs.replace(blank, vectors=(vector,))
        yield Figures(arms(params, KNOWN, answer, THRESHOLD.k), random=True, apart=True)


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [3, 30])
def test_without_an_effect_hardly_any_test_claims_one(sigma: int) -> None:
    """A thousand tests: 5 % are expected, 8 % would be chance once in 40,000 times."""
    found = list(many(np.random.default_rng(8), 1_000, (0.02, 0.02), sigma))
    words = [one.verdict for one in found]
    assert words.count(Verdict.CLEAR) <= 80
    assert words.count(Verdict.CLEAR) + words.count(Verdict.TENDENCY) <= 140
    assert sum(bool(one.stop) for one in found) <= 12  # two checks of one in a thousand each


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [3, 30])
def test_intervals_hold_a_planted_effect(sigma: int) -> None:
    """All three: points, relative, additional buyers; 2,000 draws of 95 % spread by 0.5 points."""
    runs, held = 2_000, np.zeros(3)
    truths = (0.003, 0.15, 0.003 * 36_000)
    for one in many(np.random.default_rng(9), runs, (0.02, 0.023), sigma):
        values = (one.gap(), one.relative(), one.incremental)
        held += [
            value.low <= truth <= value.high for value, truth in zip(values, truths, strict=True)
        ]
    assert held / runs == pytest.approx([0.95] * 3, abs=0.02)


# --- parameters, whole tables --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"arms": "brand"}, "arms"),
        ({"arms": "stranger"}, "arms"),
        ({"conversions": "platform"}, "conversions"),
        ({"test": "winter"}, "test"),
        ({"treatment": "big"}, "treatment"),
        ({"control": "none"}, "control"),
        ({"control": "test"}, "control"),
        ({"window_days": 0}, "window_days"),
        ({"window_days": 366}, "window_days"),
        ({"split": [0, 1]}, "split"),
        ({"split": [1, 1001]}, "split"),
        ({"worthwhile_percent": 0}, "worthwhile_percent"),
        ({"order_kinds": ["gift"]}, "order_kinds"),
        ({"cost": 5}, "cost"),
        ({"cost": -5, "sales": True}, "cost"),
        ({"cost": 5, "sales": True, "random": False}, "cost"),
    ],
)
def test_parameters_are_checked(change: dict[str, Any], parameter: str) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A08", KNOWN, **(ASKED | change))
    assert error.value.code == "disclosure.parameter"
    assert error.value.facts["parameter"] == parameter


def test_sales_need_a_capped_amount() -> None:
    columns = dict(KNOWN.datasets[1].tables["conversions"])
    del columns["paid"]
    brand = msgspec.structs.replace(KNOWN.datasets[1], tables={"conversions": columns})
    known = msgspec.structs.replace(KNOWN, datasets=(KNOWN.datasets[0], brand))
    with pytest.raises(DisclosureError) as error:
        ask("A08", known, **(ASKED | {"sales": True}))
    assert error.value.facts["parameter"] == "sales"


@given(st.lists(st.integers(57, 10**5), min_size=6, max_size=6), st.sampled_from([0, 3, 10]))
def test_tables_add_up(cells: list[int], sigma: int) -> None:
    found = table(lift(cells, sigma), "arms")
    for row, mine in zip(found.rows, (cells[3:], cells[:3]), strict=True):
        assert cell(found, row, "subjects").value == sum(mine)
        assert cell(found, row, "compared").value == sum(mine[:2])
        assert cell(found, row, "converted").value == mine[0]
