"""Columns, lines with a band, and waterfalls: what is drawn, and that it stays in the picture."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.analyses.result import Chart, Mark, Name, Text, Unit, Value
from cleanroom.report import picture
from cleanroom.report.charts import HATCH, PAGE, PHONE, TARGET, TONES, spec, text_width
from cleanroom.report.render import charts as draw
from cleanroom.report.wording import Wording

EN, ZH = Wording("en", {}, "CNY"), Wording("zh_CN", {}, "CNY")
TITLE = Text("analyses.A06.chart.hazard")
SVG = "{http://www.w3.org/2000/svg}"
FRAMES = [PAGE, PHONE]
PRINTED = st.characters(categories=["L", "N", "P", "S"])


def people(number: float) -> Value:
    return Value("people", "shown", number, number * 0.9, number * 1.1, 10)


def share(number: float) -> Value:
    return Value("share", "shown", number, number * 0.7, number * 1.3, 0.001)


def columns(*values: Value, unit: Unit = "people") -> Chart:
    marks = tuple(Mark(Name(str(n)), (value,)) for n, value in enumerate(values, 1))
    return Chart("columns", TITLE, unit, TITLE, marks)


def lines(*values: tuple[Value, ...], at: tuple[float, ...] = ()) -> Chart:
    marks = tuple(Mark(Name(str(n)), value) for n, value in enumerate(values, 1))
    series = (Name("one"), Name("另一条")) if values and len(values[0]) == 2 else ()
    return Chart("lines", TITLE, "share", TITLE, marks, series, lines=at)


def waterfall(*values: Value, unit: Unit = "number") -> Chart:
    marks = tuple(Mark(Name(str(n)), (value,), "low") for n, value in enumerate(values))
    return Chart("waterfall", TITLE, unit, TITLE, marks)


def amount(number: float) -> Value:
    return Value("number", "shown", number, number - 5, number + 5, 1)


def drawn(chart: Chart, frame: Any = PAGE, wording: Wording = EN) -> ElementTree.Element:
    (svg,) = draw([spec(chart, wording, frame)])
    return ElementTree.fromstring(picture.check(svg))


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(element.itertext()) for element in root.iter(SVG + "text")]


def fills(root: ElementTree.Element, colour: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if element.get("fill") == colour]


def height(bar: ElementTree.Element) -> float:
    return abs(float(re.findall(r"v(-?[\d.]+)", bar.get("d", ""))[0]))


@pytest.mark.parametrize("frame", FRAMES)
def test_height_of_a_column_follows_its_value(frame: Any) -> None:
    root = drawn(columns(people(100), people(400), people(200)), frame)
    heights = [height(bar) for bar in fills(root, TONES["plain"])]
    assert heights[1] == pytest.approx(4 * heights[0], rel=1e-3)
    assert heights[2] == pytest.approx(2 * heights[0], rel=1e-3)
    assert {"1", "2", "3"} <= set(texts(root))


def test_figures_stand_above_columns_where_all_find_room() -> None:
    few = drawn(columns(*(people(1000 * n) for n in range(1, 6))))
    assert {"1,000", "5,000"} <= set(texts(few))
    many = columns(*(people(1_000_000 * n) for n in range(1, 16)))
    assert {row["c7"] for row in spec(many, EN)["layer"][0]["data"]["values"]} == {""}


def test_withheld_is_hatched_and_never_a_zero() -> None:
    hidden = Value("people", "withheld")
    root = drawn(columns(people(100), hidden, Value("people", "too_few")))
    assert len(fills(root, HATCH)) == 1
    assert len(fills(root, TONES["plain"])) == 1
    line = drawn(lines((share(0.2),), (Value("share", "withheld"),), (share(0.1),)))
    assert len(fills(line, HATCH)) == 1


def test_no_line_bridges_a_gap() -> None:
    values = [share(0.2), share(0.19), Value("share", "withheld"), share(0.1), share(0.09)]
    root = drawn(lines(*((value,) for value in values)))
    strokes = [e for e in root.iter(SVG + "path") if e.get("stroke") == TONES["first"]]
    drawn_lines = [e for e in strokes if e.get("stroke-width") == "2"]
    assert len(drawn_lines) == 2
    bands = [e for e in fills(root, TONES["first"]) if "Z" in e.get("d", "")]
    assert len([band for band in bands if band.get("opacity") == "0.2"]) == 2


@pytest.mark.parametrize("frame", FRAMES)
def test_two_lines_have_a_legend_and_colours_of_their_own(frame: Any) -> None:
    values = [(share(0.1 * n), share(0.05 * n)) for n in range(1, 9)]
    root = drawn(lines(*values), frame, ZH)
    assert {"one", "另一条", "8"} <= set(texts(root))
    for series in ("first", "second"):
        assert len(fills(root, TONES[series])) >= 8


def test_a_value_to_compare_with_has_enough_digits() -> None:
    root = drawn(lines(*((share(0.01 * n),) for n in range(1, 5)), at=(0.0002,)))
    assert "0.020%" in texts(root)
    assert [e for e in root.iter() if e.get("stroke") == TARGET and e.get("stroke-dasharray")]


@pytest.mark.parametrize("frame", FRAMES)
@given(
    st.lists(st.text(PRINTED, min_size=1, max_size=20), min_size=1, max_size=8),
    st.floats(1e-4, 1),
    st.sampled_from(["lines", "columns"]),
)
def test_words_stay_in_the_picture(frame: Any, names: list[str], top: float, kind: str) -> None:
    marks = tuple(Mark(Name(name), (share(top),)) for name in names)
    chart = Chart(kind, TITLE, "share", TITLE, marks, lines=(top / 2,))
    made = spec(chart, EN, frame)
    padding = made["padding"]
    assert padding["left"] + made["width"] + padding["right"] == frame.width
    band = made["width"] / len(names)
    labels = made["layer"][-1]["data"]["values"]
    for label in labels:
        rows = label["c1"].split("\n")
        assert max(map(text_width, rows)) <= max(band, 2.1 * 13)
        assert len(rows) * 16 <= padding["bottom"]
    assert ["".join(row["c1"].split()) for row in labels] == ["".join(n.split()) for n in names]


def test_a_waterfall_goes_down_step_by_step() -> None:
    made = spec(waterfall(*map(amount, (1000, 200, 300, 500))), EN)
    rows = made["layer"][0]["data"]["values"]
    assert [(row["c9"], row["c10"]) for row in rows] == [
        (0, 1000),
        (800, 1000),
        (500, 800),
        (0, 500),
    ]
    assert [row["c11"] for row in rows] == [1000, 800, 500, None]
    assert [(row["c3"], row["c4"]) for row in rows[:2]] == [(995, 1005), (795, 805)]
    root = drawn(waterfall(*map(amount, (1000, 200, 300, 500))))
    assert {"1,000", "200", "300", "500"} <= set(texts(root))


def test_a_withheld_step_takes_nothing_away() -> None:
    hidden = Value("number", "withheld")
    made = spec(waterfall(amount(1000), hidden, amount(300), amount(500)), EN)
    rows = made["layer"][0]["data"]["values"]
    assert [(row["c9"], row["c10"]) for row in rows[1:3]] == [(None, None), (700, 1000)]
    assert [row["c8"] for row in rows] == [False, True, False, False]
    assert len(fills(drawn(waterfall(amount(1000), hidden, amount(900))), HATCH)) == 1


def test_money_is_drawn_in_whole_units() -> None:
    values = [Value("money", "shown", n * 100.0, n * 90.0, n * 110.0, 100) for n in (900, 400, 500)]
    made = spec(waterfall(*values, unit="money"), EN)
    rows = made["layer"][0]["data"]["values"]
    assert [(row["c9"], row["c10"]) for row in rows] == [(0, 900), (500, 900), (0, 500)]
