"""What was measured, and the ratios that have a goal."""

import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path

import measure
import product
from measure import Spent


@dataclass
class Results:
    """Everything that was measured: runs by name, numbers by name."""

    runs: dict[str, list[Spent]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)
    busy_others: list[float] = field(default_factory=list)

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

    def others(self, share: float) -> None:
        """How busy other programs were in a round: a figure that says what the walls are worth."""
        self.busy_others.append(share)
        print(f"  other programs took {share:.0%} of the processors", flush=True)

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

    def report(self, file: Path) -> None:
        """Medians as a table, and every number in a file."""
        print("\nmedians")
        for name, runs in self.runs.items():
            print(f"  {name:<32} {_line(measure.median(runs))}")
        for name, seconds in self.seconds.items():
            print(f"  {name:<32} {statistics.median(seconds):8.3f} s")
        for name, peak in self.peaks.items():
            print(f"  {name:<32} {peak:>40d} MB")
        details = {
            "summary": self.summary(),
            "runs": {
                n: [[r.wall, r.cpu, r.peak_mb] for r in runs] for n, runs in self.runs.items()
            },
            "seconds": self.seconds,
            "peaks": self.peaks,
            "others": self.busy_others,
        }
        file.write_text(json.dumps(details, indent=1))
        print(f"  all numbers: {file.name}\n")


def _line(spent: Spent) -> str:
    return f"{spent.wall:8.2f} s wall {spent.cpu:8.2f} s CPU {spent.peak_mb:6d} MB"
