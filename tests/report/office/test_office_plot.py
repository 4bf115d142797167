"""Charts as data: nothing drawn for what was not released, whiskers within the scale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.analyses.result import Chart, Mark, Name, Text, Unit, Value
from cleanroom.report import charts
from cleanroom.report.office.plot import plot
from cleanroom.report.wording import Wording

WORDING = Wording("en", {}, "CNY")
TITLE = Text("analyses.A01.chart.regions")


def chart(
    *marks: Mark,
    unit: Unit = "people",
    series: int = 0,
    lines: tuple[float, ...] = (),
    template: str = "bars",
) -> Chart:
    names = tuple(Name(f"s{place}") for place in range(series))
    return Chart(template, TITLE, unit, TITLE, marks, names, lines)


def mark(name: str, *values: Value) -> Mark:
    return Mark(Name(name), values)


def people(value: float, low: float | None = None, high: float | None = None) -> Value:
    return Value("people", "shown", value, low, high)


WITHHELD = Value("people", "withheld")


def test_a_bar_has_its_figure_beside_its_name() -> None:
    drawn = plot(chart(mark("a", people(1200, 1190, 1215)), mark("b", people(5))), WORDING)
    assert drawn.labels == ("a\n1,200", "b\n5")
    (series,) = drawn.series
    assert series.values == (1200, 5)
    assert (series.down, series.up) == ((10, 0), (15, 0))
    assert (drawn.kind, drawn.base, drawn.least, drawn.hatched) == ("bar", 0, 0, (False, False))


def test_what_was_withheld_is_said_and_not_drawn() -> None:
    drawn = plot(chart(mark("a", people(9)), mark("b", WITHHELD)), WORDING)
    assert drawn.labels[1] == "b\nnot released"
    assert drawn.series[0].values[1] is None
    assert drawn.hatched == (False, True)


def test_an_open_end_has_no_whisker() -> None:
    value = Value("people", "shown", 1225, 1215, None, 5, "at_least")
    drawn = plot(chart(mark("a", value)), WORDING)
    assert drawn.labels == ("a\n≥ 1,225",)
    assert (drawn.series[0].down, drawn.series[0].up) == ((10,), (0,))


def test_a_line_to_compare_with_is_a_bar_of_its_own() -> None:
    share = Value("share", "shown", 0.31, 0.29, 0.33, 0.01)
    drawn = plot(chart(mark("a", share), unit="share", lines=(0.2, 0.5)), WORDING)
    assert drawn.labels[1:] == ("To compare: 20%", "To compare: 50%")
    assert drawn.references == 2
    assert drawn.series[0].values == (0.31, 0.2, 0.5)
    assert drawn.series[0].colours[1:] == (charts.TARGET,) * 2
    money = plot(chart(unit="money", lines=(150_000,)), WORDING)
    assert money.labels == ("To compare: ¥1,500.00",)
    assert money.series[0].values == (1500,)


def test_an_index_lies_around_100() -> None:
    index = Value("index", "shown", 88, 79, 96)
    drawn = plot(chart(mark("a", index), unit="index", lines=(100,)), WORDING)
    assert (drawn.base, drawn.references) == (100, 0)
    assert drawn.least + drawn.most == 200
    assert drawn.least <= 79


def test_two_series_have_two_colours_and_no_figures_in_labels() -> None:
    drawn = plot(chart(mark("a", people(3), WITHHELD), series=2), WORDING)
    assert [one.name for one in drawn.series] == ["s0", "s1"]
    assert drawn.labels == ("a\nnot released",)
    assert drawn.hatched == (False,)
    first, second = (set(one.colours) for one in drawn.series)
    assert first.isdisjoint(second)


def test_a_line_chart() -> None:
    assert plot(chart(mark("a", people(3)), template="line"), WORDING).kind == "line"


def test_a_chart_of_nothing() -> None:
    drawn = plot(chart(mark("a", WITHHELD)), WORDING)
    assert drawn.series[0].values == (None,)
    assert drawn.most > drawn.least


def test_long_labels_are_broken() -> None:
    drawn = plot(chart(mark("x" * 64, people(3))), WORDING)
    assert drawn.label_lines >= 3
    assert drawn.labels[0].replace("\n", "") == "x" * 64 + "3"


@given(
    ends=st.lists(
        st.tuples(*[st.floats(0, 1e9) for _ in range(3)]).map(sorted), min_size=1, max_size=5
    ),
    unit=st.sampled_from(["people", "index", "money", "share"]),
)
def test_the_scale_holds_everything(ends: list[list[float]], unit: Unit) -> None:
    scale = {"share": 1e-9, "index": 1e-6}.get(unit, 1)
    step = 0.001 if unit == "share" else 1
    marks = [
        mark("a", Value(unit, "shown", at * scale, low * scale, high * scale, step))
        for low, at, high in ends
    ]
    drawn = plot(chart(*marks, unit=unit), WORDING)
    (series,) = drawn.series
    for at, down, up in zip(series.values, series.down, series.up, strict=True):
        assert at is not None
        assert drawn.least - 1e-6 <= at - down
        assert at + up <= drawn.most + 1e-6
    ticks = (drawn.most - drawn.least) / drawn.tick
    assert ticks == pytest.approx(round(ticks), abs=1e-6)
    assert 1 <= ticks <= 12
