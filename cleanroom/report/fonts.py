"""The fonts of this computer that pages are set in: chosen once, from the system's own folders.

No font is shipped: Chinese ones are large, and every desktop system has some. Where there is none,
``Chosen.chinese`` is False and pages say so.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cleanroom.report import glyphs

if TYPE_CHECKING:
    import typst

# Without serifs, in order of preference; the first of each that the system has is used.
LATIN = (
    *("Noto Sans", "Source Sans 3", "Open Sans", "Segoe UI", "Helvetica Neue", "Helvetica"),
    *("Arial", "Liberation Sans", "DejaVu Sans"),
)
HAN = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN"),
    *("PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "WenQuanYi Micro Hei"),
    *("WenQuanYi Zen Hei", "Droid Sans Fallback", "SimHei", "SimSun"),
)
# Come with the typesetter itself.
MONO = "DejaVu Sans Mono"
_LAST = "Libertinus Serif"
_LAST_COVERS = frozenset({*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "–—‘’“”…±×−≤≥·")})
_WEIGHTS = (400, 700)
_SAMPLE = frozenset(map(ord, "数据洁净室联合分析报告"))


@dataclass(frozen=True)
class Chosen:
    """Families in order of preference, and the code points that all their weights can draw."""

    families: tuple[str, ...]
    covered: frozenset[int]
    chinese: bool


def folders() -> list[Path]:
    """Folders that exist and hold the system's and the user's fonts."""
    home = Path.home()
    known: list[str | Path]
    if sys.platform == "darwin":
        known = ["/System/Library/Fonts", "/Library/Fonts", home / "Library/Fonts"]
    elif sys.platform == "win32":
        root = os.environ.get("SYSTEMROOT", "C:\\Windows")
        known = [Path(root, "Fonts"), home / "AppData/Local/Microsoft/Windows/Fonts"]
    else:
        known = ["/usr/share/fonts", "/usr/local/share/fonts"]
        known += [home / ".local/share/fonts", home / ".fonts"]
    return [Path(folder) for folder in known if Path(folder).is_dir()]


def choose(infos: Sequence["typst.FontInfo"]) -> Chosen:
    """The families to use among all that were found."""
    faces = [info for info in infos if info.style == "normal" and info.path]
    families: list[str] = []
    covered: frozenset[int] = frozenset()
    chinese = False
    for wanted in (LATIN, HAN):
        name = next((name for name in wanted if any(face.family == name for face in faces)), "")
        if name:
            mine = [face for face in faces if face.family == name]
            families.append(name)
            reach = _reach(mine)
            covered |= reach
            chinese |= reach >= _SAMPLE
    return Chosen((*families, _LAST), covered | _LAST_COVERS, chinese)


def _reach(faces: Sequence["typst.FontInfo"]) -> frozenset[int]:
    """What the faces of a family can draw in each weight that pages use."""
    found = []
    for weight in _WEIGHTS:
        face = min(faces, key=lambda one: (abs(one.weight - weight), abs(one.stretch - 1)))
        found.append(glyphs.covered(Path(str(face.path)).read_bytes(), face.index))
    return frozenset.intersection(*found)
