"""The PDF files: what they claim, that their structure bears it out, and that they only show."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from report_material import Papers

from cleanroom.report.build import files
from cleanroom.report.document import REPORT, Report
from cleanroom.report.render import draw
from cleanroom.trust import codec

LANGS = {"en": "en-GB", "zh": "zh-CN"}
NAMES = [f"{name}.{lang}.pdf" for name in ("report", "data-protection") for lang in LANGS]
ACTIVE = ("/JavaScript", "/JS", "/AA", "/OpenAction", "/Launch", "/URI", "/EmbeddedFiles")


@pytest.fixture(params=["threshold_report", "dp_report", "hostile_report"])
def any_report(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(request.param)
    return folder


def nodes(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Every dictionary in the file, also those within others."""
    waiting: list[Any] = list(pdf.objects)
    while waiting:
        node = waiting.pop()
        if isinstance(node, pikepdf.Array):
            waiting += [item for item in node if not _elsewhere(item)]
        elif isinstance(node, pikepdf.Dictionary | pikepdf.Stream):
            yield node
            waiting += [item for _, item in node.items() if not _elsewhere(item)]


def _elsewhere(item: Any) -> bool:
    return not isinstance(item, pikepdf.Object) or item.is_indirect


def elements(pdf: pikepdf.Pdf, kind: str) -> list[pikepdf.Object]:
    """Elements of the structure tree, in reading order."""
    return [node for node in _below(pdf.Root.StructTreeRoot.K) if node.get("/S") == kind]


def _below(kids: Any) -> Iterator[pikepdf.Object]:
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            yield kid
            yield from _below(kid.get("/K", pikepdf.Array()))


@pytest.mark.parametrize("name", NAMES)
def test_claims_pdf_a_2a_and_pdf_ua_1(any_report: Path, name: str) -> None:
    with pikepdf.open(any_report / name) as pdf:
        meta = pdf.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("2", "A")
        assert meta["pdfuaid:part"] == "1"
        assert meta["dc:title"]
        assert pdf.Root.Lang == LANGS[name.split(".")[1]]
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert pdf.Root.MarkInfo.Marked
        assert not pdf.is_encrypted
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert elements(pdf, "/P")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_acts_or_leads_out(any_report: Path, name: str) -> None:
    data = (any_report / name).read_bytes()
    with pikepdf.open(any_report / name) as pdf:
        for node in nodes(pdf):
            assert not [key for key in ACTIVE if key in node]
            if node.get("/Type") == "/Action" or "/S" in node:
                assert node.get("/S") not in ("/URI", "/Launch", "/GoToR", "/SubmitForm")
        for page in pdf.pages:
            for note in page.get("/Annots", pikepdf.Array()):
                assert note.Subtype == "/Link"
        assert b"/ObjStm" not in data


@pytest.mark.parametrize("name", NAMES)
def test_every_font_is_in_the_file(any_report: Path, name: str) -> None:
    with pikepdf.open(any_report / name) as pdf:
        fonts = [node for node in nodes(pdf) if node.get("/Type") == "/FontDescriptor"]
        assert fonts
        assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
        shown = [node for node in nodes(pdf) if node.get("/Subtype") == "/Type0"]
        assert all("/ToUnicode" in font for font in shown)


@pytest.mark.parametrize("lang", LANGS)
def test_every_chart_has_words_and_every_table_has_heads(dp_report: Path, lang: str) -> None:
    report = codec.decode((dp_report / REPORT).read_bytes(), Report, "report")
    charts = sum(len(item.result.charts) for item in report.items)
    tables = sum(len(item.result.tables) for item in report.items)
    with pikepdf.open(dp_report / f"report.{lang}.pdf") as pdf:
        figures = [one for one in elements(pdf, "/Figure") if "/Alt" in one]
        assert len(figures) == charts
        assert all(len(str(figure.Alt)) > 15 for figure in figures)
        assert len(elements(pdf, "/Table")) >= tables
        assert len(elements(pdf, "/TH")) > tables
        assert len(elements(pdf, "/TOC")) >= 1


def outline(items: Any) -> list[str]:
    return [str(item.title) for item in items]


def test_bookmarks_follow_the_parts(dp_report: Path) -> None:
    with pikepdf.open(dp_report / "report.zh.pdf") as pdf, pdf.open_outline() as marks:
        parts = outline(marks.root)
        assert parts[-5:] == [
            "成品社交、清源美妆可接收的结果",
            "隐私保护",
            "方法",
            "数据处理说明",
            "签署信息",
        ]
        section = marks.root[-5]
        assert outline(section.children) == [
            "人群重合与匹配率",
            "人群画像：年龄段（TGI）",
            "新客渠道占比",
        ]


def test_the_record_is_one_page(any_report: Path) -> None:
    for lang in LANGS:
        with pikepdf.open(any_report / f"data-protection.{lang}.pdf") as pdf:
            assert len(pdf.pages) == 1


def test_hostile_names_are_the_title_as_they_are(hostile: Papers, hostile_report: Path) -> None:
    for lang in LANGS:
        with pikepdf.open(hostile_report / f"report.{lang}.pdf") as pdf:
            assert pdf.open_metadata()["dc:title"] == hostile.agreement.title


def test_same_input_same_pages(dp: Papers, dp_report: Path) -> None:
    again = files(dp.inputs, draw)
    names = [name for name in again if re.search(r"\.(pdf|png)$", name)]
    assert len(names) > 10
    for name in names:
        assert again[name] == (dp_report / name).read_bytes(), name
