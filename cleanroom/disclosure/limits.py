"""Rules for a question that go by the policy and by released numbers alone."""

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import MatchQuestion, Question
from cleanroom.disclosure.release import Release
from cleanroom.errors import DisclosureError


def check_limits(question: Question, policy: Policy) -> None:
    """What the policy says about columns. Raises ``disclosure.columns``, ``disclosure.filters``."""
    if len(getattr(question, "columns", ())) > policy.group_columns_max:
        raise DisclosureError("disclosure.columns", most=policy.group_columns_max)
    if len(getattr(question, "where", ())) > policy.filter_columns_max:
        raise DisclosureError("disclosure.filters", most=policy.filter_columns_max)


def covers_all(question: Question, catalogue: Catalogue) -> bool:
    """Whether a canonical question is the overlap of all data parties, which must come first."""
    return isinstance(question, MatchQuestion) and question.parties == catalogue.parties


def matched_people(question: MatchQuestion, release: Release) -> int:
    """Released people who are in at least two parties' data: the base of all later limits.

    The first cells are the people of one party alone. The rest counts only when all its cells are
    of people in both.
    """
    counts = release.vectors[0]
    alone = counts.values[: len(question.parties)]
    together = sum(value or 0 for value in counts.values[len(question.parties) :])
    return together + (0 if None in alone else counts.rest or 0)
