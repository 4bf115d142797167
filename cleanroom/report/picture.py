"""A drawn chart on its way into a page: checked, made to follow light and dark, hatched.

The drawing process is not believed: an SVG may hold shapes and text and nothing that runs, links
or loads.
"""

import re
from collections.abc import Sequence
from html import escape
from xml.etree import ElementTree

from cleanroom.errors import SandboxError
from cleanroom.report import charts

SVG = "{http://www.w3.org/2000/svg}"
SVG_MOST = 4 << 20
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
_OPENING = re.compile(r"<svg\b[^>]*>")


def check(svg: str) -> str:
    """The SVG itself, if it only draws. Raises ``sandbox.lied``."""
    if len(svg) > SVG_MOST or "<!" in svg or "<?" in svg:
        raise SandboxError("sandbox.lied")
    try:
        # No document type and no entity can be declared, so there is nothing to expand.
        root = ElementTree.fromstring(svg)  # noqa: S314
    except ElementTree.ParseError:
        raise SandboxError("sandbox.lied") from None
    if root.tag != SVG + "svg" or not all(_harmless(element) for element in root.iter()):
        raise SandboxError("sandbox.lied")
    return svg


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
    pattern = f"hatch-{number}"
    opening = (
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(alt)}">'
        f'<defs><pattern id="{pattern}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><line class="hatch" y2="6" stroke="{charts.MUTED}" '
        f'stroke-width="2"/></pattern></defs>'
    )
    body = _OPENING.sub("", svg, count=1)
    return opening + body.replace(f'fill="{charts.HATCH}"', f'fill="url(#{pattern})"')


def check_all(svgs: Sequence[str], count: int) -> list[str]:
    """As many checked SVGs as were asked for. Raises ``sandbox.lied``."""
    if len(svgs) != count:
        raise SandboxError("sandbox.lied")
    return [check(svg) for svg in svgs]
