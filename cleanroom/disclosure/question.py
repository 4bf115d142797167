"""Questions: all that goes into the sandbox. Each names a kernel and public parameters only.

A question has no free constants that were not in the agreement or the calendar, no identifiers and
no expressions. Its cells are a public list, so the shape of the answer is known before it is asked.
Each kind of question is one module under ``questions``.
"""

from types import ModuleType

from cleanroom.disclosure.questions import (
    arm,
    attribute,
    cohort,
    edge,
    first_channel,
    frequency,
    match,
    modal,
    path,
    phases,
    price,
    stages,
    suppression,
    weekly,
)
from cleanroom.disclosure.questions.arm import ArmQuestion
from cleanroom.disclosure.questions.attribute import AttributeQuestion
from cleanroom.disclosure.questions.cohort import CohortQuestion
from cleanroom.disclosure.questions.common import Filter
from cleanroom.disclosure.questions.edge import EdgeQuestion
from cleanroom.disclosure.questions.first_channel import FirstChannelQuestion
from cleanroom.disclosure.questions.frequency import FrequencyQuestion
from cleanroom.disclosure.questions.match import MatchQuestion
from cleanroom.disclosure.questions.modal import ModalQuestion
from cleanroom.disclosure.questions.path import PathQuestion
from cleanroom.disclosure.questions.phases import PhasesQuestion
from cleanroom.disclosure.questions.price import PriceQuestion
from cleanroom.disclosure.questions.stages import StagesQuestion
from cleanroom.disclosure.questions.suppression import SuppressionQuestion
from cleanroom.disclosure.questions.weekly import WeeklyQuestion

__all__ = [
    "KINDS",
    "ArmQuestion",
    "AttributeQuestion",
    "CohortQuestion",
    "EdgeQuestion",
    "Filter",
    "FirstChannelQuestion",
    "FrequencyQuestion",
    "MatchQuestion",
    "ModalQuestion",
    "PathQuestion",
    "PhasesQuestion",
    "PriceQuestion",
    "Question",
    "StagesQuestion",
    "SuppressionQuestion",
    "WeeklyQuestion",
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
    | CohortQuestion
    | StagesQuestion
    | EdgeQuestion
    | WeeklyQuestion
    | ModalQuestion
    | PhasesQuestion
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
    CohortQuestion: cohort,
    StagesQuestion: stages,
    EdgeQuestion: edge,
    WeeklyQuestion: weekly,
    ModalQuestion: modal,
    PhasesQuestion: phases,
}


def kernel(question: Question) -> str:
    """The name of a question's kernel."""
    return str(question.__struct_config__.tag)


def used(question: Question) -> list[str]:
    """Every column that a question looks at, as ``party.table.column``."""
    return list(KINDS[type(question)].used(question))
