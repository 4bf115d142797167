"""Role ``render``: draws Vega-Lite charts and sets pages, in a process of its own.

One job in, one answer out over the worker's pipes. Charts bring their data along; a spec that names
an address is refused, and the drawing library may fetch from nowhere. The process locks itself in
before it reads its job: no network, no files. Fonts are the system's, and are read before that.
"""

import os
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from msgspec import Struct

from cleanroom import wire
from cleanroom.errors import CleanroomError, SandboxError
from cleanroom.report import fonts, picture, typesetting
from cleanroom.report.drawing import JOB_MOST, Drawn, Job
from cleanroom.report.office import press
from cleanroom.sandbox import wall

VEGA_LITE = "5.21"
SPECS_MOST = 2_000
# Keys by which a spec would reach for something outside itself.
_REACHING = frozenset({"url", "href", "usermeta", "loader"})
# Vega leaves empty paths, which draw nothing and make Qt's renderer complain.
# Drawn once before the doors close, so that the library has loaded all it needs.
_WARM = {"data": {"values": [{"c0": 1}]}, "mark": "bar", "encoding": {"x": {"field": "c0"}}}
_EMPTY_PATH = re.compile(r'<path\b[^>]*?\sd=""[^>]*?/>')


class Prove(Struct, frozen=True, forbid_unknown_fields=True, tag="prove"):
    """Nothing to draw: say what the wall proved."""


class Proven(Struct, frozen=True, forbid_unknown_fields=True, tag="proven"):
    """What the wall proved, and nothing was drawn."""

    self_test: wall.SelfTest


FromRender = Drawn | wire.Failed


def draw(job: Job) -> Drawn:
    """Everything that a job asks for. Raises ``sandbox.failed`` for what cannot or must not be
    drawn.

    Pages are set in a second thread while the next charts and books are drawn: setting needs no
    lock of the interpreter, drawing holds it.
    """
    if len(job.specs) > SPECS_MOST:
        raise SandboxError("sandbox.failed")
    svgs = [""] * len(job.specs)

    def alone(place: int) -> str:
        if place >= 0 and not svgs[place]:
            svgs[place] = _draw(job.specs[place])
        return picture.alone(svgs[place]) if place >= 0 else ""

    with ThreadPoolExecutor(1) as setting:
        pages = [
            setting.submit(
                typesetting.page,
                page.form,
                job.contents[page.language],
                [alone(place) for place in page.charts],
                job.moment,
            )
            for page in job.pages
        ]
        for place in range(len(svgs)):
            alone(place)
        pictures = [
            setting.submit(typesetting.chart, picture.alone(svg, caption))
            for svg, caption in zip(svgs, job.captions, strict=False)
        ]
        books, decks = press.workbooks(job.workbooks), press.decks(job.decks)
        return Drawn(
            tuple(svgs),
            tuple(one.result() for one in pictures),
            tuple(one.result() for one in pages),
            books,
            decks,
        )


def charts(specs: Sequence[dict[str, Any]]) -> list[str]:
    """Each spec as SVG text. Raises ``sandbox.failed`` for one that cannot or must not be drawn."""
    if len(specs) > SPECS_MOST:
        raise SandboxError("sandbox.failed")
    return [_draw(spec) for spec in specs]


def _draw(spec: dict[str, Any]) -> str:
    # Here, so that importing this module does not load a JavaScript engine.
    import vl_convert

    if _reaches_out(spec):
        raise SandboxError("sandbox.failed")
    try:
        svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    except ValueError:
        raise SandboxError("sandbox.failed") from None
    return _EMPTY_PATH.sub("", str(svg))


def _reaches_out(node: object) -> bool:
    if isinstance(node, dict):
        return any(key in _REACHING or _reaches_out(value) for key, value in node.items())
    return isinstance(node, list | tuple) and any(_reaches_out(item) for item in node)


def main() -> int:
    """Run the role: one job, then the end. The exit code of the process."""
    guard = wall.provider()
    # No limit on memory: the JavaScript engine reserves address space far beyond what it uses, and
    # has a limit of its own.
    guard.harden(_launcher(), None, 0)
    reader, writer = wire.worker_channel()
    try:
        guard.enclose_code(fonts.folders())
        charts([_WARM])
        typesetting.rehearse()
        press.rehearse()
        guard.enclose_data()
        job = wire.receive_any(reader, Job | Prove, JOB_MOST)
        if isinstance(job, Prove):
            wire.send(writer, Proven(guard.self_test()))
        else:
            wire.send(writer, draw(job))
    except CleanroomError as error:
        wire.send(writer, wire.failed(error))
        return error.exit_code
    return 0


def _launcher() -> int:
    """Process id of whoever started this role, as it said itself; our parent when it did not."""
    return int(sys.argv[3]) if len(sys.argv) > 3 else os.getppid()
