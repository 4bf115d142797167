"""A03 against its formulas, statsmodels without noise, and planted truths with noise."""

import math

import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, cell, numbers, run, table
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

from cleanroom.analyses.result import Name, Result, Term
from cleanroom.disclosure.question import AttributeQuestion
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

ASKED = {"party": "platform", "column": "a_age", "versus": "brand"}
# missing, young, middle, old: in the target and not
TARGET, REST = [600, 150, 400, 250], [1900, 700, 900, 400]


def profile(
    target: list[int | None], rest: list[int | None], sigma: int = 0, **more: str
) -> Result:
    cells = [n for pair in zip(target, rest, strict=True) for n in pair]
    return run("A03", catalogue(), THRESHOLD, [(cells, sigma)], **(ASKED | more))


def test_shares_and_index_without_the_missing() -> None:
    found = table(profile(TARGET, REST), "levels")
    known, others = sum(TARGET[1:]), sum(REST[1:])
    for row, t, r in zip(found.rows, TARGET[1:], REST[1:], strict=False):
        assert cell(found, row, "target_share").value == pytest.approx(t / known)
        assert cell(found, row, "rest_share").value == pytest.approx(r / others)
        index = 100 * (t / known) / ((t + r) / (known + others))
        assert cell(found, row, "index").value == pytest.approx(index)


def test_missing_stands_beside_and_totals_hold_everybody() -> None:
    found = table(profile(TARGET, REST), "levels")
    assert [row.label for row in found.rows[:3]] == [Name("young"), Name("middle"), Name("old")]
    beside, total = found.rows[3:]
    assert (beside.values[0].value, beside.values[1].value) == (600, 1900)
    assert [value.status for value in beside.values[2:]] == ["none"] * 3
    assert (total.values[0].value, total.values[1].value) == (sum(TARGET), sum(REST))
    assert total.total


def test_missing_as_a_level_of_its_own() -> None:
    found = table(profile(TARGET, REST, missing="level"), "levels")
    assert found.rows[0].label == Term("analyses.common.term.missing")
    assert numbers(found, "target_share")[0] == pytest.approx(600 / sum(TARGET))


def test_shares_have_wilson_intervals_without_noise() -> None:
    found = table(profile(TARGET, REST), "levels")
    share = cell(found, found.rows[1], "target_share")
    low, high = proportion_confint(400, 800, method="wilson")
    assert (share.low, share.high) == pytest.approx((low, high))


def test_index_interval_is_a_log_interval_of_the_two_shares() -> None:
    found = table(profile(TARGET, REST), "levels")
    value = cell(found, found.rows[1], "index")
    p, q, w = 400 / 800, 900 / 2000, 800 / 2800
    spread = 1.959964 * math.sqrt((1 - p) / 400 + (1 - q) / 900)
    ends = [
        100 * r / (w * r + 1 - w) for r in (p / q * math.exp(-spread), p / q * math.exp(spread))
    ]
    assert (value.low, value.high) == pytest.approx(tuple(ends), rel=1e-5)


def test_verdicts_follow_corrected_p_values() -> None:
    target, rest = [0, 150, 370, 280], [0, 700, 900, 400]
    result = profile(target, rest)
    raw = [
        proportions_ztest([t, r], [sum(target), sum(rest)])[1]
        for t, r in zip(target[1:], rest[1:], strict=True)
    ]
    adjusted = multipletests(raw, method="fdr_bh")[1]
    words = [row.verdict for row in table(result, "levels").rows[:3]]
    assert [p <= 0.05 for p in adjusted] == [word is Verdict.CLEAR for word in words]
    assert Verdict.CLEAR in words
    assert any(word is not Verdict.CLEAR for word in words)


def test_only_clear_levels_are_coloured() -> None:
    result = profile(TARGET, REST)
    index = result.charts[0]
    assert index.template == "index"
    words = [row.verdict for row in table(result, "levels").rows[:3]]
    for mark, word in zip(index.marks, words, strict=True):
        assert (mark.tone in ("high", "low")) is (word is Verdict.CLEAR)
        (value,) = mark.values
        if word is Verdict.CLEAR:
            assert not value.low <= 100 <= value.high
            assert mark.tone == ("high" if value.value > 100 else "low")


def test_finding_names_the_level_that_differs_most() -> None:
    result = profile(TARGET, REST)
    assert result.finding.key == "analyses.A03.finding.clear_low"
    assert result.finding.facts["level"] == Name("young")
    assert result.verdict is Verdict.CLEAR


def test_equal_shares_show_no_difference() -> None:
    result = profile([0, 3000, 4000, 3000], [0, 3000, 4000, 3000])
    assert result.verdict is Verdict.NONE_SEEN
    assert result.finding.key.endswith("none_seen")


def test_strength_is_cramers_v() -> None:
    card = next(card for card in profile(TARGET, REST).cards if card.title.key.endswith("strength"))
    statistic = chi2_contingency(list(zip(TARGET[1:], REST[1:], strict=True)), correction=False)[0]
    assert card.value.value == pytest.approx(math.sqrt(statistic / 2800))


