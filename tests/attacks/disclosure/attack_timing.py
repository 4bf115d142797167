"""Attack 11: when an answer comes. Without the agreed quantum the time grows with the people behind
an answer, and a sampler takes longer for large noise (Jin et al., "Are We There Yet? Timing and
Floating-Point Attacks on Differential Privacy Systems", 2022). Real workers; the time is measured
where the answer is received.
"""

import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from attack_scores import ERRORS
from attack_table import Row, Size
from inside_material import catalogue_of, open_database
from room_material import World, no_plan, shop_datasets, shop_rows

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import FirstChannelQuestion, MatchQuestion
from cleanroom.sandbox.inside import kernels, noise

NAME = "11 timing"
PEOPLE, QUANTUM = 100_000, 200  # milliseconds: more than an answer takes on a busy machine
POLICY = Policy(
    "dp", min_match=0, people_of_noise=100, analyses_max=10_000, answer_quantum_ms=QUANTUM
)
PARTIES = ("platform", "brand")


@dataclass
class Timed:
    """One session's answers: seconds, people behind them, sizes of their noise."""

    seconds: np.ndarray
    people: np.ndarray
    noise: np.ndarray

    def relation(self, other: np.ndarray) -> float:
        """Rank correlation of the seconds with something, without its sign."""
        return abs(correlation(self.seconds, other))


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Spearman's."""
    ranks = [np.argsort(np.argsort(values)) for values in (left, right)]
    return float(np.corrcoef(*ranks)[0, 1])


def questions(count: int) -> list[FirstChannelQuestion]:
    """A ninth of all first orders, or all of them, in no order."""
    dice = np.random.default_rng(11)
    asked = [
        FirstChannelQuestion(
            *PARTIES, "2026-01-01", f"2026-01-{(2, 10)[n % 2]:02d}", "last", n // 2
        )
        for n in range(count)
    ]
    return [asked[place] for place in dice.permutation(count)]


def session(quantum: int, count: int) -> Timed:
    """Ask so many new questions of a running sandbox."""
    rows, datasets = shop_rows(scale=PEOPLE), shop_datasets()
    policy = msgspec.structs.replace(POLICY, answer_quantum_ms=quantum)
    catalogue = catalogue_of(datasets)
    connection = open_database(catalogue, rows)
    seconds, people, sizes = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), datasets, rows, policy=policy)
        with world.session() as opened:
            opened.open(world.grant, no_plan())
            opened.ask("A01", MatchQuestion(PARTIES))
            for question in questions(count):
                began = time.monotonic()
                release = opened.ask("A04", question)
                seconds.append(time.monotonic() - began)
                (true,) = kernels.run(connection, question, catalogue).vectors
                drawn = zip(release.vectors[0].values, true, strict=True)
                people.append(sum(true))
                sizes.append(sum(abs((value or 0) - number) for value, number in drawn))
        world.close()
    return Timed(*(np.array(each, float) for each in (seconds, people, sizes)))


def sampler(draws: int) -> float:
    """The sampler alone: its time and the size of its noise, 20 cells at once."""
    spent, sizes = [], []
    for _ in range(draws):
        began = time.thread_time_ns()
        values = noise.add([0] * 20, 3)
        spent.append(time.thread_time_ns() - began)
        sizes.append(sum(abs(value) for value in values))
    return correlation(np.array(spent), np.array(sizes))


def run(size: Size) -> list[Row]:
    """Correlations of the time with people and with noise."""
    count = 60 if size == "short" else 600
    off, on = session(0, 60), session(QUANTUM, count)
    bound = ERRORS / math.sqrt(count)
    people = off.relation(off.people)
    rows = [Row(NAME, "time and people", people, 0.3, on.relation(on.people), bound)]
    if size == "long":  # so weak a relation needs many draws
        alone = sampler(20_000)
        rows.append(Row(NAME, "time and noise", alone, 0.03, on.relation(on.noise), bound))
    return rows
