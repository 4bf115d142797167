"""Role ``render``: draws Vega-Lite charts as SVG, in a process of its own.

One job in, one answer out over the worker's pipes. Charts bring their data along; a spec that names
an address is refused, and the drawing library may fetch from nowhere. The process locks itself in
before it reads its job: no network, no files (not even fonts: charts place their texts themselves).
"""

import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from cleanroom import wire
from cleanroom.errors import CleanroomError, SandboxError
from cleanroom.sandbox import wall

VEGA_LITE = "5.21"
SPECS_MOST = 2_000
# Keys by which a spec would reach for something outside itself.
_REACHING = frozenset({"url", "href", "usermeta", "loader"})
# Vega leaves empty paths, which draw nothing and make Qt's renderer complain.
# Drawn once before the doors close, so that the library has loaded all it needs.
_WARM = {"data": {"values": [{"c0": 1}]}, "mark": "bar", "encoding": {"x": {"field": "c0"}}}
_EMPTY_PATH = re.compile(r'<path\b[^>]*?\sd=""[^>]*?/>')


class Job(Struct, frozen=True, forbid_unknown_fields=True, tag="draw"):
    """Charts to draw."""

    specs: tuple[dict[str, Any], ...]


class Drawn(Struct, frozen=True, forbid_unknown_fields=True, tag="drawn"):
    """The charts as SVG texts, in the order of the job."""

    svgs: tuple[str, ...]


FromRender = Drawn | wire.Failed


def draw(specs: Sequence[dict[str, Any]]) -> list[str]:
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
        guard.enclose_code()
        draw([_WARM])
        guard.enclose_data()
        job = wire.receive(reader, Job)
        wire.send(writer, Drawn(tuple(draw(job.specs))))
    except CleanroomError as error:
        wire.send(writer, wire.failed(error))
        return error.exit_code
    return 0


def _launcher() -> int:
    """Process id of whoever started this role, as it said itself; our parent when it did not."""
    return int(sys.argv[3]) if len(sys.argv) > 3 else os.getppid()
