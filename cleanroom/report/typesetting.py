"""Pages set in type: PDF files and pictures, from plain data and charts (typst).

What the template reads is JSON: strings of the parties are data, never markup, and nothing they say
is evaluated. Fonts are read once, at the first use; later pages need no file, so that a worker can
rehearse and then lock itself in.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from cleanroom import resources
from cleanroom.errors import SandboxError
from cleanroom.report import fonts
from cleanroom.report.drawing import Form

PARTS = ("look.typ", "figures.typ", "sections.typ", "record.typ", "report.typ")
STANDARDS: Final[list[Any]] = ["a-2a", "ua-1"]
PIXELS_PER_INCH = 144.0
_REHEARSAL = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>a数</text></svg>'
_STANDS_FOR_MISSING = "\ufffd\u25a1?"


def page(form: Form, contents: Mapping[str, Any], svgs: Sequence[str], moment: int) -> bytes:
    """A PDF or PNG file. ``contents``: as ``contents.contents`` gives them. ``svgs``: the drawing
    of each chart number. ``moment``: seconds since 1970.

    The same page gives the same bytes on the same computer. Raises ``sandbox.failed`` for what
    cannot be set.
    """
    setter = _setter()
    missing = contents["lang"] != "en" and not setter.chosen.chinese
    data = {**contents, "charts": [] if missing else list(svgs)}
    laid_out = "missing" if missing else form
    return setter.png(laid_out, data) if form == "phone" else setter.pdf(laid_out, data, moment)


def chart(svg: str) -> bytes:
    """A chart as PNG, at twice its size on a screen. Raises ``sandbox.failed``."""
    return _setter().png("chart", {"lang": "en", "charts": [svg]})


def rehearse() -> None:
    """Load template and fonts, and set something in each of them."""
    setter = _setter()
    data = {"lang": "zh-CN", "charts": [_REHEARSAL], "sample": "a数"}
    setter.pdf("rehearsal", data, 0)
    setter.png("rehearsal", data)


class _Setter:
    """Template, fonts and compiler, kept in memory."""

    def __init__(self) -> None:
        # Here, so that importing this module does not load the typesetter.
        import typst

        found = typst.Fonts(False, True, [str(folder) for folder in fonts.folders()])
        self.chosen = fonts.choose(found.fonts())
        self._source = "\n".join(
            resources.find("report", "typst", part).read_text("utf-8") for part in PARTS
        ).encode("utf-8")
        self._error = typst.TypstError
        self._compiler = typst.Compiler(b"", font_paths=found)

    def pdf(self, form: str, data: dict[str, Any], moment: int) -> bytes:
        return self._compile(form, data, format="pdf", pdf_standards=STANDARDS, timestamp=moment)

    def png(self, form: str, data: dict[str, Any]) -> bytes:
        return self._compile(form, data, format="png", ppi=PIXELS_PER_INCH)

    def _compile(self, form: str, data: dict[str, Any], **options: Any) -> bytes:
        drawable = _Drawable(self.chosen.covered)
        charts = [drawable.picture(svg) for svg in data["charts"]]
        said = {**drawable.words(data), "charts": charts}
        about = {"form": form, "families": self.chosen.families, "mono": fonts.MONO}
        told = {**said, **about, "replaced": drawable.replaced}
        inputs = {"data": json.dumps(told, ensure_ascii=False)}
        try:
            made = self._compiler.compile(self._source, sys_inputs=inputs, **options)
        except self._error:
            raise SandboxError("sandbox.failed") from None
        if not isinstance(made, bytes):  # a picture of several pages
            raise SandboxError("sandbox.failed")
        return made


@cache
def _setter() -> _Setter:
    return _Setter()


class _Drawable:
    """Strings with only such characters as the fonts can draw."""

    def __init__(self, covered: frozenset[int]) -> None:
        self._covered = covered
        self._stand_in = next(c for c in _STANDS_FOR_MISSING if ord(c) in covered)
        self.replaced = False

    def words(self, node: Any) -> Any:
        """The data with every missing character spelled out as its code."""
        if isinstance(node, str):
            missing = self._missing(node)
            for character in missing:
                node = node.replace(character, f"[U+{ord(character):04X}]")
            self.replaced |= bool(missing)
            return node
        if isinstance(node, dict):
            return {key: self.words(value) for key, value in node.items()}
        if isinstance(node, list | tuple):
            return [self.words(item) for item in node]
        return node

    def picture(self, svg: str) -> str:
        """A chart with a stand-in of one character for each: its layout is reckoned already."""
        for character in self._missing(svg):
            svg = svg.replace(character, self._stand_in)
            self.replaced = True
        return svg

    def _missing(self, said: str) -> list[str]:
        return sorted(c for c in set(said) if ord(c) not in self._covered and c != "\n")
