"""Where the targets find the material of other tests, and how they tell what they tried."""

import sys
from collections.abc import Generator, Iterable
from pathlib import Path

import clock
import pytest

TESTS = Path(__file__).resolve().parent.parent
LONG_EXAMPLES = pytest.mark.filterwarnings("default::hypothesis.errors.HypothesisWarning")
HANG_SECONDS = 120.0  # beyond its time a target may take so long to finish its last round

# Material that belongs to the tests of other folders.
sys.path += [str(TESTS / "report"), str(TESTS / "sandbox" / "outside")]


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """A reader that waits for ever is ended soon."""
    for item in items:
        if item.path.is_relative_to(TESTS / "fuzz"):
            item.add_marker(pytest.mark.timeout(clock.SECONDS + HANG_SECONDS))
            # that a failing example is long to print must not hide that it fails
            item.add_marker(LONG_EXAMPLES)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Hand the tally on to the process that writes the summary."""
    try:
        yield
    finally:
        tally = getattr(getattr(item, "obj", None), "tally", None)
        if isinstance(tally, clock.Tally):
            told = (tally.examples, tally.seconds, tally.slowest)
            item.user_properties.append(("fuzz", told))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Examples and speed of each target, after a long run."""
    if clock.PROFILE != "fuzz":
        return
    reports = [r for name in ("passed", "failed") for r in terminalreporter.stats.get(name, [])]
    terminalreporter.section("fuzz targets: examples, examples a second, slowest example (CPU s)")
    for report in sorted(reports, key=lambda r: r.nodeid):
        for name, told in getattr(report, "user_properties", ()):
            if name == "fuzz":
                examples, seconds, slowest = told
                speed = examples / max(seconds, 0.001)
                target = report.nodeid.rpartition("/")[2]
                terminalreporter.write_line(
                    f"{examples:>8} {speed:>8.0f} {slowest:>8.2f}  {target}"
                )
