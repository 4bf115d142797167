"""A share of somebody's own list above 90 % is not told more exactly, in either language."""

import pytest
from analysis_material import KINDS, THRESHOLD, catalogue, cell, run, table

from cleanroom.analyses import figures
from cleanroom.analyses.result import Result, Value
from cleanroom.report.wording import Wording
from cleanroom.trust import codec

EN, ZH = Wording("en", {}, "CNY"), Wording("zh_CN", {}, "CNY")
NEW = {
    "exposures": "platform",
    "conversions": "brand",
    "new_since": "2025-01-01",
    "new_until": "2025-07-01",
}


def overlap(alone: int, matched: int) -> Result:
    cells = [50_000, alone, matched]
    return run("A01", catalogue(KINDS[:1]), THRESHOLD, [(cells, 3)], 5)


def newcomers(cells: list[int | None]) -> Result:
    return run("A04", catalogue(), THRESHOLD, [(cells, 3)], 5, **NEW)


@pytest.mark.parametrize(
    ("alone", "coded"), [(500, True), (980, True), (1000, False), (3000, False)]
)
def test_rates_from_just_above_nine_in_ten(alone: int, coded: bool) -> None:
    result = overlap(alone, 9_000)
    _, brand = table(result, "rates").rows
    rate = cell(table(result, "rates"), brand, "match_rate")
    assert rate == result.cards[2].value
    if coded:
        assert (rate.value, rate.low, rate.high, rate.bound) == (0.9, 0.9, None, "at_least")
    else:
        assert rate.value == pytest.approx(9_000 / (9_000 + alone))
        assert rate.bound == ""


def test_in_words() -> None:
    result = overlap(200, 9_000)
    rate = result.cards[2].value
    assert (EN.value(rate), ZH.value(rate)) == ("≥ 90%", "≥ 90%")
    assert (EN.brief(rate), ZH.brief(rate)) == ("≥ 90%", "≥ 90%")
    assert (EN.range(rate), ZH.range(rate)) == ("from 90%", "90%起")
    assert "at least 90% of" in EN.sentence(result.finding)
    assert "至少 90%" in ZH.sentence(result.finding)
    assert "97" not in codec.encode(result.cards[2]).decode()


def test_shares_of_all_new_customers() -> None:
    """96 % of the brand's new customers are matched, and 4 % are not: both ends are coded."""
    found = table(newcomers([20_000, 500, 500, 3_000, 1_000]), "channels")
    matched, unmatched = found.rows[5].values[2], found.rows[6].values[2]
    assert (matched.value, matched.bound) == (0.9, "at_least")
    assert (unmatched.value, unmatched.high, unmatched.bound) == (
        0.1,
        0.1,
        "at_most",
    )
    assert (EN.value(unmatched), ZH.value(unmatched)) == ("≤ 10%", "≤ 10%")
    # Of the matched ones the brand does not know who they are: no list of anybody's.
    assert found.rows[4].values[1].value == pytest.approx(21_000 / 24_000)


def test_one_channel_with_nearly_everybody() -> None:
    found = table(newcomers([24_000, 200, 200, 200, 200]), "channels")
    assert found.rows[0].values[2].bound == "at_least"
    assert found.rows[0].values[1].value == pytest.approx(24_000 / 24_600)
    assert found.rows[1].values[2].value == pytest.approx(200 / 24_800)


@pytest.mark.parametrize(
    ("share", "bound", "low", "high", "shown"),
    [
        (0.95, "", 0.94, 0.96, (0.9, "at_least")),
        (0.95, "at_least", 0.94, None, (0.9, "at_least")),
        (0.95, "at_most", None, 0.96, (1.0, "at_most")),
        (0.5, "at_most", None, 0.51, (0.5, "at_most")),
        (0.89, "", 0.88, 0.9, (0.89, "")),
    ],
)
def test_bounds_stay_true(
    share: float, bound: str, low: float | None, high: float | None, shown: tuple[float, str]
) -> None:
    """At most 95 % does not become at least 90 %. The other side is the mirror image."""
    value = Value("share", "shown", share, low, high, 0.01, bound)  # type: ignore[arg-type]
    coded = figures.presence(value)
    assert (coded.value, coded.bound) == shown
    turned = {"": "", "at_least": "at_most", "at_most": "at_least"}
    other = Value("share", "shown", 1 - share, step=0.01, bound=turned[bound])  # type: ignore[arg-type]
    coded = figures.absence(other)
    assert coded.value == pytest.approx(1 - shown[0])
    assert coded.bound == turned[shown[1]]


@pytest.mark.parametrize("value", [figures.withheld("share"), figures.too_few("share")])
def test_what_is_not_shown_stays_so(value: Value) -> None:
    assert figures.presence(value) == figures.absence(value) == value
