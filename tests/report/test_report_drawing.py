"""The drawing process is not believed, and does its work behind its wall."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from contents_material import draw_once, sources, wording
from report_material import Papers, papers

from cleanroom import wire
from cleanroom.errors import SandboxError
from cleanroom.report import drawing, editions
from cleanroom.report.build import build
from cleanroom.report.drawing import Drawn, Job, Page
from cleanroom.report.render import FromRender, draw
from cleanroom.sandbox.outside.process import RoleProcess

Change = Callable[[Drawn], Drawn]


def job_of(made: Papers) -> Job:
    wordings = [wording(made, language) for language in editions.SHORT]
    made_of = sources(made)
    return editions.job([editions.edition(made_of, one) for one in wordings], made.inputs.created)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dp", "hostile"])
def test_the_worker_sets_the_same_pages_behind_its_wall(
    request: pytest.FixtureRequest, name: str
) -> None:
    """Fonts, template and libraries were loaded before it closed its doors; nothing is after."""
    job = job_of(request.getfixturevalue(name))
    with RoleProcess("render", inside=False) as worker:
        worker.send(job)
        drawn = worker.receive(FromRender, 120, drawing.ANSWER_MOST)
    assert drawn == draw(job)
    assert len(drawn.pages) == 6
    assert drawing.check(job, drawn) is drawn


def test_a_job_and_its_answer_fit_the_wire(threshold: Papers) -> None:
    job = job_of(threshold)
    body = msgspec.json.encode(job)
    assert len(body) < drawing.JOB_MOST // 4
    assert wire.decode(body, Job).moment == 1782896400  # 2026-07-01 09:00 UTC


def fewer_pictures(drawn: Drawn) -> Drawn:
    return msgspec.structs.replace(drawn, pictures=drawn.pictures[1:])


def more_pages(drawn: Drawn) -> Drawn:
    return msgspec.structs.replace(drawn, pages=(*drawn.pages, drawn.pages[0]))


def a_page_that_is_no_pdf(drawn: Drawn) -> Drawn:
    return msgspec.structs.replace(drawn, pages=(b"<html>", *drawn.pages[1:]))


def pages_in_another_order(drawn: Drawn) -> Drawn:
    return msgspec.structs.replace(drawn, pages=tuple(reversed(drawn.pages)))


def a_picture_that_is_none(drawn: Drawn) -> Drawn:
    return msgspec.structs.replace(drawn, pictures=(b"GIF89a", *drawn.pictures[1:]))


def a_script_in_a_chart(drawn: Drawn) -> Drawn:
    bad = drawn.svgs[0].replace("</svg>", "<script>1</script></svg>")
    return msgspec.structs.replace(drawn, svgs=(bad, *drawn.svgs[1:]))


@pytest.mark.parametrize(
    "change",
    [
        fewer_pictures,
        more_pages,
        a_page_that_is_no_pdf,
        pages_in_another_order,
        a_picture_that_is_none,
        a_script_in_a_chart,
    ],
)
def test_other_files_than_were_asked_for_are_a_lie(
    threshold: Papers, tmp_path: Path, change: Change
) -> None:
    with pytest.raises(SandboxError) as error:
        build(
            threshold.inputs, tmp_path / "out", threshold.sign, lambda job: change(draw_once(job))
        )
    assert error.value.code == "sandbox.lied"
    assert list(tmp_path.iterdir()) == []


def test_a_page_too_large_is_a_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job((), pages=(Page("record", 0),), contents=({},))
    answer = Drawn((), pages=(b"%PDF-1.7\n" + bytes(100),))
    assert drawing.check(job, answer) is answer
    monkeypatch.setattr(drawing, "PICTURE_MOST", 100)
    with pytest.raises(SandboxError):
        drawing.check(job, answer)


def test_a_report_without_analyses_is_set_too() -> None:
    drawn = draw(job_of(papers("threshold", analyses=())))
    assert (drawn.svgs, drawn.pictures, len(drawn.pages)) == ((), (), 6)
