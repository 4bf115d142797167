"""What the drawing process is asked for, and what it answers.

One job holds a whole report in all its languages. The process is not believed: how many files came,
and what they say they are, is checked here; SVG, which goes into a page, is looked through by
``picture.check``. PDF and PNG are handed on as they are and opened by nothing of ours.
"""

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct

from cleanroom.errors import SandboxError
from cleanroom.report.office import package, plans
from cleanroom.report.picture import Caption

JOB_MOST = 64 << 20
PICTURE_MOST = 64 << 20
ANSWER_MOST = 256 << 20

Form = Literal["report", "record", "phone"]

_BEGINS = {"report": b"%PDF-1.7\n", "record": b"%PDF-1.7\n", "phone": b"\x89PNG\r\n\x1a\n"}
_PICTURE = b"\x89PNG\r\n\x1a\n"


class Page(Struct, frozen=True, forbid_unknown_fields=True):
    """One document to set: ``report`` and ``record`` as PDF, ``phone`` as PNG.

    ``language``: place among the job's ``contents``. ``charts``: for each chart number of these
    contents, its place among the job's ``specs``; -1 for one that the page does not show.
    """

    form: Form
    language: int
    charts: tuple[int, ...] = ()


class Job(Struct, frozen=True, forbid_unknown_fields=True, tag="draw"):
    """Charts to draw, and pages to set with them.

    ``specs``: Vega-Lite, each becomes an SVG; those at the beginning, one for each of ``captions``,
    become a PNG with these words too.
    ``contents``: as ``contents.contents`` gives them. ``moment``: seconds since 1970, which PDF
    files name as the time they were made. ``workbooks`` and ``decks``: one per language.
    """

    specs: tuple[dict[str, Any], ...]
    captions: tuple[Caption, ...] = ()
    contents: tuple[dict[str, Any], ...] = ()
    pages: tuple[Page, ...] = ()
    moment: int = 0
    workbooks: tuple[plans.Workbook, ...] = ()
    decks: tuple[plans.Deck, ...] = ()


class Drawn(Struct, frozen=True, forbid_unknown_fields=True, tag="drawn"):
    """SVG texts, PNG files of the first of them, pages, XLSX and PPTX files, each in the order of
    the job.
    """

    svgs: tuple[str, ...]
    pictures: tuple[bytes, ...] = ()
    pages: tuple[bytes, ...] = ()
    workbooks: tuple[bytes, ...] = ()
    decks: tuple[bytes, ...] = ()


def check(job: Job, drawn: Drawn) -> Drawn:
    """The answer itself, if it is one to this job. Raises ``sandbox.lied``."""
    wanted = [*[_PICTURE] * len(job.captions), *(_BEGINS[page.form] for page in job.pages)]
    came: Sequence[bytes] = [*drawn.pictures, *drawn.pages]
    if len(drawn.pictures) != len(job.captions) or len(came) != len(wanted):
        raise SandboxError("sandbox.lied")
    if not all(
        file.startswith(begin) and len(file) <= PICTURE_MOST
        for file, begin in zip(came, wanted, strict=True)
    ):
        raise SandboxError("sandbox.lied")
    if (len(drawn.workbooks), len(drawn.decks)) != (len(job.workbooks), len(job.decks)):
        raise SandboxError("sandbox.lied")
    for kind, made in (("xlsx", drawn.workbooks), ("pptx", drawn.decks)):
        for data in made:
            package.check(kind, data)
    return drawn
