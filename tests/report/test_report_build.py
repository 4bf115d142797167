"""The folder of a report: whole or not there, the same bytes from the same input."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from contents_material import draw_once
from report_material import Papers, papers

from cleanroom.analyses.registry import ANALYSES
from cleanroom.errors import InputError, SandboxError, TrustError
from cleanroom.report.build import build, files
from cleanroom.report.document import REPORT, Report
from cleanroom.report.drawing import Drawn, Job
from cleanroom.report.render import draw
from cleanroom.trust import codec
from cleanroom.trust.envelope import sign

LANGUAGES = ("en", "zh")
PAGES = [f"report.{language}.html" for language in LANGUAGES]


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_contents(threshold_report: Path) -> None:
    tables = ["01-A01-rates", "01-A01-identifiers", "02-A03-levels", "03-A04-channels"]
    tables.append("03-A04-targets")
    report = codec.decode((threshold_report / REPORT).read_bytes(), Report, "report")
    charts = [
        f"{number:02d}-{item.analysis}-{place}"
        for number, item in enumerate(report.items, 1)
        for place in range(1, len(item.result.charts) + 1)
    ]
    assert len(charts) >= 4
    endings = ("svg", "png", "json")
    assert names(threshold_report) == {
        "report.json",
        "agreement.json",
        "ledger.json",
        "manifest.json",
        "signatures.json",
        *PAGES,
        *(f"report.{lang}.{end}" for lang in LANGUAGES for end in ("pdf", "png", "xlsx", "pptx")),
        *(f"data-protection.{language}.pdf" for language in LANGUAGES),
        *(f"charts/{c}.{lang}.{end}" for c in charts for lang in LANGUAGES for end in endings),
        *(f"tables/{table}.{language}.csv" for table in tables for language in LANGUAGES),
    }


def test_same_input_same_bytes(threshold: Papers) -> None:
    assert files(threshold.inputs, draw) == files(threshold.inputs, draw)


def test_report_json_holds_questions_releases_and_results(threshold_report: Path) -> None:
    report = codec.decode((threshold_report / REPORT).read_bytes(), Report, "report")
    assert [item.analysis for item in report.items] == ["A01", "A03", "A04"]
    assert report.session.isolation == 3
    assert report.session.spent.cells == 5 + 14 + 12
    assert report.session.self_tests["engine"].layers == {"landlock": "on"}
    first = report.items[0]
    assert first.result.cards[0].value.value == sum(
        n for n in first.releases[0].vectors[0].values[2:] if n is not None
    )


def test_manifest_lists_every_file(threshold_report: Path) -> None:
    manifest = json.loads((threshold_report / "manifest.json").read_bytes())
    listed = {entry["name"] for entry in manifest["files"]}
    assert listed == names(threshold_report) - {"manifest.json", "signatures.json"}
    for entry in manifest["files"]:
        data = (threshold_report / entry["name"]).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(data), codec.sha256_hex(data))


def test_an_existing_folder_is_not_touched(threshold: Papers, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(InputError) as error:
        build(threshold.inputs, tmp_path, threshold.sign, draw_once)
    assert error.value.code == "input.report_exists"
    assert names(tmp_path) == {"notes.txt"}


def test_an_empty_folder_will_do(threshold: Papers, tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    assert build(threshold.inputs, target, threshold.sign, draw_once) == target
    assert "report.json" in names(target)


def test_a_crash_leaves_nothing(threshold: Papers, tmp_path: Path) -> None:
    def interrupted(body: bytes) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(threshold.inputs, tmp_path / "out", interrupted, draw_once)
    assert list(tmp_path.iterdir()) == []


def test_a_signature_over_something_else_is_refused(threshold: Papers, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="manifest"):
        build(threshold.inputs, tmp_path / "out", lambda _: threshold.sign(b"{}"), draw_once)
    with pytest.raises(ValueError, match="manifest"):
        build(threshold.inputs, tmp_path / "out", lambda body: sign("text/x", body, []), draw_once)
    assert list(tmp_path.iterdir()) == []


def test_missing_pictures_are_a_lie(threshold: Papers, tmp_path: Path) -> None:
    def lazy(job: Job) -> Drawn:
        drawn = draw_once(job)
        return msgspec.structs.replace(drawn, svgs=drawn.svgs[:-1])

    with pytest.raises(SandboxError) as error:
        build(threshold.inputs, tmp_path / "out", threshold.sign, lazy)
    assert error.value.code == "sandbox.lied"
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_the_ledger_does_not_know(threshold: Papers, tmp_path: Path) -> None:
    with pytest.raises(TrustError):
        build(
            replace(threshold.inputs, session_id="x"), tmp_path / "out", threshold.sign, draw_once
        )


def test_a_session_without_analyses(tmp_path: Path) -> None:
    made = papers("threshold", analyses=(), closed=False)
    folder = build(made.inputs, tmp_path / "out", made.sign, draw_once)
    page = (folder / "report.zh.html").read_text("utf-8")
    assert "没有输出结果" in page
    assert "尚未关闭" in page


def test_refused_analysis_has_a_section(tmp_path: Path) -> None:
    made = papers("threshold")
    first, second, third = made.inputs.items
    release = msgspec.structs.replace(
        second.releases[0], status="refused", vectors=(), reason="cells"
    )
    analysis = ANALYSES["A03"]
    params = msgspec.convert(second.params, analysis.params)
    catalogue, policy = made.agreement.catalogue(), made.agreement.policy
    result = analysis.result(params, catalogue, [release], policy)
    item = msgspec.structs.replace(second, releases=(release,), result=result)
    contents = files(replace(made.inputs, items=(first, item, third)), draw_once)
    assert (
        "it asks for more cells than the matched people allow"
        in contents["report.en.html"].decode()
    )
