"""Benchmarks: the whole product path against plain scripts on the same files.

    run.py                10 M + 1 M rows, and a second question at 10 M x 10 M
    run.py --quick        1 M + 0.1 M rows, and 1 M x 1 M; under 3 minutes

Every engine is a process of its own; rounds go through all engines in turn, so that a busy moment
of the machine hits them alike. The last line is one JSON object with the ratios that have a goal.
Files are made in ``bench/data`` or in the folder that CR_BENCH_DIR names. docs/performance.md tells
what is measured.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import check
import measure
import product
import rows
from baselines import PAIRS
from measure import Spent

PARTS = ("whole", "phone", "question", "start")
MAIL_SCRIPTS = ("pandas", "hashed_floor", "nohash_floor")
K = 50  # fewest people behind a published cell, by the template
HELP_RUNS = 5


@dataclass(frozen=True)
class Size:
    """Rows of each file, and how often everything is done."""

    a: int
    b: int
    question: int
    rounds: int
    question_rounds: int


QUICK = Size(1_000_000, 100_000, 1_000_000, rounds=3, question_rounds=3)
FULL = Size(10_000_000, 1_000_000, 10_000_000, rounds=3, question_rounds=1)


@dataclass
class Results:
    """Everything that was measured: runs by name, numbers by name."""

    runs: dict[str, list[Spent]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, spent: Spent) -> None:
        """One run of an engine."""
        self.runs.setdefault(name, []).append(spent)
        print(f"  {name:<32} {_line(spent)}", flush=True)

    def add_walk(self, name: str, walked: product.Walked) -> None:
        """One run of the product, with its steps and the stages of its session."""
        for step, spent in walked.steps.items():
            self.add(f"{name}: {step}", spent)
        for stage, seconds in walked.session["stages"].items():
            self.seconds.setdefault(f"{name}: session {stage}", []).append(seconds)
        self.seconds.setdefault("sandbox start", []).append(walked.session["stages"]["start"])
        self.peaks[f"{name}: engine"] = walked.session["engine_mb"]
        self.add(name, walked.spent)

    def wall(self, name: str) -> float:
        """Median seconds of an engine."""
        return measure.median(self.runs[name]).wall

    def ratio(self, name: str, other: str) -> float | None:
        """Median wall of one engine over that of another."""
        if name not in self.runs or other not in self.runs:
            return None
        return round(self.wall(name) / self.wall(other), 3)

    def median(self, name: str) -> float | None:
        """Median of timed seconds."""
        found = self.seconds.get(name)
        return statistics.median(found) if found else None

    def summary(self) -> dict[str, float | int | None]:
        """The ratios and figures that have a goal."""
        question, bare = self.median("second question"), self.median("bare join")
        peaks = [run.peak_mb for name in ("product", "phone") for run in self.runs.get(name, [])]
        return {
            "pandas_ratio": self.ratio("product", "pandas"),
            "hashed_floor_ratio": self.ratio("product", "hashed_floor"),
            "question_ratio": round(question / bare, 3) if question and bare else None,
            "peak_mb": max(peaks, default=None),
        }


def _line(spent: Spent) -> str:
    return f"{spent.wall:8.2f} s wall {spent.cpu:8.2f} s CPU {spent.peak_mb:6d} MB"


@contextmanager
def _folder(data: Path) -> Iterator[Path]:
    """A fresh folder for vaults and packages, gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="run-", dir=data))
    try:
        yield path
    finally:
        shutil.rmtree(path)


