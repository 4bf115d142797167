"""Attack 14: a question said in another way to get a second answer. And two questions that share an
answer would be wrong for one of them.
"""

import hashlib
import random

import msgspec
from attack_table import Row, Size
from disclosure_material import CATALOGUE
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from question_strategies import meaning, questions, rewritten

from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.question import Question, kernel, used

NAME, REWRITES = "14 canonical", 5


def as_spelled(question: Question) -> str:
    """A key for a gate that does not read questions."""
    return hashlib.sha256(msgspec.json.encode(question)).hexdigest()


def careless(question: Question) -> str:
    """A key of kernel and columns that forgets filters, dates and windows."""
    found = canonical(question, CATALOGUE)
    return " ".join([kernel(found), *used(found)])


def drawn(count: int) -> list[tuple[Question, int]]:
    """Questions of every kind with a seed each; the same ones at every run."""
    found: list[tuple[Question, int]] = []

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(questions, st.integers(0, 2**32))
    def collect(question: Question, seed: int) -> None:
        found.append((question, seed))

    collect()
    return found


def run(size: Size) -> list[Row]:
    """Rewrites with a key of their own, and meanings that share a key."""
    asked = drawn(400 if size == "short" else 3000)
    missed, spelled, total = 0, 0, 0
    keys: dict[str, set[object]] = {}
    loose: dict[str, set[object]] = {}
    for question, seed in asked:
        key, dice = replay_key(question, CATALOGUE), random.Random(seed)
        for _ in range(REWRITES):
            other = rewritten(question, dice)
            missed += replay_key(other, CATALOGUE) != key
            spelled += as_spelled(other) != as_spelled(question)
            total += 1
        keys.setdefault(key, set()).add(meaning(question))
        loose.setdefault(careless(question), set()).add(meaning(question))
    shared, mixed = (sum(len(m) - 1 for m in found.values()) for found in (keys, loose))
    return [
        Row(NAME, f"of {total:,} rewrites, with another key", spelled, total // 3, missed, 0),
        Row(NAME, f"of {len(asked):,} questions, sharing a key", mixed, 20, shared, 0),
    ]
