"""Worlds for attacks: the brand is the attacker and wrote its own columns; the platform's people
and what they are (``secret``) are what it wants to know.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from attack_scores import best_cut
from attack_table import replaced
from inside_material import Desk, catalogue_of, open_database, roster_of
from room_material import Rows, dataset, tokens_of

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion, Question
from cleanroom.sandbox.inside import kernels
from cleanroom.sandbox.inside.database import Connection
from cleanroom.sandbox.inside.roster import Roster
from cleanroom.sandbox.inside.rules import Candidate, Shown, Verdict
from cleanroom.sandbox.inside.rules import judge as judged
from cleanroom.tables import Type

BOTH = ("platform", "brand")
SECRET = "platform.people.a_secret"
FLAG = ColumnSpec(Type.CATEGORY, ("no", "yes"), missing=False)
# budgets out of the way: an attack on one rule must not be stopped by another
THRESHOLD = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
DP = Policy("dp", min_match=0, answer_quantum_ms=0)
MATCH = MatchQuestion(BOTH)
ONE_ANSWER = 10_000_000  # nano-rho of one answer with 10 people of noise

# Defences that many attacks take away.
NO_NOISE = ("cleanroom.sandbox.inside.noise.add", lambda values, _: list(values))
NO_ROUNDING = ("cleanroom.sandbox.inside.gate.rounded", lambda value, _: value)
NO_DIFFERENCE = ("cleanroom.sandbox.inside.rules._close", lambda *_: set())
NO_THRESHOLD = (
    ("cleanroom.sandbox.inside.rules._enough", lambda *_: True),
    ("cleanroom.sandbox.inside.gate.tau", lambda *_: -(10**9)),
)
NO_COMPLEMENT = (
    "cleanroom.sandbox.inside.rules._complete",
    lambda new, people, hidden, policy: (hidden, None),
)
NO_BUDGET = ("cleanroom.sandbox.inside.books.Books.objection", lambda *_, **__: "")


def _dominance(unsafe: Callable[[int, tuple[int, int], Policy], bool]) -> tuple[str, object]:
    """The rules with another look at sums that are one or two people's."""

    def judge(new: Candidate, earlier: Sequence[Shown], policy: Policy) -> Verdict:
        verdict = judged(new, earlier, policy)
        counts, sums = verdict.withheld[0], new.persons.exact.vectors[1:]
        found = [
            tuple(h or unsafe(t, m, policy) for h, t, m in zip(counts, *each, strict=True))
            for each in zip(sums, new.persons.largest, strict=True)
        ]
        return Verdict([counts, *found], verdict.rest)

    return "cleanroom.sandbox.inside.rules.judge", judge


def textbook(total: int, largest: tuple[int, int], policy: Policy) -> bool:
    """The p % rule and the (2, k) rule on true numbers."""
    first, second = largest
    p_percent = 100 * (total - first - second) < policy.p_percent * first
    return p_percent or 100 * (first + second) > policy.dominance_two_percent * total


NO_DOMINANCE = _dominance(lambda *_: False)
HARD_DOMINANCE = _dominance(textbook)


@dataclass(frozen=True, eq=False)
class AttackWorld:
    """A session's rows: ``matched`` people of both parties first, then others of each."""

    connection: Connection
    catalogue: Catalogue

    @cached_property
    def roster(self) -> Roster:
        """Who is in it."""
        return roster_of(self.connection, self.catalogue)

    def new_desk(self, policy: Policy, **options: Any) -> Desk:
        """A session in which nothing was asked yet."""
        return Desk(self.connection, self.catalogue, policy, roster=self.roster, **options)

    def desk(self, policy: Policy, **options: Any) -> Desk:
        """A session in which the overlap was released."""
        desk = self.new_desk(policy, **options)
        assert desk.ask("A01", MatchQuestion(self.catalogue.parties)).status == "released"
        return desk


def attack_world(
    secret: np.ndarray,
    planted: Mapping[str, np.ndarray],
    *,
    alone: int = 400,
    levels: tuple[str, ...] = ("no", "yes"),
    absent: int = 0,
) -> AttackWorld:
    """People of both parties. ``secret``: level of each (from 0), a platform column; ``planted``:
    yes/no columns ``a_<name>`` of the brand. Each party has ``alone`` more. The last ``absent`` of
    the people are on the brand's list and not in the platform's data.
    """
    matched = len(secret)
    agreed = catalogue_of(
        {
            "platform": dataset(
                "platform",
                {"people": {"a_secret": ColumnSpec(Type.CATEGORY, levels, missing=False)}},
            ),
            "brand": dataset("brand", {"people": {f"a_{name}": FLAG for name in planted}}),
        }
    )
    everybody = matched + alone
    others = np.arange(alone) % len(levels)
    members = np.delete(np.arange(everybody), range(matched - absent, matched))
    rows = {
        "platform": Rows(
            len(members),
            {"a_secret": np.concatenate([secret, others])[members] + 1},
            {"email": tokens_of(range(len(members)), members.tolist())},
        ),
        "brand": Rows(
            everybody,
            {
                f"a_{name}": np.concatenate([column, np.arange(alone) % 2]).astype("u1") + 1
                for name, column in planted.items()
            },
            {
                "email": tokens_of(
                    range(everybody), [*range(matched), *range(everybody, everybody + alone)]
                )
            },
        ),
    }
    return AttackWorld(open_database(agreed, rows), agreed)


Pair = tuple[AttackWorld, AttackWorld]  # without the target, and with it


def moved(pair: Pair, question: Question) -> np.ndarray:
    """By how much the target moves each cell of a question."""
    vectors = [
        kernels.run(w.connection, canonical(question, w.catalogue), w.catalogue).vectors[0]
        for w in pair
    ]
    return np.array(vectors[1]) - np.array(vectors[0])


def told_apart(pair: Pair, question: MatchQuestion, policy: Policy, trials: int) -> float:
    """Advantage of the attacker who weighs each cell of the first answer by how far it moves."""
    weights, seen = moved(pair, question), []
    for world in pair:
        found = []
        for _ in range(trials):
            values = world.new_desk(policy).ask("A01", question).vectors[0].values
            found.append(sum(w * (v or 0) for w, v in zip(weights, values, strict=True)))
        seen.append(np.array(found, float))
    return best_cut(*seen)


@contextmanager
def counted_once() -> Iterator[None]:
    """The true numbers of a world stay the same, so they are counted once; noise and rules are not
    touched. This makes hundreds of trials in one world cheap.
    """
    kept: dict[tuple[Any, ...], Any] = {}

    def once(count: Callable[..., Any]) -> Callable[..., Any]:
        def counted(connection: Connection, *arguments: Any) -> Any:
            key = (count, connection, *(repr(a) for a in arguments[:1]), *arguments[2:])
            if key not in kept:
                kept[key] = count(connection, *arguments)
            return kept[key]

        return counted

    with replaced(
        ("cleanroom.sandbox.inside.kernels.run", once(kernels.run)),
        ("cleanroom.sandbox.inside.kernels.run_by_person", once(kernels.run_by_person)),
    ):
        yield
