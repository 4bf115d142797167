"""What a plan will cost, and whether it fits, before anything is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.coarser import Remedy, remedies
from cleanroom.disclosure.course import Course, Line, Standing, Totals, impossible
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import Price
from cleanroom.disclosure.question import Question
from cleanroom.errors import DisclosureError

Wish = tuple[str, Question | DisclosureError]  # an analysis, and its question if it has one


@dataclass(frozen=True)
class Foreseen:
    """One question of a plan: what becomes of it, what would help if it is refused, and what the
    session has spent after it.
    """

    line: Line
    remedies: tuple[Remedy, ...]
    spent: Totals


@dataclass(frozen=True)
class Forecast:
    """A whole plan. ``course``: as it is after the last question."""

    questions: tuple[Foreseen, ...]
    course: Course

    @property
    def price(self) -> Price:
        """The most that the plan can cost: no session spends more than it may."""
        most = self.course.spent.most
        limit = self.course.policy.rho_session_nano
        return Price(min(most.nano_rho, limit), most.cells, most.analyses)

    @property
    def refused(self) -> tuple[Line, ...]:
        """What would be refused in any case."""
        return tuple(line for line in self.course.lines if line.fate == "refused")


def forecast(
    wishes: Sequence[Wish],
    catalogue: Catalogue,
    policy: Policy,
    analyses: tuple[str, ...],
    standing: Standing,
) -> Forecast:
    """Foresee a session that asks these questions in this order. ``analyses``: those agreed."""
    course = Course(catalogue, policy, analyses, standing)
    questions = []
    for analysis, asked in wishes:
        help_: tuple[Remedy, ...] = ()
        if isinstance(asked, DisclosureError):
            line = impossible(analysis, asked)
        else:
            line = course.judge(analysis, asked)
            help_ = remedies(line, asked, course) if line.fate == "refused" else ()
        course.book(line)
        questions.append(Foreseen(line, help_, course.spent))
    return Forecast(tuple(questions), course)
