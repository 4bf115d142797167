"""A drawn chart on its way into a page: checked, made to follow light and dark, hatched.

The drawing process is not believed: an SVG may hold shapes and text and nothing that runs, links
or loads.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape
from xml.etree import ElementTree

from msgspec import Struct

from cleanroom.errors import SandboxError

SVG = "{http://www.w3.org/2000/svg}"
SVG_MOST = 4 << 20
HATCH = "#c0ffee"  # stands for the hatching, which Vega does not have
_HATCHING, _TITLE = "#5b6770", "#1f2933"
TITLE_SIZE, NOTE_SIZE, EDGE = 15, 12, 8
_LINE, _GAP = 20, 12
_ELEMENTS = frozenset({"svg", "g", "path", "rect", "line", "text", "tspan", "circle"})
_ATTRIBUTES = frozenset(
    {
        *("class", "version", "width", "height", "viewBox", "transform", "role", "opacity"),
        *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-miterlimit", "stroke-opacity"),
        *("stroke-dasharray", "stroke-linecap", "stroke-linejoin", "pointer-events", "display"),
        *("d", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "cx", "cy", "r"),
        *("text-anchor", "font-family", "font-size", "font-weight", "font-style"),
        *("aria-label", "aria-hidden", "aria-roledescription"),
    }
)
_EXTENT = re.compile(r'<svg\b[^>]*\swidth="([0-9.]+)"[^>]*\sheight="([0-9.]+)"')
_OPENING = re.compile(r"<svg\b[^>]*>")
_HATCHED = re.compile(rf'(<[^<>]*\sfill=)"{HATCH}"')  # within a tag, never in a text
_SIZE = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,9})?")
_PREFIXED = re.compile(r"</?[^\s<>/]*:")  # a page knows no prefixes of names
_DEEP = 64  # groups in groups; a chart has a dozen


class Caption(Struct, frozen=True, forbid_unknown_fields=True):
    """Lines of text above and below a chart that stands by itself."""

    above: tuple[str, ...]
    below: tuple[str, ...]


def check(svg: str) -> str:
    """The SVG itself, if it only draws. Raises ``sandbox.lied``."""
    if len(svg) > SVG_MOST or "<!" in svg or "<?" in svg or _PREFIXED.search(svg):
        raise SandboxError("sandbox.lied")
    try:
        # No document type and no entity can be declared, so there is nothing to expand.
        root = ElementTree.fromstring(svg)  # noqa: S314
    except (ElementTree.ParseError, ValueError):
        raise SandboxError("sandbox.lied") from None
    if root.tag != SVG + "svg" or not all(_harmless(element) for element in root.iter()):
        raise SandboxError("sandbox.lied")
    # programs that show it call themselves once for each group in a group
    sized = all(_SIZE.fullmatch(root.get(side, "0")) for side in ("width", "height"))
    if not sized or _depth(root) > _DEEP:
        raise SandboxError("sandbox.lied")
    return svg


def _depth(root: ElementTree.Element) -> int:
    depth, level = 0, [root]
    while level:
        depth, level = depth + 1, [child for element in level for child in element]
    return depth


def _harmless(element: ElementTree.Element) -> bool:
    name = element.tag.removeprefix(SVG)
    return (
        element.tag.startswith(SVG)
        and name in _ELEMENTS
        and all(key in _ATTRIBUTES for key in element.attrib)
        and not any("url(" in value or ":" in value for value in _drawn(element))
    )


def _drawn(element: ElementTree.Element) -> list[str]:
    """Values of the attributes that are no words."""
    return [value for key, value in element.attrib.items() if key != "aria-label"]


def inline(svg: str, number: int, alt: str) -> str:
    """A checked SVG as part of a page. ``number`` is its own on the page; ``alt`` its words."""
    root = ElementTree.fromstring(svg)  # noqa: S314
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    opening = (
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(alt)}">'
    )
    return _hatched(opening, _OPENING.sub("", svg, count=1), f"hatch-{number}")


def alone(svg: str, caption: Caption | None = None) -> str:
    """An SVG as a picture of its own, on white: it may be shown on any ground."""
    found = _EXTENT.search(svg)
    width, height = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    above, below = (caption.above, caption.below) if caption else ((), ())
    top = _LINE * len(above) + (_GAP if above else 0)
    whole = top + height + _LINE * len(below) + (_GAP if below else 0)
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{whole:g}" '
        f'viewBox="0 0 {width:g} {whole:g}">'
    )
    ground = f'<rect width="{width:g}" height="{whole:g}" fill="#ffffff"/>'
    words = [*_lines(above, 0.0, TITLE_SIZE, "bold", _TITLE)]
    words += _lines(below, top + height + _GAP / 2, NOTE_SIZE, "normal", _HATCHING)
    body = _OPENING.sub(f'<g transform="translate(0,{top:g})">', svg, count=1)
    body = body.removesuffix("</svg>") + "</g>"
    return _hatched(opening, ground + "".join(words) + body + "</svg>", "hatch")


def _lines(said: Sequence[str], top: float, size: int, weight: str, hue: str) -> Iterator[str]:
    for number, line in enumerate(said):
        y = top + _LINE * number + size
        yield (
            f'<text x="{EDGE}" y="{y:g}" font-family="sans-serif" font-size="{size}px" '
            f'font-weight="{weight}" fill="{hue}">{escape(line, quote=False)}</text>'
        )


def _hatched(opening: str, rest: str, pattern: str) -> str:
    """A drawing with real hatching where it is only marked so far."""
    hatch = (
        f'<defs><pattern id="{pattern}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><line class="hatch" y2="6" stroke="{_HATCHING}" '
        f'stroke-width="2"/></pattern></defs>'
    )
    return opening + hatch + _HATCHED.sub(rf'\1"url(#{pattern})"', rest)


def check_all(svgs: Sequence[str], count: int) -> list[str]:
    """As many checked SVGs as were asked for. Raises ``sandbox.lied``."""
    if len(svgs) != count:
        raise SandboxError("sandbox.lied")
    return [check(svg) for svg in svgs]
