"""Attack 2: the same number drawn often, to average its noise away. By asking again in other words
and in other sessions, by adding up tables that all contain it, and by questions that differ
elsewhere.
"""

import math
import random
from collections.abc import Sequence

import numpy as np
from attack_scores import ERRORS
from attack_table import Row, Size, replaced
from attack_worlds import (
    BOTH,
    DP,
    MATCH,
    NO_BUDGET,
    ONE_ANSWER,
    THRESHOLD,
    AttackWorld,
    counted_once,
)
from gate_material import CHANNELS, DAY, START, remembered
from inside_material import Desk, catalogue_of, one_column_world, open_database
from room_material import Rows, dataset, tokens_of

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import (
    AttributeQuestion,
    Filter,
    FirstChannelQuestion,
    MatchQuestion,
)
from cleanroom.tables import Type

NAME = "2 averaging"
SIZES = [150, 250, 350]
REPEATS, PARTITIONS, LEVELS, WINDOWS = 200, 7, 6, 20
MATCHED = 900
FORGETFUL = (
    ("cleanroom.sandbox.inside.gate.Gate.remember", lambda *_: None),
    ("cleanroom.sandbox.inside.reuse.Given.of", lambda *_: {}),
)


def spellings(count: int, question: AttributeQuestion) -> list[AttributeQuestion]:
    """One question said in many ways."""
    (column,) = question.columns
    dice = random.Random(1)
    said = []
    for _ in range(count):
        kept = [f"v{number}" for number in range(len(SIZES))] * dice.randint(1, 3)
        dice.shuffle(kept)
        whole = (Filter(column, tuple(kept)),) * dice.randint(0, 3)
        base, columns = question.base * dice.randint(1, 2), (column,) * dice.randint(1, 3)
        said.append(AttributeQuestion(base, columns, where=whole))
    assert len(set(said)) > 50
    return said


def repeated() -> tuple[int, int]:
    """Distinct answers to all spellings over four sessions, and nano-rho beyond the first."""
    connection, agreed, question = one_column_world(SIZES, 500)
    said = spellings(REPEATS, question)
    answers, spent, known = set(), 0, {}
    for session in range(4):
        desk = Desk(connection, agreed, DP, known=remembered(known))
        desk.ask("A01", MatchQuestion(agreed.parties))
        for asked in said[session::4]:
            release = desk.ask("A03", asked)
            answers.add(release.vectors)
            spent += release.price.nano_rho
        known = desk.known
    return len(answers), spent - ONE_ANSWER


def partitioned_world(dice: np.random.Generator) -> AttackWorld:
    """A platform with seven columns that each split its people in six, most of whom are matched."""
    people, alone = MATCHED + 300, 300
    names = [f"a_c{i}" for i in range(PARTITIONS)]
    spec = ColumnSpec(Type.CATEGORY, tuple("abcdef"), missing=False)
    agreed = catalogue_of(
        {
            "platform": dataset("platform", {"people": dict.fromkeys(names, spec)}),
            "brand": dataset("brand", {"people": {}}),
        }
    )
    columns = {name: dice.permutation(np.arange(people) % LEVELS) + 1 for name in names}
    rows = {
        "platform": Rows(people, columns, {"email": tokens_of(range(people), range(people))}),
        "brand": Rows(
            people,
            {},
            {"email": tokens_of(range(people), range(alone, people + alone))},
        ),
    }
    return AttackWorld(open_database(agreed, rows), agreed)


def total_error(world: AttackWorld, policy: Policy) -> float:
    """Error of the number of matched people, averaged over seven tables that all contain it."""
    desk, totals = world.desk(policy), []
    for number in range(PARTITIONS):
        question = AttributeQuestion(BOTH, (f"platform.people.a_c{number}",))
        totals.append(sum(v or 0 for v in desk.ask("A03", question).vectors[0].values))
    return float(np.mean(totals)) - MATCHED


def repeated_error(world: AttackWorld, policy: Policy) -> float:
    """The same from a gate that draws anew each time."""
    desk = world.new_desk(policy)
    draws = [desk.ask("A01", MATCH).vectors[0].values[-1] or 0 for _ in range(PARTITIONS)]
    return float(np.mean(draws)) - MATCHED


