"""A11 against its formulas: price index, gap, and what the gap is made of."""

import math

import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, cell, run, table

from cleanroom.analyses.result import Name, Result, Term
from cleanroom.disclosure.questions.price import Benchmark
from cleanroom.errors import DisclosureError
from cleanroom.statistics.verdict import Verdict

FAN = {
    "conversions": "brand",
    "party": "platform",
    "column": "is_fan",
    "since": "2025-01-01",
    "until": "2025-07-01",
    "benchmarks": {"serum": 120, "phone": 3990},
    "list_price": True,
}
SPREAD = 0.09  # variance between people


def moments(people: int, mean: float) -> tuple[int, int]:
    """Sum of shifted thousandths, and sum of squares in thousandths."""
    return round(people * 1000 * (1 + mean)), round(people * 1000 * (mean**2 + SPREAD))


def premium(segments: list[tuple[int, float, float]], sigma: int = 0, **more: object) -> Result:
    """(people, mean ln to benchmark, mean ln to list price) of: not fan, fan, unmatched."""
    ratio = [moments(people, total) for people, total, _ in segments]
    goods = [moments(people, part) for people, _, part in segments]
    vectors = [
        ([people for people, *_ in segments], sigma),
        *(([one[i] for one in ratio], sigma * (2_000, 1_000)[i]) for i in range(2)),
        *(([one[i] for one in goods], sigma * (2_000, 1_000)[i]) for i in range(2)),
    ]
    asked = {**FAN, **more}
    if not asked["list_price"]:
        del vectors[3:5]
    if asked.get("paid"):
        vectors.append(([people * 25_000 for people, *_ in segments], sigma * 50_000))
    return run("A11", catalogue(), THRESHOLD, vectors, **asked)


CLEAR = [(8_000, 0.0, -0.30), (2_000, 0.10, -0.25), (500, 0.0, 0.0)]


def test_the_whole_gap_is_mix_times_like_for_like() -> None:
    result = premium(CLEAR)
    found = table(result, "parts")
    total, mix, goods = (row.values[0].value for row in found.rows)
    assert total == pytest.approx(math.exp(0.10) - 1, abs=1e-5)
    assert goods == pytest.approx(math.exp(0.05) - 1, abs=1e-5)
    assert (1 + mix) * (1 + goods) == pytest.approx(1 + total)
    assert [row.verdict for row in found.rows] == [Verdict.CLEAR] * 3
    assert result.verdict is Verdict.CLEAR
    assert result.finding.key.endswith("high")


def test_the_gap_has_the_interval_of_welch() -> None:
    found = table(premium(CLEAR), "parts").rows[0].values[0]
    half = 1.959964 * math.sqrt(SPREAD / 8_000 + SPREAD / 2_000)
    assert found.low == pytest.approx(math.expm1(0.10 - half), abs=1e-4)
    assert found.high == pytest.approx(math.expm1(0.10 + half), abs=1e-4)
    noisy = table(premium(CLEAR, 10), "parts").rows[0].values[0]
    assert noisy.high - noisy.low > found.high - found.low


def test_mix_alone_is_no_premium_for_the_same_goods() -> None:
    result = premium([(8_000, 0.0, -0.30), (2_000, 0.15, -0.30), (500, 0.0, 0.0)])
    verdicts = [row.verdict for row in table(result, "parts").rows]
    assert verdicts == [Verdict.CLEAR, Verdict.CLEAR, Verdict.NONE_SEEN]
    assert result.finding.key.endswith("unclear")
    assert result.verdict is Verdict.NONE_SEEN


def test_index_and_paid_of_list_stand_per_segment() -> None:
    found = table(premium(CLEAR, paid=True), "segments")
    assert [row.label for row in found.rows[:3]] == [
        Term("analyses.common.term.no"),
        Term("analyses.common.term.yes"),
        Term("analyses.common.term.unmatched"),
    ]
    fan = found.rows[1]
    assert cell(found, fan, "index").value == pytest.approx(100 * math.exp(0.10), abs=0.01)
    assert cell(found, fan, "index").step == 1
    assert cell(found, fan, "of_list").value == pytest.approx(math.exp(-0.25), abs=1e-4)
    assert cell(found, fan, "average").value == pytest.approx(25_000)
    assert cell(found, found.rows[-1], "buyers").value == 10_500


