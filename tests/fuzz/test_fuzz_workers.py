"""Workers of one's own desk that were taken over by the files they read or the charts they drew:
what they say is an error with sentences, or an answer that does no harm where it goes.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from byte_changes import damaged
from clock import fuzzed
from conversations import lies
from fuzz_material import answer
from hostile_pipes import frame
from hypothesis import strategies as st
from puppets import Puppet

from cleanroom import wire
from cleanroom.prepare import jobs
from cleanroom.report import picture
from cleanroom.report.drawing import Drawn
from cleanroom.report.office import package
from cleanroom.report.render import FromRender
from cleanroom.session import sealing

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><g><path d="M0,0"/></g></svg>'
PROPOSED = jobs.Proposal("dataset = 1\n", (), {}, (("pid", "a"),))
FROM_WORKER: list[Any] = [
    wire.Progress("people", 1, 2),
    wire.Failed("input.no_column", {"file": "a.csv", "column": "b", "line": 3}),
    jobs.Preview("csv", "utf-8", ",", True, "", ("a",), (("1",),)),
    PROPOSED,
]
FROM_DRAWING: list[Any] = [Drawn((SVG,)), wire.Failed("sandbox.failed")]
FACTS = ["code", "self", "facts", "what", "file", "column", "line", "0", "", "__class__"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file to read, by workers that are puppets."""
    path = tmp_path_factory.mktemp("reading") / "a.csv"
    path.write_text("a\n1\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "RoleProcess", Puppet)
        yield path


def inferred(file: Path, said: bytes) -> jobs.Proposal:
    """What the desk takes for the worker's proposal."""
    Puppet.script = {"prepare": said}
    return sealing.infer(file, "orders", "people", lambda *_: None)


@fuzzed(st.data())
def test_reading_workers_that_say_anything(file: Path, data: st.DataObject) -> None:
    said = list(map(msgspec.json.encode, FROM_WORKER))
    code = st.sampled_from(["input.no_file", "sandbox.lied", "trust.clock", "", "input", "x.y"])
    facts = st.dictionaries(
        st.sampled_from(FACTS) | st.text(max_size=5), st.text(max_size=9) | st.integers()
    )
    failed = st.builds(dict, type=st.just("failed"), code=code, facts=facts)
    stream = lies(said) | damaged(b"".join(map(frame, said)), said)
    stream |= failed.map(lambda tree: frame(json.dumps(tree).encode()))
    found = answer(inferred, file, data.draw(stream))
    assert found is None or isinstance(found, jobs.Proposal)


PIECES = [
    "<g>",
    "</g>",
    "<g>" * 3000,
    "<g>" * 3000 + "</g>" * 3000,
    "<script>x</script>",
    '<a href="x"/>',
    '<x:g xmlns:x="http://www.w3.org/2000/svg"/>',
    "<text>&lt;script&gt;</text>",
    "<!DOCTYPE svg>",
    "<?xml?>",
    "<!-- -->",
    "&#0;",
    "&a;",
    "\x00",
    "\ufffe",
]
VALUES = ["1e999", "nan", "-1", "x", "", "10%", "url(#x)", "javascript:x", "9" * 500, "a>b", "&lt;"]
NAMES = ["width", "height", "style", "onload", "xmlns:x", "aria-label", "viewBox", "href"]


@st.composite
def drawings(draw: Any) -> str:
    """A drawing with other attributes and pieces put in."""
    svg = SVG
    for _ in range(draw(st.sampled_from([0, 1, 1, 2]))):
        how = draw(st.integers(0, 2))
        ends = [found.end() for found in re.finditer("<[a-z]+" if how == 0 else ">", svg)]
        at = ends[draw(st.integers(0, len(ends) - 1))] if ends else 0
        if how == 0:
            added = f' {draw(st.sampled_from(NAMES))}="{draw(st.sampled_from(VALUES))}"'
        elif how == 1:
            added = draw(st.sampled_from(PIECES))
        else:
            attributes = list(re.finditer('"[^"]*"', svg))
            found = attributes[draw(st.integers(0, len(attributes) - 1))]
            svg, at = svg[: found.start()] + svg[found.end() :], found.start()
            added = f'"{draw(st.sampled_from(VALUES))}"'
        svg = svg[:at] + added + svg[at:]
    return svg


@fuzzed(st.data())
def test_drawing_workers_that_say_anything(data: st.DataObject) -> None:
    """A picture that is accepted can be put into a page."""
    svg = data.draw(drawings())
    said = [msgspec.json.encode(Drawn((svg,))), msgspec.json.encode(FROM_DRAWING[1])]
    honest_frames = b"".join(map(frame, said))
    stream = data.draw(st.just(honest_frames) | lies(said) | damaged(honest_frames, said))
    Puppet.script = {"render": stream}
    with Puppet("render", inside=False) as worker:
        drawn = answer(worker.receive, FromRender, 1.0)
    if isinstance(drawn, Drawn):
        for checked in answer(picture.check_all, drawn.svgs, len(drawn.svgs)) or []:
            for shown in (picture.inline(checked, 1, "words"), picture.alone(checked)):
                tags = {e.tag.rpartition("}")[2] for e in ElementTree.fromstring(shown).iter()}
                assert tags <= {"svg", "g", "path", "text", "defs", "pattern", "line", "rect"}


SHEET = b'<worksheet><row><c r="A1"><v>1</v></c></row></worksheet>'
WORKBOOK = {
    "[Content_Types].xml": b'<?xml version="1.0" encoding="UTF-8"?><Types/>',
    "_rels/.rels": b'<Relationships><Relationship Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": b'<workbook><sheets><sheet name="a"/></sheets></workbook>',
    "xl/worksheets/sheet1.xml": SHEET,
}
PARTS = [
    "xl/vbaProject.bin",
    "xl/externalLinks/externalLink1.xml",
    "../x.xml",
    "xl/worksheets/sheet2.xml",
    "customXml/item1.xml",
]
XML = [
    b"<f>1+1</f>",
    b'<hyperlink ref="A1"/>',
    b'<Relationship TargetMode="External" Target="file:///x"/>',
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b'<?xml version="1.0" encoding="UTF-7"?>',
    b'<?xml version="1.0" encoding="cp037"?>',
    b'<?xml version="1.0" encoding="x"?>',
    "<f>1</f>".encode("utf-16"),
    b"\xef\xbb\xbf",
    b"\x00",
    b"&a;",
    b"<a>" * 3000,
    b"<a>" * 3000 + b"</a>" * 3000,
]


@fuzzed(st.data())
def test_workbooks_of_a_drawing_worker(data: st.DataObject) -> None:
    """What is accepted has no formula, link or other encoding in any part."""
    parts = dict(WORKBOOK)
    for _ in range(data.draw(st.sampled_from([0, 1, 1, 2]))):
        name = data.draw(st.sampled_from([*parts, *PARTS]))
        part = parts.get(name, SHEET)
        at = data.draw(st.integers(0, len(part)))
        parts[name] = part[:at] + data.draw(st.sampled_from(XML)) + part[at:]
    file = package.pack(parts)
    file = data.draw(st.just(file) | damaged(file, [SHEET, *WORKBOOK.values()]))
    if answer(package.check, "xlsx", file) is not None:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            found = {name: archive.read(name) for name in archive.namelist()}
        assert package.pack(found) == file
        for name, part in found.items():
            assert name not in PARTS or name == "xl/worksheets/sheet2.xml"
            assert b"<!" not in part
            tree = ElementTree.fromstring(part.decode())
            tags = {element.tag for element in tree.iter()}
            assert "hyperlink" not in tags
            assert "f" not in tags or "worksheets" not in name  # charts name their cells so
            assert all(e.get("TargetMode") is None for e in tree.iter("Relationship"))
