"""What the wall costs: the whole path with it and without it, in turn.

    wall_cost.py [--a ROWS] [--b ROWS] [--rounds N]

CPU seconds of all processes, and wall-clock seconds; the median of each, and of the ratio of each
round. The last line is one JSON object.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
from pathlib import Path

import files
import product
from measure import Spent


def _walk(data: Path, pair: tuple[Path, Path], walled: bool) -> tuple[Spent, int]:
    folder = Path(tempfile.mkdtemp(prefix="wall-", dir=data))
    try:
        walked = product.walk(folder, "mail", *pair, walled=walled)
    finally:
        shutil.rmtree(folder)
    return walked.spent, int(walked.session["level"])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--a", type=int, default=10_000_000)
    parser.add_argument("--b", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    data = Path(os.environ.get("CR_BENCH_DIR") or Path(__file__).with_name("data")).resolve()
    data.mkdir(parents=True, exist_ok=True)
    pair = files.pair(data, "mail", given.a, given.b)
    with_it: list[Spent] = []
    without: list[Spent] = []
    for number in range(given.rounds):
        order = (True, False) if number % 2 else (False, True)
        for walled in order:
            spent, level = _walk(data, pair, walled)
            (with_it if walled else without).append(spent)
            print(
                f"{number + 1}: level {level}, CPU {spent.cpu:.2f} s, {spent.wall:.2f} s",
                flush=True,
            )
    ratios = [a.cpu / b.cpu for a, b in zip(with_it, without, strict=True)]
    found = {
        "rows": [given.a, given.b],
        "rounds": given.rounds,
        "cpu_with": round(statistics.median(s.cpu for s in with_it), 2),
        "cpu_without": round(statistics.median(s.cpu for s in without), 2),
        "cpu_ratio": round(statistics.median(ratios), 3),
        "cpu_ratio_low": round(min(ratios), 3),
        "cpu_ratio_high": round(max(ratios), 3),
        "wall_with": round(statistics.median(s.wall for s in with_it), 2),
        "wall_without": round(statistics.median(s.wall for s in without), 2),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