def test_figures_come_in_whole_points() -> None:
    values = [row.values[0] for row in table(premium(CLEAR), "parts").rows]
    assert all(value.step >= 0.01 and value.signed for value in values)


def test_without_list_prices_only_the_category_is_compared() -> None:
    result = premium(CLEAR, list_price=False)
    (row,) = table(result, "parts").rows
    assert row.values[0].value == pytest.approx(math.exp(0.10) - 1, abs=1e-5)
    assert [text.key for text in result.can_say] == ["analyses.A11.can_say.gap"]
    assert len(result.charts) == 1


def test_lower_prices_read_low() -> None:
    result = premium([(8_000, 0.0, -0.1), (2_000, -0.2, -0.3), (500, 0.0, 0.0)])
    assert result.finding.key.endswith("low")


def test_few_buyers_decide_nothing() -> None:
    result = premium([(60, 0.0, -0.3), (55, 0.02, -0.29), (60, 0.0, 0.0)], 3)
    assert result.verdict is Verdict.TOO_FEW


def test_withheld_segments_are_not_compared() -> None:
    vectors = [([800, None, 300], 3), *(([900_000, None, 300_000], 6_000),) * 4]
    result = run("A11", catalogue(), THRESHOLD, vectors, **FAN)
    assert result.verdict is Verdict.WITHHELD
    assert not [chart for chart in result.charts if chart.template == "bars"]
    amounts = [([800, 900, 300], 3), ([900_000, None, 1], 6_000), *(([9, 9, 9], 3),) * 3]
    assert run("A11", catalogue(), THRESHOLD, amounts, **FAN).verdict is Verdict.WITHHELD


def test_people_without_a_value_are_no_part_of_the_others() -> None:
    """Of missing, young, middle, old: old is compared with young and middle."""
    sizes = [(5_000, 0.9, 0.9), (1_000, 0.0, 0.0), (3_000, 0.1, 0.0), (1_000, 0.2, 0.0), (9, 0, 0)]
    result = premium(sizes, column="a_age", focus="old", list_price=False)
    gap = table(result, "parts").rows[0].values[0].value
    assert gap == pytest.approx(math.exp(0.2 - 0.075) - 1, abs=1e-4)


def test_contact_needs_no_column() -> None:
    params, question = ask("A11", catalogue(), **{**FAN, "column": ""})
    assert question.segment == "platform.exposures"
    assert question.benchmarks == (Benchmark("serum", 12_000), Benchmark("phone", 399_000))
    assert params.focus == ""


def test_in_differential_privacy_few_people_are_too_few() -> None:
    vectors = [([20_000, 30, 20_000], 10), *(([21_000_000, 32_000, 1], 20_000),) * 4]
    result = run("A11", catalogue(), DP, vectors, **FAN)
    assert result.verdict is Verdict.TOO_FEW
    assert table(result, "segments").rows[1].values[0].status == "below"


@pytest.mark.parametrize(
    ("parameter", "wrong"),
    [
        ("conversions", {"conversions": "platform"}),
        ("conversions", {"conversions": "nobody"}),
        ("party", {"party": "nobody"}),
        ("party", {"party": "brand", "column": ""}),
        ("column", {"column": "first_buy"}),
        ("column", {"column": "a_nothing"}),
        ("focus", {"column": "a_age"}),
        ("focus", {"column": "a_age", "focus": "ancient"}),
        ("focus", {"column": "", "focus": "young"}),
        ("benchmarks", {"benchmarks": {}}),
        ("benchmarks", {"benchmarks": {"tea": 3}}),
        ("benchmarks", {"benchmarks": {"serum": 0}}),
        ("benchmarks", {"benchmarks": {"serum": 10**11}}),
        ("since", {"since": "2023-01-01"}),
        ("since", {"since": "20250101"}),
        ("until", {"until": "2025-01-01"}),
        ("brand", {"brand": "theirs too"}),
        ("order_kinds", {"order_kinds": ["gift"]}),
    ],
)
def test_parameters_are_checked(parameter: str, wrong: dict[str, object]) -> None:
    with pytest.raises(DisclosureError) as error:
        ask("A11", catalogue(), **{**FAN, **wrong})
    assert error.value.code == "disclosure.parameter"
    assert error.value.facts["parameter"] == parameter


def test_the_method_names_the_prices() -> None:
    said = [text for text in premium(CLEAR).method if text.key.endswith("prices")]
    assert said[0].facts["prices"] == Name("phone 3,990, serum 120")
