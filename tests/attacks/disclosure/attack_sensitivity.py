"""Attack 13: does one person ever move an answer by more than was charged for? All rows of one
sealed pid are dropped or added, or everything but its token is changed, before matching; every
kernel answers before and after. The same with two kinds of identifiers shows why there is one.
"""

import copy
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import product

import edge_questions
from attack_table import Row, Size
from inside_material import load_rows
from person_material import KINDS, PARTIES, World, catalogue, dense_world, persons_by_rule
from test_edge_kernel import dropped, with_edges
from test_one_person import questions

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.cells import Shape, shape
from cleanroom.disclosure.question import KINDS as QUESTIONS
from cleanroom.disclosure.question import Question, kernel
from cleanroom.sandbox.inside import database, kernels

PEOPLE = 8
_CONNECTION = database.connect(256, 1)


def one_of_each(parties: Sequence[str], dice: random.Random) -> list[Question]:
    """A question for every kernel."""
    by_kernel: dict[str, list[Question]] = defaultdict(list)
    for first, second in product(parties, repeat=2):
        for question in edge_questions.of_pair(first, second):
            by_kernel[kernel(question)].append(question)
    for question in questions(tuple(parties)):
        by_kernel[kernel(question)].append(question)
    assert set(by_kernel) == {kind.__struct_config__.tag for kind in QUESTIONS}
    return [dice.choice(asked) for asked in by_kernel.values()]


def answers(world: World, kinds: int, asked: Sequence[Question]) -> list[list[list[int]]]:
    """The true vectors of all questions."""
    agreed = catalogue(tuple(world), kinds)
    load_rows(_CONNECTION, agreed, with_edges(world))
    return [kernels.run(_CONNECTION, canonical(q, agreed), agreed).vectors for q in asked]


def changed(world: World, chosen: tuple[str, int], dice: random.Random) -> World:
    """A neighbour: the chosen pid is gone (or new: read it backwards), or has other facts and the
    same tokens.
    """
    party, place = chosen
    if dice.random() < 0.5:
        return dropped(world, party, place)
    after = copy.deepcopy(world)
    other = dice.choice(dense_world(dice.randrange(1 << 32), 2, PEOPLE)["brand"])
    other.tokens = after[party][place].tokens
    after[party][place] = other
    return after


def any_pid(world: World, dice: random.Random) -> tuple[str, int]:
    """Somebody."""
    party = dice.choice(list(world))
    return party, dice.randrange(len(world[party]))


def most_linked(world: World) -> tuple[str, int]:
    """The pid that most persons are linked to: what an attacker would choose."""
    persons = persons_by_rule(world, [kind.kind for kind in KINDS[:2]])
    linked = Counter(pair for person in persons for pair in person.pids.items())
    return max(linked, key=linked.__getitem__)


def with_second_kind(world: World, dice: random.Random) -> World:
    """Everybody gets a telephone, too: within each party all different, and not in the order of the
    other kind. Half of the first party's people have nothing else, so that two of them may be
    linked to one pid.
    """
    for person in next(iter(world.values()))[::2]:
        person.tokens.clear()
    for people in world.values():
        numbers = dice.sample(range(PEOPLE), len(people))
        for person, number in zip(people, numbers, strict=True):
            person.tokens[KINDS[1].kind] = [(number % 2, number)]
    return world


def violations(cases: int, kinds: int) -> float:
    """Share of neighbours some of whose vectors lie further apart than the price assumes."""
    dice, found = random.Random(13), 0
    for number in range(cases):
        parties = PARTIES[: 2 + number % 2]
        world = dense_world(dice.randrange(1 << 32), len(parties), PEOPLE)
        if kinds > 1:
            world = with_second_kind(world, dice)
        asked = one_of_each(parties, dice)
        chosen = most_linked(world) if kinds > 1 else any_pid(world, dice)
        after, agreed = changed(world, chosen, dice), catalogue(parties, kinds)
        pairs = zip(asked, answers(world, kinds, asked), answers(after, kinds, asked), strict=True)
        found += any(too_far(shape(q, agreed), one, other) for q, one, other in pairs)
    return found / cases


def too_far(wanted: Shape, one: list[list[int]], other: list[list[int]]) -> bool:
    """Whether a vector moved by more than g sqrt(2 L0) caps (PROTOCOL, accounting)."""
    most = 2 * wanted.cells_per_person * wanted.people_moved**2
    for measure, before, now in zip(wanted.measures, one, other, strict=True):
        squares = sum((a - b) ** 2 for a, b in zip(before, now, strict=True))
        if squares > most * measure.cap**2:
            return True
    return False


def run(size: Size) -> list[Row]:
    """Share of neighbours that lie too far apart."""
    cases = 20 if size == "short" else 500
    off, on = violations(10, 2), violations(cases, 1)
    return [Row("13 sensitivity", "neighbours further apart than charged", off, 0.2, on, 0)]
