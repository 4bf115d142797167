"""A cell shows what a page shows, whatever the figure."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from office_material import as_number

from cleanroom.analyses.result import Bound, Status, Unit, Value
from cleanroom.report.office import figures
from cleanroom.report.wording import Wording

UNITS: dict[Unit, tuple[float, tuple[float, ...]]] = {
    "people": (1e7, (1, 5, 10, 1000)),
    "share": (1.0, (0.1, 0.01, 0.001, 0.0001)),
    "index": (400.0, (1, 0.1)),
    "money": (1e9, (1, 10, 100, 1000, 10_000)),
    "number": (50.0, (1, 0.1, 0.01)),
}


@st.composite
def values(draw: st.DrawFn) -> Value:
    unit: Unit = draw(st.sampled_from(list(UNITS)))
    most, steps = UNITS[unit]
    bound: Bound = draw(st.sampled_from(["", "at_least", "at_most"]))
    value = draw(st.floats(-most / 100, most))
    spread = draw(st.floats(0, most / 10))
    step = draw(st.sampled_from(steps))
    return Value(unit, "shown", value, value - spread, value + spread, step, bound)


def shown(number: float, number_format: str) -> str:
    """What a program makes of the few number formats that are used."""
    literal, digits = re.fullmatch(r'((?:"[^"]*")*)(.*)', number_format).groups()  # type: ignore[union-attr]
    percent = digits.endswith("%")
    places = len(digits.rstrip("%").partition(".")[2])
    grouped = "," if "," in digits else ""
    number = number * 100 if percent else number
    return literal.replace('"', "") + f"{number:{grouped}.{places}f}" + "%" * percent


@given(value=values(), currency=st.sampled_from(["CNY", "SEK"]))
def test_a_cell_shows_what_pages_show(value: Value, currency: str) -> None:
    wording = Wording("en", {}, currency)
    number = figures.figure(value)
    assert number is not None
    page, cell = wording.value(value), shown(number, figures.number_format(value, wording))
    assert cell == page
    assert number == pytest.approx(as_number(page), abs=1e-9)


@given(value=values())
def test_no_digit_is_finer_than_its_noise(value: Value) -> None:
    step = value.step / 100 if value.unit == "money" else value.step
    for number in (figures.figure(value), *figures.ends(value)):
        assert number is not None
        if value.unit == "money":
            step = max(step, 0.01)
        assert number / step == pytest.approx(round(number / step), abs=1e-6)


@pytest.mark.parametrize("status", ["withheld", "below", "too_few", "none"])
def test_what_is_not_shown_is_no_number(status: Status) -> None:
    value = Value("people", status, 12.0, 3.0, 20.0)
    assert figures.figure(value) is None
    assert figures.ends(value) == (None, None)


def test_people_are_never_below_nobody() -> None:
    assert figures.figure(Value("people", "shown", -4.0)) == 0
    assert figures.ends(Value("share", "shown", 0.01, -0.02, 0.04, 0.01)) == (0, 0.04)


def test_an_open_end_is_no_number() -> None:
    value = Value("people", "shown", 1225, 1215, None, 5, "at_least")
    assert figures.ends(value) == (1215, None)
    wording = Wording("zh_CN", {}, "CNY")
    assert figures.number_format(value, wording) == '"≥ "#,##0'
    assert figures.number_format(value, wording, bound=False) == "#,##0"
