"""A report in each of its languages: what has to be drawn for it, and the files it becomes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cleanroom.analyses.result import Chart
from cleanroom.report import charts, drawing, page, picture
from cleanroom.report.contents import Sources, contents
from cleanroom.report.drawing import Drawn, Form, Job, Page
from cleanroom.report.office.deck import deck
from cleanroom.report.office.front import Book
from cleanroom.report.office.workbook import workbook
from cleanroom.report.picture import Caption
from cleanroom.report.wording import Language, Wording

SHORT: Final[Mapping[Language, str]] = {"en": "en", "zh_CN": "zh"}
_FILES: Final[Mapping[Form, str]] = {
    "report": "report.{short}.pdf",
    "record": "data-protection.{short}.pdf",
    "phone": "report.{short}.png",
}


@dataclass(frozen=True)
class Edition:
    """The report in one language: its words, and its charts by number."""

    wording: Wording
    said: dict[str, Any]
    charts: tuple[Chart, ...]
    names: tuple[str, ...]  # of each chart's files, without their ending
    captions: tuple[Caption, ...]  # what stands around each chart in a file of its own
    leading: tuple[int, ...]  # the first chart of each analysis: those that phones get
    book: Book


def edition(sources: Sources, wording: Wording) -> Edition:
    """The report in the language of ``wording``."""
    shown: list[Chart] = []
    names: list[str] = []
    leading: list[int] = []
    for number, item in enumerate(sources.report.items, 1):
        if item.result.charts:
            leading.append(len(shown))
        for place, chart in enumerate(item.result.charts, 1):
            shown.append(chart)
            names.append(f"charts/{number:02d}-{item.analysis}-{place}.{SHORT[wording.language]}")
    said = contents(sources, wording)
    captions = tuple(_captions(said))
    book = Book(sources, wording)
    return Edition(wording, said, tuple(shown), tuple(names), captions, tuple(leading), book)


def _captions(said: Mapping[str, Any]) -> Iterator[Caption]:
    """Title above, what hatching means and the kind of protection below, by number of chart."""
    about = [
        chart for part in said["sections"] for item in part["items"] for chart in item["charts"]
    ]
    room = charts.PAGE.width - 2 * picture.EDGE
    for chart in sorted(about, key=lambda one: int(one["number"])):
        title = charts.wrap(chart["title"], room / picture.TITLE_SIZE * charts.FONT)
        notes = [note for note in (chart["legend"], said["mode_name"]) if note]
        below = [charts.wrap(note, room / picture.NOTE_SIZE * charts.FONT) for note in notes]
        yield Caption(tuple(title), tuple(line for lines in below for line in lines))


def job(editions: Sequence[Edition], created: str) -> Job:
    """All that has to be drawn. ``created``: ISO 8601 UTC ending in Z."""
    specs = [charts.spec(chart, one.wording) for one in editions for chart in one.charts]
    pages = []
    for language, one in enumerate(editions):
        first = sum(len(before.charts) for before in editions[:language])
        wide = tuple(range(first, first + len(one.charts)))
        narrow = [-1] * len(one.charts)
        for number in one.leading:
            narrow[number] = len(specs)
            specs.append(charts.spec(one.charts[number], one.wording, charts.PHONE))
        pages.append(Page("report", language, wide))
        pages.append(Page("record", language))
        pages.append(Page("phone", language, tuple(narrow)))
    said = tuple(one.said for one in editions)
    moment = int(datetime.fromisoformat(created).timestamp())
    workbooks = tuple(workbook(one.book) for one in editions)
    decks = tuple(deck(one.book) for one in editions)
    captions = tuple(caption for one in editions for caption in one.captions)
    return Job(tuple(specs), captions, said, tuple(pages), moment, workbooks, decks)


def files(editions: Sequence[Edition], wanted: Job, drawn: Drawn) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file that is laid out. Raises ``sandbox.lied``."""
    drawing.check(wanted, drawn)
    svgs = picture.check_all(drawn.svgs, len(wanted.specs))
    first = 0
    for one in editions:
        mine = range(first, first + len(one.charts))
        first = mine.stop
        short = SHORT[one.wording.language]
        yield f"report.{short}.html", page.html(one.said, [svgs[place] for place in mine])
        for name, place, chart in zip(one.names, mine, one.charts, strict=True):
            yield (
                f"{name}.svg",
                (picture.alone(svgs[place], wanted.captions[place]) + "\n").encode("utf-8"),
            )
            yield f"{name}.png", drawn.pictures[place]
            yield f"{name}.json", _shareable(wanted.specs[place], chart, one.wording)
    for one, sheets, slides in zip(editions, drawn.workbooks, drawn.decks, strict=True):
        yield f"report.{SHORT[one.wording.language]}.xlsx", sheets
        yield f"report.{SHORT[one.wording.language]}.pptx", slides
    for asked, data in zip(wanted.pages, drawn.pages, strict=True):
        short = SHORT[editions[asked.language].wording.language]
        yield _FILES[asked.form].format(short=short), data


def _shareable(spec: Mapping[str, Any], chart: Chart, wording: Wording) -> bytes:
    """The spec for other tools, with the chart in words; they know no hatching, so it is grey."""
    layers = []
    for layer in spec["layer"]:
        hatched = layer["mark"].get("color") == picture.HATCH
        grey = {"mark": {**layer["mark"], "color": charts.GRID}}
        layers.append({**layer, **grey} if hatched else layer)
    about = {"description": wording.sentence(chart.alt), "background": "#ffffff"}
    told = {**spec, **about, "layer": layers}
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
