"""A01 against its formulas: sums, two rates, what each identifier adds; withheld cells."""

import math

import pytest
from analysis_material import DP, KINDS, THRESHOLD, ask, catalogue, numbers, refused, run, table
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from cleanroom.analyses.registry import ANALYSES
from cleanroom.analyses.result import Term, Value
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.errors import DisclosureError
from cleanroom.statistics.display import sensible, sensible_within
from cleanroom.statistics.interval import Interval
from cleanroom.statistics.noise import Noise
from cleanroom.statistics.verdict import Verdict

# platform only, brand only, both by phone, by e-mail, by device
CELLS = [345, 580, 1010, 210, 60]


def test_sums_and_two_rates() -> None:
    result = run("A01", catalogue(), THRESHOLD, [(CELLS, 3)], 5)
    rates = table(result, "rates")
    assert numbers(rates, "matched") == [1280, 1280]
    assert numbers(rates, "in_dataset") == [1625, 1860]
    assert numbers(rates, "match_rate") == pytest.approx([1280 / 1625, 1280 / 1860])
    assert result.verdict is None
    assert result.evidence == "descriptive"
    assert result.sampling == "noise"


def test_every_card_comes_from_the_same_cells() -> None:
    result = run("A01", catalogue(), THRESHOLD, [(CELLS, 3)], 5)
    assert [card.value.value for card in result.cards] == pytest.approx(
        [1280, 1280 / 1625, 1280 / 1860, 1625, 1860]
    )


def test_gain_in_order_of_priority() -> None:
    found = table(run("A01", catalogue(), THRESHOLD, [(CELLS, 3)], 5), "identifiers")
    assert [row.label for row in found.rows] == [
        Term(f"analyses.identifiers.{kind}", kind) for kind in ("phone", "email", "device")
    ]
    assert numbers(found, "gain") == [1010, 210, 60]
    assert numbers(found, "running_total") == [1010, 1220, 1280]
    assert numbers(found, "share_of_matched") == pytest.approx([1010 / 1280, 210 / 1280, 60 / 1280])


def test_patterns_give_hits_and_exclusives() -> None:
    # alone, alone, p, e, d, p+e, p+d, e+d, p+e+d
    cells = [345, 580, 300, 200, 60, 500, 70, 80, 90]
    found = table(run("A01", catalogue(), THRESHOLD, [(cells, 3)], 5, by="pattern"), "identifiers")
    assert numbers(found, "hit") == [300 + 500 + 70 + 90, 200 + 500 + 80 + 90, 60 + 70 + 80 + 90]
    assert numbers(found, "only") == [300, 200, 60]
    assert numbers(found, "gain") == [960, 280, 60]
    assert numbers(found, "running_total") == [960, 1240, 1300]


def test_interval_of_the_match_is_that_of_a_sum_of_three_cells() -> None:
    matched = run("A01", catalogue(), THRESHOLD, [(CELLS, 3)], 5).cards[0].value
    half = 1.959964 * math.sqrt(3 * (3**2 + 5**2 / 12))
    assert matched.low == math.floor(1280 - half)
    assert matched.high == math.ceil(1280 + half)


def test_rates_without_noise_have_no_width_and_with_noise_shrink_with_size() -> None:
    exact = run("A01", catalogue(), THRESHOLD, [(CELLS, 0)]).cards[1].value
    assert exact.low == pytest.approx(exact.high)
    small = run("A01", catalogue(), THRESHOLD, [(CELLS, 3)]).cards[1].value
    large = run("A01", catalogue(), THRESHOLD, [([n * 100 for n in CELLS], 3)]).cards[1].value
    assert large.high - large.low == pytest.approx((small.high - small.low) / 100, rel=0.02)
    # Sampling is no part of it: Wilson's interval would be far wider.
    low, high = proportion_confint(1280, 1625, method="wilson")
    assert small.high - small.low < 0.5 * (high - low)


def test_withheld_identifier_makes_totals_at_least() -> None:
    result = run("A01", catalogue(), THRESHOLD, [([345, 580, 1010, 210, None], 3)], 5)
    matched, rate, _, size, _ = (card.value for card in result.cards)
    assert (matched.value, matched.bound, matched.high) == (1220, "at_least", None)
    assert (size.value, size.bound) == (1565, "at_least")
    assert (rate.bound, rate.high) == ("at_least", None)
    assert rate.value == pytest.approx(1220 / 1565)
    found = table(result, "identifiers")
    assert [row.values[0].status for row in found.rows] == ["shown", "shown", "withheld"]
    assert [row.values[2].bound for row in found.rows[:2]] == ["at_most", "at_most"]
    assert found.rows[2].values[2].status == "withheld"
    assert result.finding.key.endswith("at_least")


