"""Files of an office: the same bytes from the same plan, and nothing in them that reaches out."""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import SandboxError
from cleanroom.report.drawing import Drawn, Job, check
from cleanroom.report.office import package, plans, press
from cleanroom.report.office.deck import deck
from cleanroom.report.office.front import Book
from cleanroom.report.office.workbook import workbook

Made = Callable[[str], bytes]
RELATION = (
    b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/hyperlink" Target="http://x.test/" TargetMode="External"/>'
)
PRESS = """
import pickle, sys
from cleanroom.report.office import press
books, decks = pickle.loads(sys.stdin.buffer.read())
sys.stdout.buffer.write(pickle.dumps((press.workbooks(books), press.decks(decks))))
"""


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_part(data: bytes, name: str, part: bytes) -> bytes:
    return package.pack({**parts(data), name: part})


def edited(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    part = parts(data)[name]
    assert old in part
    return with_part(data, name, part.replace(old, new, 1))


def refused(kind: str, data: bytes) -> bool:
    """Nothing but this error may come out of the check."""
    try:
        package.check(kind, data)
    except SandboxError as error:
        return error.code == "sandbox.lied"
    return False


def test_what_is_made_passes(name: str, xlsx: Made, pptx: Made) -> None:
    assert package.check("xlsx", xlsx(name)) == xlsx(name)
    assert package.check("pptx", pptx(name)) == pptx(name)


def test_the_same_plan_gives_the_same_bytes_in_another_process(
    books: dict[str, Book], xlsx: Made, pptx: Made
) -> None:
    names = ("hostile.en", "threshold.zh_CN")
    planned = ([workbook(books[one]) for one in names], [deck(books[one]) for one in names])
    environment = {**os.environ, "TZ": "Asia/Shanghai", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", PRESS],
        input=pickle.dumps(planned),
        env=environment,
        capture_output=True,
        check=True,
        timeout=120,
    )
    made, slides = pickle.loads(done.stdout)
    assert list(made) == [xlsx(one) for one in names]
    assert list(slides) == [pptx(one) for one in names]


def test_plans_survive_the_pipe(books: dict[str, Book]) -> None:
    job = Job((), workbooks=(workbook(books["dp.en"]),), decks=(deck(books["dp.en"]),))
    assert msgspec.json.decode(msgspec.json.encode(job), type=Job, strict=True) == job


def test_nothing_of_the_machine(name: str, xlsx: Made, pptx: Made) -> None:
    for data in (xlsx(name), pptx(name)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        everything = b"".join(parts(data).values())
        assert str(Path.cwd()).encode() not in everything
        for stray in (b"Canny", b"Macintosh", b"printerSettings", b"thumbnail"):
            assert stray not in everything


def test_no_links_and_no_macros(name: str, xlsx: Made, pptx: Made) -> None:
    for data in (xlsx(name), pptx(name)):
        for part, content in parts(data).items():
            assert not part.endswith((".bin", ".vml", ".emf"))
            assert b'TargetMode="External"' not in content
            assert b"macroEnabled" not in content
            assert b"<f>" not in content


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/vbaProject.bin", b"x"),
        ("xl/externalLinks/externalLink1.xml", b"<a/>"),
        ("xl/connections.xml", b"<a/>"),
        ("xl/worksheets/sheet99.xml", b"<!DOCTYPE a><a/>"),
        ("xl/worksheets/sheet99.xml", b"<worksheet><c><f>1+1</f></c></worksheet>"),
        ("xl/worksheets/sheet99.xml", b"<worksheet><hyperlinks/></worksheet>"),
        ("xl/worksheets/sheet99.xml", b"<broken"),
        ("xl/worksheets/sheet99.xml", b"\xff\xfe"),
        ("xl/worksheets/sheet99.xml", b'<?xml version="1.0" encoding="x-none"?><a/>'),
        ("../evil.xml", b"<a/>"),
    ],
)
def test_workbooks_with_more_than_sheets_are_refused(part: str, content: bytes, xlsx: Made) -> None:
    assert refused("xlsx", with_part(xlsx("dp.en"), part, content))


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("_rels/.rels", b"</Relationships>", RELATION + b"</Relationships>"),
        ("ppt/_rels/presentation.xml.rels", b"</Relationships>", RELATION + b"</Relationships>"),
        ("ppt/slides/slide1.xml", b"<a:rPr", b'<a:hlinkClick xmlns:a="a"/><a:rPr'),
        ("ppt/slides/slide1.xml", b"<a:t>", b"<a:t>&unknown;"),
    ],
)
def test_decks_that_reach_out_are_refused(part: str, old: bytes, new: bytes, pptx: Made) -> None:
    assert refused("pptx", edited(pptx("dp.en"), part, old, new))


def test_the_workbook_behind_a_chart_is_looked_through_too(pptx: Made, xlsx: Made) -> None:
    data = pptx("dp.en")
    inner = next(name for name in parts(data) if name.endswith(".xlsx"))
    bad = with_part(xlsx("dp.en"), "xl/vbaProject.bin", b"x")
    assert refused("pptx", with_part(data, inner, bad))
    assert not refused("pptx", with_part(data, inner, xlsx("dp.en")))


def test_nothing_hides_between_the_parts(xlsx: Made) -> None:
    data = xlsx("dp.en")
    assert refused("xlsx", data + b"x")
    assert refused("xlsx", b"x" + data)
    assert refused("xlsx", b"")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts(data).items():
            archive.writestr(name, part)
    assert refused("xlsx", out.getvalue())
    assert refused("pptx", data)


@given(place=st.integers(0, 10**9), byte=st.integers(0, 255))
def test_any_changed_byte_is_refused_or_harmless(place: int, byte: int, xlsx: Made) -> None:
    """Whatever comes, the check answers with a yes or a no."""
    data = bytearray(xlsx("dp.en"))
    data[place % len(data)] = byte
    refused("xlsx", bytes(data))


def test_an_answer_with_too_few_files_is_a_lie(books: dict[str, Book], xlsx: Made) -> None:
    job = Job((), workbooks=(workbook(books["dp.en"]),))
    good = Drawn((), workbooks=(xlsx("dp.en"),))
    assert check(job, good) == good
    for bad in (Drawn(()), Drawn((), workbooks=(b"PK",)), Drawn((), (), (), (), (b"",))):
        with pytest.raises(SandboxError):
            check(job, bad)


def test_a_text_that_no_cell_can_hold_is_an_error() -> None:
    about = plans.About("en", "a", "b", "c", "d", "2026-07-01T09:00:00Z")
    row = plans.Row(15.0, (plans.Cell(0, 0, "x" * 40_000, "plain"),))
    with pytest.raises(SandboxError):
        press.workbooks([plans.Workbook(about, (plans.Sheet("a", (9.0,), (row,)),))])


def test_the_rehearsal_uses_both_libraries() -> None:
    press.rehearse()
    assert {"xlsxwriter", "pptx"} <= set(sys.modules)
