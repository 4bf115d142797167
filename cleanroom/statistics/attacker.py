"""A privacy budget in plain words: how often the best possible attacker would be right."""

import math

from cleanroom.statistics.interval import NORMAL

NANO = 1_000_000_000


def attacker_accuracy(rho_nano: int) -> float:
    """Share of right guesses, in [0.5, 1), of somebody told everything but one person's rows.

    ``rho_nano`` is the zCDP budget spent, in billionths. The attacker guesses which of two
    equally likely neighbouring datasets the answers came from; 0.5 is a coin. Gaussian noise
    makes these two normal distributions that lie mu = Delta2/sigma = sqrt(2·rho) standard
    deviations apart (rho = Delta2^2 / (2·sigma^2); budgets of several answers add up to one such
    mu). The best guess cuts halfway, so it is right with probability Phi(mu/2) =
    Phi(sqrt(2·rho)/2) (Neyman and Pearson; Dong, Roth and Su, Gaussian differential privacy,
    JRSS B 84, 2022). Budgets of 0.10, 0.30 and 0.60 give 0.59, 0.65 and 0.71.
    """
    if rho_nano < 0:
        raise ValueError("a budget is not negative")
    return NORMAL.cdf(math.sqrt(2 * rho_nano / NANO) / 2)
