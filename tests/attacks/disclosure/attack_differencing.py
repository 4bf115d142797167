"""Attack 1: a planted column names the target; the same table with and without it tells what the
target is.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from attack_scores import advantage, dp_bound, error, learned
from attack_table import Row, Size, replaced
from attack_worlds import (
    BOTH,
    DP,
    NO_DIFFERENCE,
    NO_NOISE,
    NO_ROUNDING,
    ONE_ANSWER,
    SECRET,
    THRESHOLD,
    AttackWorld,
    attack_world,
    counted_once,
)

from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import AttributeQuestion, Filter

PEOPLE, TARGETS = 1000, 40
Trial = tuple[Any, bool, bool]  # what was seen, the target's secret, both tables whole


def trial(world: AttackWorld, secret: np.ndarray, target: int, policy: Policy) -> Trial:
    """One session against one target. With numbers the guess is the cell that lost more; without,
    the attacker goes by what is withheld.
    """
    desk = world.desk(policy)
    rest = (Filter(f"brand.people.a_t{target}", ("no",)),)
    tables = [
        desk.ask("A03", AttributeQuestion(BOTH, (SECRET,))),
        desk.ask("A03", AttributeQuestion(BOTH, (SECRET,), where=rest)),
    ]
    values = [t.vectors[0].values if t.vectors else (None, None) for t in tables]
    numbers = [v for table in values for v in table if v is not None]
    if len(numbers) < 4:
        pattern = tuple(v is None for table in values for v in table)
        return pattern, bool(secret[target]), False
    no, yes, no_less, yes_less = numbers
    return yes - yes_less > no - no_less, bool(secret[target]), True


def score(trials: Sequence[Trial]) -> float:
    """Advantage over all trials, those with numbers and those without."""
    told = [seen == secret for seen, secret, whole in trials if whole]
    silent = [(seen, secret) for seen, secret, whole in trials if not whole]
    parts = [(advantage(told), len(told))] if told else []
    parts += [(learned(silent), len(silent))] if len(silent) > 1 else []
    return sum(gain * weight for gain, weight in parts) / len(trials)


def run(size: Size) -> list[Row]:
    """Advantage of the guess, and the share of trials in which both tables came back whole."""
    trials = 160 if size == "short" else 2000
    dice = np.random.default_rng(1)
    secret = dice.permutation(np.arange(PEOPLE) % 2)
    secret[:TARGETS] = np.arange(TARGETS) % 2
    planted = {f"t{i}": np.arange(PEOPLE) == i for i in range(TARGETS)}
    world = attack_world(secret, planted)
    targets = dice.permutation(np.arange(trials) % TARGETS).tolist()
    with counted_once():
        with replaced(NO_DIFFERENCE, NO_NOISE, NO_ROUNDING):
            off = [trial(world, secret, target, THRESHOLD) for target in targets[:TARGETS]]
        on = [trial(world, secret, target, THRESHOLD) for target in targets]
        noisy = [trial(world, secret, target, DP) for target in targets]
    whole = [np.mean([w for _, _, w in each]) for each in (off, on)]
    name, exact = "1 differencing", score(off)
    # patterns are scored on half of the trials
    silent, bound = error(trials // 2), dp_bound(2 * ONE_ANSWER) + error(trials)
    return [
        Row(name, "advantage, threshold mode", exact, 0.95, score(on), silent),
        Row(name, "both tables answered, threshold mode", whole[0], 1, whole[1], 0),
        Row(name, "advantage, DP mode", exact, 0.95, score(noisy), bound),
    ]
