"""CSV: spreadsheets can read it, and find nothing to run."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_material import papers

from cleanroom.report.build import build
from cleanroom.report.document import REPORT, Report
from cleanroom.report.render import draw
from cleanroom.report.tables import BOM, harmless
from cleanroom.trust import codec

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def tables(folder: Path) -> list[Path]:
    return sorted((folder / "tables").glob("*.csv"))


def rows(path: Path) -> list[list[str]]:
    content = path.read_bytes().decode("utf-8")
    assert content.startswith(BOM)
    return list(csv.reader(io.StringIO(content.removeprefix(BOM), newline="")))


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("report", ["threshold_report", "dp_report", "hostile_report"])
def test_rectangles_without_formulas(report: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(report)
    assert tables(folder)
    for path in tables(folder):
        lines = rows(path)
        assert {len(line) for line in lines} == {len(lines[0])}
        for cell in (cell for line in lines for cell in line):
            assert is_number(cell) or not cell.startswith(DANGEROUS)


def test_hostile_labels_are_still_there(hostile_report: Path) -> None:
    labels = {line[0] for path in tables(hostile_report) for line in rows(path)}
    assert {"'=1+1", "'@SUM(A1)", "'-2+3", "'=HYPERLINK(1)", "${c0}", "{{ 7*7 }}"} <= labels


def test_pandas_reads_numbers(threshold_report: Path) -> None:
    frame = pd.read_csv(threshold_report / "tables/03-A04-channels.en.csv", encoding="utf-8-sig")
    assert list(frame["Channel"][:4]) == ["朋友圈", "公众号", "搜索", "朋友推荐"]
    counts = frame["New customers"]
    assert counts.dtype == float  # withheld cells are empty
    assert frame["New customers, status"].tolist()[:4] == [
        "shown",
        "shown",
        "not released",
        "not released",
    ]
    share = frame["Share of matched"][0]
    assert 0 < share < 1
    assert frame["Share of matched, status"][0] == "at most"


def test_counts_add_up_as_exported(dp_report: Path) -> None:
    frame = pd.read_csv(dp_report / "tables/02-A03-levels.en.csv", encoding="utf-8-sig")
    counts = frame.filter(regex=r"^(Also|Not) in [^,]*$")
    assert counts.shape[1] == 2
    assert (counts[:-1].sum() == counts.iloc[-1]).all()


def test_negative_counts_stay_numbers(tmp_path: Path) -> None:
    made = papers("dp", scale=1, seed=3)
    folder = build(made.inputs, tmp_path / "out", made.sign, draw)
    report = codec.decode((folder / REPORT).read_bytes(), Report, "report")
    released = [n for item in report.items for r in item.releases for n in r.vectors[0].values]
    exported = [
        float(cell)
        for path in tables(folder)
        for line in rows(path)[1:]
        for cell in line[1:]
        if is_number(cell)
    ]
    assert min(n for n in released if n is not None) in exported
    assert any("fewer than about 50" in line for p in tables(folder) for line in rows(p))


@pytest.mark.parametrize(
    ("given_text", "written"),
    [
        ("=1", "'=1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        (" =1", "' =1"),
        ("　=1", "'　=1"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("朋友圈", "朋友圈"),
        ("", ""),
    ],
)
def test_harmless(given_text: str, written: str) -> None:
    assert harmless(given_text) == written


@given(st.text())
def test_nothing_dangerous_stays_in_front(label: str) -> None:
    assert not harmless(label).startswith(DANGEROUS)
    assert harmless(label).removeprefix("'") == label or harmless(label) == label