def test_withheld_side_hides_size_and_rate_but_not_the_match() -> None:
    result = run("A01", catalogue(), THRESHOLD, [([None, 580, 1010, 210, 60], 3)], 5)
    statuses = [card.value.status for card in result.cards]
    assert statuses == ["shown", "withheld", "shown", "withheld", "shown"]
    assert result.finding.key.endswith("count")


def test_nothing_linked_is_released() -> None:
    result = run("A01", catalogue(), THRESHOLD, [([345, 580, None, None, None], 3)], 5)
    assert result.cards[0].value.status == "withheld"
    assert result.finding.key.endswith("withheld")


def test_dp_small_and_negative_cells_stay_signed_in_sums() -> None:
    known = catalogue(KINDS[:1])
    result = run("A01", known, DP, [([900, -7, 30], 10)])
    matched, rate_one, _, size_one, size_two = (card.value for card in result.cards)
    assert (matched.status, matched.value, matched.limit) == ("below", 30, 50)
    assert rate_one.status == "too_few"
    assert size_one.value == 930
    assert size_two.value == 23
    assert result.finding.key.endswith("below")


def test_one_kind_needs_no_table_of_identifiers() -> None:
    result = run("A01", catalogue(KINDS[:1]), DP, [([900, 700, 3000], 10)])
    assert [found.id for found in result.tables] == ["rates"]
    assert len(result.charts) == 1


def test_pattern_of_one_kind_is_the_winner() -> None:
    known = catalogue(KINDS[:1])
    winner = run("A01", known, DP, [([900, 700, 3000], 10)])
    pattern = run("A01", known, DP, [([900, 700, 3000], 10)], by="pattern")
    assert pattern.cards == winner.cards


def test_parties_may_be_left_out_only_when_there_are_two() -> None:
    _, question = ask("A01", catalogue())
    assert question == MatchQuestion(("platform", "brand"), "winner")
    with pytest.raises(DisclosureError) as error:
        ask("A01", catalogue(partner=True))
    assert error.value.code == "disclosure.parameter"
    assert error.value.facts["parameter"] == "parties"
    _, question = ask("A01", catalogue(partner=True), parties=["partner", "platform"])
    assert question == MatchQuestion(("platform", "partner"), "winner")


@pytest.mark.parametrize("parties", [["platform"], ["platform", "platform"], ["platform", "x"]])
def test_two_known_parties(parties: list[str]) -> None:
    with pytest.raises(DisclosureError):
        ask("A01", catalogue(), parties=parties)


@pytest.mark.parametrize(
    ("reason", "said"),
    [("budget", "budget"), ("min_match", "min_match"), ("dominance", "withheld"), ("", "withheld")],
)
def test_refusals_say_public_reasons_only(reason: str, said: str) -> None:
    known = catalogue()
    params, question = ask("A01", known)
    answer = refused(question, known, THRESHOLD, reason)
    result = ANALYSES["A01"].result(params, known, [answer], THRESHOLD)
    assert result.verdict is Verdict.WITHHELD
    assert result.finding.facts["reason"] == Term(f"analyses.common.reason.{said}")
    assert (result.tables, result.charts, result.cards) == ((), (), ())


def test_privacy_counts_cells_and_cost() -> None:
    about = run("A01", catalogue(), THRESHOLD, [([345, 580, 1010, 210, None], 3)], 5).privacy
    assert (about.cells, about.withheld, about.cells_paid, about.nano_rho) == (5, 1, 5, 0)
    about = run("A01", catalogue(KINDS[:1]), DP, [([900, 700, 3000], 10)]).privacy
    assert (about.nano_rho, about.people_of_noise, about.rounding) == (10_000_000, 10, 1)


def _display(value: Value) -> float:
    assert value.value is not None
    return value.step * math.floor(value.value / value.step + 0.5)


@given(st.lists(st.integers(60, 10**7), min_size=5, max_size=5), st.integers(1, 500))
def test_no_figure_is_finer_than_its_noise(cells: list[int], sigma: int) -> None:
    """The steps are those of ``statistics.display``, which rounds the same figures."""
    rates = table(run("A01", catalogue(), THRESHOLD, [(cells, sigma)], 5), "rates")
    for row in rates.rows:
        count, matched, rate = row.values
        assert _display(matched) == sensible(sum(cells[2:]), Noise(sigma, 5).over(3))
        assert _display(count) == sensible(count.value or 0, Noise(sigma, 5).over(4))
        if rate.shown and rate.value and rate.low is not None and rate.high is not None:
            around = Interval(rate.low, rate.high, 0.95)
            assert _display(rate) == pytest.approx(sensible_within(rate.value, around))
            assert rate.step <= (rate.high - rate.low) / 2
