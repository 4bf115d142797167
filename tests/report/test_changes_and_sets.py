"""Changes with their signs, in words, pictures and cells; and the matrix of an UpSet chart."""

from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from cleanroom.analyses.result import Chart, Column, Mark, Name, Row, Table, Text, Value
from cleanroom.report import picture
from cleanroom.report.charts import GRID, INK, PHONE, TONES, spec, text_width
from cleanroom.report.office import figures
from cleanroom.report.office.plot import plot
from cleanroom.report.render import charts as draw
from cleanroom.report.tables import to_csv
from cleanroom.report.wording import Wording

EN, ZH = Wording("en", {}, "CNY"), Wording("zh_CN", {}, "CNY")
TITLE = Text("analyses.A02.title")
SVG = "{http://www.w3.org/2000/svg}"


def change(unit: Any, value: float, low: float, high: float, step: float) -> Value:
    return Value(unit, "shown", value, low, high, step, signed=True)


POINTS = change("points", 0.0042, -0.001, 0.0094, 0.0001)


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (POINTS, "+0.42 pp", "+0.42 个百分点"),
        (change("points", -0.0042, -0.01, 0, 0.0001), "−0.42 pp", "−0.42 个百分点"),
        (change("share", 0.117, 0.05, 0.2, 0.01), "+12%", "+12%"),
        (change("share", -0.117, -0.2, 0.05, 0.01), "−12%", "−12%"),
        (change("people", -12_345, -15_000, 2, 1000), "−12,000", "−1.2万人"),
        (change("people", 1_230, -15_000, 2, 10), "+1,230", "+1,230 人"),
        (change("money", 123_400, 5, 9, 100), "+¥1,234", "+¥1,234"),
        (change("money", -2_345_678_900, 5, 9, 10_000_000), "−¥23,500,000", "−¥2,350万"),
        (change("number", 1.25, -0.1, 3, 0.1), "+1.3", "+1.3"),
        (change("people", 0.2, -5, 5, 1), "0", "0 人"),
    ],
)
def test_a_change_is_said_with_its_sign(value: Value, english: str, chinese: str) -> None:
    assert (EN.value(value, units=True), ZH.value(value, units=True)) == (english, chinese)


def test_an_interval_on_both_sides_of_zero_is_said_whole() -> None:
    assert EN.range(POINTS) == "−0.10 to +0.94 pp"
    assert ZH.range(POINTS) == "−0.10 至 +0.94 个百分点"
    assert EN.range(change("share", 0.1, -0.05, 0.25, 0.01)) == "−5% to +25%"
    plain = Value("share", "shown", 0.1, 0.05, 0.25, 0.01)
    assert EN.range(plain) == "5–25%"


def test_what_is_no_change_is_still_never_below_zero() -> None:
    assert EN.value(Value("people", "shown", -12)) == "0"
    assert figures.number(Value("people", "shown", -12), -12) == 0


@pytest.mark.parametrize(
    ("value", "number", "form"),
    [
        (POINTS, 0.42, "+0.00;-0.00;0.00"),
        (change("share", -0.117, -0.2, 0.05, 0.01), -0.12, "+0%;-0%;0%"),
        (change("people", -12_345, -15_000, 2, 1000), -12_000, "+#,##0;-#,##0;#,##0"),
        (change("money", -150, -200, 2, 10), -1.5, '+"¥"#,##0.0;-"¥"#,##0.0;"¥"#,##0.0'),
    ],
)
def test_cells_of_a_spreadsheet_hold_the_sign(value: Value, number: float, form: str) -> None:
    assert figures.figure(value) == number
    assert figures.number_format(value, EN) == form


def test_csv_files_hold_points_as_pages_show_them() -> None:
    columns = (Column("gap", TITLE, "points"), Column("more", TITLE, "people"))
    row = Row(Name("a"), (POINTS, change("people", -12_345, -15_000, 2, 1000)))
    content = to_csv(Table("t", TITLE, TITLE, columns, (row,)), EN).decode("utf-8-sig")
    cells = content.splitlines()[1].split(",")
    assert cells[1:4] == ["0.42", "-0.10", "0.94"]
    assert cells[5:8] == ["-12345", "-15000", "2"]


def drawn(chart: Chart, **frame: Any) -> ElementTree.Element:
    (svg,) = draw([spec(chart, EN, **frame)])
    return ElementTree.fromstring(picture.check(svg))


def said(root: ElementTree.Element) -> list[str]:
    texts = root.iter(SVG + "text")
    return ["".join(part.strip() for part in text.itertext()) for text in texts]


