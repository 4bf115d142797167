"""The templates: same colours everywhere, nothing evaluated; charts as files of their own."""

import json
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cleanroom import resources
from cleanroom.report import charts, picture, typesetting
from cleanroom.report.charts import GRID, INK, MUTED, PHONE
from cleanroom.report.document import REPORT, Report
from cleanroom.report.render import charts as draw
from cleanroom.report.wording import Wording
from cleanroom.trust import codec

SVG = "{http://www.w3.org/2000/svg}"
FOLDER = resources.find("report", "typst")
# What could run, load or reach for something in the typesetter's language.
FORBIDDEN = r"\b(eval|read|include|import|plugin|toml|yaml|csv|cbor|xml|bibliography|link\(\")\b"


def test_the_template_is_whole_and_evaluates_nothing() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(typesetting.PARTS)
    for part in typesetting.PARTS:
        code = re.sub(r"//.*", "", (FOLDER / part).read_text("utf-8"))
        assert re.findall(FORBIDDEN, code) == []
        assert "http" not in code
    whole = "".join((FOLDER / part).read_text("utf-8") for part in typesetting.PARTS)
    assert whole.count("json(") == 1
    assert whole.count("sys.inputs") == 1


def test_page_and_paper_have_the_same_colours() -> None:
    style = resources.find("report", "report.css").read_text("utf-8")
    light = dict(re.findall(r"--([\w-]+):(#\w+)", style.split("}")[0]))
    named = {"line": "line-colour", "box": "box-colour"}
    looks = dict(
        re.findall(r"#let ([\w-]+) = rgb\(\"(#\w+)\"\)", (FOLDER / "look.typ").read_text("utf-8"))
    )
    assert looks == {named.get(name, name): hue for name, hue in light.items() if name != "page"}
    assert (light["ink"], light["soft"]) == (INK, MUTED)


def luminance(hue: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(hue[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, two: str) -> float:
    high, low = sorted((luminance(one), luminance(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_words_stand_out_in_light_and_dark() -> None:
    style = resources.find("report", "report.css").read_text("utf-8")
    for block in re.findall(r":root\{(.*?)\}", style):
        hues = {
            name: hue if len(hue) == 7 else "#" + "".join(c * 2 for c in hue[1:])
            for name, hue in re.findall(r"--([\w-]+):(#\w+)", block)
        }
        for name in ("ink", "soft", "blue", "warn"):
            for ground in ("page", "box", "warn-box"):
                assert contrast(hues[name], hues[ground]) >= 4.5, (name, ground)


def chart_files(folder: Path, ending: str) -> list[Path]:
    found = sorted((folder / "charts").glob(f"*.{ending}"))
    assert len(found) >= 8
    return found


def test_charts_as_svg_files(threshold_report: Path) -> None:
    patterns = 0
    for path in chart_files(threshold_report, "svg"):
        text = path.read_text("utf-8")
        root = ElementTree.fromstring(text)
        assert root.tag == SVG + "svg"
        assert float(str(root.get("width"))) > 300
        words = ["".join(e.itertext()) for e in root.iter(SVG + "text")]
        mode = "最小人群门槛，不是数学保证" if ".zh." in path.name else "Minimum-crowd threshold"
        assert any(word.startswith(mode) for word in words)
        assert picture.HATCH not in text
        assert not re.search(r"<(script|image|a|use|style|foreignObject)\b", text)
        patterns += text.count("url(#hatch)")
    assert patterns  # this report has withheld cells


def test_charts_as_png_files_are_twice_as_large(threshold_report: Path) -> None:
    for path in chart_files(threshold_report, "png"):
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", data[16:24])
        root = ElementTree.fromstring(path.with_suffix(".svg").read_text("utf-8"))
        assert width == pytest.approx(2 * (float(str(root.get("width"))) + 16), abs=2)
        assert height == pytest.approx(2 * (float(str(root.get("height"))) + 16), abs=2)


def test_charts_as_vega_lite(threshold_report: Path) -> None:
    report = codec.decode((threshold_report / REPORT).read_bytes(), Report, "report")
    wording = Wording("zh_CN", {}, "CNY")
    alts = [wording.sentence(chart.alt) for item in report.items for chart in item.result.charts]
    files = [path for path in chart_files(threshold_report, "json") if ".zh." in path.name]
    specs = [json.loads(path.read_text("utf-8")) for path in files]
    assert len(alts) == len(specs)
    for spec, path in zip(specs, files, strict=True):
        assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/v5")
        assert len(spec["description"]) > 10
        (svg,) = draw([spec])
        drawn = path.with_suffix(".svg").read_text("utf-8")
        words = [e.text for e in ElementTree.fromstring(svg).iter(SVG + "text")]
        around = [e.text for e in ElementTree.fromstring(drawn).iter(SVG + "text")]
        assert around[-len(words) :] == words
    marks = [layer["mark"].get("color") for spec in specs for layer in spec["layer"]]
    assert GRID in marks
    assert picture.HATCH not in marks


def test_a_label_that_looks_like_hatching_stays_a_label() -> None:
    label = f'<text> fill="{picture.HATCH}"</text>'
    alone = picture.alone(
        f'<svg width="9" height="9">{label}<path d="M0,0" fill="{picture.HATCH}"/></svg>'
    )
    assert label in alone
    assert alone.count("url(#hatch)") == 1


def test_pictures_for_phones_are_narrow(dp_report: Path) -> None:
    for lang in ("en", "zh"):
        data = (dp_report / f"report.{lang}.png").read_bytes()
        width, height = struct.unpack(">II", data[16:24])
        assert width == 780
        assert 3 * width < height < 16_000


def test_charts_for_phones_are_narrow(dp_report: Path) -> None:
    report = codec.decode((dp_report / REPORT).read_bytes(), Report, "report")
    wording = Wording("en", {}, "CNY")
    for item in report.items:
        for chart in item.result.charts:
            made = charts.spec(chart, wording, PHONE)
            assert made["width"] + made["padding"]["left"] + made["padding"]["right"] <= 380
