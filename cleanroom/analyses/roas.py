"""A09: what channels returned and what a new customer cost, beside what a test says they caused."""

from collections.abc import Sequence

from cleanroom.analyses import checks, lift
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.cells import answer
from cleanroom.analyses.lift_figures import Figures
from cleanroom.analyses.lift_params import COST_MOST, WINDOW_MOST, impossible
from cleanroom.analyses.needs import Need
from cleanroom.analyses.result import Result
from cleanroom.analyses.roas_lines import Returns
from cleanroom.analyses.roas_pages import Pages, Params
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import FirstChannelQuestion, Question
from cleanroom.disclosure.release import Release


class ReturnOnSpend(Analysis[Params]):
    """Cells: those of A04, with first orders; and those of A08 when a test is named."""

    id = "A09"
    params = Params
    evidence = "associated"
    sampling = "noise"
    needs = (
        Need("exposures", "exposures", ("ts", "channel"), ("until", "campaign")),
        Need("conversions", "conversions", ("ts", "paid"), ("kind",)),
    )

    def questions(self, params: Params, catalogue: Catalogue) -> list[Question]:
        """One first-channel question, and one about arms for a test."""
        shown = checks.columns(self, catalogue, "exposures", params.exposures, "exposures")
        bought = checks.columns(self, catalogue, "conversions", params.conversions, "conversions")
        checks.levels(self, bought, "order_kinds", "kind", params.order_kinds)
        days, names = (params.new_since, params.new_until), ("new_since", "new_until")
        checks.period(self, catalogue, params.conversions, days, names)
        if not 0 <= params.window_days <= WINDOW_MOST:
            raise self.refuse("window_days")
        channel = checks.present(self, shown, "exposures", "channel")
        costs = params.costs
        if not costs or not all(1 <= cost <= COST_MOST for cost in costs.values()):
            raise self.refuse("costs")
        checks.levels(self, {"channel": channel}, "costs", "channel", tuple(costs))
        asked: list[Question] = [self._first(params)]
        shape(asked[0], catalogue)  # an amount without a cap
        if params.test is not None:
            if not params.test.cost or impossible(params.test, catalogue):
                raise self.refuse("test")
            asked.append(lift.question(params.test))
        return asked

    def _first(self, params: Params) -> FirstChannelQuestion:
        return FirstChannelQuestion(
            params.exposures,
            params.conversions,
            params.new_since,
            params.new_until,
            params.touch,
            params.window_days,
            params.while_active,
            params.order_kinds,
            first_order_value=True,
        )

    def result(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """What the answers say. A refused test leaves the channels as they are."""
        if releases[0].status == "refused":
            return super().result(params, catalogue, releases, policy)
        return self.read(params, catalogue, releases, policy)

    def read(
        self, params: Params, catalogue: Catalogue, releases: Sequence[Release], policy: Policy
    ) -> Result:
        """Return and cost per new customer by channel."""
        first = self._first(params)
        k = lift.least_people(first, catalogue, policy)
        found = Returns(answer(first, catalogue, releases[0]), params.costs, k)
        test = None
        if params.test is not None and releases[1].status == "released":
            least = lift.least_people(lift.question(params.test), catalogue, policy)
            arms = lift.arms(params.test, catalogue, releases[1], least)
            apart = params.test.unmatched == "apart"
            test = Figures(arms, random=True, apart=apart, cost=params.test.cost)
        pages = Pages(self.text, params, found, test)
        return Result(
            self.id,
            self.text("title"),
            self.text("purpose"),
            self.evidence,
            self.sampling,
            pages.finding(),
            None,
            self.privacy(releases, policy, k),
            pages.cards(),
            pages.charts(),
            pages.tables(),
            pages.notes(),
            self.texts("can_say", "returned", "cost"),
            self.texts("cannot_say", "caused", "lifetime"),
            pages.method(),
        )
