"""Attack 3: count(A) less count(A without a few) for a few people whom nobody may ask about."""

import numpy as np
from attack_scores import share_error
from attack_table import Row, Size, replaced
from attack_worlds import (
    BOTH,
    DP,
    NO_DIFFERENCE,
    NO_NOISE,
    NO_ROUNDING,
    SECRET,
    THRESHOLD,
    AttackWorld,
    attack_world,
    counted_once,
)

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import AttributeQuestion, Filter

PEOPLE, FEW, GROUPS = 1200, 20, 60


def recovered(world: AttackWorld, policy: Policy, group: int) -> int | None:
    """How many of a group have the secret, by subtraction; None when that was not answered."""
    desk = world.desk(policy)
    rest = (Filter(f"brand.people.a_g{group}", ("no",)),)
    whole = desk.ask("A03", AttributeQuestion(BOTH, (SECRET,)))
    less = desk.ask("A03", AttributeQuestion(BOTH, (SECRET,), where=rest))
    if "refused" in (whole.status, less.status):
        return None
    found, without = whole.vectors[0].values[1], less.vectors[0].values[1]
    return None if found is None or without is None else found - without


def run(size: Size) -> list[Row]:
    """Exact recoveries and answered attempts."""
    rounds = 1 if size == "short" else 30
    dice = np.random.default_rng(3)
    secret = (dice.random(PEOPLE) < 0.5).astype(int)
    groups = [dice.choice(PEOPLE, FEW, replace=False) for _ in range(GROUPS)]
    planted = {f"g{i}": np.isin(np.arange(PEOPLE), group) for i, group in enumerate(groups)}
    world, true = attack_world(secret, planted), [int(secret[group].sum()) for group in groups]

    def found(policy: Policy, times: int) -> list[tuple[int | None, int]]:
        return [(recovered(world, policy, i), true[i]) for i in range(GROUPS) for _ in range(times)]

    with counted_once():
        with replaced(NO_DIFFERENCE, NO_NOISE, NO_ROUNDING):
            off = found(THRESHOLD, 1)
        on, noisy = found(THRESHOLD, rounds), found(DP, rounds)
    answered = [np.mean([g is not None for g, _ in each]) for each in (off, on)]
    exact = [np.mean([g == t for g, t in each]) for each in (off, noisy)]
    # noise of two cells of sigma 10: a single value is hit with probability 1 / (20 sqrt(pi))
    bound = 0.1 + share_error(0.1, len(noisy))
    return [
        Row("3 tracker", "small groups answered, threshold mode", answered[0], 1, answered[1], 0),
        Row("3 tracker", "exact recoveries, DP mode", exact[0], 0.99, exact[1], bound),
    ]
