"""Plans to foresee, and where an agreement stands before them."""

from disclosure_material import CATALOGUE, PHONE, with_fields

from cleanroom.disclosure.canonical import replay_key
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.course import Known, Line, Standing
from cleanroom.disclosure.forecast import Forecast, forecast
from cleanroom.disclosure.kernels import KERNELS
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price, price
from cleanroom.disclosure.question import (
    AttributeQuestion,
    FirstChannelQuestion,
    MatchQuestion,
    Question,
    kernel,
)

ONE_KIND = with_fields(identifiers=(PHONE,))
OVERLAP = MatchQuestion(CATALOGUE.parties, "membership")  # 7 cells
AGE = AttributeQuestion(("platform",), ("platform.people.a_age",), "brand")  # 10 cells
CITY = AttributeQuestion(("platform",), ("platform.people.a_city",), "brand")  # 6 cells
AGE_ALONE = AttributeQuestion(("platform",), ("platform.people.a_age",))  # 5, sums of AGE
ORDERS = FirstChannelQuestion(  # (4 + 2) x 2 = 12 cells
    "platform", "brand", "2025-04-01", "2025-07-01", first_order_value=True
)
AGREED = tuple(KERNELS)
THRESHOLD = Policy("threshold")
DP = Policy("dp")


def analysis_of(question: Question) -> str:
    """One that may ask this."""
    return next(name for name, kernels in KERNELS.items() if kernel(question) in kernels)


def foresee(
    *asked: Question, policy: Policy = THRESHOLD, standing: Standing | None = None
) -> Forecast:
    wishes = [(analysis_of(question), question) for question in asked]
    known = CATALOGUE if policy.mode == "threshold" else ONE_KIND
    return forecast(wishes, known, policy, AGREED, standing or Standing())


def lines(*asked: Question, **more: object) -> list[Line]:
    return [one.line for one in foresee(*asked, **more).questions]  # type: ignore[arg-type]


def after(
    *asked: Question, policy: Policy = THRESHOLD, matched: int | None = 3_000, more: Price = FREE
) -> Standing:
    """Where an agreement stands when these were answered, and ``more`` was spent beside."""
    known = CATALOGUE if policy.mode == "threshold" else ONE_KIND
    answers = {replay_key(question, known): Known(question, True) for question in asked}
    prices = [price(shape(question, known), policy) for question in asked]
    spent = Price(
        sum(p.nano_rho for p in prices) + more.nano_rho,
        sum(p.cells for p in prices) + more.cells,
        len(prices) + more.analyses,
    )
    told = {replay_key(OVERLAP, known): matched} if matched is not None else {}
    return Standing(answers, spent, told)
