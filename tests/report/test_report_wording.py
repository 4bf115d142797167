"""Figures in words: digits, units, intervals, bounds, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom import text
from cleanroom.analyses.result import Name, PartyName, Term, Text, Value
from cleanroom.report.wording import Wording, decimals, rounded

EN, ZH = (Wording(language, {"brand": "清源"}, "CNY") for language in text.LANGUAGES)


@pytest.mark.parametrize(
    ("value", "shown", "interval"),
    [
        (Value("people", "shown", 1257, 1237, 1277, 10), "1,260", "1,240–1,280"),
        (Value("people", "shown", 1255, 1248, 1262, 5), "1,255", "1,250–1,260"),
        (Value("people", "shown", -7, 0, 13, 10), "0", "0–10"),
        (Value("share", "shown", 0.2134, 0.19, 0.234, 0.01), "21%", "19–23%"),
        (Value("share", "shown", 0.2134, 0.2114, 0.2155, 0.001), "21.3%", "21.1–21.6%"),
        (Value("index", "shown", 107.4, 101.2, 113.1, 1), "107", "101–113"),
        (Value("index", "shown", 101.06, 100.3, 101.8, 0.1), "101.1", "100.3–101.8"),
        (Value("money", "shown", 4523, 4310, 4761, 100), "¥45", "¥43–¥48"),
        (Value("money", "shown", 4523.4, 4519, 4528, 1), "¥45.23", "¥45.19–¥45.28"),
        (Value("number", "shown", 0.083, step=0.01), "0.08", ""),
        (Value("people", "withheld"), "not released", ""),
        (Value("people", "below", 12, 0, 32, 10, limit=50), "fewer than about 50", ""),
        (Value("share", "too_few"), "too few people", ""),
        (Value("share", "none"), "–", ""),
        (Value("people", "shown", 1220, 1210, None, 5, "at_least"), "≥ 1,220", "from 1,210"),
        (Value("share", "shown", 0.31, None, 0.36, 0.01, "at_most"), "≤ 31%", "up to 36%"),
    ],
)
def test_figures_in_english(value: Value, shown: str, interval: str) -> None:
    assert (EN.value(value), EN.range(value)) == (shown, interval)


@pytest.mark.parametrize(
    ("value", "step", "shown", "interval"),
    [
        (1257, 10, "1,260 人", "1,250–1,270 人"),
        (40_008, 10, "4.001万人", "4.000万–4.002万人"),
        (123_456_789, 1000, "1.23457亿人", "1.23456亿–1.23458亿人"),
    ],
)
def test_chinese_units_in_sentences(value: float, step: float, shown: str, interval: str) -> None:
    figure = Value("people", "shown", value, value - step, value + step, step)
    assert ZH.value(figure, units=True) == shown
    assert ZH.range(figure, units=True) == interval
    assert "万" not in ZH.value(figure)


def test_chinese_bounds_and_absences() -> None:
    assert ZH.value(Value("people", "below", 3, 0, 9, 1, limit=50), units=True) == "少于约 50 人"
    least = Value("people", "shown", 1220, 1210, None, 5, "at_least")
    assert ZH.value(least, units=True) == "至少 1,220 人"
    assert ZH.range(least, units=True) == "1,210 人起"
    assert ZH.value(Value("share", "withheld")) == "未达发布条件"


def test_sentences_begin_large_in_english_only() -> None:
    matched = Value("people", "shown", 1257, 1237, 1277, 10)
    facts = {"matched": matched, "one": PartyName("brand"), "two": PartyName("other")}
    said = Text("analyses.A01.finding.count", facts)
    assert EN.sentence(said).startswith("About 1,260 people are in the datasets of both 清源")
    assert ZH.sentence(said).startswith(
        "清源与other的重合用户约 1,260 人（95% 区间 1,240–1,280 人）"
    )


def test_labels() -> None:
    assert EN.label(Name("{x} <b>")) == "{x} <b>"
    assert EN.label(Term("analyses.identifiers.phone", "phone")) == "Phone number"
    assert ZH.label(Term("analyses.columns.a_shoe", "shoe")) == "shoe"
    assert ZH.label(PartyName("brand")) == "清源"
    with pytest.raises(KeyError):
        EN.label(Term("analyses.nothing"))
    with pytest.raises(KeyError):
        EN.sentence(Text("analyses.A01.nothing"))


def test_a_name_with_braces_fills_no_placeholder() -> None:
    said = Text("analyses.A01.card.rate", {"party": Name("{matched} {0}")})
    assert "{matched} {0}" in EN.sentence(said)


def test_other_currencies() -> None:
    value = Value("money", "shown", 4523, 4310, 4761, 100)
    assert Wording("en", {}, "USD").value(value) == "$45"
    assert Wording("en", {}, "CHF").value(value) == "CHF 45"


@given(st.floats(-1e9, 1e9), st.integers(-4, 5))
def test_rounding_moves_by_half_a_step_at_most(number: float, exponent: int) -> None:
    step = 10.0**exponent
    assert abs(rounded(number, step) - number) <= step / 2 * (1 + 1e-6) + 1e-6
    assert decimals(step) == max(0, -exponent)


@pytest.mark.parametrize(
    ("figure", "english", "chinese"),
    [
        (Value("people", "shown", 1257, step=10), "1,260", "1,260 人"),
        (Value("people", "shown", 40_008, step=10), "40,010", "4.001万人"),
        (Value("people", "shown", 1220, step=5, bound="at_least"), "≥ 1,220", "≥ 1,220 人"),
        (Value("people", "below", 12, step=10, limit=50), "fewer than about 50", "少于约 50 人"),
        (Value("people", "withheld"), "not released", "未达发布条件"),
        (Value("share", "shown", 0.2134, step=0.01), "21%", "21%"),
        (Value("index", "shown", 107.4, step=1), "107", "107"),
        (Value("money", "shown", 452_345, step=100), "¥4,523", "¥4,523"),
        (Value("money", "shown", 1_234_567_800, step=1_000_000), "¥12,350,000", "¥1,235万"),
        (Value("money", "shown", 1_234_567_890_100, step=1e9), "¥12,350,000,000", "¥123.5亿"),
    ],
)
def test_figures_on_cards(figure: Value, english: str, chinese: str) -> None:
    assert (EN.brief(figure), ZH.brief(figure)) == (english, chinese)


@given(st.floats(1, 1e11), st.integers(0, 6))
def test_no_card_is_finer_than_its_noise(number: float, digits: int) -> None:
    """What a card says is a multiple of the step, in any unit and language."""
    step = 10.0**digits
    figure = Value("people", "shown", number, step=step)
    for wording, units in ((EN, {"": 1}), (ZH, {"亿人": 1e8, "万人": 1e4, " 人": 1})):
        said = wording.brief(figure)
        unit = next(unit for unit in units if said.endswith(unit))
        shown = float(said.removesuffix(unit).replace(",", "")) * units[unit]
        assert abs(shown - number) <= step / 2 + 1e-6 * number
        assert abs(shown / step - round(shown / step)) < 1e-6 * max(1, shown / step)


def test_days_as_people_write_them() -> None:
    assert EN.days("2017-04-01", "2018-01-01") == "1 April 2017 – 31 December 2017"
    assert ZH.days("2017-04-01", "2018-01-01") == "2017年4月1日至2017年12月31日"
    assert EN.days("2024-02-01", "2024-03-01") == "1 February 2024 – 29 February 2024"
    assert EN.instant("2026-07-01T08:05:59Z") == "1 July 2026, 08:05 UTC"
    assert ZH.instant("2026-07-01T08:05:59Z") == "2026年7月1日 08:05（UTC）"
    assert EN.instant("") == ""
