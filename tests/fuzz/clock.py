"""How long a target is tried, and what one example may cost.

A target runs in rounds of hypothesis until its time is over: a minute in `make fuzz`
(HYPOTHESIS_PROFILE=fuzz), about a second elsewhere; FUZZ_SECONDS sets another time. Every round
begins with a seed of its own. An example that takes too long or too much memory fails like one that
raises a wrong error.
"""

import functools
import inspect
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "all")
SECONDS = float(os.environ.get("FUZZ_SECONDS") or {"fuzz": 60, "quick": 0.2}.get(PROFILE, 1.2))
ROUND = 50 if PROFILE == "fuzz" else 10  # examples between two looks at the clock
CPU_SECONDS = 10.0  # of one example: a hundred times what the slowest honest one takes
MEMORY = 1 << 30  # what a reader may ask for: thousands of times the size of a file

Test = Callable[..., None]


@dataclass
class Tally:
    """What was tried of one target."""

    examples: int = 0
    seconds: float = 0.0
    slowest: float = 0.0  # seconds of processor time


def fuzzed(strategy: SearchStrategy[Any], memory: int = MEMORY) -> Callable[[Test], Test]:
    """``hypothesis.given``, again and again until the time is over. ``memory``: bytes that all
    examples together may ask for.
    """

    def decorate(test: Test) -> Test:
        one_round = settings(max_examples=ROUND)(given(strategy)(test))
        tally = Tally()
        inside: Any = one_round
        inside.hypothesis.inner_test = _measured(test, tally)

        @functools.wraps(one_round)
        def rounds(*arguments: Any, **named: Any) -> None:
            tally.examples, tally.slowest = 0, 0.0
            began = time.monotonic()
            with _limited(memory):
                try:
                    while time.monotonic() - began < SECONDS:
                        one_round(*arguments, **named)
                finally:
                    tally.seconds = time.monotonic() - began

        repeated: Any = rounds
        repeated.__signature__ = inspect.signature(one_round)
        repeated.tally = tally
        return rounds

    return decorate


def _measured(test: Test, tally: Tally) -> Test:
    """Counts examples, and fails one that goes on for too long."""

    @functools.wraps(test)
    def example(*arguments: Any, **named: Any) -> None:
        tally.examples += 1
        began = time.process_time()
        test(*arguments, **named)
        spent = time.process_time() - began
        tally.slowest = max(tally.slowest, spent)
        assert spent < CPU_SECONDS, f"one example took {spent:.0f} s of processor time"

    return example


@contextmanager
def _limited(memory: int) -> Iterator[None]:
    """What asks for much more memory than there was at the beginning gets a MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    statm = Path("/proc/self/statm")
    if not statm.exists():  # only Linux says how much there is
        yield
        return
    most = int(statm.read_text().split()[0]) * resource.getpagesize() + memory
    most = min([most, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)])
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
