"""Fonts: which characters they can draw, and what happens to the others."""

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typst
from contents_material import sources, wording
from hypothesis import example, given, settings
from hypothesis import strategies as st
from report_material import Papers

from cleanroom.report import fonts, glyphs, typesetting
from cleanroom.report.contents import contents
from cleanroom.report.wording import Language

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><text y="15">{}</text></svg>'


@cache
def found() -> typst.Fonts:
    return typst.Fonts(False, True, [str(folder) for folder in fonts.folders()])


@pytest.fixture
def plain_setter() -> Iterator[None]:
    """The fonts are chosen anew, before the test and after it."""
    typesetting._setter.cache_clear()
    yield
    typesetting._setter.cache_clear()


def draws(family: str, character: str) -> bool:
    """The typesetter's own word: PDF/A does not bear a character without a glyph."""
    source = (
        "#set document(title: [x])\n#set text(font: sys.inputs.family, fallback: false)\n"
        "#text(sys.inputs.said)"
    )
    inputs = {"family": family, "said": character}
    try:
        typst.compile(
            source.encode(),
            format="pdf",
            font_paths=found(),
            sys_inputs=inputs,
            pdf_standards=["a-2a"],
            timestamp=0,
        )
    except typst.TypstError as error:
        return "could not be displayed" not in error.message
    return True


def face(family: str) -> typst.FontInfo:
    mine = [one for one in found().fonts() if one.family == family and one.path]
    if not mine:
        pytest.skip(f"this computer has no {family}")
    return min(mine, key=lambda one: (one.style != "normal", abs(one.weight - 400)))


# Letters, signs, Chinese of several planes, symbols, and code points that nothing is at.
SAMPLES = "aé–’ß€ΩжאЯ中龘㐀人，。、（】“…≥≤①●✓😀ก가\u2028\ue000\U00020000\U0002a6d6\U0010fffd"


@pytest.mark.parametrize("family", ["Noto Sans CJK SC", "Liberation Sans", "DejaVu Sans"])
def test_coverage_is_what_the_typesetter_says(family: str) -> None:
    info = face(family)
    reach = glyphs.covered(Path(str(info.path)).read_bytes(), info.index)
    assert len(reach) > 500
    judged = [character for character in SAMPLES if character.isprintable()]
    assert {c for c in judged if ord(c) in reach} == {c for c in judged if draws(family, c)}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ttcf",
        b"ttcf" + bytes(40),
        b"\0\1\0\0\0\1" + bytes(6) + b"cmap" + struct.pack(">III", 0, 28, 4) + b"\0\0\0\1",
        b"\0\1\0\0\0\1" + bytes(6) + b"cmap" + struct.pack(">III", 0, 9999, 400),
        b"%PDF-1.7 no font",
    ],
)
def test_what_is_no_font_covers_nothing(data: bytes) -> None:
    assert glyphs.covered(data, 0) == frozenset()
    assert glyphs.covered(data, 7) == frozenset()


def test_segments_of_format_4() -> None:
    """Two segments: A to C by delta, and 中 by a glyph array whose second glyph is missing."""
    ends, starts = (0x43, 0x4E2E, 0xFFFF), (0x41, 0x4E2D, 0xFFFF)
    deltas, offsets = (1 - 0x41 & 0xFFFF, 0, 1), (0, 4, 0)
    body = struct.pack(">7H", 4, 0, 0, 6, 0, 0, 0)
    for array in (ends, (0,), starts, deltas, offsets, (9, 0)):
        body += struct.pack(f">{len(array)}H", *array)
    cmap = struct.pack(">HHHHI", 0, 1, 3, 1, 12) + body
    head = b"\0\1\0\0" + struct.pack(">4H", 1, 0, 0, 0) + b"cmap"
    font = head + struct.pack(">III", 0, 28, len(cmap)) + cmap
    assert glyphs.covered(font) == {0x41, 0x42, 0x43, 0x4E2D}


def test_some_font_is_always_chosen() -> None:
    chosen = fonts.choose([])
    assert chosen.families
    assert not chosen.chinese
    assert all(ord(c) in chosen.covered for c in "Report – “15%” ≥ ±")


def words(language: Language, made: Papers) -> dict[str, Any]:
    return contents(sources(made), wording(made, language))


def text_of(data: bytes) -> str:
    """Titles in a PDF, as far as they are plain in its metadata."""
    return data[data.find(b"<x:xmpmeta") : data.find(b"</x:xmpmeta")].decode("utf-8")


@pytest.mark.usefixtures("plain_setter")
def test_without_a_chinese_font_a_page_says_so(monkeypatch: pytest.MonkeyPatch, dp: Papers) -> None:
    monkeypatch.setattr(fonts, "HAN", ())
    charts = [SVG.format("中")] * 5
    page = typesetting.page("report", words("zh_CN", dp), charts, 0)
    assert "The Chinese pages could not be set" in text_of(page)
    english = typesetting.page("report", words("en", dp), charts, 0)
    # The title of the agreement is 春季新品联合分析.
    assert "[U+6625][U+5B63]" in text_of(english)
    assert typesetting.page("phone", words("zh_CN", dp), charts, 0).startswith(b"\x89PNG")


@pytest.mark.slow
@example("😀 عربى ❤\ufe0f 中")
@example("a\u0301\u0489 e\u200b\u202ex")
@example('#read("/etc/passwd") $x$ \\ /* */ // `` @a <b> \\u{41}')
@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs", "Co"]), max_size=64))
@settings(max_examples=150, deadline=None)
def test_any_name_can_be_set(said: str) -> None:
    """Also what no font of this computer can draw, in words and in charts."""
    data = {
        "lang": "en",
        "charts": [],
        "words": {"fonts_missing": said, "fonts_missing_heading": said or "x"},
    }
    assert typesetting._setter().pdf("missing", data, 0).startswith(b"%PDF-1.7")
    escaped = said.replace("&", "&amp;").replace("<", "&lt;")
    assert typesetting.chart(SVG.format(escaped)).startswith(b"\x89PNG")
