"""Noise in plain words: how often the best possible attacker would be right about one person.

Somebody is told everything but one person's rows and guesses which of two equally likely
neighbouring datasets the answers came from; 0.5 is a coin. Gaussian noise makes these two normal
distributions that lie mu standard deviations apart, and the best guess cuts halfway, so it is right
with probability Phi(mu/2) (Neyman and Pearson; Dong, Roth and Su, Gaussian differential privacy,
JRSS B 84, 2022). Answers that carry noise of their own add up: mu^2 is the sum of their squares.
"""

import math

from cleanroom.statistics.interval import NORMAL

NANO = 1_000_000_000


def attacker_accuracy(rho_nano: int) -> float:
    """Share of right guesses, in [0.5, 1), with differential privacy.

    ``rho_nano`` is the zCDP budget spent, in billionths. mu = Delta2/sigma = sqrt(2·rho), since
    rho = Delta2^2 / (2·sigma^2); budgets of several answers add up to one such mu. Budgets of 0.10,
    0.30 and 0.60 give 0.59, 0.65 and 0.71.
    """
    if rho_nano < 0:
        raise ValueError("a budget is not negative")
    return NORMAL.cdf(math.sqrt(2 * rho_nano / NANO) / 2)


def crowd_attacker_accuracy(answers: int, people_of_noise: int) -> float:
    """Share of right guesses about somebody's presence, in [0.5, 1), with a minimum crowd only
    (disclosure 1.1).

    ``answers``: vectors of numbers (a count, a sum) that each hold the person in one cell, with
    noise of ``people_of_noise`` persons; mu = sqrt(answers)/people_of_noise. It is the figure for
    numbers alone and not a bound: which cells were withheld tells a little more. One, 9, 50 and
    200 answers under noise of 3 give 0.57, 0.69, 0.88 and 0.99.
    """
    if answers < 0 or people_of_noise < 1:
        raise ValueError("answers are counted, and noise is at least one person")
    return NORMAL.cdf(math.sqrt(answers) / people_of_noise / 2)
