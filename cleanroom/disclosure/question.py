"""Questions: all that goes into the sandbox. Each names a kernel and public parameters only.

A question has no free constants that were not in the agreement or the calendar, no identifiers and
no expressions. Its cells are a public list, so the shape of the answer is known before it is asked.
Each kind of question is one module under ``questions``.
"""

from types import ModuleType

from cleanroom.disclosure.questions import (
    arm,
    attribute,
    first_channel,
    frequency,
    match,
    path,
    price,
    suppression,
)
from cleanroom.disclosure.questions.arm import ArmQuestion
from cleanroom.disclosure.questions.attribute import AttributeQuestion
from cleanroom.disclosure.questions.common import Filter
from cleanroom.disclosure.questions.first_channel import FirstChannelQuestion
from cleanroom.disclosure.questions.frequency import FrequencyQuestion
from cleanroom.disclosure.questions.match import MatchQuestion
from cleanroom.disclosure.questions.path import PathQuestion
from cleanroom.disclosure.questions.price import PriceQuestion
from cleanroom.disclosure.questions.suppression import SuppressionQuestion

__all__ = [
    "KINDS",
    "ArmQuestion",
    "AttributeQuestion",
    "Filter",
    "FirstChannelQuestion",
    "FrequencyQuestion",
    "MatchQuestion",
    "PathQuestion",
    "PriceQuestion",
    "Question",
    "SuppressionQuestion",
    "kernel",
    "used",
]

Question = (
    MatchQuestion
    | AttributeQuestion
    | FirstChannelQuestion
    | ArmQuestion
    | FrequencyQuestion
    | SuppressionQuestion
    | PriceQuestion
    | PathQuestion
)

# Each module says of its kind: canonical(question, catalogue), shape(question, catalogue),
# boxes(question, catalogue, atoms) and used(question).
KINDS: dict[type[Question], ModuleType] = {
    MatchQuestion: match,
    AttributeQuestion: attribute,
    FirstChannelQuestion: first_channel,
    ArmQuestion: arm,
    FrequencyQuestion: frequency,
    SuppressionQuestion: suppression,
    PriceQuestion: price,
    PathQuestion: path,
}


def kernel(question: Question) -> str:
    """The name of a question's kernel."""
    return str(question.__struct_config__.tag)


def used(question: Question) -> list[str]:
    """Every column that a question looks at, as ``party.table.column``."""
    return list(KINDS[type(question)].used(question))
