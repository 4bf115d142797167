"""Workbooks and decks as ZIP packages: written with nothing of the moment, and read with suspicion.

The process that makes them is not believed: a package may hold sheets, slides and charts, and
nothing that runs, links or loads.
"""

import codecs
import io
import re
import stat
import zipfile
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree

from cleanroom.errors import SandboxError
from cleanroom.report import container

PACKAGE_MOST = 64 << 20
_ENTRIES_MOST = 5_000
_LISTED_MOST = 300  # bytes of one entry in the list of a package
_TIME = (1980, 1, 1, 0, 0, 0)
_FIRST = "[Content_Types].xml"

_COMMON = r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core)\.xml"
_SHEETS = (
    r"xl/(?:_rels/workbook\.xml\.rels|workbook\.xml|styles\.xml|sharedStrings\.xml)"
    r"|xl/theme/theme1\.xml|xl/worksheets/(?:_rels/)?sheet\d+\.xml(?:\.rels)?"
    r"|xl/drawings/(?:_rels/)?drawing\d+\.xml(?:\.rels)?|xl/charts/chart\d+\.xml"
)
_WORKBOOK_IN_DECK = r"ppt/embeddings/Microsoft_Excel_Sheet\d*\.xlsx"
_SLIDES = (
    r"ppt/(?:_rels/)?presentation\.xml(?:\.rels)?|ppt/(?:presProps|viewProps|tableStyles)\.xml"
    r"|ppt/theme/theme\d+\.xml|ppt/(?:slideMasters|slideLayouts|slides|notesSlides|notesMasters)"
    r"/(?:_rels/)?[A-Za-z]+\d+\.xml(?:\.rels)?|ppt/charts/(?:_rels/)?chart\d+\.xml(?:\.rels)?"
)
_NAMES: Final[Mapping[str, re.Pattern[str]]] = {
    "xlsx": re.compile(f"{_COMMON}|{_SHEETS}"),
    "pptx": re.compile(f"{_COMMON}|{_SLIDES}|{_WORKBOOK_IN_DECK}"),
}
_ENCODING = re.compile(rb"""\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
# What computes, links or runs: formulas of cells, links, actions, embedded objects, controls.
_REACHING = frozenset(
    {
        *("hyperlink", "hyperlinks", "hlinkClick", "hlinkHover", "hlinkMouseOver", "ddeLink"),
        *("oleObject", "oleObjects", "oleObj", "control", "controls", "externalReference", "snd"),
        *("audioFile", "videoFile", "definedName"),
    }
)


def repack(data: bytes) -> bytes:
    """The same parts without time, machine or compression, which differs between machines."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return pack(parts)


def pack(parts: Mapping[str, bytes]) -> bytes:
    """A package of these parts, in one order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(parts, key=lambda name: (name != _FIRST, name)):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, parts[name])
    return out.getvalue()


def check(kind: str, data: bytes) -> bytes:
    """The file itself, if it only shows. ``kind``: "xlsx" or "pptx". Raises ``sandbox.lied``."""
    try:
        sound = _harmless(kind, data)
    except (
        *(zipfile.BadZipFile, ElementTree.ParseError, NotImplementedError, RuntimeError),
        *(ValueError, LookupError, EOFError),
    ):
        sound = False
    if not sound:
        raise SandboxError("sandbox.lied")
    return data


def _harmless(kind: str, data: bytes) -> bool:
    allowed = _NAMES[kind]
    listed = container.listing_bytes(data)
    if len(data) > PACKAGE_MOST or not 0 <= listed <= _ENTRIES_MOST * _LISTED_MOST:
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        size = sum(entry.file_size for entry in entries)
        stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
        if len(entries) > _ENTRIES_MOST or size > PACKAGE_MOST or not stored:
            return False
        parts = {entry.filename: archive.read(entry) for entry in entries}
    # Packed again it is the same: nothing hides between, before or behind the parts.
    if pack(parts) != data:
        return False
    return all(allowed.fullmatch(name) and _part(name, part) for name, part in parts.items())


def _is_utf8(data: bytes) -> bool:
    declared = _ENCODING.match(data.removeprefix(codecs.BOM_UTF8))
    named = declared[1].lower() if declared else b"utf-8"
    return named == b"utf-8" and data.decode("utf-8", "replace").encode() == data


def _part(name: str, data: bytes) -> bool:
    """One part: XML that reaches for nothing, or the workbook behind a chart."""
    if name.endswith(".xlsx"):
        return _harmless("xlsx", data)
    # No document type and no entity can be declared, so there is nothing to expand; and what other
    # programs read is what is read here, since there is one encoding.
    if b"<!" in data or b"\0" in data or not _is_utf8(data):
        return False
    cells = name.startswith("xl/worksheets/")
    for element in ElementTree.fromstring(data).iter():  # noqa: S314
        tag = element.tag.rpartition("}")[2]
        if tag in _REACHING or (cells and tag == "f"):
            return False
        if tag == "Relationship" and element.get("TargetMode", "Internal") != "Internal":
            return False
    return True
