"""What every attack on the gate reports, and the table of all of them.

An attack module ``attack_<name>.py`` has ``run(size) -> list[Row]``. Each attack is run with the
defence off, where it must succeed or it proves nothing, and on the product as it is. ``make
attacks`` prints the long versions as a table; the tests run the short ones.

Run as a program: ``python tests/attacks/disclosure/attack_table.py [--short] [name...]``.
"""

import argparse
import importlib
import math
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from unittest import mock

Size = Literal["short", "long"]
HERE = Path(__file__).parent
FOLDERS = ("disclosure", "sandbox/inside", "session", "vault")
NAMES = (
    "differencing",
    "averaging",
    "tracker",
    "reconstruction",
    "membership",
    "bisection",
    "dominance",
    "margins",
    "oracle",
    "float_noise",
    "timing",
    "ledger",
    "allowance",
    "sensitivity",
    "canonical",
    "sampler",
    "bridging",
    "merging",
    "padding",
    "rerolling",
)


@dataclass(frozen=True)
class Row:
    """One figure of one attack.

    ``off`` and ``on``: the figure without and with the defence. ``works``: the attack counts as
    sound when ``off`` reaches it (in the direction of ``worse``). ``bound``: what ``on`` may be at
    most ("high" is worse) or must be at least ("low" is worse), standard errors included.
    """

    attack: str
    figure: str
    off: float
    works: float
    on: float
    bound: float
    worse: Literal["high", "low"] = "high"

    @property
    def sound(self) -> bool:
        """Whether the attack succeeds without the defence."""
        return self.off >= self.works if self.worse == "high" else self.off <= self.works

    @property
    def held(self) -> bool:
        """Whether the defence holds."""
        return self.on <= self.bound if self.worse == "high" else self.on >= self.bound

    @property
    def passed(self) -> bool:
        """Whether the row proves something, and what it should."""
        return self.sound and self.held

    def line(self) -> str:
        """The row in Markdown."""
        sign = "≤" if self.worse == "high" else "≥"
        verdict = "pass" if self.passed else "FAIL" if self.sound else "FAIL (attack unsound)"
        cells = (figure(self.off), figure(self.on), f"{sign} {figure(self.bound)}")
        return f"| {self.attack} | {self.figure} | {' | '.join(cells)} | {verdict} |"


def figure(value: float) -> str:
    """Three digits, without the exponents of a programmer."""
    if value == 0 or math.isnan(value):
        return f"{value:g}"
    if abs(value) < 0.001:
        return f"{value:.1e}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


HEAD = "| attack | figure | defence off | on | bound | |\n|---|---|---|---|---|---|"


@contextmanager
def replaced(*patches: tuple[str, object]) -> Iterator[None]:
    """Defences taken away: dotted names with what stands there meanwhile."""
    with ExitStack() as stack:
        for name, value in patches:
            stack.enter_context(mock.patch(name, value))
        yield


def names() -> list[str]:
    """Every attack module, in the order of the table."""
    return [f"attack_{name}" for name in NAMES]


def run(name: str, size: Size) -> list[Row]:
    """The rows of one attack."""
    rows: list[Row] = importlib.import_module(name).run(size)
    return rows


def find_material() -> None:
    """What attacks share with other tests."""
    tests = HERE.parents[1]
    folders = [tests, *(tests / name for name in FOLDERS)]
    sys.path[:0] = [str(path) for path in folders if str(path) not in sys.path]


def main() -> int:
    """Print the table; 1 if a row fails."""
    parser = argparse.ArgumentParser(description="Attacks on the disclosure gate")
    parser.add_argument("--short", action="store_true", help="the versions that the tests run")
    parser.add_argument("--write", action="store_true", help="put the table into docs/disclosure*")
    parser.add_argument("names", nargs="*", help="e.g. differencing; all when none is named")
    options = parser.parse_args()
    if options.write and options.names:
        parser.error("only the whole table is written")
    print(HEAD, flush=True)
    failed, lines = 0, []
    for name in options.names or NAMES:
        began, used = time.monotonic(), time.process_time()
        for row in run(f"attack_{name}", "short" if options.short else "long"):
            failed += not row.passed
            lines.append(row.line())
            print(row.line(), flush=True)
        spent = (time.monotonic() - began, time.process_time() - used)
        print(f"{name}: {spent[0]:.1f} s, of a processor {spent[1]:.1f} s", file=sys.stderr)
    if options.write:
        importlib.import_module("attack_words").write(lines)
    return min(failed, 1)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    find_material()
    sys.exit(main())
