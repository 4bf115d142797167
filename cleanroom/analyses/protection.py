"""What protects figures, in words: the mode, and how often the best attacker would be right."""

from collections.abc import Iterable

from cleanroom.analyses.result import Privacy, Text, Value
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import NANO, Policy
from cleanroom.disclosure.question import Question
from cleanroom.statistics.attacker import attacker_accuracy, crowd_attacker_accuracy


def attacker(policy: Policy, vectors: int) -> float:
    """Share of right guesses of the best attacker who sees so many vectors of noisy numbers.

    A bound with differential privacy; what the noise alone is worth with a minimum crowd.
    """
    if policy.mode == "dp":
        return attacker_accuracy(vectors * -(-NANO // policy.people_of_noise**2))
    return crowd_attacker_accuracy(vectors, policy.threshold_sigma)


def attacker_so_far(
    policy: Policy, nano_rho: int, questions: Iterable[Question], catalogue: Catalogue
) -> float:
    """The same for all that was computed under an agreement: ``nano_rho`` is what it cost with
    differential privacy, ``questions`` are those computed anew.
    """
    if policy.mode == "dp":
        return attacker_accuracy(nano_rho)
    vectors = sum(len(shape(question, catalogue).measures) for question in questions)
    return crowd_attacker_accuracy(vectors, policy.threshold_sigma)


def said(privacy: Privacy) -> tuple[Text, ...]:
    """The mode with what it means, and the attacker; the rest of the box is the report's."""
    return (
        Text(f"analyses.privacy.mode_{privacy.mode}"),
        Text(f"analyses.privacy.attacker_{privacy.mode}", {"percent": _percent(privacy)}),
    )


def _percent(privacy: Privacy) -> Value:
    return Value("share", "shown", privacy.attacker_per_mille / 1000, step=0.01)


def said_so_far(policy: Policy, accuracy: float) -> Text:
    """What ``attacker_so_far`` found, as the end of a sentence about the best attacker."""
    percent = Value("share", "shown", accuracy, step=0.01)
    return Text(f"analyses.privacy.session_{policy.mode}", {"percent": percent})