def test_points_lie_around_zero() -> None:
    chart = Chart("index", TITLE, "points", TITLE, (Mark(Name("a"), (POINTS,)),), lines=(0,))
    low, high = spec(chart, EN)["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert -low == high >= 0.94
    assert {"0", "+0.42 pp"} <= set(said(drawn(chart)))
    native = plot(chart, EN)
    assert native.least <= -0.1
    assert native.most >= 0.94
    assert native.series[0].values[0] == 0.42


def test_a_loss_is_a_bar_to_the_left() -> None:
    marks = (
        Mark(Name("a"), (change("number", -1.0, -2, 0.5, 0.1),)),
        Mark(Name("b"), (Value("number", "shown", 2.0, 1, 3, 0.1),)),
    )
    chart = Chart("bars", TITLE, "number", TITLE, marks, lines=(1,))
    made = spec(chart, EN)
    low, high = made["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low <= -2
    assert high >= 3
    assert made["layer"][0]["data"]["values"][0]["c2"] == -1.0


def test_ticks_of_small_shares_differ() -> None:
    value = Value("share", "shown", 0.0075, 0.007, 0.008, 0.0001)
    chart = Chart("bars", TITLE, "share", TITLE, (Mark(Name("a"), (value,)),))
    texts = [text for text in said(drawn(chart)) if text.endswith("%")]
    texts.remove("0.75%")  # the figure beside the bar
    assert len(set(texts)) == len(texts) > 3
    assert plot(chart, EN).number_format == "0.0%"


# --- sets ----------------------------------------------------------------------------------------


def people(value: int) -> tuple[Value, ...]:
    return (Value("people", "shown", value, value - 6, value + 6),)


def sets(*names: str, folded: str = "") -> Chart:
    """Every pair of sets, and each alone; perhaps one row that is no intersection."""
    count = len(names)
    inside = [(place,) for place in range(count)]
    inside += [(one, two) for one in range(count) for two in range(one + 1, count)]
    marks = [
        Mark(Name(str(group)), people(100 + n), "plain", group) for n, group in enumerate(inside)
    ]
    marks += [Mark(Name(folded), people(900))] if folded else []
    return Chart("upset", TITLE, "people", TITLE, tuple(marks), sets=tuple(map(Name, names)))


def test_a_dot_for_every_set_and_row_filled_where_it_belongs() -> None:
    made = spec(sets("a", "b", "c"), EN)
    dots = made["layer"][-3]["data"]["values"]
    assert len(dots) == 3 * 6
    assert sum(dot["c5"] == "in" for dot in dots) == 3 + 2 * 3
    links = made["layer"][-4]["data"]["values"]
    assert [link["c3"] - link["c2"] > 0 for link in links] == [False] * 3 + [True] * 3
    root = drawn(sets("a", "b", "c"))
    colours = [element.get("fill") for element in root.iter(SVG + "path")]
    assert colours.count(INK) == 9
    assert colours.count(GRID) == 9
    assert colours.count(TONES["plain"]) == 6


def test_dots_stand_for_labels_but_a_folded_row_is_said() -> None:
    texts = said(drawn(sets("a", "b", folded="In 3 or more")))
    assert "In 3 or more" in texts
    assert not any(text.startswith("(") for text in texts)
    native = plot(sets("a", "b", folded="In 3 or more"), EN)
    assert native.labels[0].startswith("(0,)")


@pytest.mark.parametrize("frame", [{}, {"frame": PHONE}], ids=["page", "phone"])
@pytest.mark.parametrize("name", ["short", "很长的参与方名称" * 8, "a long name " * 5])
def test_names_stay_within_the_picture_and_above_each_other(
    name: str, frame: dict[str, Any]
) -> None:
    root = drawn(sets(name, name, name, name, name), **frame)
    width = float(str(root.get("width")))
    left, top = (float(n) for n in str(root[0].get("transform"))[10:-1].split(","))
    rows = []
    for text in root.iter(SVG + "text"):
        lines = ["".join(part.itertext()) for part in text] or [text.text or ""]
        if "".join(lines).replace(" ", "") != name.replace(" ", ""):
            continue
        x, y = (float(n) for n in str(text.get("transform"))[10:-1].split(","))
        assert left + x >= 0
        assert left + x + max(map(text_width, lines)) <= width
        assert top + y >= 8
        rows.append((x, y, len(lines)))
    assert len(rows) == 5
    rows.sort()
    for (_, high, lines), (_, low, _) in pairwise(rows):
        assert high + lines * 16 <= low + 1  # the leftmost name stands highest, none overlaps