def test_fill_is_the_known_share_of_the_target() -> None:
    card = next(card for card in profile(TARGET, REST).cards if card.title.key.endswith("filled"))
    assert card.value.value == pytest.approx(800 / 1400)


def test_a_withheld_cell_leaves_the_others_comparable() -> None:
    whole = table(profile([0, 150, 400, 250], [0, 700, 900, 400]), "levels")
    result = profile([0, None, 400, 250], [0, 700, 900, 400])
    found = table(result, "levels")
    young, middle, old = found.rows[:3]
    assert young.values[0].status == "withheld"
    assert young.values[1].value == 700
    assert young.values[2].status == young.values[4].status == "withheld"
    assert young.verdict is Verdict.WITHHELD
    # Both sides are compared over the same levels.
    index = 100 * (400 / 650) / (1300 / (650 + 1300))
    assert cell(found, middle, "index").value == pytest.approx(index)
    assert cell(found, old, "target_share").value == pytest.approx(250 / 650)
    assert cell(whole, whole.rows[1], "index").value != pytest.approx(index)
    total = found.rows[-1]
    assert (total.values[0].value, total.values[0].bound) == (650, "at_least")
    assert result.notes[0].key.endswith("withheld")


def test_one_comparable_level_is_no_comparison() -> None:
    result = profile([0, None, 400, None], [0, 700, 900, 400])
    assert result.verdict is Verdict.WITHHELD
    assert result.finding.key.endswith("withheld")
    assert result.charts == ()


def test_dp_level_below_k_keeps_its_sign_in_sums_and_gets_no_index() -> None:
    cells = [0, 0, 4000, 9000, -4, 20, 4000, 9000]
    result = run("A03", catalogue(), DP, [(cells, 10)], **ASKED)
    found = table(result, "levels")
    middle = found.rows[1]
    assert [value.status for value in middle.values] == [
        "below",
        "below",
        "too_few",
        "too_few",
        "too_few",
    ]
    assert middle.values[0].value == -4
    assert middle.verdict is Verdict.TOO_FEW
    assert found.rows[-1].values[0].value == 7996


def test_sensitive_column_has_the_higher_k() -> None:
    asked = ASKED | {"column": "a_health"}
    result = run("A03", catalogue(), DP, [([60, 5000, 4000, 5000], 10)], **asked)
    value = table(result, "levels").rows[0].values[0]
    assert (value.status, value.limit) == ("below", 100)
    assert result.privacy.k == 100


def test_yes_and_no_are_words() -> None:
    asked = ASKED | {"column": "is_fan"}
    result = run("A03", catalogue(), THRESHOLD, [([100, 500, 400, 500], 3)], **asked)
    labels = [row.label for row in table(result, "levels").rows[:2]]
    assert labels == [Term("analyses.common.term.no"), Term("analyses.common.term.yes")]
    assert not any(card.title.key.endswith("filled") for card in result.cards)


def test_base_of_several_parties_is_said() -> None:
    known = catalogue(partner=True)
    asked = ASKED | {"base": ["platform", "partner"]}
    _, question = ask("A03", known, **asked)
    assert question == AttributeQuestion(
        ("platform", "partner"), ("platform.people.a_age",), "brand"
    )
    result = run("A03", known, THRESHOLD, [([100] * 8, 3)], **asked)
    assert any(note.key.endswith("base_also") for note in result.notes)


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"party": "stranger"}, "party"),
        ({"column": "a_shoe"}, "column"),
        ({"column": "first_buy"}, "column"),
        ({"versus": "platform"}, "versus"),
        ({"versus": "stranger"}, "versus"),
        ({"base": ["brand"]}, "base"),
        ({"base": ["platform", "stranger"]}, "base"),
    ],
)
def test_parameters_are_checked(change: dict[str, object], parameter: str) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A03", catalogue(), **(ASKED | change))
    assert error.value.code == "disclosure.parameter"
    assert error.value.facts == {"analysis": "A03", "parameter": parameter}


@given(
    st.lists(st.one_of(st.none(), st.integers(57, 5000)), min_size=8, max_size=8),
    st.sampled_from([0, 3, 10]),
)
def test_shares_of_compared_levels_add_up(cells: list[int | None], sigma: int) -> None:
    found = table(run("A03", catalogue(), THRESHOLD, [(cells, sigma)], **ASKED), "levels")
    for column in ("target_share", "rest_share"):
        values = [cell(found, row, column) for row in found.rows[:3]]
        shown = [value.value for value in values if value.shown]
        assert all(value.status in ("shown", "withheld", "too_few") for value in values)
        if shown and all(value.status != "too_few" for value in values):
            assert sum(shown) == pytest.approx(1)
        for value in values:
            if value.shown:
                assert 0 <= value.low <= value.value <= value.high <= 1
