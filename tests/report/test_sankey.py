"""Sankey charts: ribbons as wide as the people in them, and nothing where nothing was released."""

import itertools
from typing import Any
from xml.etree import ElementTree

import pytest

from cleanroom import text
from cleanroom.analyses.result import Chart, Mark, Name, Text, Value
from cleanroom.report import picture
from cleanroom.report.chart_parts import PAGE, PHONE, TONES
from cleanroom.report.charts import spec
from cleanroom.report.render import charts as draw
from cleanroom.report.wording import Wording

TITLE = Text("analyses.A14.chart.flow")
FLOWS = [[500.0, 90, 10], [30, 200, 40], [5, None, 60]]
NAMES = (Name("none"), Name("a rather long name of a stage"), Name("购买"))


def chart(flows: list[list[float | None]]) -> Chart:
    marks = tuple(
        Mark(
            name,
            tuple(
                Value("people", "withheld") if n is None else Value("people", "shown", n)
                for n in row
            ),
        )
        for name, row in zip(NAMES, flows, strict=True)
    )
    return Chart("flow", TITLE, "people", TITLE, marks, NAMES)


def ribbons(made: dict[str, Any]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in made["layer"][0]["data"]["values"]:
        found.setdefault(row["c9"], []).append(row)
    return found


@pytest.mark.parametrize("frame", [PAGE, PHONE])
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_ribbons_are_as_wide_as_their_people(language: Any, frame: Any) -> None:
    made = spec(chart(FLOWS), Wording(language, {}, "CNY"), frame)
    found = ribbons(made)
    assert set(found) == {0, 1, 2, 3, 4, 5, 6, 8}  # the one at 7 was not released
    wide = {number: {round(r["c4"] - r["c2"], 1) for r in rows} for number, rows in found.items()}
    assert all(max(sizes) - min(sizes) < 0.11 for sizes in wide.values())
    assert max(wide[0]) / max(wide[1]) == pytest.approx(500 / 90, rel=0.02)
    tones = {number: {row["c5"] for row in rows} for number, rows in found.items()}
    assert (tones[1], tones[3], tones[4]) == ({"high"}, {"low"}, {"muted"})
    nodes = made["layer"][1]["data"]["values"]
    for before, after in itertools.pairwise(nodes):
        assert after["c2"] > before["c4"] or after["c0"] > before["c0"]
    labels = [row["c2"] for row in made["layer"][2]["data"]["values"]]
    assert all(b - a >= 16 for a, b in itertools.pairwise(labels))


@pytest.mark.parametrize("flows", [FLOWS, [[0.0] * 3] * 3, [[None] * 3] * 3, [[-4.0, 3, 0]] * 3])
def test_it_is_drawn(flows: list[list[float | None]]) -> None:
    (svg,) = draw([spec(chart(flows), Wording("zh_CN", {}, "CNY"))])
    root = ElementTree.fromstring(picture.check(svg))
    said = "".join(element.text or "" for element in root.iter() if element.tag.endswith("text"))
    assert "购买" in said
    drawn = [element for element in root.iter() if element.get("fill") == TONES["high"]]
    assert bool(drawn) == any(n and n > 0 for row in flows for n in row[1:])