class Bench:
    """One run of the benchmark on one folder of files."""

    def __init__(self, data: Path, size: Size, parts: tuple[str, ...]) -> None:
        self._data, self._size, self._parts = data, size, parts
        self.results = Results()

    def run(self) -> None:
        """All parts, round by round."""
        for number in range(self._size.rounds):
            print(f"round {number + 1} of {self._size.rounds}", flush=True)
            if "whole" in self._parts:
                self._whole()
            if "phone" in self._parts:
                self._phone()
        if "question" in self._parts:
            for _ in range(self._size.question_rounds):
                self._question()
        if "start" in self._parts:
            for _ in range(HELP_RUNS):
                self.results.add("cleanroom --help", product.help_command())

    def _files(self, kind: str, b: int = 0, a: int = 0) -> tuple[Path, Path]:
        a, b = a or self._size.a, b or self._size.b
        return rows.anchor(self._data, kind, a), rows.beside(self._data, kind, b, a)

    def _whole(self) -> None:
        files = self._files("mail")
        truth: dict[tuple[str, str], int] | None = None
        for case in MAIL_SCRIPTS:
            found = check.cells(self._script(case, files))
            check.equal(case, found, truth or found)
            truth = found
        assert truth is not None
        self._product("product", "mail", files, truth)

    def _phone(self) -> None:
        files = self._files("phone")
        truth = check.cells(self._script("phone_floor", files))
        self._product("phone", "phone", files, truth)

    def _script(self, case: str, files: tuple[Path, Path]) -> Any:
        spent = measure.run(case, measure.python("baselines.py", case, *files))
        self.results.add(case, spent)
        return json.loads(spent.output)

    def _product(
        self,
        name: str,
        kind: str,
        files: tuple[Path, Path],
        truth: dict[tuple[str, str], int],
    ) -> None:
        with _folder(self._data) as folder:
            walked = product.walk(folder, kind, *files)
        self.results.add_walk(name, walked)
        overlap, profile = walked.session["answers"]
        check.matched(overlap, truth, (self._size.a, self._size.b))
        shown = check.released(profile, truth, K)
        print(f"  {name}: {shown} of {len(truth)} cells shown, all within their noise", flush=True)

    def _question(self) -> None:
        size = self._size.question
        files = self._files("mail", size, size)
        bare = self._script("bare_join", files)
        with _folder(self._data) as folder:
            walked = product.walk(folder, "mail", *files, pairs=len(PAIRS))
        self.results.add_walk("question", walked)
        answers, spent = walked.session["answers"], walked.session["answer_ms"]
        check.matched(answers[0], check.cells(bare[0]["cells"]), (size, size))
        for answer, milliseconds, one in zip(answers[1:], spent[1:], bare, strict=True):
            check.released(answer, check.cells(one["cells"]), K)
            self.results.seconds.setdefault("second question", []).append(milliseconds / 1000)
            self.results.seconds.setdefault("bare join", []).append(one["seconds"])


def _report(results: Results, data: Path) -> None:
    """Medians as a table and as a file."""
    print("\nmedians")
    for name, runs in results.runs.items():
        print(f"  {name:<32} {_line(measure.median(runs))}")
    for name, seconds in results.seconds.items():
        print(f"  {name:<32} {statistics.median(seconds):8.3f} s")
    for name, peak in results.peaks.items():
        print(f"  {name:<32} {peak:>40d} MB")
    details = {
        "summary": results.summary(),
        "runs": {
            name: [[run.wall, run.cpu, run.peak_mb] for run in runs]
            for name, runs in results.runs.items()
        },
        "seconds": results.seconds,
        "peaks": results.peaks,
    }
    (data / "last.json").write_text(json.dumps(details, indent=1))
    print(f"  all numbers: {data.name}/last.json\n")


def _arguments() -> tuple[Path, Size, tuple[str, ...]]:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; repeat")
    for name in Size.__dataclass_fields__:
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, metavar="N")
    given = parser.parse_args()
    base = QUICK if given.quick else FULL
    chosen = {n: getattr(given, n) or getattr(base, n) for n in Size.__dataclass_fields__}
    here = Path(__file__).with_name("data")
    data = Path(os.environ.get("CR_BENCH_DIR") or here).resolve()
    data.mkdir(parents=True, exist_ok=True)
    return data, Size(**chosen), tuple(given.part or PARTS)


def main() -> None:
    """Measure, print, and end with the JSON line."""
    data, size, parts = _arguments()
    bench = Bench(data, size, parts)
    bench.run()
    _report(bench.results, data)
    print(json.dumps(bench.results.summary()))


if __name__ == "__main__":
    main()
