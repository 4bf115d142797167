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
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import check
import files
import measure
import product
from baselines import PAIRS
from measure import Moment
from results import Results

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
        rounds = self._size.rounds if {"whole", "phone"} & set(self._parts) else 0
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", flush=True)
            before = Moment.now()
            if "whole" in self._parts:
                self._whole()
            if "phone" in self._parts:
                self._phone()
            self.results.others(before.others())
        if "question" in self._parts:
            for _ in range(self._size.question_rounds):
                before = Moment.now()
                self._question()
                self.results.others(before.others())
        if "start" in self._parts:
            for _ in range(HELP_RUNS):
                self.results.add("cleanroom --help", product.help_command())

    def _whole(self) -> None:
        pair = files.pair(self._data, "mail", self._size.a, self._size.b)
        truth: dict[tuple[str, str], int] | None = None
        for case in MAIL_SCRIPTS:
            found = check.cells(self._script(case, pair))
            check.equal(case, found, truth or found)
            truth = found
        assert truth is not None
        self._product("product", "mail", pair, truth)

    def _phone(self) -> None:
        pair = files.pair(self._data, "phone", self._size.a, self._size.b)
        truth = check.cells(self._script("phone_floor", pair))
        self._product("phone", "phone", pair, truth)

    def _script(self, case: str, pair: tuple[Path, Path]) -> Any:
        spent = measure.run(case, measure.python("baselines.py", case, *pair))
        self.results.add(case, spent)
        return json.loads(spent.output)

    def _product(
        self,
        name: str,
        kind: str,
        pair: tuple[Path, Path],
        truth: dict[tuple[str, str], int],
    ) -> None:
        with _folder(self._data) as folder:
            walked = product.walk(folder, kind, *pair)
        self.results.add_walk(name, walked)
        overlap, profile = walked.session["answers"]
        check.matched(overlap, truth, (self._size.a, self._size.b))
        shown = check.released(profile, truth, K)
        print(f"  {name}: {shown} of {len(truth)} cells shown, all within their noise", flush=True)

    def _question(self) -> None:
        size = self._size.question
        pair = files.pair(self._data, "mail", size, size)
        bare = self._script("bare_join", pair)
        with _folder(self._data) as folder:
            walked = product.walk(folder, "mail", *pair, pairs=len(PAIRS))
        self.results.add_walk("question", walked)
        answers, spent = walked.session["answers"], walked.session["answer_ms"]
        check.matched(answers[0], check.cells(bare[0]["cells"]), (size, size))
        for answer, milliseconds, one in zip(answers[1:], spent[1:], bare, strict=True):
            check.released(answer, check.cells(one["cells"]), K)
            self.results.seconds.setdefault("second question", []).append(milliseconds / 1000)
            self.results.seconds.setdefault("bare join", []).append(one["seconds"])


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
    bench.results.report(data / "last.json")
    print(json.dumps(bench.results.summary()))


if __name__ == "__main__":
    main()
