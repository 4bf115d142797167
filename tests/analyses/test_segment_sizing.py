"""A18: rules that people outside of the choice bear out, and none that chance made."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from analysis_material import DP, THRESHOLD, ask, catalogue, cell, numbers, release, run, table

from cleanroom.analyses.cells import answer
from cleanroom.analyses.registry import ANALYSES
from cleanroom.analyses.result import Result
from cleanroom.analyses.segment_cells import SHRINKAGE, Segments
from cleanroom.disclosure.policy import Policy
from cleanroom.errors import DisclosureError
from cleanroom.report.tables import to_csv
from cleanroom.report.wording import Wording
from cleanroom.statistics.noise import Noise
from cleanroom.statistics.thinning import halves
from cleanroom.statistics.verdict import Verdict

AGES = ("", "young", "middle", "old")
FANS = ("false", "true")
ASKED: dict[str, Any] = {"party": "platform", "columns": ["is_fan", "a_age"], "versus": "brand"}
ONE: dict[str, Any] = {"party": "platform", "columns": ["a_age"], "versus": "brand"}
KNOWN = catalogue()


def cells(pairs: dict[tuple[str, str], tuple[int | None, int | None]]) -> list[int | None]:
    """Cells in the order of the question: age, fan, in or not in the seed."""
    return [n for age in AGES for fan in FANS for n in pairs[age, fan]]


def sized(pairs: dict[tuple[str, str], tuple[int | None, int | None]], **more: Any) -> Result:
    rest = 500 if any(None in pair for pair in pairs.values()) else None
    return run("A18", KNOWN, THRESHOLD, [(cells(pairs), 3)], 5, rest, **(ASKED | more))


def flat(seed: int = 200, others: int = 1800) -> dict[tuple[str, str], Any]:
    return {(age, fan): (seed, others) for age in AGES for fan in FANS}


PLANTED = flat() | {("young", "true"): (800, 1200), ("middle", "true"): (800, 1200)}


def segments(
    values: Sequence[int | None], policy: Policy = THRESHOLD, target: int = 120
) -> Segments:
    _, question = ask("A18", KNOWN, **ONE)
    made = release(question, KNOWN, policy, [(values, policy.sigma)])
    return Segments(answer(question, KNOWN, made), target, policy.k, made.question_key)


def test_a_planted_segment_is_found_and_borne_out() -> None:
    result = sized(PLANTED)
    assert result.verdict is Verdict.CLEAR
    sheet = table(result, "handoff")
    assert len(sheet.rows) == 2
    line, whole = sheet.rows
    assert (cell(sheet, line, "size").value, cell(sheet, whole, "fresh").value) == (4000, 2400)
    # 1600 of 2800 shared people against 4000 of 16000: index 228.6
    found = cell(sheet, whole, "index")
    assert found.low is not None
    assert found.high is not None
    assert found.low < 100 * (1600 / 2800) / (4000 / 16000) < found.high
    english, chinese = Wording("en", {}, "CNY"), Wording("zh_CN", {}, "CNY")
    assert english.label(line.label) == "Age: young / middle; fan or not: yes"
    assert chinese.label(line.label) == "年龄段：young / middle；是否粉丝：是"
    assert "young / middle" in to_csv(sheet, english).decode("utf-8")
    reached = [card.value.value for card in result.cards[3:]]
    assert reached == [pytest.approx(1600 / 2800, abs=0.05), pytest.approx(0.25, abs=0.05)]


def test_the_arithmetic_step_by_step() -> None:
    values = [50, 450, 400, 1600, 200, 1800, 100, 1900]
    found = segments(values)
    (_, question) = ask("A18", KNOWN, **ONE)
    key = release(question, KNOWN, THRESHOLD, [(values, 3)]).question_key
    one, two, half = halves([float(v) for v in values], Noise(3.0), key)
    seed, whole = sum(one[::2]), sum(one)
    for place, name in enumerate(AGES[1:], 1):
        s, b = one[2 * place], one[2 * place] + one[2 * place + 1]
        shrunk = 100 * (s + SHRINKAGE) / (seed * b / whole + SHRINKAGE)
        assert found.index[name,] == pytest.approx(shrunk)
    assert found.ranked == [("young",), ("middle",), ("old",)]
    assert found.chosen == [("young",)]
    inside, outside = found.judged(found.chosen)
    assert (inside.part, inside.rest) == pytest.approx((two[2], two[0] + two[4] + two[6]))
    assert (outside.part, outside.rest) == pytest.approx((two[3], two[1] + two[5] + two[7]))
    assert inside.noise_rest.variance == pytest.approx(3 * half.variance)
    value, _ = found.expected(found.chosen)
    assert value == pytest.approx(100 * (two[2] / sum(two[::2])) / ((two[2] + two[3]) / sum(two)))


def test_what_cannot_be_known_is_in_no_rule() -> None:
    pairs = PLANTED | {("", "true"): (1900, 100), ("old", "true"): (None, 60)}
    result = sized(pairs)
    listed = table(result, "combinations")
    assert len(listed.rows) == 5  # three ages by two, less the one with a withheld cell
    english = Wording("en", {}, "CNY")
    labels = " ".join(english.label(row.label) for row in listed.rows)
    assert "not given" not in labels
    assert "analyses.A18.note.no_rule_without" in [note.key for note in result.notes]


def test_with_differential_privacy_small_combinations_are_in_no_rule() -> None:
    found = segments([50, 450, 30, 5, 400, 1600, 100, 1900], DP)
    assert ("young",) not in found.ranked
    assert ("middle",) in found.chosen


@pytest.mark.parametrize("target", [110, 150, 200])
def test_lines_and_combinations_are_the_same_people(target: int) -> None:
    draw = np.random.default_rng(target)
    pairs: dict[tuple[str, str], Any] = {
        (age, fan): (int(draw.integers(100, 900)), 2000) for age in AGES for fan in FANS
    }
    given, question = ask("A18", KNOWN, **ASKED, target_index=target)
    made = release(question, KNOWN, THRESHOLD, [(cells(pairs), 3)], 5)
    found = Segments(answer(question, KNOWN, made), target, 50, made.question_key)
    lines = found.lines()
    told = [one for line in lines for one in line.combinations]
    assert sorted(told) == sorted(found.chosen)
    for line in lines:
        product = {(a, b) for a in line.values[0] for b in line.values[1]}
        assert product == set(line.combinations)
    # the shares, indices and sizes that are shown all follow from the same numbers
    result = ANALYSES["A18"].result(given, KNOWN, [made], THRESHOLD)
    if found.chosen:
        sheet = table(result, "handoff")
        sizes = [n or 0 for n in numbers(sheet, "size")]
        assert sum(sizes[:-1]) == sizes[-1]


def _null(draw: np.random.Generator, count: int) -> list[int]:
    """Counts of combinations that are all alike, as released."""
    base = draw.integers(200, 600, count)
    seed = draw.poisson(0.1 * base)
    pairs = np.stack([seed, draw.poisson(0.9 * base)], axis=1).ravel()
    return [int(n) for n in pairs + np.rint(draw.normal(0, 3, len(pairs))).astype(int)]


def _wide(values: Sequence[int], target: int, key: str) -> Segments:
    """Many combinations of one column."""
    levels = tuple(f"l{n}" for n in range(len(values) // 2))
    spec = msgspec.structs.replace(
        KNOWN.attribute("platform.people.a_age"), domain=levels, missing=False
    )
    tables = {"people": {"a_age": spec}}
    first = msgspec.structs.replace(KNOWN.datasets[0], tables=tables)
    known = msgspec.structs.replace(KNOWN, datasets=(first, KNOWN.datasets[1]))
    _, question = ask("A18", known, **ONE)
    made = release(question, known, THRESHOLD, [(values, 3)])
    return Segments(answer(question, known, made), target, 50, key)


def test_chance_is_not_borne_out() -> None:
    """Thirty combinations without any difference: choosing always finds some, judging seldom says
    so. 2.5 % are due; 400 runs give more than 26 with probability below 1 in 10,000.
    """
    draw = np.random.default_rng(11)
    believed = tempted = 0
    for number in range(400):
        found = _wide(_null(draw, 30), 115, f"run {number}")
        if not found.chosen:
            continue
        _, interval = found.expected(found.chosen)
        believed += interval is not None and interval.low > 100
        pooled = np.mean([found.index[one] for one in found.chosen])
        tempted += bool(pooled > 110)
    assert tempted > 300
    assert believed <= 26


def test_the_judged_interval_holds_the_truth() -> None:
    """95 % of intervals; 400 runs with fewer than 93 % or more than 99 % have probability below 1
    in 10,000 only at 90 %, so the lower bound is wider.
    """
    draw = np.random.default_rng(12)
    held = total = 0
    for number in range(400):
        base = draw.integers(400, 900, 20)
        chance = np.where(np.arange(20) < 6, 0.3, 0.15)
        people = np.stack([draw.poisson(base * chance), draw.poisson(base * (1 - chance))], axis=1)
        values = people.ravel() + np.rint(draw.normal(0, 3, 40)).astype(int)
        found = _wide([int(n) for n in values], 120, f"run {number}")
        if not found.chosen:
            continue
        inside = np.array([int(one[0][1:]) for one in found.chosen])
        truth = 100 * (base * chance)[inside].sum() / (base * chance).sum()
        truth /= base[inside].sum() / base.sum()
        _, interval = found.expected(found.chosen)
        total += 1
        held += interval is not None and interval.contains(truth)
    assert total > 350
    assert 0.905 <= held / total <= 0.985


def test_no_rule_is_said() -> None:
    result = sized(flat(), target_index=300)
    assert result.finding.key == "analyses.A18.finding.no_rule"
    assert [chart.template for chart in result.charts] == ["pairs"]
    nothing: dict[tuple[str, str], Any] = dict.fromkeys(flat(), (None, None))
    assert sized(nothing).verdict is Verdict.WITHHELD


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"party": "nobody"}, "party"),
        ({"versus": "platform"}, "versus"),
        ({"columns": []}, "columns"),
        ({"columns": ["a_age", "a_age"]}, "columns"),
        ({"columns": ["a_health"]}, "columns"),  # sensitive
        ({"columns": ["first_buy"]}, "columns"),
        ({"target_index": 100}, "target_index"),
        ({"base": ["brand"]}, "base"),
    ],
)
def test_parameters_are_checked(wrong: dict[str, Any], parameter: str) -> None:
    with pytest.raises(DisclosureError) as caught:
        ask("A18", KNOWN, **(ASKED | wrong))
    assert caught.value.code == "disclosure.parameter"
    assert f"this {parameter}." in caught.value.message("en")
    assert "cleanroom analyses show A18" in caught.value.message("en")
