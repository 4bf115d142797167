"""A08: what the ads of a controlled test caused, by intention to treat.

Everybody drawn into an arm counts there, shown an ad or not. The word lift, money that came of it
and the stamp "cause" are for arms that were drawn at random; other arms are only compared.
"""

from collections.abc import Sequence

from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.lift_arms import Arm, Arms
from cleanroom.analyses.lift_pages import Pages
from cleanroom.analyses.lift_params import Params, impossible
from cleanroom.analyses.needs import Need
from cleanroom.analyses.result import Result
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import ArmQuestion, Question, used
from cleanroom.disclosure.release import Release


def question(params: Params) -> ArmQuestion:
    """The one question of a test."""
    between = (params.control, params.treatment)
    return ArmQuestion(
        params.arms,
        params.conversions,
        params.test,
        between,
        params.window_days,
        params.order_kinds,
        params.sales,
    )


def arms(params: Params, catalogue: Catalogue, release: Release, k: int) -> Arms:
    """The two arms of the released answer."""
    cells = answer(question(params), catalogue, release)
    paid = catalogue.dataset(params.conversions).tables["conversions"].get("paid")
    cap = paid.cap if paid else 0
    treated, control = (
        Arm(cells, name, params.unmatched, k, cap) for name in (params.treatment, params.control)
    )
    declared = params.split[0] / sum(params.split)
    return Arms(treated, control, declared, params.worthwhile)


def least_people(asked: Question, catalogue: Catalogue, policy: Policy) -> int:
    """k, or the higher k where a question looks at a sensitive column."""
    sensitive = any(catalogue.column(column)[3].sensitive for column in used(asked))
    return policy.k_sensitive if sensitive else policy.k


class Lift(Analysis[Params]):
    """Cells: two arms by bought, not bought, unmatched. One cell per person."""

    id = "A08"
    params = Params
    evidence = "causal"
    sampling = "sampling"
    needs = (
        Need("arms", "arms", ("test", "arm", "opp_ts")),
        Need("conversions", "conversions", ("ts",), ("kind", "paid")),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One arm question."""
        wrong = impossible(params, catalogue)
        if wrong:
            raise self.refuse(wrong)
        return [question(params)]

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """The gap between two arms, unless they turn out not to be comparable."""
        k = least_people(question(params), catalogue, policy)
        pages = Pages(self, params, arms(params, catalogue, releases[0], k))
        privacy = self.privacy(releases, policy, k)
        return pages.stopped(privacy) if pages.stop else pages.compared(privacy)
