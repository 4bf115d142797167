"""Charts: what is drawn, from which numbers, in a process that may reach nowhere."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleanroom import resources, wire
from cleanroom.analyses.result import Chart, Mark, Name, Text, Value
from cleanroom.errors import SandboxError
from cleanroom.report import picture
from cleanroom.report.charts import HATCH, SHAPES, TONES, spec, text_width
from cleanroom.report.drawing import Drawn, Job
from cleanroom.report.render import charts as draw
from cleanroom.report.wording import Wording

EN, ZH = Wording("en", {}, "CNY"), Wording("zh_CN", {}, "CNY")
TITLE = Text("analyses.A04.chart.shares")
SVG = "{http://www.w3.org/2000/svg}"


def share(value: float, half: float = 0.03) -> Value:
    return Value("share", "shown", value, max(value - half, 0), value + half, 0.01)


def bars(*marks: Mark, lines: tuple[float, ...] = ()) -> Chart:
    return Chart("bars", TITLE, "share", TITLE, marks, lines=lines)


def drawn(chart: Chart, wording: Wording = EN) -> ElementTree.Element:
    (svg,) = draw([spec(chart, wording)])
    return ElementTree.fromstring(picture.check(svg))


def fills(root: ElementTree.Element, colour: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if element.get("fill") == colour]


def test_fields_are_numbered_and_labels_are_data() -> None:
    made = spec(bars(Mark(Name("a.b['c']"), (share(0.2),))), EN)
    rows = made["layer"][0]["data"]["values"]
    assert [sorted(row) for row in rows] == [[f"c{n}" for n in range(9)]]
    assert rows[0]["c1"] == "a.b['c']"
    assert (rows[0]["c2"], rows[0]["c7"]) == (0.2, "20%")


def test_templates_name_nothing_outside() -> None:
    folder = resources.find("report", "charts")
    found = {path.stem for path in folder.glob("*.json")}
    assert found == {
        "bars",
        "columns",
        "flow",
        "heat",
        "index",
        "lines",
        "pairs",
        "upset",
        "waterfall",
    }
    for path in folder.glob("*.json"):
        content = json.loads(path.read_text("utf-8"))
        assert content.pop("$schema").startswith("https://vega.github.io/schema/vega-lite/v5")
        assert "http" not in json.dumps(content)


def test_length_of_a_bar_follows_its_value() -> None:
    root = drawn(bars(Mark(Name("a"), (share(0.2),)), Mark(Name("b"), (share(0.4),))))
    lengths = [
        float(bar.get("d", "").split("h")[1].split("v")[0]) for bar in fills(root, TONES["plain"])
    ]
    assert lengths[1] == pytest.approx(2 * lengths[0])


def test_withheld_is_hatched_and_never_a_zero() -> None:
    marks = (
        Mark(Name("a"), (share(0.2),)),
        Mark(Name("b"), (Value("share", "withheld"),)),
        Mark(Name("c"), (Value("share", "too_few"),)),
    )
    root = drawn(bars(*marks))
    assert len(fills(root, HATCH)) == 1
    texts = ["".join(element.itertext()) for element in root.iter(SVG + "text")]
    assert "not released" in texts
    assert "too few people" in texts
    assert len(fills(root, TONES["plain"])) == 1


def test_target_lines_are_labelled() -> None:
    root = drawn(bars(Mark(Name("a"), (share(0.1),)), lines=(0.2, 0.5)))
    texts = ["".join(element.itertext()) for element in root.iter(SVG + "text")]
    assert {"20%", "50%"} <= set(texts)
    dashed = [element for element in root.iter() if element.get("stroke-dasharray")]
    assert len(dashed) == 2


@pytest.mark.parametrize(("tone", "value"), [("high", 140), ("low", 70), ("plain", 101)])
def test_index_is_centred_on_100_and_has_a_shape_besides_a_colour(tone: Any, value: float) -> None:
    figure = Value("index", "shown", value, value - 5, value + 5, 1)
    chart = Chart("index", TITLE, "index", TITLE, (Mark(Name("a"), (figure,), tone),), lines=(100,))
    made = spec(chart, EN)
    low, high = made["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert (low + high) / 2 == pytest.approx(100)
    assert low <= value - 5
    assert value + 5 <= high
    assert tone in SHAPES
    assert fills(drawn(chart), TONES[tone])


def test_two_series_have_a_legend() -> None:
    chart = Chart(
        "pairs",
        TITLE,
        "share",
        TITLE,
        (Mark(Name("a"), (share(0.2), share(0.3))),),
        (Name("first one"), Name("其余用户")),
    )
    texts = ["".join(element.itertext()) for element in drawn(chart).iter(SVG + "text")]
    assert {"first one", "其余用户", "a"} <= set(texts)
    assert len(fills(drawn(chart), TONES["first"])) == 2
    assert len(fills(drawn(chart), TONES["second"])) == 2


@pytest.mark.parametrize("name", ["short", "很长的参与方名称" * 8, "a long name " * 5])
def test_a_legend_stays_within_the_picture(name: str) -> None:
    marks = (Mark(Name("a"), (share(0.2), share(0.3))),)
    root = drawn(Chart("pairs", TITLE, "share", TITLE, marks, (Name(name), Name("not " + name))))
    width = float(str(root.get("width")))
    left, top = (float(n) for n in str(root[0].get("transform"))[10:-1].split(","))
    said = []
    for text in root.iter(SVG + "text"):
        x, y = (float(n) for n in str(text.get("transform"))[10:-1].split(","))
        lines = ["".join(part.itertext()) for part in text] or [text.text or ""]
        if text.get("text-anchor") == "start":
            assert left + x >= 0
            assert left + x + max(map(text_width, lines)) <= width
            assert top + y >= 8
            said.append("".join(lines).replace(" ", ""))
    assert {name.replace(" ", ""), "not" + name.replace(" ", "")} <= set(said)


def test_long_labels_wrap_and_nothing_is_cut() -> None:
    for label in ("很长的渠道名称" * 9, "word " * 12 + "end", "x" * 64):
        root = drawn(bars(Mark(Name(label), (share(0.2),)), Mark(Name("b"), (share(0.2),))))
        text = max(root.iter(SVG + "text"), key=lambda t: len("".join(t.itertext())))
        lines = ["".join(part.itertext()) for part in text] or [text.text or ""]
        assert "".join(lines).replace(" ", "") == label.replace(" ", "")
        left = float(str(root[0].get("transform")).removeprefix("translate(").split(",")[0])
        assert max(map(text_width, lines)) <= left


def test_same_spec_same_picture() -> None:
    chart = bars(Mark(Name("朋友圈"), (share(0.2),)), lines=(0.2,))
    assert draw([spec(chart, ZH)]) == draw([spec(chart, ZH)])
    assert drawn(chart, ZH).get("width") == drawn(chart, ZH).get("width")


def left_open(node: Any) -> list[str]:
    """Places of the template that were not filled; data is not looked at."""
    if isinstance(node, dict):
        return [p for key, value in node.items() if key != "values" for p in left_open(value)]
    if isinstance(node, list):
        return [place for item in node for place in left_open(item)]
    return [node] if isinstance(node, str) and node.startswith("$") else []


@example([("$rows", "shown", 0.5), ("$", "withheld", 0.1)])
@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=64),
            st.sampled_from(["shown", "withheld", "below", "too_few"]),
            st.floats(0, 1),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_label_gives_a_whole_spec(rows: list[tuple[str, Any, float]]) -> None:
    marks = [
        Mark(Name(label), (Value("share", status, n, n / 2, min(2 * n, 1), 0.01, limit=50),))
        for label, status, n in rows
    ]
    made = spec(bars(*marks), EN)
    assert left_open(made) == []
    drawn_rows = made["layer"][0]["data"]["values"]
    assert ["".join(r["c1"].split()) for r in drawn_rows] == ["".join(r[0].split()) for r in rows]


@pytest.mark.parametrize("bad", [{"data": {"url": "http://x.test/a.json"}}, {"a": [{"href": 1}]}])
def test_specs_that_reach_out_are_refused(bad: dict[str, Any]) -> None:
    made = spec(bars(Mark(Name("a"), (share(0.2),))), EN)
    with pytest.raises(SandboxError):
        draw([{**made, **bad}])


def test_a_spec_that_cannot_be_drawn() -> None:
    with pytest.raises(SandboxError):
        draw([{"mark": 3}])


@pytest.mark.parametrize(
    "inner",
    [
        "<script>1</script>",
        "<image href='x'/>",
        "<a href='#x'><path d='M0,0'/></a>",
        "<path d='M0,0' onload='x'/>",
        "<path d='M0,0' style='fill:red'/>",
        "<path d='M0,0' fill='url(http://x.test)'/>",
        "<use href='#x'/>",
        "<style>x</style>",
        "<foreignObject/>",
        "<g xmlns='http://www.w3.org/1999/xhtml'/>",
        "<g",
        "<!-- x -->",
    ],
)
def test_pictures_that_do_more_than_draw_are_refused(inner: str) -> None:
    with pytest.raises(SandboxError) as error:
        picture.check(f'<svg xmlns="http://www.w3.org/2000/svg">{inner}</svg>')
    assert error.value.code == "sandbox.lied"


def test_document_types_are_refused() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'
    with pytest.raises(SandboxError):
        picture.check(bomb)


def ask_worker(body: bytes, repository: Path) -> tuple[int, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "cleanroom", "--role", "render"],
        input=len(body).to_bytes(4, "big") + body,
        capture_output=True,
        cwd=repository,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout


def test_the_worker_draws_over_its_pipes(repository: Path) -> None:
    made = spec(bars(Mark(Name("朋友圈"), (share(0.2),))), ZH)
    code, out = ask_worker(msgspec.json.encode(Job((made,))), repository)
    assert code == 0
    answer = wire.decode(out[4:], Drawn)
    assert int.from_bytes(out[:4], "big") == len(out) - 4
    assert list(answer.svgs) == draw([made])


@pytest.mark.parametrize("body", [b"{}", b'{"type":"draw","specs":[{"mark":3}]}'])
def test_the_worker_says_when_it_cannot(repository: Path, body: bytes) -> None:
    code, out = ask_worker(body, repository)
    assert code == SandboxError.exit_code
    assert wire.decode(out[4:], wire.Failed).code in ("sandbox.lied", "sandbox.failed")
