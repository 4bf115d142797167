"""Heat maps: a cell for each figure, hatched where it was not released."""

from typing import Any
from xml.etree import ElementTree

import pytest

from cleanroom.analyses.result import Chart, Mark, Name, Text, Value
from cleanroom.report import picture
from cleanroom.report.charts import HATCH, PAGE, PHONE, TONES, spec
from cleanroom.report.render import charts as draw
from cleanroom.report.wording import Wording

EN = Wording("en", {}, "CNY")
TITLE = Text("analyses.A15.chart.triangle")
SVG = "{http://www.w3.org/2000/svg}"


def heat(rows: list[list[Value]], unit: Any = "share") -> Chart:
    marks = tuple(Mark(Name(f"row {i}"), tuple(row)) for i, row in enumerate(rows))
    heads = tuple(Name(f"head {i}") for i in range(len(rows[0])))
    return Chart("heat", TITLE, unit, TITLE, marks, heads)


def share(value: float) -> Value:
    return Value("share", "shown", value, step=0.01)


def drawn(chart: Chart) -> ElementTree.Element:
    (svg,) = draw([spec(chart, EN)])
    return ElementTree.fromstring(picture.check(svg))


def words(root: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(SVG + "text")]


def test_every_figure_has_a_cell_and_its_words() -> None:
    root = drawn(heat([[share(0.1), share(0.2)], [share(0.3), share(0.4)]]))
    assert {"10%", "20%", "30%", "40%", "row 0", "row 1", "head 0", "head 1"} <= set(words(root))
    fills = [element.get("fill") for element in root.iter() if element.get("fill")]
    (r, g, b) = (int(TONES["strong"][i : i + 2], 16) for i in (1, 3, 5))
    assert f"rgb({r}, {g}, {b})" in fills  # the largest


def test_withheld_is_hatched_and_too_few_is_empty() -> None:
    root = drawn(heat([[share(0.1), Value("share", "withheld"), Value("share", "too_few")]]))
    hatched = [element for element in root.iter() if element.get("fill") == HATCH]
    assert len(hatched) == 1
    assert [word for word in words(root) if "%" in word] == ["10%"]


@pytest.mark.parametrize(("value", "share_of_pale"), [(100.0, 1.0), (130.0, 0.0), (70.0, 0.0)])
def test_an_index_is_pale_at_100(value: float, share_of_pale: float) -> None:
    figures = [Value("index", "shown", one) for one in (value, 130.0, 70.0)]
    made = spec(heat([figures], "index"), EN)
    scale = made["layer"][0]["encoding"]["color"]["scale"]
    low, middle, high = scale["domain"]
    assert (low + high) / 2 == middle == 100
    assert 1 - abs(value - 100) / (high - 100) == pytest.approx(share_of_pale)


@pytest.mark.parametrize("frame", [PAGE, PHONE], ids=["page", "phone"])
def test_it_fits_the_page(frame: Any) -> None:
    rows = [[share(0.1)] * 6 for _ in range(12)]
    root = ElementTree.fromstring(draw([spec(heat(rows), EN, frame)])[0])
    assert float(str(root.get("width"))) <= frame.width + 1
