"""What A08 is asked with, and what of it cannot be asked."""

from typing import Literal

from msgspec import Struct

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.tables import Type

WINDOW_MOST = 365
PARTS_MOST = 1000
WORTHWHILE_MOST = 100
COST_MOST = 10**12


class Params(Struct, frozen=True, forbid_unknown_fields=True):
    """Subjects of ``test`` in the arms ``treatment`` and ``control``, and who of them bought in the
    ``window_days`` from the opportunity on.

    ``random``: whether the arms were drawn at random; ``split``: how, as parts treatment to
    control. ``unmatched``: subjects who are not in the sales data stand apart, or count as not
    having bought (right where that data holds buyers only). ``cost``: of the treatment's ads, in
    whole units of the currency. ``worthwhile_percent``: the relative lift that would matter.
    """

    arms: str
    conversions: str
    test: str
    treatment: str
    control: str
    random: bool
    split: tuple[int, int] = (1, 1)
    window_days: int = 14
    order_kinds: tuple[str, ...] = ()
    sales: bool = False
    cost: int = 0
    unmatched: Literal["apart", "not_converted"] = "apart"
    worthwhile_percent: int = 10

    @property
    def worthwhile(self) -> float:
        """The relative lift that would matter, as a fraction."""
        return self.worthwhile_percent / 100


def impossible(params: Params, catalogue: Catalogue) -> str:
    """The first parameter that cannot be asked, "" when all can."""
    return _table(params, catalogue) or _number(params)


def _table(params: Params, catalogue: Catalogue) -> str:
    for name in ("arms", "conversions"):
        party = getattr(params, name)
        if party not in catalogue.parties or name not in catalogue.dataset(party).tables:
            return name
    drawn = catalogue.dataset(params.arms).tables["arms"]
    if not {"test", "arm", "opp_ts"} <= set(drawn):
        return "arms"
    bought = catalogue.dataset(params.conversions).tables["conversions"]
    paid = bought.get("paid")
    wrong = {
        "test": params.test not in drawn["test"].domain,
        "treatment": params.treatment not in drawn["arm"].domain,
        "control": params.control not in drawn["arm"].domain or params.control == params.treatment,
        "order_kinds": not set(params.order_kinds)
        <= set(bought["kind"].domain if "kind" in bought else ()),
        "sales": params.sales and (paid is None or paid.type is not Type.MONEY or paid.cap <= 0),
    }
    return next((name for name, bad in wrong.items() if bad), "")


def _number(params: Params) -> str:
    # what ads returned is sales that they caused
    idle = params.cost and not (params.sales and params.random)
    wrong = {
        "window_days": not 1 <= params.window_days <= WINDOW_MOST,
        "split": not all(1 <= part <= PARTS_MOST for part in params.split),
        "worthwhile_percent": not 1 <= params.worthwhile_percent <= WORTHWHILE_MOST,
        "cost": idle or not 0 <= params.cost <= COST_MOST,
    }
    return next((name for name, bad in wrong.items() if bad), "")
