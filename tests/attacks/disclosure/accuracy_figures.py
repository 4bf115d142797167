"""How exact released numbers are, and how much is withheld: safety is not bought with uselessness.

Goals: intervals hold in 94-97 % of draws with differential privacy and in
96-99 % with a minimum crowd; of sixty ordinary analyses on 20,000 people at most 5 % are refused as
a whole among those that fit the cell budget; the difference check takes at most 20 ms per earlier
analysis at a million people. Times are of a processor, the shortest of several.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from accuracy_worlds import Asked, population, profiles, scenario_a, sixty
from attack_scores import share_error
from attack_worlds import DP, MATCH, THRESHOLD, AttackWorld, counted_once

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.release import Release
from cleanroom.sandbox.inside import kernels, rules
from cleanroom.statistics.counts import count_interval
from cleanroom.statistics.noise import Noise

LARGE = 200  # counts from which a relative error says something
COVERED = {"dp": (0.94, 0.97), "threshold": (0.96, 0.99)}
REFUSED_MOST, CHECK_MS_MOST = 0.05, 20.0
SIXTY_WORLD = (20_000, 60_000, 40_000)  # matched, platform, brand
SHORT, MILLION = (60_000, 100_000, 100_000), (500_000, 900_000, 600_000)
Line = tuple[str, bool]  # of a table in Markdown, and whether its goal is met
EARLIER = 40  # analyses before the one whose check is timed


@dataclass
class Seen:
    """Cells of many answers: how many there were, how many came, and how they compare."""

    cells: int = 0
    shown: int = 0
    large: int = 0  # cells of at least 60 people: what may be shown at all
    large_shown: int = 0
    covered: int = 0
    errors: list[float] = field(default_factory=list)

    def add(self, true: Sequence[int], values: Sequence[int | None], noise: Noise) -> None:
        """One answer's counts."""
        for number, value in zip(true, values, strict=True):
            self.cells += 1
            self.large += number >= 60
            if value is None:
                continue
            self.shown += 1
            self.large_shown += number >= 60
            interval = count_interval(value, noise)
            self.covered += interval.low <= number <= interval.high
            if number > LARGE:
                self.errors.append(abs(value - number) / number)

    @property
    def coverage(self) -> float:
        return self.covered / self.shown


def measured(world: AttackWorld, asked: Asked, policy: Policy, rounds: int) -> Seen:
    """Every question in a session of its own, so that budgets are out of the way."""
    seen, overlap = Seen(), kernels.run(world.connection, MATCH, world.catalogue).vectors[0]
    for _ in range(rounds):
        for analysis, question in asked:
            desk = world.new_desk(policy)
            release = desk.ask("A01", MATCH)
            seen.add(overlap, *_counts(release, len(overlap)))
            form = canonical(question, world.catalogue)
            (true, *_) = kernels.run(world.connection, form, world.catalogue).vectors
            seen.add(true, *_counts(desk.ask(analysis, question), len(true)))
    return seen


def _counts(release: Release, cells: int) -> tuple[Sequence[int | None], Noise]:
    if not release.vectors:
        return (None,) * cells, Noise(1)
    vector = release.vectors[0]
    return vector.values, Noise(vector.sigma, vector.rounding)


def accuracy(name: str, world: AttackWorld, rounds: int) -> Iterator[Line]:
    """Lines of one population; of its goals four standard errors wide."""
    asked = profiles(world)
    for policy in (DP, THRESHOLD):
        with counted_once():
            seen = measured(world, asked, policy, rounds)
        low, high = COVERED[policy.mode]
        median, worst = statistics.median(seen.errors), max(seen.errors)
        slack = share_error(seen.coverage, seen.shown)
        held = low - slack <= seen.coverage <= high + slack
        yield (
            f"| {name}, {policy.mode} | {seen.shown / seen.cells:.0%} "
            f"| {seen.large_shown / seen.large:.0%} | {median:.2%} | {worst:.1%} "
            f"| {seen.coverage:.1%} ({low:.0%} to {high:.0%}) | {'met' if held else 'MISSED'} |",
            held,
        )


def ordinary(rounds: int) -> Line:
    """Sixty analyses in a row under the usual policy of threshold mode."""
    world = population(*SIXTY_WORLD)
    policy = Policy("threshold", answer_quantum_ms=0)
    fits = refused = cells = withheld = 0
    with counted_once():
        for _ in range(rounds):
            desk = world.new_desk(policy)
            for analysis, question in sixty():
                release = desk.ask(analysis, question)
                if release.reason and release.reason != "withheld":
                    assert release.reason == "cells", release.reason
                    continue
                fits += 1
                refused += release.status == "refused"
                values = release.vectors[0].values if release.vectors else ()
                cells += len(values)
                withheld += sum(value is None for value in values)
    share = refused / fits
    return (
        f"| of 60 ordinary analyses on 20,000 people | {fits / rounds:.0f} fit the cell budget "
        f"| {share:.1%} of them refused as a whole (at most {REFUSED_MOST:.0%}) "
        f"| {withheld / cells:.0%} of the others' cells withheld "
        f"| {'met' if share <= REFUSED_MOST else 'MISSED'} |",
        share <= REFUSED_MOST,
    )


def check_time(world: AttackWorld, runs: int) -> Line:
    """What one more earlier analysis adds to the rules, in milliseconds of a processor."""
    desk = world.desk(THRESHOLD)
    asked = [q for q in sixty() if q[0] == "A03"][: EARLIER + 1]
    for analysis, question in asked[:-1]:
        desk.ask(analysis, question)
    analysis, question = asked[-1]
    form = canonical(question, world.catalogue)
    people = desk.gate._people
    persons = kernels.run_by_person(world.connection, form, world.catalogue, people.count)
    candidate = rules.Candidate(persons, persons.exact.vectors[0], {}, THRESHOLD.k)
    earlier = people.shown(desk.known.values())
    times = {}
    for known in ([], earlier):
        spent = []
        for _ in range(runs):
            began = time.process_time()
            rules.judge(candidate, known, THRESHOLD)
            spent.append(time.process_time() - began)
        times[len(known)] = min(spent)
    each = 1000 * (times[len(earlier)] - times[0]) / len(earlier)
    held = each <= CHECK_MS_MOST
    return (
        f"| difference check, {len(world.roster.ids[0]):,} people, {len(earlier)} earlier analyses "
        f"| {each:.1f} ms for each (at most {CHECK_MS_MOST:.0f}) | | "
        f"| {'met' if held else 'MISSED'} |",
        held,
    )


POPULATIONS = (
    "| population, mode | cells shown | of those with 60 people or more "
    "| median error of counts over 200 | worst | 95 % intervals that hold | |\n"
    "|---|---|---|---|---|---|---|"
)
LIMITS = "| what | | | | |\n|---|---|---|---|---|"


def lines(*, short: bool) -> Iterator[Line]:
    """Both tables, line by line."""
    yield POPULATIONS, True
    with scenario_a() as world:
        yield from accuracy("scenario A", world, 10 if short else 100)
    world = population(*(SHORT if short else MILLION))
    yield from accuracy(f"{len(world.roster.ids[0]):,} made-up people", world, 10 if short else 60)
    yield "", True
    yield LIMITS, True
    yield ordinary(2 if short else 20)
    yield check_time(world, 3 if short else 7)
