"""The empty deck that slides are put into: wide pages, one layout, our fonts and colours.

Everything the library would read from its own files later is read here, once: a worker calls this
before it locks itself in.
"""

import copy
import io
import re
import zipfile
from functools import cache
from pathlib import Path
from typing import Final

import pptx
from pptx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from pptx.oxml.slide import CT_NotesSlide
from pptx.parts.slide import NotesSlidePart
from pptx.presentation import Presentation
from pptx.slide import Slide
from pptx.util import Pt

from cleanroom.report import charts
from cleanroom.report.office import looks, package
from cleanroom.report.office.plans import SLIDE_HEIGHT, SLIDE_WIDTH, Language

_LAYOUT = "Title Only"
_THEME = "ppt/theme/theme1.xml"
_NOTES_THEME = "ppt/theme/theme2.xml"
_PROPERTIES = "docProps/app.xml"
_NO_PROPERTIES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns='
    b'"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)
_RELATIONS = ("_rels/.rels", "ppt/_rels/presentation.xml.rels")
# A preview of an empty page, and settings of somebody's printer.
_UNWANTED = re.compile(rb"<Relationship [^>]*(?:thumbnail|printerSettings)[^>]*/>")
_FONT_PAIR = re.compile(r'<a:latin typeface="[^"]*"/>\s*<a:ea typeface="[^"]*"/>')
_ACCENTS: Final = (
    charts.TONES["strong"],
    charts.TONES["second"],
    charts.TONES["low"],
    charts.TONES["plain"],
    charts.TARGET,
    charts.TONES["muted"],
)


@cache
def blank(language: Language) -> bytes:
    """A deck without slides. Raises ValueError if the library's own deck is not as expected."""
    folder = Path(pptx.__file__).parent
    with zipfile.ZipFile(folder / "templates" / "default.pptx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in _RELATIONS:
        parts[name], count = _UNWANTED.subn(b"", parts[name])
        if count != 1:
            raise ValueError(name)
    parts[_THEME] = _themed(parts[_THEME], language)
    parts[_PROPERTIES] = _NO_PROPERTIES
    deck = pptx.Presentation(io.BytesIO(package.pack(parts)))
    deck.slide_width, deck.slide_height = Pt(SLIDE_WIDTH), Pt(SLIDE_HEIGHT)
    for layout in list(deck.slide_layouts):
        if layout.name != _LAYOUT:
            deck.slide_layouts.remove(layout)
    _spread(deck)
    _ = deck.notes_master
    out = io.BytesIO()
    deck.save(out)
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[_NOTES_THEME] = _themed(parts[_NOTES_THEME], language)
    return package.pack(parts)


def _themed(theme: bytes, language: Language) -> bytes:
    """A theme with the fonts of the language and the colours of the page."""
    family = looks.FONTS[language]
    pair = f'<a:latin typeface="{family}"/><a:ea typeface="{looks.FONTS["zh_CN"]}"/>'
    said, count = _FONT_PAIR.subn(pair, theme.decode("utf-8"))
    if count != 2:
        raise ValueError(_THEME)
    for number, colour in enumerate(_ACCENTS, 1):
        accent = rf'(<a:accent{number}>\s*<a:srgbClr val=")[0-9A-Fa-f]{{6}}'
        said, count = re.subn(accent, rf"\g<1>{colour[1:].upper()}", said)
        if count != 1:
            raise ValueError(_THEME)
    return said.encode("utf-8")


def _spread(deck: Presentation) -> None:
    """The places of a narrow page over the wide one; layouts take them from the master."""
    places = deck.slide_master.placeholders
    narrow = max(shape.left + shape.width for shape in places)
    factor = deck.slide_width / (narrow + min(shape.left for shape in places))
    for shape in places:
        shape.left, shape.width = round(shape.left * factor), round(shape.width * factor)


@cache
def _empty_notes() -> CT_NotesSlide:
    """Read once: a locked worker can open no file."""
    return CT_NotesSlide.new()


def add_notes(slide: Slide, said: str) -> None:
    """What the speaker reads. The library's own way reads a file each time."""
    package_of = slide.part.package
    master = package_of.presentation_part.notes_master_part
    name = package_of.next_partname("/ppt/notesSlides/notesSlide%d.xml")
    element = copy.deepcopy(_empty_notes())
    part = NotesSlidePart(name, CONTENT_TYPE.PML_NOTES_SLIDE, package_of, element)
    part.relate_to(master, RELATIONSHIP_TYPE.NOTES_MASTER)
    part.relate_to(slide.part, RELATIONSHIP_TYPE.SLIDE)
    slide.part.relate_to(part, RELATIONSHIP_TYPE.NOTES_SLIDE)
    part.notes_slide.clone_master_placeholders(master.notes_master)
    frame = slide.notes_slide.notes_text_frame
    if frame is None:
        raise ValueError("the notes have no place for text")
    frame.text = said
