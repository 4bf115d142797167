"""How good guesses are. Advantage is 2 * accuracy - 1: 0 is a coin, 1 is certainty.

An attacker chooses the best rule on one half of the trials and is scored on the other half, so that
a rule that merely fits its own trials gains nothing.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np

from cleanroom.statistics.attacker import attacker_accuracy, crowd_attacker_accuracy
from cleanroom.statistics.interval import NORMAL

ERRORS = 4  # standard errors: exceeded by chance in 3 of 100,000 runs


def dp_bound(rho_nano: int, persons: float = 1) -> float:
    """Advantage of the best attacker against so much budget, when the secret moves ``persons``."""
    return 2 * attacker_accuracy(round(rho_nano * persons**2)) - 1


def crowd_bound(answers: int, sigma: int = 3) -> float:
    """Advantage that ``answers`` numbers of threshold mode allow."""
    return 2 * crowd_attacker_accuracy(answers, sigma) - 1


def found_at(false: float, rho_nano: int) -> float:
    """Most targets found when a share ``false`` of the others is named wrongly."""
    return NORMAL.cdf(NORMAL.inv_cdf(false) + math.sqrt(2 * rho_nano / 1e9))


def error(trials: int) -> float:
    """Four standard errors of an advantage scored on so many guesses."""
    return ERRORS / math.sqrt(trials)


def share_error(share: float, trials: int) -> float:
    """Four standard errors of a share."""
    return ERRORS * math.sqrt(share * (1 - share) / max(1, trials))


def advantage(right: Sequence[bool]) -> float:
    """Of guesses about secrets that are as often yes as no."""
    return 2 * sum(right) / len(right) - 1


def best_cut(without: np.ndarray, there: np.ndarray) -> float:
    """Guess "there" from a cut on, or below it, whichever is better on the first half."""
    half = len(without) // 2
    cuts = np.unique(np.concatenate([without[:half], there[:half]]))
    low = np.searchsorted(np.sort(without[:half]), cuts)
    high = np.searchsorted(np.sort(there[:half]), cuts)
    gains = (low - high) / half
    best = int(np.argmax(np.abs(gains)))
    gain = np.mean(there[half:] >= cuts[best]) - np.mean(without[half:] >= cuts[best])
    return float(gain if gains[best] >= 0 else -gain)


def learned(seen: Sequence[tuple[Hashable, bool]]) -> float:
    """Advantage from patterns (what was shown, what was withheld) with the secret behind each."""
    half = len(seen) // 2
    votes: dict[Hashable, int] = defaultdict(int)
    for pattern, secret in seen[:half]:
        votes[pattern] += 1 if secret else -1
    return advantage([(votes[pattern] > 0) == secret for pattern, secret in seen[half:]])
