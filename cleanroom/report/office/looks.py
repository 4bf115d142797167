"""How cells of a workbook look: the palette of the page, hatching, one font per language."""

from typing import Any, Final

from cleanroom.report import charts
from cleanroom.report.office.plans import Language

# A program without the font takes another that has the characters.
FONTS: Final[dict[Language, str]] = {"en": "Arial", "zh_CN": "Microsoft YaHei"}
SIZE = 10.0
PAPER, STRIPE, WARN_BOX, BOX = "#ffffff", "#c9d0d6", "#fff6e3", "#f5f7f9"
STRONG = charts.TONES["strong"]

_LIGHT_UP = 14  # thin diagonal stripes
_LINE = {"bottom": 1, "bottom_color": charts.GRID}
_HEAD = {"bold": True, "font_color": charts.MUTED, "bottom": 1, "bottom_color": charts.MUTED}
_STRIPES = {"pattern": _LIGHT_UP, "fg_color": STRIPE, "bg_color": PAPER}
TOTAL: Final[dict[str, Any]] = {"bold": True, "top": 1, "top_color": charts.MUTED}
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "small": {"font_color": charts.MUTED, "font_size": 9.0},
    "code": {"font_name": "Consolas", "font_size": 9.0},
    "kind": {"font_color": charts.MUTED},
    "title": {"font_size": 20.0, "bold": True},
    "heading": {"font_size": 14.0, "bold": True},
    "part": {"font_size": 11.0, "bold": True},
    "finding": {"font_size": 13.0, "bold": True},
    "dp": {"bold": True, "bg_color": BOX, "left": 5, "left_color": STRONG},
    "threshold": {"bold": True, "bg_color": WARN_BOX, "left": 5, "left_color": charts.TARGET},
    "warn": {"bg_color": WARN_BOX, "left": 5, "left_color": charts.TARGET},
    "name": {"font_color": charts.MUTED},
    "head": _HEAD,
    "head_figure": {**_HEAD, "align": "right"},
    "head_verdict": {**_HEAD, "indent": 2},
    "label": _LINE,
    "place": {**_LINE, "align": "left"},
    "code_cell": {**_LINE, "indent": 1, "font_name": "Consolas", "font_size": 9.0},
    "verdict": {**_LINE, "indent": 2},
    "figure": {**_LINE, "align": "right"},
    "end": {**_LINE, "align": "right", "font_color": charts.MUTED},
    "absent": {**_LINE, **_STRIPES, "align": "right"},
}


def size(look: str) -> float:
    """Font size of a look, in points."""
    return float(LOOKS[look].get("font_size", SIZE))


def bold(look: str) -> bool:
    """Whether a look is bold."""
    return bool(LOOKS[look].get("bold", False))