def value_world() -> AttackWorld:
    """Buyers whom the platform does not know, beside enough others."""
    agreed = catalogue_of(
        {
            "platform": dataset(
                "platform",
                {
                    "people": {},
                    "exposures": {
                        "ts": ColumnSpec(Type.DATETIME),
                        "channel": ColumnSpec(Type.CATEGORY, CHANNELS.domain, missing=False),
                    },
                },
            ),
            "brand": dataset(
                "brand",
                {
                    "people": {},
                    "conversions": {
                        "ts": ColumnSpec(Type.DATETIME),
                        "paid": ColumnSpec(Type.MONEY, cap=1000),
                    },
                },
            ),
        }
    )
    people, seen = 900, np.arange(300)
    rows = {
        "platform": Rows(
            people,
            {},
            {"email": tokens_of(range(people), range(people))},
            {
                "exposures": {
                    "person": seen,
                    "ts": np.full(300, START + DAY),
                    "channel": 1 + seen % 2,
                }
            },
        ),
        "brand": Rows(
            people,
            {},
            {"email": tokens_of(range(people), [*range(450), *range(people, people + 450)])},
            {
                "conversions": {
                    "person": np.arange(150, 750),
                    "ts": np.full(600, START + 2 * DAY),
                    "paid": np.full(600, 500),
                }
            },
        ),
    }
    return AttackWorld(open_database(agreed, rows), agreed)


def value_error(world: AttackWorld) -> float:
    """Error of what strangers to the platform paid, averaged over questions that differ in the
    window before the purchase only, which is none of these people's business.
    """
    desk, sums = world.desk(THRESHOLD), []
    for window in range(1, WINDOWS + 1):
        question = FirstChannelQuestion(
            *("platform", "brand", "2026-01-02", "2026-02-01"),
            window_days=window,
            first_order_value=True,
        )
        release = desk.ask("A04", question)
        if release.vectors and release.vectors[1].values[-1] is not None:
            sums.append(release.vectors[1].values[-1])
    return float(np.mean(sums)) - 300 * 500


def root_mean_square(errors: Sequence[float], one: float) -> float:
    """In units of one answer's error."""
    return math.sqrt(float(np.mean(np.square(errors)))) / one


def at_least(share: float, trials: int) -> float:
    """A share of one answer's error, less four standard errors of a root mean square."""
    return share * (1 - ERRORS / math.sqrt(2 * trials))


def run(size: Size) -> list[Row]:
    """Distinct answers, budget, and how much smaller the error becomes."""
    with replaced(*FORGETFUL, NO_BUDGET):
        off_answers, off_spent = repeated()
    answers, spent = repeated()
    rows = [
        Row(NAME, f"answers to {REPEATS} repeats", off_answers, 150, answers, 1),
        Row(NAME, "nano-rho charged for repeats", off_spent, 10**9, spent, 0),
    ]
    trials = 150 if size == "short" else 1500
    world = partitioned_world(np.random.default_rng(2))
    with counted_once():
        for policy, one in ((DP, 10.0), (THRESHOLD, math.sqrt(9 + 24 / 12))):
            with replaced(*FORGETFUL):
                off = [repeated_error(world, policy) for _ in range(60)]
            on = [total_error(world, policy) for _ in range(trials)]
            figure = f"error of a total from {PARTITIONS} tables, {policy.mode}"
            both = (root_mean_square(each, one) for each in (off, on))
            rows.append(_row(figure, *both, trials))
        trials = 40 if size == "short" else 200
        values, unit = value_world(), 3 * 1000
        with replaced(*FORGETFUL):
            off = [value_error(values) for _ in range(20)]
        on = [value_error(values) for _ in range(trials)]
    figure = f"error of a sum under {WINDOWS} windows, threshold"
    rows.append(_row(figure, *(root_mean_square(each, unit) for each in (off, on)), trials))
    return rows


def _row(figure: str, off: float, on: float, trials: int) -> Row:
    return Row(NAME, figure, off, 0.6, on, at_least(0.8, trials), "low")
