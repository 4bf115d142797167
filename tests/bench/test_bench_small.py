"""The benchmark itself, on few rows: the whole product path through real processes."""

import hashlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

BENCH = Path(__file__).parents[2] / "bench"
ROWS = 20_000
SECONDS = 240


def bench(script: str, *arguments: object, folder: Path) -> str:
    """Run a script of the benchmark to its end; what it printed."""
    done = subprocess.run(
        [sys.executable, str(BENCH / script), *map(str, arguments)],
        env={**os.environ, "CR_BENCH_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_whole_path_is_measured_and_right(tmp_path: Path) -> None:
    sizes = ("--a", ROWS, "--b", ROWS, "--question", ROWS)
    printed = bench(
        "run.py", "--quick", *sizes, "--rounds", 1, "--question-rounds", 1, folder=tmp_path
    )
    lines = printed.splitlines()
    summary = json.loads(lines[-1])
    assert list(summary) == ["pandas_ratio", "hashed_floor_ratio", "question_ratio", "peak_mb"]
    assert all(value > 0 for value in summary.values())
    assert summary["peak_mb"] < 1500
    shown = [line.split() for line in lines if "within their noise" in line]
    assert [line[0] for line in shown] == ["product:", "phone:"]
    # 12,000 people in 240 cells of 50: some cells are shown and some are withheld
    assert all(0 < int(line[1]) < 240 for line in shown)
    details = json.loads((tmp_path / "last.json").read_text())
    walls = {name: runs[0][0] for name, runs in details["runs"].items()}
    stages = details["seconds"]
    parts = ("vaults", "check", "start", "ingest", "match", "ask A01", "ask A03", "close")
    inside = sum(stages[f"product: session {part}"][0] for part in parts)
    assert 0 < inside < walls["product: session"]
    sealing = max(walls["product: seal platform"], walls["product: seal brand"])
    assert sealing + walls["product: session"] <= walls["product"]
    assert summary["pandas_ratio"] == round(walls["product"] / walls["pandas"], 3)
    assert len(details["runs"]["cleanroom --help"]) == 5
    assert not list(tmp_path.glob("run-*")), "vaults and packages are gone"


def test_rows_are_the_same_every_time(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    digests = []
    for folder in folders:
        folder.mkdir()
        for kind in ("mail", "phone"):
            bench("rows.py", folder, kind, "a", 1000, 0, folder=folder)
            bench("rows.py", folder, kind, "c", 500, 700, folder=folder)
        files = sorted(folder.iterdir())
        digests.append([(f.name, hashlib.sha256(f.read_bytes()).hexdigest()) for f in files])
    assert len(digests[0]) == 4
    assert digests[0] == digests[1]
    for kind, column in (("mail", "email"), ("phone", "phone")):
        sides = []
        for side in ("a_0_1000", "c_700_500"):
            texts = pl.read_csv(folders[0] / f"{kind}_{side}.csv", infer_schema=False)[column]
            plain = texts.str.strip_chars().str.to_lowercase()
            if kind == "phone":
                plain = plain.str.replace_all(r"\D", "").str.tail(11)
                assert plain.str.contains("^1[3-9][0-9]{9}$").all()
            assert plain.is_unique().all()
            sides.append(set(plain))
        assert len(sides[0] & sides[1]) == 300


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module that decides whether answers are right."""
    monkeypatch.syspath_prepend(str(BENCH))
    names = ("check", "measure")
    before = {name: sys.modules.pop(name, None) for name in names}
    yield importlib.import_module("check")
    for name in names:
        sys.modules.pop(name, None)
        if before[name] is not None:
            sys.modules[name] = before[name]


TRUTH = {("seg0", "R0"): 250, ("seg1", "R0"): 40, ("seg0", "R1"): 52}


def answer(**changed: int | None) -> dict[str, Any]:
    """A right answer about TRUTH, with one value of another."""
    values: dict[str, int | None] = {"big": 245, "small": None, "near": 60, **changed}
    return {
        "dimensions": ["brand.people.a_region", "platform.people.a_segment"],
        "cells": [
            (["R0", "seg0"], values["big"]),
            (["R0", "seg1"], values["small"]),
            (["R1", "seg0"], values["near"]),
        ],
        "sigma": 3,
        "rounding": 5,
    }


def test_a_right_answer_passes(checks: ModuleType) -> None:
    assert checks.released(answer(), TRUTH, 50) == 2
    assert checks.released(answer(near=None), TRUTH, 50) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"big": 290}, {"big": 0}, {"big": None}, {"small": 40}, {"near": 90}],
    ids=["too many", "nobody", "withheld", "too few people", "beyond its noise"],
)
def test_a_wrong_answer_stops_the_benchmark(
    checks: ModuleType, wrong: dict[str, int | None]
) -> None:
    with pytest.raises(SystemExit):
        checks.released(answer(**wrong), TRUTH, 50)


def test_a_missing_cell_stops_the_benchmark(checks: ModuleType) -> None:
    short = answer()
    del short["cells"][1]
    with pytest.raises(SystemExit):
        checks.released(short, TRUTH, 50)


def test_a_wrong_overlap_stops_the_benchmark(checks: ModuleType) -> None:
    told = {"cells": [(["platform", ""], 660), (["brand", ""], 155), (["both", "email"], 340)]}
    told |= {"sigma": 3, "rounding": 5}
    checks.matched(told, TRUTH, (1000, 500))
    with pytest.raises(SystemExit):
        checks.matched(told, TRUTH, (1000, 600))


def test_scripts_that_differ_stop_the_benchmark(checks: ModuleType) -> None:
    checks.equal("one", {("a", "b"): 1}, {("a", "b"): 1})
    with pytest.raises(SystemExit):
        checks.equal("one", {("a", "b"): 1}, {("a", "b"): 2})
