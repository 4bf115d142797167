"""Bridging: the attacker plants identifiers around one target, so that the matching itself counts
the target several times, or makes it stand for somebody else.

The target has two identifiers of each of three kinds, and the attacker knows them all.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from attack_scores import crowd_bound, error
from attack_table import Row, Size, replaced
from attack_worlds import NO_NOISE, NO_ROUNDING, THRESHOLD, AttackWorld, counted_once, told_apart
from engine_material import prepare, unpack_package
from inside_material import catalogue_of, open_database
from room_material import EMAIL, PHONE, Rows, World, dataset, tokens_of

from cleanroom.disclosure.catalogue import Identifier
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.errors import TrustError

NAME = "15 bridging"
KINDS = (EMAIL, PHONE, Identifier("imei", "imei/1", "plain"))
EACH = 2  # identifiers of the target, of each kind
SHARED, ALONE = 600, 300
TARGET = 10_000  # the first of the target's identifiers
Tokens = dict[str, tuple[list[int], list[int]]]


def planted_world(parties: Sequence[str], there: bool, *, apart: bool) -> AttackWorld:
    """A platform with the target or without. ``apart``: the brand has a person for each of the
    target's identifiers; otherwise one with all of them and the telephone of somebody known.
    """
    agreed = catalogue_of({party: dataset(party, {"people": {}}) for party in parties}, KINDS)
    people, strangers = SHARED + ALONE, range(5000, 5000 + ALONE)
    listed = [*range(1, SHARED + 1), *strangers]
    platform: Tokens = {"email": (list(range(people)), list(range(people))), "phone": ([0], [0])}
    brand: Tokens = {"email": (list(range(people)), listed)}
    planted = people
    for place, kind in enumerate(KINDS):
        for number in range(EACH):
            name = TARGET + 10 * place + number
            if there:
                _add(platform, kind.kind, people, name)
            _add(brand, kind.kind, planted, name)
            planted += apart
    if not apart:
        _add(brand, "phone", planted, 0)
        planted += 1
    rows = {"platform": _rows(people + there, platform), "brand": _rows(planted, brand)}
    return AttackWorld(open_database(agreed, rows), agreed)


def _add(tokens: Tokens, kind: str, person: int, name: int) -> None:
    people, names = tokens.setdefault(kind, ([], []))
    people.append(person)
    names.append(name)


def _rows(people: int, tokens: Tokens) -> Rows:
    return Rows(people, {}, {kind: tokens_of(*found) for kind, found in tokens.items()})


def advantage(parties: Sequence[str], trials: int, *, apart: bool) -> float:
    """Whether the target is the platform's, from the overlap."""
    without, there = (planted_world(parties, found, apart=apart) for found in (False, True))
    question = MatchQuestion(tuple(parties), "membership")
    return told_apart((without, there), question, THRESHOLD, trials)


def accepted(mode: str, tokens: tuple[np.ndarray, np.ndarray, np.ndarray]) -> bool:
    """Whether an ingest worker takes the brand's package with these telephones."""
    rows = {
        "platform": Rows(300, {}, {"phone": tokens_of(range(300), range(300))}),
        "brand": Rows(300, {}, {"phone": tokens}),
    }
    datasets = {party: dataset(party, {"people": {}}) for party in rows}
    policy = Policy("dp" if mode == "dp" else "threshold", min_match=0, answer_quantum_ms=0)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), datasets, rows, policy=policy, identifiers=(PHONE,))
        try:
            unpack_package(prepare(world), "brand")
        except TrustError as caught:
            if caught.code != "trust.package_tokens":
                raise
            return False
        finally:
            world.close()
    return True


def run(size: Size) -> list[Row]:
    """Advantage about the target's membership; packages that would count somebody twice."""
    trials = 300 if size == "short" else 4000
    bound = crowd_bound(2) + error(trials)
    rows = []
    with counted_once():
        for figure, parties, apart in (
            ("people for each identifier, platform first", ("platform", "brand"), True),
            ("people for each identifier, attacker first", ("brand", "platform"), True),
            ("tied to somebody known, platform first", ("platform", "brand"), False),
            ("tied to somebody known, attacker first", ("brand", "platform"), False),
        ):
            with replaced(NO_NOISE, NO_ROUNDING):
                off = advantage(parties, 4, apart=apart)
            on = advantage(parties, trials, apart=apart)
            rows.append(Row(NAME, f"advantage, {figure}", off, 0.99, on, bound))
    twice = tokens_of(range(300), [0] * 100 + list(range(200)))
    several = tokens_of([0] * 100 + list(range(200)), range(300))
    unchecked = ("cleanroom.sandbox.inside.parts.check_tokens", lambda *_: None)
    for figure, mode, tokens in (
        ("a package with 100 people for one identifier gets in", "threshold", twice),
        ("a package with 100 identifiers of one person gets in, DP mode", "dp", several),
    ):
        with replaced(unchecked):
            off = accepted(mode, tokens)
        rows.append(Row(NAME, figure, off, 1, accepted(mode, tokens), 0))
    return rows
