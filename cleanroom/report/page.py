"""The report as one HTML page in one language: no script, no network, every string escaped."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from cleanroom import resources
from cleanroom.report import picture


def html(contents: Mapping[str, Any], pictures: Sequence[str]) -> bytes:
    """The page of ``contents.contents``. ``pictures``: checked SVG texts by number of chart."""
    style = _style()

    def drawn(chart: Mapping[str, Any]) -> Markup:
        number = chart["number"]
        # Checked by picture.check: shapes and text only.
        return Markup(picture.inline(pictures[number], number + 1, chart["alt"]))  # noqa: S704

    page = _template().render(
        contents,
        picture=drawn,
        style=Markup(style),  # noqa: S704 - shipped with the program
        style_hash=_hash(style),
    )
    return (page + "\n").encode("utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.find("report")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


@cache
def _style() -> str:
    return resources.find("report", "report.css").read_text("utf-8")


def _hash(style: str) -> str:
    """What the content security policy names the one style sheet by."""
    digest = hashlib.sha256(style.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")
