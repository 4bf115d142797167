"""Attack 5: is one person in the other party's data? The attacker knows everybody else.

One answer (the overlap), and a whole session in which the target is in every answer.
"""

import math

import numpy as np
from attack_scores import best_cut, crowd_bound, dp_bound, error, found_at, share_error
from attack_table import Row, Size, replaced
from attack_worlds import (
    DP,
    MATCH,
    NO_NOISE,
    NO_ROUNDING,
    ONE_ANSWER,
    THRESHOLD,
    AttackWorld,
    attack_world,
    counted_once,
)
from inside_material import Desk

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import AttributeQuestion

PEOPLE, COLUMNS = 1000, 9
NAME = "5 membership"


def world(there: bool) -> AttackWorld:
    """The target is on the brand's list and has every mark; of the others each mark has half."""
    marks = np.arange(PEOPLE * COLUMNS).reshape(COLUMNS, PEOPLE) * 7919 % 1009 < 504
    planted = {f"h{i}": np.append(column, [True]) for i, column in enumerate(marks)}
    return attack_world(np.arange(PEOPLE + 1) % 2, planted, absent=not there)


def answers(desk: Desk, most: int) -> float:
    """The sum of ``most`` answers: in each the target is one more among those who are also the
    platform's, or among those who are not.
    """
    _, outside, inside = desk.ask("A01", MATCH).vectors[0].values
    total = (inside or 0) - (outside or 0)
    for number in range(most - 1):
        question = AttributeQuestion(("brand",), (f"brand.people.a_h{number}",), "platform")
        release = desk.ask("A03", question)
        assert release.status == "released"
        inside, outside = release.vectors[0].values[2:]
        total += (inside or 0) - (outside or 0)
    return total


def experiment(
    policy: Policy, most: int, trials: int, pair: tuple[AttackWorld, AttackWorld]
) -> tuple[float, float]:
    """Advantage of the best cut, and how many targets are named when 1 % are named wrongly."""
    without, there = (
        np.array([answers(w.new_desk(policy), most) for _ in range(trials)]) for w in pair
    )
    rare = np.quantile(without, 0.99, method="higher")
    return best_cut(without, there), float(np.mean(there > rare))


def run(size: Size) -> list[Row]:
    """Advantage against the bound of the budget charged, or of the noise in threshold mode."""
    trials = 600 if size == "short" else 4000
    pair = world(there=False), world(there=True)
    rows = []
    with counted_once():
        with replaced(NO_NOISE, NO_ROUNDING):
            off, off_named = experiment(THRESHOLD, 1, 20, pair)
        for figure, policy, most, bound in (
            # with a minimum crowd only, each answer has two cells in which the target may be
            ("one answer, threshold mode", THRESHOLD, 1, crowd_bound(2)),
            ("ten answers, threshold mode", THRESHOLD, 10, crowd_bound(20)),
            ("one answer, DP mode", DP, 1, dp_bound(ONE_ANSWER)),
            ("a session of ten, DP mode", DP, 10, dp_bound(10 * ONE_ANSWER)),
        ):
            runs = trials if most == 1 else trials // 4
            gain, named = experiment(policy, most, runs, pair)
            limit = bound + error(runs)  # two worlds, half of each is scored
            rows.append(Row(NAME, f"advantage, {figure}", off, 0.99, gain, limit))
            if policy is DP:
                most_found = found_at(0.01, most * ONE_ANSWER)
                # both the cut and the share found are estimated
                slack = math.hypot(share_error(most_found, runs), 3 * share_error(0.01, runs))
                figure = f"found at 1 % false, {figure}"
                rows.append(Row(NAME, figure, off_named, 0.99, named, most_found + slack))
    return rows
