"""The pages: valid, self-contained, in both languages, and deaf to hostile names."""

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
from report_material import Papers

from cleanroom import text

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
PAGES = ("report.en.html", "report.zh.html")
FORBIDDEN = {"script", "iframe", "object", "embed", "link", "img", "image", "form", "input", "use"}
NEVER_SAID = ("隐私求交", "匿名化", "可用不可见", "数据不出域")


def parsed(folder: Path, page: str) -> Element:
    """The page, by a parser that stops at the first error of the HTML standard."""
    parser = html5lib.HTMLParser(strict=True)
    tree: Element = parser.parse((folder / page).read_text("utf-8"))
    return tree


def words(tree: Element) -> str:
    return " ".join("".join(tree.itertext()).split())


def local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


@pytest.fixture(params=["threshold_report", "dp_report", "hostile_report"])
def any_report(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(request.param)
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_page_is_valid_and_reaches_nowhere(any_report: Path, page: str) -> None:
    tree = parsed(any_report, page)
    assert {local(e) for e in tree.iter() if isinstance(e.tag, str)} & FORBIDDEN == set()
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            key = str(name).rpartition("}")[2]
            assert not key.startswith("on")
            assert key not in ("style", "src", "srcset", "action", "formaction", "ping")
            if key == "href":
                assert re.fullmatch(r"#([as]\d+|privacy|method|record|sign)", value)
            if "url(" in value:
                assert re.fullmatch(r"url\(#hatch-\d+\)", value)


@pytest.mark.parametrize("page", PAGES)
def test_policy_allows_one_style_sheet_and_nothing_else(any_report: Path, page: str) -> None:
    tree = parsed(any_report, page)
    (meta,) = [m for m in tree.iter(HTML + "meta") if "Security" in m.get("http-equiv", "")]
    (style,) = tree.iter(HTML + "style")
    assert style.text is not None
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    assert meta.get("content") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "@import" not in style.text
    assert "url(" not in style.text


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_says_its_mode_and_every_chart_has_words(
    threshold_report: Path, dp_report: Path, page: str
) -> None:
    language = "en" if "en" in page else "zh_CN"
    for folder, mode in ((threshold_report, "threshold"), (dp_report, "dp")):
        said = text.say(f"report.mode.{mode}", language)
        other = text.say(f"report.mode.{'dp' if mode == 'threshold' else 'threshold'}", language)
        tree = parsed(folder, page)
        figures = list(tree.iter(HTML + "figure"))
        assert len(figures) >= 7
        assert all(said in words(figure) for figure in figures)
        assert other not in words(tree)
        charts = list(tree.iter(SVG + "svg"))
        assert len(charts) >= 3
        assert all(len(chart.get("aria-label", "")) > 15 for chart in charts)


def test_chinese_words_of_the_product(threshold_report: Path, dp_report: Path) -> None:
    page = words(parsed(threshold_report, "report.zh.html"))
    assert "最小人群门槛，不是数学保证" in page
    assert "承载方单方签署" in page
    assert "承载方同时是数据提供方" in page
    assert "由承载方报告" in page
    assert "未达发布条件" in page
    neutral = words(parsed(dp_report, "report.zh.html"))
    assert "差分隐私保证" in neutral
    assert "承载方同时是数据提供方" not in neutral
    for said in (page, neutral):
        assert not [word for word in NEVER_SAID if word in said]


def test_english_page_has_no_chinese_but_the_parties_own(dp_report: Path) -> None:
    page = words(parsed(dp_report, "report.en.html"))
    own = ("春季新品联合分析", "成品社交", "清源美妆", "中立承载", "新客来源与人群画像")
    for name in (*own, "朋友圈", "公众号", "搜索", "朋友推荐"):
        page = page.replace(name, "")
    assert re.findall(r"[\u4e00-\u9fff]", page) == []


def test_order_of_a_section(dp_report: Path) -> None:
    tree = parsed(dp_report, "report.en.html")
    section = next(s for s in tree.iter(HTML + "section") if s.get("id") == "a1")
    kinds = [
        e.get("class", "").split(" ")[0] or local(e) for e in section if isinstance(e.tag, str)
    ]
    order = [kinds.index(kind) for kind in ("finding", "cards", "figure", "table", "columns")]
    assert order == sorted(order)
    headings = [words(h) for h in section.iter(HTML + "h4")]
    assert headings == ["What you can say", "What you cannot say"]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_place_of_the_page(dp_report: Path, page: str) -> None:
    tree = parsed(dp_report, page)
    places = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(places) == len(set(places))
    links = {str(a.get("href"))[1:] for a in tree.iter(HTML + "a")}
    assert {"a1", "a2", "a3", "s1", "privacy", "method", "record", "sign"} <= links
    assert links <= set(places)


def test_parts_stand_in_their_order(dp_report: Path) -> None:
    tree = parsed(dp_report, "report.zh.html")
    heads = [words(h) for h in tree.iter(HTML + "h2")]
    assert heads == [
        "目录",
        "成品社交、清源美妆可接收的结果",
        "隐私保护",
        "方法",
        "数据处理说明",
        "签署信息",
    ]


def test_levels_of_headings_are_never_skipped(dp_report: Path) -> None:
    tree = parsed(dp_report, "report.en.html")
    levels = [int(local(e)[1]) for e in tree.iter() if re.fullmatch("h[1-6]", local(e))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_withheld_cells_are_hatched_words(threshold_report: Path) -> None:
    tree = parsed(threshold_report, "report.en.html")
    cells = [td for td in tree.iter(HTML + "td") if "absent" in td.get("class", "")]
    assert cells
    assert {words(td) for td in cells} == {"not released"}
    hatched = [e for e in tree.iter() if "url(#hatch" in e.get("fill", "")]
    assert hatched


def test_hostile_names_are_shown_as_they_are(hostile: Papers, hostile_report: Path) -> None:
    for page in PAGES:
        tree = parsed(hostile_report, page)
        shown = words(tree)
        assert hostile.agreement.title in shown
        for party in hostile.agreement.parties:
            assert party.card.name in shown
        tables = {t: c for d in hostile.agreement.datasets for t, c in d.tables.items()}
        labels = [*tables["people"]["a_age_band"].domain, *tables["exposures"]["channel"].domain]
        assert [label for label in labels if label not in shown] == []
        (title,) = tree.iter(HTML + "title")
        assert title.text == hostile.agreement.title
        assert "49" not in {words(th) for th in tree.iter(HTML + "th")}


def test_hostile_names_are_whole_in_charts(hostile_report: Path) -> None:
    """Chart text may be wrapped, never cut or interpreted."""
    tree = parsed(hostile_report, "report.en.html")
    drawn = ["".join(t.itertext()) for t in tree.iter(SVG + "text")]
    for label in ("</svg><script>x</script>", "{{ 7*7 }}", "=1+1", "datum.c1", "x" * 64):
        assert label in drawn
